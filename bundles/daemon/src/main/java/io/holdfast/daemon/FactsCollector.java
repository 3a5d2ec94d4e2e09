package io.holdfast.daemon;

import io.holdfast.model.ClusterState;
import io.holdfast.planner.Facts;
import io.holdfast.planner.NodeFacts;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads everything that a plan depends on, at one moment. On the loop only. */
final class FactsCollector {
    private final Site site;
    /** What was told last time, and what it came to: most plans find it unchanged. */
    private final Map<String, Told> last = new HashMap<>();

    private record Told(Map<String, String> attributes, NodeFacts facts) {}

    FactsCollector(Site site) {
        this.site = site;
    }

    Facts collect() {
        ClusterState state = site.log().state();
        Map<String, Map<String, String>> told = site.peers().attributes();
        SortedMap<String, NodeFacts> nodes = new TreeMap<>();
        state.nodes().keySet().forEach(name -> {
            Map<String, String> attributes = told.getOrDefault(name, Map.of());
            nodes.put(name, facts(name, site.peers().heard(name), attributes));
        });
        last.keySet().retainAll(nodes.keySet());
        return new Facts(state, nodes, site.wall().millis());
    }

    @SuppressWarnings(
            "ReferenceEquality") // a map that is given again is the same; an equal one costs as much as a new one
    private NodeFacts facts(String name, boolean heard, Map<String, String> attributes) {
        Told before = last.get(name);
        if (before != null
                && before.attributes() == attributes
                && before.facts().live() == heard) {
            return before.facts();
        }
        NodeFacts facts = new NodeFacts(heard, types(attributes), attributes);
        last.put(name, new Told(attributes, facts));
        return facts;
    }

    /** {@return the nodes that gave a sign of life lately} */
    Set<String> heard() {
        return site.log().state().nodes().keySet().stream()
                .filter(site.peers()::heard)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static Set<String> types(Map<String, String> attributes) {
        return Arrays.stream(attributes.getOrDefault(Peers.TYPES, "").split(" "))
                .filter(type -> !type.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
