package io.holdfast.planner.engine;

/**
 * A colocation between two pieces.
 *
 * @param id name of the constraint
 * @param score how much it matters
 * @param dependent who follows
 * @param primary who is placed first
 * @param dependentRole or UNKNOWN for any
 * @param primaryRole or UNKNOWN for any
 * @param attribute nodes with equal values count as one; empty: each node by itself
 * @param influence whether the dependent's wishes count for an active primary
 * @param explicit whether a constraint says it, not a group
 */
record Bond(
        String id,
        int score,
        Piece dependent,
        Piece primary,
        Role dependentRole,
        Role primaryRole,
        String attribute,
        boolean influence,
        boolean explicit) {

    boolean mandatory() {
        return score >= Scores.INFINITY;
    }

    float factor() {
        return score / (float) Scores.INFINITY;
    }

    /** Whether the dependent's wishes count for the primary. */
    boolean influences(Piece on) {
        return influence || on.runningOn.isEmpty();
    }

    /** Whether two nodes count as one; those that lack the attribute do, too. */
    boolean sameSite(World world, int a, int b) {
        if (attribute.isEmpty() || a == b) {
            return a == b;
        }
        String left = world.sites[a].node.attributes().get(attribute);
        String right = world.sites[b].node.attributes().get(attribute);
        return left == null ? right == null : left.equalsIgnoreCase(right);
    }
}
