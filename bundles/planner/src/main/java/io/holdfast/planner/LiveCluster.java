package io.holdfast.planner;

import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The nodes as the engine wants them. */
final class LiveCluster {
    /** No device fences in the engine: the grants and leases do what fencing does there. */
    private static final Settings SETTINGS = new Settings(Map.of("fencing-enabled", "false"));

    private static final Node.Sight GONE =
            new Node.Sight(true, Node.Answer.NO, Node.Answer.NO, Node.Joining.DOWN, Node.Answer.NO, false);
    /** They mean something to the engine, and are said otherwise here. */
    private static final List<String> RESERVED = List.of("standby", "maintenance", "shutdown", "terminate");

    private LiveCluster() {}

    /** What the engine is to know beside the document. Equal as long as nothing changed that the document asks about. */
    static Cluster status(Facts facts, Sites sites, Asked asked) {
        List<Node> nodes = new ArrayList<>();
        for (int node = 0; node < sites.count(); node++) {
            nodes.add(node(sites, node, asked));
        }
        long minute = facts.wallMillis() / 60_000 * 60; // nothing in a document is finer
        return new Cluster(
                SETTINGS,
                true,
                "",
                nodes,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                asked.timed() ? minute : 0);
    }

    private static Node node(Sites sites, int node, Asked asked) {
        String name = sites.name(node);
        Map<String, String> known = new HashMap<>(sites.facts(node).attributes());
        known.putAll(sites.nodes.get(node).attributes()); // what administrators set counts first
        Map<String, String> attributes = new HashMap<>();
        known.forEach((key, value) -> {
            if (asked.attributes().contains(key)) {
                attributes.put(key, value);
            }
            if (asked.health() && key.startsWith("health-")) {
                attributes.put("#" + key, value);
            }
        });
        RESERVED.forEach(attributes::remove);
        attributes.keySet().removeIf(key -> key.startsWith("fail-count-") || key.startsWith("last-failure-"));
        attributes.put("#uname", name);
        boolean well = sites.problem(node).isEmpty();
        return new Node(name, name, attributes, Map.of(), well ? Node.Sight.WELL : GONE);
    }
}
