package io.holdfast.testkit;

/**
 * One rule of SAFETY broken on purpose. The observer must see each within a few hundred seeds; a simulation that finds nothing wrong
 * with a broken build proves nothing about a sound one.
 */
public enum Sabotage {
    /** All rules hold. */
    NONE,
    /** FENCED is committed as soon as EXPEL is: nobody waits the lease out. */
    FENCED_WITHOUT_WAIT,
    /** A silent node is expelled, and declared fenced, though its lease may run. */
    EXPELLED_TOO_EARLY,
    /** The state machine grants an instance that is granted elsewhere. */
    GRANT_NOT_CHECKED,
    /** The fencing token of a grant is not new. */
    TOKEN_NOT_NEW,
    /** One voter counts as a majority in the ledger. */
    QUORUM_NOT_CHECKED,
    /** The disk says "durable" before it is. */
    FSYNC_SKIPPED,
    /** A restarted node takes what it knows for all that was committed. */
    BARRIER_NOT_WAITED,
    /** A voter forgets for whom it voted, and the term in which it did. */
    VOTER_FORGETS,
    /** The guard does nothing at the deadline, and the gate stays open. */
    GUARD_ASLEEP,
    /** A stop counts as proved though processes are left. */
    STOP_NOT_PROVED,
    /** Holds are acknowledged and not kept. */
    HOLD_NOT_KEPT,
    /** Released instances are never granted again. */
    NOTHING_PLANNED
}
