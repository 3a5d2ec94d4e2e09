package io.holdfast.api.fencing;

/** A fence device did not confirm; the message says what it answered. */
public final class FenceException extends Exception {
    private static final long serialVersionUID = 1;

    /** Creates it with what the device answered and what to do. */
    public FenceException(String message) {
        super(message);
    }
}
