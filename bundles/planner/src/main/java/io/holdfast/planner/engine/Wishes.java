package io.holdfast.planner.engine;

/** Lets the wishes of those who follow count for whom they follow, through as many ties as there are. */
final class Wishes {
    private final World world;

    Wishes(World world) {
        this.world = world;
    }

    /** Of a dependent for its primary. */
    void ofDependent(Bond bond, Piece primary) {
        if (!bond.influences(bond.primary())) {
            return;
        }
        int[] before = primary.account == null ? null : primary.table.clone();
        collect(bond.dependent(), primary.table, bond, bond.factor(), false, primary.cloned(), true);
        if (before != null) {
            Account.wishes(primary, before, primary.table, bond);
        }
    }

    /**
     * Adds {@code source}'s table and those of all that are tied to it.
     *
     * @param table changed in place, unless that would leave no usable node
     * @param up whether to go on with those that {@code source} follows, and not with its followers
     * @param sparing whether a node must not be ruled out by these wishes alone
     * @param further whether the table has been added to before
     */
    void collect(Piece source, int[] table, Bond bond, float factor, boolean up, boolean sparing, boolean further) {
        if (source.group()) {
            if (!source.merging && !source.children.isEmpty()) {
                source.merging = true;
                collect(up ? source.last() : source.first(), table, bond, factor, up, sparing, further);
                source.merging = false;
            }
            return;
        }
        if (source.merging) {
            return;
        }
        source.merging = true;
        int[] work = table.clone();
        add(work, source, bond, factor, sparing);
        if (world.anyUsable(work)) {
            for (Bond next : up ? Bonds.with(source) : Bonds.withMe(source)) {
                if (!up && !next.influences(next.primary())) {
                    continue;
                }
                Piece other = up ? next.primary() : next.dependent();
                collect(other, work, next, factor * next.factor(), up, sparing, true);
            }
        } else if (further) {
            source.merging = false;
            return; // nobody can run at the wish of those who cannot
        }
        if (sparing) {
            for (int node = 0; node < work.length; node++) {
                if (work[node] == Scores.SPARED) {
                    work[node] = 1;
                }
            }
        }
        System.arraycopy(work, 0, table, 0, table.length);
        source.merging = false;
    }

    private void add(int[] work, Piece source, Bond bond, float factor, boolean sparing) {
        for (int node = 0; node < work.length; node++) {
            if (work[node] == Scores.ABSENT || work[node] == Scores.SPARED) {
                continue;
            }
            int score = best(source, bond, node);
            if (factor < 0 && score < 0 && (bond.score() > -Scores.INFINITY || !oneNode(source))) {
                continue; // where the one that keeps away cannot be is no reason to go there
            }
            int sum = Scores.add(Scores.scale(score, factor), work[node]);
            if (sparing && sum < 0 && work[node] >= 0) {
                work[node] = work[node] > 0 ? Scores.SPARED : 0;
            } else {
                work[node] = sum;
            }
        }
    }

    private boolean oneNode(Piece source) {
        int usable = 0;
        for (int node = 0; node < source.table.length; node++) {
            if (source.table[node] != Scores.ABSENT && source.table[node] >= 0) {
                usable++;
            }
        }
        return usable == 1;
    }

    private int best(Piece source, Bond bond, int node) {
        if (bond.attribute().isEmpty()) {
            boolean usable = source.table[node] != Scores.ABSENT && world.sites[node].usable();
            return usable ? source.table[node] : -Scores.INFINITY;
        }
        int best = -Scores.INFINITY;
        for (int other = 0; other < source.table.length; other++) {
            if (source.table[other] > best && world.sites[other].usable() && bond.sameSite(world, node, other)) {
                best = source.table[other];
            }
        }
        return best;
    }
}
