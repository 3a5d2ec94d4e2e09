package io.holdfast.transport;

/**
 * The connections to one node are one each, so that the large never delays the small.
 *
 * <p>The bounds are what may wait for one node, in bytes. What does not fit is lost, as it would be on a cut cable.
 */
enum Lane {
    /** Leases, votes, small requests: what is new matters, so the oldest is dropped. */
    URGENT(0, 1 << 20, true),
    /** Large messages and chunks of objects. Four of the largest messages fit. */
    BULK(1, 17 << 20, false),
    /** JGroups' own packets; what is lost it sends again. */
    GROUP(2, 9 << 20, false);

    /** What travels on {@link #URGENT} at most, bytes: a tenth of a millisecond on a gigabit line. */
    static final int SMALL = 16 << 10;

    /** What says it in a hello. */
    final int code;

    final int bound;
    final boolean dropOldest;

    Lane(int code, int bound, boolean dropOldest) {
        this.code = code;
        this.bound = bound;
        this.dropOldest = dropOldest;
    }
}
