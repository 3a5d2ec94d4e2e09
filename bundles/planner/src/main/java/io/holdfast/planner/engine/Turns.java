package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whose turn it is where capacity counts: priority, then who has most to lose where it runs, then who has most to win. */
final class Turns {
    private final World world;
    private final Wishes wishes;

    Turns(World world, Wishes wishes) {
        this.world = world;
        this.wishes = wishes;
    }

    List<Piece> sorted(List<Piece> pieces) {
        int[] nodes = nodes(pieces);
        Map<Piece, int[]> tables = new HashMap<>();
        for (Piece piece : pieces) {
            tables.put(piece, table(piece));
        }
        List<Piece> sorted = new ArrayList<>(pieces);
        sorted.sort(Comparator.comparingInt((Piece piece) -> -piece.priority)
                .thenComparing((a, b) -> compare(a, b, tables, nodes)));
        return sorted;
    }

    private int[] nodes(List<Piece> pieces) {
        if (pieces.isEmpty()) {
            return new int[0];
        }
        Integer[] all = new Integer[world.sites.length];
        Arrays.setAll(all, i -> i);
        Arrays.sort(all, (a, b) -> {
            if (world.sites[a].usable() != world.sites[b].usable()) {
                return world.sites[a].usable() ? -1 : 1;
            }
            if (world.strategy == World.Strategy.BALANCED) {
                int room = new Capacity(world).compare(a, b);
                if (room != 0) {
                    return room;
                }
            }
            return world.sites[a].name.compareTo(world.sites[b].name);
        });
        return Arrays.stream(all).mapToInt(Integer::intValue).toArray();
    }

    private int[] table(Piece piece) {
        Piece head = piece.group() && !piece.children.isEmpty() ? piece.last() : piece;
        int[] table = head.table.clone();
        for (Bond bond : Bonds.with(head)) {
            wishes.collect(bond.primary(), table, bond, bond.factor(), true, false, true);
        }
        return table;
    }

    private static int compare(Piece a, Piece b, Map<Piece, int[]> tables, int[] nodes) {
        int[] left = tables.getOrDefault(a, a.table);
        int[] right = tables.getOrDefault(b, b.table);
        int byHome = Integer.compare(atHome(b, right), atHome(a, left));
        if (byHome != 0) {
            return byHome;
        }
        for (int node : nodes) {
            int score = Integer.compare(known(right[node]), known(left[node]));
            if (score != 0) {
                return score;
            }
        }
        return 0;
    }

    private static int atHome(Piece piece, int[] table) {
        int home = piece.home();
        return home < 0 ? -Scores.INFINITY : known(table[home]);
    }

    private static int known(int score) {
        return Math.max(score, -Scores.INFINITY);
    }
}
