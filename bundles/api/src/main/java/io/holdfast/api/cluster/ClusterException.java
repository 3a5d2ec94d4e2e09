package io.holdfast.api.cluster;

/** A command to the cluster did not succeed; the message says what, why and what to do. */
public final class ClusterException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final Kind kind;

    /** Creates it. */
    public ClusterException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** {@return how it ended} */
    public Kind kind() {
        return kind;
    }

    /** How a command can end other than well. */
    public enum Kind {
        /** Refused or failed: it had no effect, or the effect that the message says. */
        REFUSED,
        /** No quorum, so it was not carried out and will not be. */
        NO_QUORUM,
        /** No answer in time: it may still take effect. */
        UNKNOWN_OUTCOME
    }
}
