package io.holdfast.planner;

import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Option;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Colocation;
import io.holdfast.planner.cluster.FromDocument;
import io.holdfast.planner.cluster.Location;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A document taken apart into what can be placed by itself: those that are tied to each other are in one part. Parts know of each
 * other only how many instances there are on each node. Where capacity counts, there is one part.
 */
final class Parts {
    /** One part. */
    static final class Part {
        /** Its place in the list. */
        private final int number;
        /** Its resources and constraints, and all nodes. */
        private final Cluster cluster;
        /** The numbers of all primitives in it. */
        private final int[] members;
        /** The highest within. */
        private final int priority;

        Part(int number, Cluster cluster, int[] members, int priority) {
            this.number = number;
            this.cluster = cluster;
            this.members = members;
            this.priority = priority;
        }

        int number() {
            return number;
        }

        Cluster cluster() {
            return cluster;
        }

        int[] members() {
            return members; // read only, and often
        }

        int priority() {
            return priority;
        }
    }

    final List<Part> list = new ArrayList<>();
    private final Links links;
    private final Map<String, String> leaders = new HashMap<>();

    Parts(Configuration configuration, Cluster status, Links links) {
        this.links = links;
        Cluster whole = FromDocument.with(configuration, status);
        for (Resource top : whole.resources()) {
            names(top).forEach(name -> join(name, top.id()));
        }
        for (Colocation colocation : whole.colocations()) {
            join(colocation.dependent(), colocation.primary());
        }
        String strategy = configuration.options().getOrDefault(Option.STRATEGY, "default");
        boolean apart = strategy.equals("default");
        Map<String, List<Resource>> resources = new LinkedHashMap<>();
        for (Resource top : whole.resources()) {
            resources
                    .computeIfAbsent(apart ? leader(top.id()) : "", unused -> new ArrayList<>())
                    .add(top);
        }
        Map<String, List<Location>> locations = new HashMap<>();
        for (Location location : whole.locations()) {
            locations
                    .computeIfAbsent(apart ? leader(location.resource()) : "", unused -> new ArrayList<>())
                    .add(location);
        }
        Map<String, List<Colocation>> colocations = new HashMap<>();
        for (Colocation colocation : whole.colocations()) {
            colocations
                    .computeIfAbsent(apart ? leader(colocation.dependent()) : "", unused -> new ArrayList<>())
                    .add(colocation);
        }
        resources.forEach((leader, tops) -> list.add(part(
                list.size(),
                whole,
                tops,
                locations.getOrDefault(leader, List.of()),
                colocations.getOrDefault(leader, List.of()))));
    }

    private Part part(
            int number, Cluster whole, List<Resource> tops, List<Location> locations, List<Colocation> colocations) {
        Cluster cluster = new Cluster(
                whole.settings(),
                whole.quorum(),
                whole.leader(),
                whole.nodes(),
                tops,
                locations,
                colocations,
                List.of(),
                List.of(),
                whole.now());
        List<String> primitives = new ArrayList<>();
        tops.forEach(top -> primitives(top, primitives));
        int priority = tops.stream()
                .mapToInt(top -> Words.score(top.meta().getOrDefault("priority", "0")))
                .max()
                .orElse(0);
        int[] members = primitives.stream()
                .flatMap(primitive -> links.numbersOf(primitive).stream())
                .mapToInt(Integer::intValue)
                .toArray();
        return new Part(number, cluster, members, priority);
    }

    private static void primitives(Resource resource, List<String> found) {
        if (resource.kind() == Resource.Kind.PRIMITIVE) {
            found.add(resource.id());
        }
        resource.members().forEach(member -> primitives(member, found));
    }

    private static List<String> names(Resource resource) {
        List<String> names = new ArrayList<>(List.of(resource.id()));
        resource.members().forEach(member -> names.addAll(names(member)));
        return names;
    }

    private String leader(String name) {
        String at = name;
        String next = leaders.getOrDefault(at, at);
        while (!next.equals(at)) {
            at = next;
            next = leaders.getOrDefault(at, at);
        }
        if (!at.equals(name)) {
            leaders.put(name, at); // the way is short the next time
        }
        return at;
    }

    private void join(String a, String b) {
        String left = leader(a);
        String right = leader(b);
        if (!left.equals(right)) {
            leaders.put(left, right);
        }
    }
}
