package io.holdfast.model;

/** Leaves a rule early; never leaves this package. Without a stack trace, for it is expected. */
final class Refusal extends RuntimeException {
    private final String reason;

    Refusal(String reason) {
        super(reason, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
