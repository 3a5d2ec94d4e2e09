package io.holdfast.config;

import io.holdfast.model.config.Constraint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Sees musts that nothing can fulfil: to be with another and apart from it, on a node and not there. A clone stands for what it has
 * copies of, a group for its first member, or as one to follow for its last.
 */
final class Contradictions {
    private static final String ONE =
            "expected one of the two, or a score below INFINITY for the one that may be given up";

    private record Placed(Constraint.Together constraint, Node at) {}

    private record Must(int line, boolean wanted) {}

    private final SortedMap<String, List<String>> groups;
    private final Map<String, String> cloned;
    private final Problems problems;
    private final List<Placed> aparts = new ArrayList<>();
    /** What must be together, by the two. */
    private final Map<List<String>, List<Constraint.Together>> pairs = new HashMap<>();
    /** Who must follow whom, by the attribute that nodes must share; none: on one node. */
    private final Map<String, Map<String, Set<String>>> followers = new TreeMap<>();
    /** The same, the other way round. */
    private final Map<String, Map<String, Set<String>>> followed = new TreeMap<>();

    private final Map<String, Must> wishes = new TreeMap<>();

    Contradictions(SortedMap<String, List<String>> groups, Map<String, String> cloned, Problems problems) {
        this.groups = groups;
        this.cloned = Map.copyOf(cloned);
        this.problems = problems;
        groups.values().forEach(members -> {
            for (int i = 1; i < members.size(); i++) {
                follow("", members.get(i), members.get(i - 1));
            }
        });
    }

    void add(Constraint.Together constraint, Node at) {
        if (constraint.score() <= -Constraint.INFINITY) {
            aparts.add(new Placed(constraint, at));
        } else if (constraint.score() >= Constraint.INFINITY) {
            pairs.computeIfAbsent(pair(constraint), unused -> new ArrayList<>()).add(constraint);
            if (constraint.role().isEmpty()) {
                follow(constraint.same(), end(constraint.resource(), true), end(constraint.with(), false));
            }
        }
    }

    /** {@code written}: the name as it stands there; a tag with exceptions is no contradiction. */
    void add(String written, Constraint.Prefer prefer, Node at) {
        boolean wanted = prefer.score() >= Constraint.INFINITY;
        if (!wanted && prefer.score() > -Constraint.INFINITY) {
            return;
        }
        String where = prefer.node().isEmpty() ? "nodes where " + prefer.where() : "node " + prefer.node();
        Must other = wishes.putIfAbsent(
                "'" + written + "' " + prefer.role() + " " + where, new Must(Problems.line(at), wanted));
        if (other != null && other.wanted() != wanted) {
            problems.at(
                    at,
                    "'" + written + "' must be on " + where + " and must not be there",
                    "expected one of the two, the other is on line " + other.line());
        }
    }

    /** Once all are added. */
    void tell() {
        Set<Node> told = new HashSet<>();
        for (Placed apart : aparts) {
            contradiction(apart.constraint())
                    .filter(what -> told.add(apart.at()))
                    .ifPresent(what -> problems.at(apart.at(), what, ONE));
        }
    }

    private Optional<String> contradiction(Constraint.Together apart) {
        boolean direct =
                pairs.getOrDefault(pair(apart), List.of()).stream().anyMatch(together -> covers(apart, together));
        if (direct) {
            return Optional.of("'" + apart.resource() + "' must be with '" + apart.with() + "', and apart from it");
        }
        if (!apart.role().isEmpty() || !apart.withRole().isEmpty()) {
            return Optional.empty();
        }
        String resource = end(apart.resource(), true);
        String other = end(apart.with(), true); // a group is where its first member is
        Set<String> with = reached(followers, Set.of(resource), apart.same());
        if (!reached(followed, with, apart.same()).contains(other)) {
            return Optional.empty();
        }
        Set<String> both = reached(followers, Set.of(other), apart.same());
        both.retainAll(with);
        if (both.contains(resource)) {
            return Optional.of("'" + apart.resource() + "' must be with '" + apart.with()
                    + "', by way of what it follows, and apart from it");
        }
        return both.stream()
                .min(String::compareTo)
                .map(name -> "'" + name + "' must be with '" + apart.resource() + "' and '" + apart.with()
                        + "', which are kept apart");
    }

    private static boolean covers(Constraint.Together apart, Constraint.Together together) {
        return List.of("", together.role()).contains(apart.role())
                && List.of("", together.withRole()).contains(apart.withRole())
                && List.of("", apart.same()).contains(together.same()); // one node has one value of each attribute
    }

    private List<String> pair(Constraint.Together constraint) {
        return List.of(end(constraint.resource(), true), end(constraint.with(), true));
    }

    private String end(String name, boolean first) {
        String meant = cloned.getOrDefault(name, name);
        List<String> members = groups.getOrDefault(meant, List.of());
        return members.isEmpty() ? meant : members.get(first ? 0 : members.size() - 1);
    }

    private void follow(String same, String follower, String leader) {
        add(followers, same, leader, follower);
        add(followed, same, follower, leader);
    }

    private static void add(Map<String, Map<String, Set<String>>> ways, String same, String from, String to) {
        ways.computeIfAbsent(same, unused -> new HashMap<>())
                .computeIfAbsent(from, unused -> new HashSet<>())
                .add(to);
    }

    /** Where these ways lead from the names, they too: through what must be on one node, or on nodes with the same attribute. */
    private static Set<String> reached(Map<String, Map<String, Set<String>>> ways, Set<String> names, String same) {
        Set<String> found = new HashSet<>(names);
        ArrayDeque<String> open = new ArrayDeque<>(found);
        while (!open.isEmpty()) {
            String at = open.remove();
            for (String attribute : same.isEmpty() ? Set.of("") : Set.of("", same)) {
                ways.getOrDefault(attribute, Map.of()).getOrDefault(at, Set.of()).stream()
                        .filter(found::add)
                        .forEach(open::add);
            }
        }
        return found;
    }
}
