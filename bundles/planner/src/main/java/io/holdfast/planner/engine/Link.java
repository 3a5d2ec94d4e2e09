package io.holdfast.planner.engine;

/** One step before another, and what that makes of them. */
final class Link {
    /** Only the order, if both happen. */
    static final int ORDER = 0;
    /** If the first is needed, so is the second. */
    static final int FIRST_IMPLIES = 1;
    /** If the second is needed, so is the first. */
    static final int THEN_IMPLIES = 1 << 1;
    /** If the second is needed and of a promoted instance, so is the first. */
    static final int PROMOTED_IMPLIES = 1 << 2;
    /** If the first is impossible, so is the second. */
    static final int BLOCKS = 1 << 3;
    /** A stop within a restart. */
    static final int RESTART = 1 << 4;
    /** The first counts as one of those that are enough. */
    static final int ONE_OF = 1 << 5;
    /** If the second cannot be part of a migration, the first is impossible. */
    static final int MIGRATION_BLOCKS = 1 << 6;
    /** If the first is impossible, the second is done in earnest. */
    static final int INSTEAD = 1 << 7;
    /** Only until the second is active. */
    static final int ASYMMETRIC = 1 << 8;
    /** Only when both are on one node. */
    static final int SAME_NODE = 1 << 9;
    /** If the second is needed, the first is not. */
    static final int CANCELS = 1 << 10;
    /** A constraint says so: of several between the same two steps, the first one counts. */
    static final int SAID = 1 << 11;
    /** Only if the first is no part of a migration. */
    static final int EARNEST = 1 << 12;
    /** If the first ends a migration, only as far as nobody waits for himself. */
    static final int YIELDS = 1 << 13;

    final Step first;
    final Step then;
    final int kind;

    Link(Step first, Step then, int kind) {
        this.first = first;
        this.then = then;
        this.kind = kind;
    }

    boolean is(int bits) {
        return (kind & bits) != 0;
    }
}
