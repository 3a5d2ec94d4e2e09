package io.holdfast.daemon;

/** How an operation ended. */
public sealed interface Outcome {
    /** It succeeded; a monitor found the instance serving. */
    record Ok() implements Outcome {}

    /** A monitor found the instance serving, promoted. */
    record Promoted() implements Outcome {}

    /** A monitor found it cleanly stopped. */
    record NotRunning() implements Outcome {}

    /**
     * It failed.
     *
     * @param reason for people
     * @param permanent no other try on this node can succeed
     */
    record Failed(String reason, boolean permanent) implements Outcome {}

    /**
     * Nobody knows, for example because it exceeded its time limit. Never read as "stopped".
     *
     * @param reason for people
     */
    record Unknown(String reason) implements Outcome {}
}
