package io.holdfast.daemon;

import io.holdfast.model.ClusterState;
import io.holdfast.planner.Facts;
import io.holdfast.planner.NodeFacts;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads everything that a plan depends on, at one moment. */
final class FactsCollector {
    private final Site site;

    FactsCollector(Site site) {
        this.site = site;
    }

    Facts collect() {
        ClusterState state = site.log().state();
        Map<String, Map<String, String>> told = site.peers().attributes();
        SortedMap<String, NodeFacts> nodes = new TreeMap<>();
        state.nodes().keySet().forEach(name -> {
            Map<String, String> attributes = told.getOrDefault(name, Map.of());
            nodes.put(name, new NodeFacts(site.peers().heard(name), types(attributes), attributes));
        });
        return new Facts(state, nodes, site.wall().millis());
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
