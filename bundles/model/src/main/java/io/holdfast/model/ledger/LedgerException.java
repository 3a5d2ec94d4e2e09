package io.holdfast.model.ledger;

/** The ledger could not do what was asked; the message says what, why and what to do. */
public final class LedgerException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final Kind kind;

    public LedgerException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    public enum Kind {
        /** It was certainly not carried out and will not be. */
        NOT_DONE,
        /** As {@link #NOT_DONE}, and another try would end the same: what was asked does not fit what is. */
        REFUSED,
        /** It may have been carried out, or may be yet. */
        UNKNOWN
    }
}
