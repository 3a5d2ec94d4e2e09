package io.holdfast.planner.engine;

import java.util.LinkedHashSet;
import java.util.Set;

/** What nodes offer and resources use. */
final class Capacity {
    private final World world;

    Capacity(World world) {
        this.world = world;
    }

    boolean counts() {
        return world.strategy != World.Strategy.DEFAULT;
    }

    void take(Piece piece, int node, int sign) {
        int[] demand = piece.demand;
        if (demand != null) {
            int[] free = world.sites[node].free;
            for (int kind = 0; kind < free.length; kind++) {
                free[kind] -= sign * demand[kind];
            }
        }
    }

    /** Negative if {@code a} has more free than {@code b}: more in more kinds. */
    int compare(int a, int b) {
        int result = 0;
        int[] left = world.sites[a].free;
        int[] right = world.sites[b].free;
        for (int kind = 0; kind < left.length; kind++) {
            result += Integer.compare(right[kind], left[kind]);
        }
        return result;
    }

    private boolean enough(Piece piece, int node, int[] needed) {
        int[] free = world.sites[node].free;
        if (world.still && piece.keeps != node) {
            free = withoutKept(piece, node);
        }
        for (int kind = 0; kind < free.length; kind++) {
            if (needed[kind] > free[kind]) {
                return false;
            }
        }
        return true;
    }

    /** What is free for one that does not run there, when nothing is to move: less than what those need who do. */
    private int[] withoutKept(Piece piece, int node) {
        int[] free = world.sites[node].free.clone();
        for (Piece other : world.primitives) {
            int[] demand = other.demand;
            if (other != piece && other.keeps == node && other.unassigned && demand != null) {
                for (int kind = 0; kind < free.length; kind++) {
                    free[kind] -= demand[kind];
                }
            }
        }
        return free;
    }

    /**
     * Rules out the nodes without room for the piece and all that must be with it; if there is room for all of it nowhere, those
     * without room for the piece.
     *
     * @return the node with the most room if there is nowhere enough for all of it, else -1
     */
    int rule(Piece piece) {
        if (!counts()) {
            return -1;
        }
        Set<Piece> together = new LinkedHashSet<>();
        collect(piece, piece, together);
        int[] all = new int[world.kinds.names.size()];
        for (Piece each : together) {
            int[] demand = each.demand;
            if (each.primitive() && each.unassigned && demand != null) {
                for (int kind = 0; kind < all.length; kind++) {
                    all[kind] += demand[kind];
                }
            }
        }
        boolean fits = false;
        int most = -1;
        for (int node = 0; node < piece.table.length; node++) {
            if (piece.table[node] == Scores.ABSENT || !world.sites[node].usable(piece.table[node])) {
                continue;
            }
            fits |= !world.still && enough(piece, node, all); // what runs is not moved to have others beside it
            if (most < 0 || compare(node, most) < 0) {
                most = node;
            }
        }
        int[] own = piece.demand == null ? new int[all.length] : piece.demand;
        for (int node = 0; node < piece.table.length; node++) {
            boolean usable = piece.table[node] != Scores.ABSENT && world.sites[node].usable(piece.table[node]);
            if (usable && !enough(piece, node, fits ? all : own)) {
                piece.ban(node);
                Account.note(piece, node, -Scores.INFINITY, "it has not enough room");
            }
        }
        return fits || world.still ? -1 : most;
    }

    /** All that must be where {@code piece} is. */
    private static void collect(Piece piece, Piece origin, Set<Piece> together) {
        if (piece.group()) {
            piece.children.forEach(member -> collect(member, origin, together));
            return;
        }
        if (piece.cloned()) {
            if (together.add(piece)) {
                for (Piece instance : piece.children) {
                    if (instance.unassigned) {
                        collect(instance, origin, together);
                        break;
                    }
                }
            }
            return;
        }
        if (!together.add(piece)) {
            return;
        }
        for (Bond bond : Bonds.with(piece)) {
            if (bond.primary() != origin
                    && bond.mandatory()
                    && Following.effect(piece, bond.primary(), bond, true) == Following.Effect.PLACE) {
                collect(bond.primary(), origin, together);
            }
        }
        for (Bond bond : Bonds.withMe(piece)) {
            if (bond.dependent() != origin
                    && bond.mandatory()
                    && (piece.cloneAbove() == null
                            || bond.dependent().cloneAbove() != null
                            || bond.dependent().cloned())
                    && Following.effect(bond.dependent(), piece, bond, true) == Following.Effect.PLACE) {
                collect(bond.dependent(), origin, together);
            }
        }
    }
}
