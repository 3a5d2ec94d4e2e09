package io.holdfast.planner.engine;

import java.util.Arrays;
import java.util.Comparator;

/** Which instance of a clone comes first: those that run well where they may, by what their nodes are worth; then by number. */
final class InstanceOrder implements Comparator<Piece> {
    private final World world;
    private final Wishes wishes;

    InstanceOrder(World world, Wishes wishes) {
        this.world = world;
        this.wishes = wishes;
    }

    @Override
    public int compare(Piece a, Piece b) {
        int left = a.runningOn.size();
        int right = b.runningOn.size();
        if (left > 0 && right > 0 && left != right) {
            return Integer.compare(left, right);
        }
        int byLeave = Boolean.compare(mayStay(b), mayStay(a));
        if (byLeave != 0) {
            return byLeave;
        }
        int byPriority = Integer.compare(b.priority, a.priority);
        if (byPriority != 0) {
            return byPriority;
        }
        if (!a.active() || !b.active()) {
            return a.active() == b.active() ? number(a, b) : a.active() ? -1 : 1;
        }
        return active(a, b);
    }

    private int active(Piece a, Piece b) {
        int left = a.home();
        int right = b.home();
        int byNode = Boolean.compare(world.sites[right].usable(), world.sites[left].usable());
        if (byNode != 0) {
            return byNode;
        }
        Piece clone = a.cloneAbove();
        if (clone != null && clone.counts.length > 0) {
            boolean mayLeft = clone.table[left] != Scores.ABSENT;
            boolean mayRight = clone.table[right] != Scores.ABSENT;
            if (mayLeft != mayRight) {
                return mayLeft ? -1 : 1;
            }
            int byCount = Integer.compare(clone.counts[left], clone.counts[right]);
            if (mayLeft && byCount != 0) {
                return byCount;
            }
        }
        int byFailure = Boolean.compare(a.anyFailed(), b.anyFailed());
        if (byFailure != 0) {
            return byFailure;
        }
        int byWishes = byWishes(a, b);
        return byWishes != 0 ? byWishes : number(a, b);
    }

    /** Whether the instance is allowed where it is; one that runs nowhere is not held up by that. */
    private static boolean mayStay(Piece piece) {
        int home = piece.home();
        return home < 0 || (piece.table[home] != Scores.ABSENT && piece.table[home] >= 0);
    }

    private int byWishes(Piece a, Piece b) {
        int[] left = withWishes(a);
        int[] right = withWishes(b);
        return Integer.compare(right[b.home()], left[a.home()]);
    }

    private int[] withWishes(Piece piece) {
        int[] table = new int[piece.table.length];
        Arrays.fill(table, Scores.ABSENT);
        table[piece.home()] = Math.max(piece.table[piece.home()], -Scores.INFINITY);
        Piece clone = piece.cloneAbove();
        if (clone == null) {
            return table;
        }
        for (Bond bond : clone.with) {
            wishes.collect(bond.primary(), table, bond, bond.factor(), false, false, false);
        }
        for (Bond bond : clone.withMe) {
            if (bond.influences(piece)) {
                wishes.collect(bond.dependent(), table, bond, bond.factor(), false, true, true);
            }
        }
        return table;
    }

    static int number(Piece a, Piece b) {
        int left = suffix(a.id);
        int right = suffix(b.id);
        return left != right ? Integer.compare(left, right) : a.id.compareTo(b.id);
    }

    private static int suffix(String id) {
        int colon = id.lastIndexOf(':');
        try {
            return colon < 0 ? -1 : Integer.parseInt(id.substring(colon + 1));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
