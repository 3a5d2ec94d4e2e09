package io.holdfast.planner;

import java.util.ArrayList;
import java.util.List;

/**
 * The best node by a table: the highest score, then the fewest instances, then where it is, then the name. Plain loops, because it is
 * asked for every instance on every node.
 *
 * @param node its number, or {@link Placer#NOWHERE}
 * @param reason why
 */
record NodeChoice(int node, String reason) {

    static NodeChoice of(Table table, int[] load, int home, Sites sites) {
        int usable = 0;
        int best = Placer.NOWHERE;
        int second = Placer.NOWHERE;
        for (int node = 0; node < table.scores.length; node++) {
            if (table.scores[node] < 0) {
                continue;
            }
            usable++;
            if (best < 0 || table.scores[node] > table.scores[best]) {
                second = best;
                best = node;
            } else if (second < 0 || table.scores[node] > table.scores[second]) {
                second = node;
            }
        }
        if (usable == 0) {
            return new NodeChoice(Placer.NOWHERE, nowhere(table, sites));
        } else if (usable == 1) {
            return new NodeChoice(best, "only " + sites.name(best) + " can run it");
        } else if (table.scores[second] < table.scores[best]) {
            return new NodeChoice(
                    best,
                    sites.name(best) + " has the best score (" + Score.text(table.scores[best]) + ", the next has "
                            + Score.text(table.scores[second]) + ")");
        }
        return amongEqual(table, table.scores[best], load, home, sites);
    }

    private static NodeChoice amongEqual(Table table, int score, int[] load, int home, Sites sites) {
        int idlest = Placer.NOWHERE;
        boolean loadDiffers = false;
        List<String> equals = new ArrayList<>();
        for (int node = 0; node < table.scores.length; node++) {
            if (table.scores[node] != score) {
                continue;
            }
            loadDiffers |= idlest >= 0 && load[node] != load[idlest];
            idlest = idlest < 0 || load[node] < load[idlest] ? node : idlest;
            if (equals.size() < 5) {
                equals.add(sites.name(node));
            } else if (equals.size() == 5) {
                equals.add("...");
            }
        }
        String text = String.join(", ", equals);
        if (home >= 0 && table.scores[home] == score && load[home] == load[idlest]) {
            return new NodeChoice(
                    home, "it is there already, and no other node is better (" + text + " are equally good)");
        } else if (loadDiffers) {
            return new NodeChoice(
                    idlest, sites.name(idlest) + " is to run the fewest instances of the equally good " + text);
        }
        return new NodeChoice(idlest, sites.name(idlest) + " is the first by name of the equally good " + text);
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
