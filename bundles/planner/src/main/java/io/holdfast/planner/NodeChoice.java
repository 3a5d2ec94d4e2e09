package io.holdfast.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The best node by a table: the highest score, then the fewest instances, then where it is, then the name.
 *
 * @param node its number, or {@link Placer#NOWHERE}
 * @param reason why
 */
record NodeChoice(int node, String reason) {

    static NodeChoice of(Table table, int[] load, int home, Sites sites) {
        int[] usable = IntStream.range(0, table.scores.length)
                .filter(node -> table.scores[node] >= 0)
                .toArray();
        if (usable.length == 0) {
            return new NodeChoice(Placer.NOWHERE, nowhere(table, sites));
        }
        int most = Arrays.stream(usable).map(node -> table.scores[node]).max().getAsInt();
        int[] best =
                Arrays.stream(usable).filter(node -> table.scores[node] == most).toArray();
        if (usable.length == 1) {
            return new NodeChoice(best[0], "only " + sites.name(best[0]) + " can run it");
        } else if (best.length == 1) {
            int second = Arrays.stream(usable)
                    .filter(node -> node != best[0])
                    .map(node -> table.scores[node])
                    .max()
                    .getAsInt();
            return new NodeChoice(
                    best[0],
                    sites.name(best[0]) + " has the best score (" + Score.text(most) + ", the next has "
                            + Score.text(second) + ")");
        }
        return amongEqual(best, load, home, sites);
    }

    private static NodeChoice amongEqual(int[] best, int[] load, int home, Sites sites) {
        int least = Arrays.stream(best).map(node -> load[node]).min().getAsInt();
        int[] idle = Arrays.stream(best).filter(node -> load[node] == least).toArray();
        String equals = Arrays.stream(best).mapToObj(sites::name).limit(5).collect(Collectors.joining(", "))
                + (best.length > 5 ? ", ..." : "");
        if (Arrays.stream(idle).anyMatch(node -> node == home)) {
            return new NodeChoice(
                    home, "it is there already, and no other node is better (" + equals + " are equally good)");
        } else if (idle.length < best.length) {
            return new NodeChoice(
                    idle[0], sites.name(idle[0]) + " is to run the fewest instances of the equally good " + equals);
        }
        return new NodeChoice(idle[0], sites.name(idle[0]) + " is the first by name of the equally good " + equals);
    }

    private static String nowhere(Table table, Sites sites) {
        List<String> nodes = new ArrayList<>();
        for (int node = 0; node < sites.count() && nodes.size() < 10; node++) {
            String against = table.against(node);
            if (!against.isEmpty()) {
                nodes.add(sites.name(node) + ": " + against);
            }
        }
        if (sites.count() == 0) {
            return "no node can run it: none has joined";
        }
        return "no node can run it" + (nodes.isEmpty() ? "" : " (" + String.join(" | ", nodes) + ")");
    }
}
