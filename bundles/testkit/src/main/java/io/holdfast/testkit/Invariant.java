package io.holdfast.testkit;

/** What must hold whatever happens; each breach that the {@link Observer} sees names one of these. */
public enum Invariant {
    /** At most one owner of an exclusive instance, or of a right to be promoted, is active at any instant, seen from outside. */
    S1,
    /** Fencing tokens of an instance only grow. */
    S2,
    /** A node without a lease has stopped everything by the lease's end plus its kill time. */
    S3,
    /** Nothing is granted while it may still run elsewhere, and nothing that runs is released. */
    S4,
    /** One leader a term. */
    S5,
    /** Committed entries never change. */
    S6,
    /** The state at an index is the same on all nodes. */
    S7,
    /** A read sees everything that was acknowledged before it began. */
    S8,
    /** What was acknowledged is not lost. */
    S10,
    /** A document is applied whole or not at all. */
    S11,
    /** A command is applied once, whatever is swapped or repeated. */
    S13,
    /** What needs another instance is granted only after that one is active. */
    S14,
    /** What belongs together is together, and what does not is apart, once all is calm. */
    S15,
    /** An incarnation is declared fenced only when its lease is over and nothing of it runs. */
    S16,
    /** Nothing is started twice on one node. */
    S17,
    /** A fenced incarnation starts nothing any more. */
    S18,
    /** No node is sent what its version cannot read. */
    S19,
    /** A copy is promoted under a right only, and no more are promoted at one time than may be. */
    S20,
    /** A node whose lease never broke is not expelled for silence. */
    EXPELLED_IN_LEASE,
    /** A restart or a swap within a hold stops nothing. */
    STOPPED_IN_HOLD,
    /** One leader is known to all soon after the last fault. */
    L1,
    /** Everything that can run is active soon after the last fault. */
    L2,
    /** All nodes are members again soon after the last fault. */
    L3,
    /** Nothing stays blocked when no person has to act. */
    L4,
    /** After the last fault, nothing is started again and again. */
    L5,
    /** A stable cluster moves nothing. */
    L6,
    /** Every grant, revocation and expelling says why. */
    E1,
    /** The run itself must not break off. */
    BROKE_OFF
}
