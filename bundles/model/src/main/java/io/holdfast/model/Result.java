package io.holdfast.model;

/** What applying a command gave. The same on every node. */
public sealed interface Result {
    /**
     * It was applied.
     *
     * @param value the incarnation of a join or resume, the token of a grant, the index of the EXPEL of an expel, the revision of a
     *     document, else the ledger index
     */
    record Done(long value) implements Result {}

    /**
     * It was refused and changed nothing.
     *
     * @param reason what, why, and what to do
     */
    record Refused(String reason) implements Result {}
}
