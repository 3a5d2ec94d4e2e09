package io.holdfast.planner;

import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.config.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The nodes that may run something, by name and number, and why some cannot be used now. */
final class Sites {
    final List<NodeRecord> nodes = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final List<NodeFacts> known = new ArrayList<>();

    Sites(Facts facts, Asked asked) {
        Map<String, String> standby = standby(facts, asked);
        facts.state().nodes().values().stream()
                .filter(node -> !node.terms().witness())
                .forEach(node -> {
                    numbers.put(node.name(), nodes.size());
                    nodes.add(node);
                    known.add(facts.of(node.name()));
                    String problem = problem(node, facts.of(node.name()));
                    problems.add(problem.isEmpty() ? standby.getOrDefault(node.name(), "") : problem);
                });
    }

    /** Nodes that are in standby because something failed there, and why. */
    private static Map<String, String> standby(Facts facts, Asked asked) {
        Map<String, String> standby = new HashMap<>();
        Failures failures = new Failures(facts);
        Instances instances = Instances.of(facts.state());
        for (Resource resource : asked.standby()) {
            for (String instance : instances.of(resource.name())) {
                facts.state()
                        .instance(instance)
                        .ifPresent(record -> record.failures().forEach((node, failure) -> {
                            if (failures.onFail(resource, failure).equals("standby")) {
                                standby.putIfAbsent(
                                        node,
                                        "is in standby, because " + instance + " failed there (on-fail: standby), "
                                                + failures.until(resource, failure));
                            }
                        }));
            }
        }
        return standby;
    }

    private static String problem(NodeRecord node, NodeFacts known) {
        return switch (node.phase()) {
            case UNKNOWN -> "never joined";
            case EXPELLED -> "is lost and not yet fenced";
            case FENCED -> "is fenced";
            case LEFT -> "left";
            case JOINED -> joinedProblem(node, known);
        };
    }

    private static String joinedProblem(NodeRecord node, NodeFacts known) {
        if (!known.live()) {
            return "is silent";
        } else if (node.standby()) {
            return "is in standby";
        } else if (node.maintenance()) {
            return "is in maintenance";
        } else if ("true".equals(known.attributes().get("leaving"))) {
            return "is leaving";
        }
        return "";
    }

    boolean sameAs(Sites other) {
        return nodes.equals(other.nodes) && problems.equals(other.problems) && known.equals(other.known);
    }

    int count() {
        return nodes.size();
    }

    /** Number of a node that may run something, or -1. */
    int numberOf(String name) {
        return numbers.getOrDefault(name, -1);
    }

    String name(int node) {
        return nodes.get(node).name();
    }

    /** Why nothing new can be put there, empty if it can. */
    String problem(int node) {
        return problems.get(node);
    }

    NodeFacts facts(int node) {
        return known.get(node);
    }
}
