package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Spreads the instances of a clone: those that run stay where they are as far as possible, the others fill up. */
final class InstanceAssigner {
    private final World world;
    private final Assigner assigner;
    private final Wishes wishes;
    private final InstanceOrder instanceOrder;
    private final Promotion promotion;

    InstanceAssigner(World world, Assigner assigner, Wishes wishes, Following following) {
        this.world = world;
        this.assigner = assigner;
        this.wishes = wishes;
        instanceOrder = new InstanceOrder(world, wishes);
        promotion = new Promotion(world, wishes, following, instanceOrder);
    }

    int assign(Piece clone) {
        if (!clone.unassigned || clone.assigning) {
            return -1;
        }
        if (clone.promotable) {
            promotion.addScores(clone);
        }
        clone.assigning = true;
        for (Bond bond : Bonds.with(clone)) {
            assigner.assign(bond.primary(), -1, true);
        }
        for (Bond bond : Bonds.withMe(clone)) {
            wishes.ofDependent(bond, clone);
        }
        clone.children.sort(instanceOrder);
        spread(clone);
        clone.unassigned = false;
        clone.assigning = false;
        if (clone.promotable) {
            promotion.choose(clone);
        }
        return -1;
    }

    private void spread(Piece clone) {
        Arrays.fill(clone.counts, 0);
        int usable = 0;
        for (int node = 0; node < clone.table.length; node++) {
            if (clone.table[node] != Scores.ABSENT && world.sites[node].usable()) {
                usable++;
            }
        }
        int share = usable == 0 ? 1 : Math.max(1, clone.max / usable);
        int given = 0;
        for (Piece instance : clone.children) {
            if (given >= clone.max) {
                break;
            }
            int home = home(clone, instance, share);
            if (home >= 0 && early(clone, instance, home, clone.max - given)) {
                given++;
            }
        }
        for (Piece instance : clone.children) {
            if (!instance.unassigned) {
                continue;
            }
            if (given >= clone.max) {
                ban(instance);
            }
            if (assign(clone, instance, -1) >= 0) {
                given++;
            }
        }
    }

    private static void ban(Piece instance) {
        instance.banEverywhere();
        instance.children.forEach(InstanceAssigner::ban);
    }

    /** Where the instance runs, if it may well go on there. */
    private int home(Piece clone, Piece instance, int share) {
        int home = instance.home();
        boolean fine = home >= 0
                && instance.unassigned
                && !instance.failed
                && world.sites[home].usable()
                && clone.counts[home] < share;
        return fine ? home : -1;
    }

    /**
     * Tries to leave the instance where it is. If it would rather go elsewhere, one instance is counted there, and it is tried again:
     * so those nodes get as many instances as they should, but first of all those that run there already.
     */
    private boolean early(Piece clone, Piece instance, int home, int left) {
        if (!world.sites[home].usable(instance.table[home])) {
            return false;
        }
        int[] counts = clone.counts.clone();
        List<int[]> tables = new ArrayList<>();
        save(instance, tables);
        boolean stays = false;
        for (int reserved = 0; reserved < left; reserved++) {
            int chosen = assign(clone, instance, home);
            if (chosen == home) {
                stays = true;
                break;
            }
            restore(instance, tables, 0);
            assigner.unassign(instance);
            if (chosen < 0) {
                break;
            }
        }
        System.arraycopy(counts, 0, clone.counts, 0, counts.length);
        if (stays) {
            clone.counts[home]++;
        }
        return stays;
    }

    private static void save(Piece piece, List<int[]> tables) {
        tables.add(piece.table.clone());
        piece.children.forEach(child -> save(child, tables));
    }

    private static int restore(Piece piece, List<int[]> tables, int from) {
        int at = from;
        System.arraycopy(tables.get(at++), 0, piece.table, 0, piece.table.length);
        piece.unassigned = true;
        for (Piece child : piece.children) {
            at = restore(child, tables, at);
        }
        return at;
    }

    private int assign(Piece clone, Piece instance, int prefer) {
        if (!instance.unassigned) {
            return instance.location();
        } else if (instance.assigning) {
            return -1;
        }
        confine(clone, instance);
        int chosen = assigner.assign(instance, prefer, prefer < 0);
        if (chosen >= 0) {
            clone.counts[chosen]++;
        }
        return chosen;
    }

    /** No node gets more instances than it may have, and none that the clone as a whole must not have. */
    private void confine(Piece clone, Piece instance) {
        Piece head = instance;
        for (int node = 0; node < clone.counts.length; node++) {
            boolean full = clone.counts[node] >= clone.nodeMax;
            if (instance.removed || clone.table[node] < 0 || full || !world.sites[node].usable()) {
                banAll(head, node);
            }
        }
    }

    private static void banAll(Piece piece, int node) {
        piece.ban(node);
        piece.children.forEach(child -> banAll(child, node));
    }
}
