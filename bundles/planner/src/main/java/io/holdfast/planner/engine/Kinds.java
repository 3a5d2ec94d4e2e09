package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Resource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The kinds of capacity, numbered. */
final class Kinds {
    final List<String> names;

    Kinds(Cluster cluster) {
        TreeSet<String> found = new TreeSet<>();
        cluster.nodes().forEach(node -> found.addAll(node.capacity().keySet()));
        cluster.resources().forEach(resource -> collect(resource, found));
        names = List.copyOf(found);
    }

    private static void collect(Resource resource, Set<String> found) {
        found.addAll(resource.demand().keySet());
        resource.members().forEach(member -> collect(member, found));
    }

    int @Nullable [] demand(Resource resource) {
        return resource.demand().isEmpty() ? null : numbers(resource.demand());
    }

    void fill(int[] free, Node node) {
        int[] numbers = numbers(node.capacity());
        System.arraycopy(numbers, 0, free, 0, numbers.length);
    }

    private int[] numbers(Map<String, Integer> values) {
        int[] numbers = new int[names.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.getOrDefault(names.get(i), 0);
        }
        return numbers;
    }
}
