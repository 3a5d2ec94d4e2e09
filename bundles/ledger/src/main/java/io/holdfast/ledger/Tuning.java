package io.holdfast.ledger;

import java.time.Duration;

/**
 * The numbers of the ledger.
 *
 * @param rpcMin a follower that hears nothing from the leader for a random time between this and {@code rpcMax} asks for votes
 * @param rpcMax also the time after which a leader without a majority steps down
 * @param poll how often this node looks who leads
 * @param snapshotEntries a snapshot is taken after so many entries
 * @param snapshotBytes or after so many bytes of entries
 * @param segmentBytes size of a log file
 * @param cacheBytes entries are kept in memory, too, up to this size
 * @param keepEntries entries kept behind a snapshot, so that a node that was away shortly needs no snapshot
 * @param purgeGap log files are deleted when so many entries can go
 * @param bootstrapPatience how long the first start of all waits for every voter before a majority will do
 * @param diskDelay makes each write to the log so much slower; zero but in tests
 * @param repairPause between two tries to open a log whose disk failed
 */
record Tuning(
        Duration rpcMin,
        Duration rpcMax,
        Duration poll,
        long snapshotEntries,
        long snapshotBytes,
        long segmentBytes,
        long cacheBytes,
        long keepEntries,
        int purgeGap,
        Duration bootstrapPatience,
        Duration diskDelay,
        Duration repairPause) {

    private static final Duration SHORTEST = Duration.ofMillis(150);
    private static final Duration LONGEST = Duration.ofMillis(500);

    /**
     * Two elections must fit inside the wait for a lost node's lease, for the first may end without a winner. Longer times bear slower
     * disks, and an idle cluster's leader sends less: twice in {@code rpcMin}.
     */
    static Tuning of(Duration lease) {
        Duration quarter = lease.dividedBy(4);
        Duration min = quarter.compareTo(SHORTEST) < 0 ? SHORTEST : quarter.compareTo(LONGEST) > 0 ? LONGEST : quarter;
        return new Tuning(
                min,
                min.multipliedBy(2),
                Duration.ofMillis(100),
                10_000,
                16 << 20,
                1 << 20,
                32 << 20,
                2_000,
                1_000,
                Duration.ofSeconds(15),
                Duration.ZERO,
                Duration.ofSeconds(5));
    }
}
