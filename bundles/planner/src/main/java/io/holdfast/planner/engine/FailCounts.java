package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.History;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How often resources failed on nodes, as the nodes' attributes say. */
final class FailCounts {
    private static final String COUNT = "fail-count-";
    private static final String LAST = "last-failure-";

    /** A number for one resource, perhaps for one of its operations. */
    private record Count(String name, long value) {}

    private final World world;
    private final Map<Integer, Map<String, List<Count>>> counts = new HashMap<>();
    private final Map<Integer, Map<String, List<Count>>> lasts = new HashMap<>();
    /** Counts that are about to be forgotten, {@code piece@node}. */
    private final Set<String> cleared = new HashSet<>();

    FailCounts(World world) {
        this.world = world;
        for (Site site : world.sites) {
            site.node.attributes().forEach((name, value) -> {
                if (name.startsWith(COUNT)) {
                    add(counts, site.index, name.substring(COUNT.length()), Words.score(value));
                } else if (name.startsWith(LAST)) {
                    add(lasts, site.index, name.substring(LAST.length()), Words.leadingNumber(value));
                }
            });
        }
    }

    private static void add(Map<Integer, Map<String, List<Count>>> map, int site, String key, long value) {
        int hash = key.indexOf('#');
        String name = hash < 0 ? key : key.substring(0, hash);
        map.computeIfAbsent(site, unused -> new HashMap<>())
                .computeIfAbsent(strip(name), unused -> new ArrayList<>())
                .add(new Count(name, value));
    }

    /** Without the number of an instance. */
    static String strip(String name) {
        int colon = name.lastIndexOf(':');
        if (colon < 0 || colon == name.length() - 1) {
            return name;
        }
        for (int i = colon + 1; i < name.length(); i++) {
            if (!Character.isDigit(name.charAt(i))) {
                return name;
            }
        }
        return name.substring(0, colon);
    }

    /** {@return sites on which anything failed} */
    boolean any(int site) {
        return counts.containsKey(site);
    }

    /** All failures, however old. */
    int all(Piece piece, int site) {
        int sum = 0;
        for (Count number : numbers(counts, piece, site)) {
            sum = Scores.add(sum, (int) number.value());
        }
        return sum;
    }

    /** The failures that still count. */
    int effective(Piece piece, int site) {
        int sum = all(piece, site);
        if (sum > 0 && piece.failureTimeout > 0) {
            if (blocks(piece, site)) {
                piece.failureTimeout = 0;
                return sum;
            }
            long last = 0;
            for (Count number : numbers(lasts, piece, site)) {
                last = Math.max(last, number.value());
            }
            if (last > 0 && world.now > last + piece.failureTimeout) {
                return 0;
            }
        }
        return sum;
    }

    private List<Count> numbers(Map<Integer, Map<String, List<Count>>> map, Piece piece, int site) {
        Map<String, List<Count>> here = map.get(site);
        if (here == null) {
            return List.of();
        }
        List<Count> found = here.getOrDefault(piece.base, List.of());
        boolean anonymous = !piece.unique || piece.cloneAbove() == null;
        return anonymous
                ? found
                : found.stream()
                        .filter(number -> number.name().equals(piece.id))
                        .toList();
    }

    /** Whether a failure there blocks the resource, so that it must not be forgotten. */
    private boolean blocks(Piece piece, int site) {
        List<Resource.Operation> blocking = piece.source.operations().stream()
                .filter(operation -> "block".equals(operation.meta().get("on-fail")))
                .toList();
        if (blocking.isEmpty()) {
            return false;
        }
        String node = world.sites[site].name;
        return world.cluster.histories().stream()
                .filter(history -> history.node().equals(node)
                        && (history.resource().equals(piece.id)
                                || strip(history.resource()).equals(piece.base)))
                .flatMap(history -> history.entries().stream())
                .anyMatch(entry -> failed(entry)
                        && blocking.stream()
                                .anyMatch(operation -> operation.name().equals(entry.task())
                                        && operation.intervalMillis() == entry.intervalMillis()));
    }

    private static boolean failed(History.Entry entry) {
        return entry.execution() != History.Execution.PENDING && entry.exit() != entry.expected();
    }

    void clear(Piece piece, int site) {
        cleared.add(piece.id + "@" + site);
    }

    boolean cleared(Piece piece, int site) {
        return !cleared.isEmpty() && cleared.contains(piece.id + "@" + site);
    }
}
