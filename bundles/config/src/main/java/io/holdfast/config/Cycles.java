package io.holdfast.config;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Sees when "before" turns into a circle. A group stands for its members: the first follows what it follows, the last is followed. */
final class Cycles {
    private final SortedMap<String, List<String>> groups;
    private final Map<String, String> alike;
    private final Map<String, Set<String>> after = new TreeMap<>();

    /**
     * Begins with what lies in the groups.
     *
     * @param alike names that stand for another, as a clone does for what it has copies of
     */
    Cycles(SortedMap<String, List<String>> groups, Map<String, String> alike) {
        this.groups = groups;
        this.alike = Map.copyOf(alike);
        groups.values().forEach(members -> {
            for (int i = 1; i < members.size(); i++) {
                edge(members.get(i - 1), members.get(i));
            }
        });
    }

    /** Adds that {@code earlier} comes before {@code later}, unless that makes a circle: then it is returned, in words. */
    Optional<String> add(String earlier, String later) {
        return add(earlier, false, later, false);
    }

    /** As above, of being promoted in place of being active, which comes before it. */
    Optional<String> add(String earlier, boolean earlierPromoted, String later, boolean laterPromoted) {
        String from = earlierPromoted ? promoted(last(earlier)) : last(earlier);
        String to = laterPromoted ? promoted(first(later)) : first(later);
        List<String> way = way(to, from);
        if (!way.isEmpty()) {
            return Optional.of(from + " before " + String.join(" before ", way));
        }
        edge(from, to);
        return Optional.empty();
    }

    private String promoted(String name) {
        String promoted = name + " promoted";
        edge(name, promoted);
        return promoted;
    }

    private void edge(String from, String to) {
        after.computeIfAbsent(from, key -> new LinkedHashSet<>()).add(to);
    }

    private String first(String name) {
        String meant = alike.getOrDefault(name, name);
        List<String> members = groups.getOrDefault(meant, List.of());
        return members.isEmpty() ? meant : members.get(0);
    }

    private String last(String name) {
        String meant = alike.getOrDefault(name, name);
        List<String> members = groups.getOrDefault(meant, List.of());
        return members.isEmpty() ? meant : members.get(members.size() - 1);
    }

    /** A shortest way along the edges, ends included; empty if there is none. */
    private List<String> way(String from, String to) {
        Map<String, String> cameFrom = new HashMap<>();
        ArrayDeque<String> open = new ArrayDeque<>(List.of(from));
        cameFrom.put(from, from);
        while (!open.isEmpty() && !cameFrom.containsKey(to)) {
            String at = open.remove();
            for (String next : after.getOrDefault(at, Set.of())) {
                if (cameFrom.putIfAbsent(next, at) == null) {
                    open.add(next);
                }
            }
        }
        ArrayDeque<String> way = new ArrayDeque<>();
        if (cameFrom.containsKey(to)) {
            for (String at = to; !at.equals(from); at = cameFrom.getOrDefault(at, from)) {
                way.addFirst(at);
            }
            way.addFirst(from);
        }
        return List.copyOf(way);
    }
}
