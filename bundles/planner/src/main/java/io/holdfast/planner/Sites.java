package io.holdfast.planner;

import io.holdfast.model.NodeRecord;
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

    Sites(Facts facts) {
        facts.state().nodes().values().stream()
                .filter(node -> !node.terms().witness())
                .forEach(node -> {
                    numbers.put(node.name(), nodes.size());
                    nodes.add(node);
                    known.add(facts.of(node.name()));
                    problems.add(problem(node, facts.of(node.name())));
                });
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

    /** Whether {@code key=value} or {@code key!=value} holds there; what administrators set counts before what it tells of itself. */
    boolean holds(int node, String where) {
        int equals = where.indexOf('=');
        boolean not = equals > 0 && where.charAt(equals - 1) == '!';
        String key = where.substring(0, not ? equals - 1 : equals).trim();
        String wanted = where.substring(equals + 1).trim();
        String value = nodes.get(node).attributes().get(key);
        if (value == null) {
            value = facts(node).attributes().getOrDefault(key, "");
        }
        return value.equals(wanted) != not;
    }
}
