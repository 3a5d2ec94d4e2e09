package io.holdfast.deploy;

/** A bundle could not be put in place or taken away; the message is the end of a sentence that begins with the node. */
public final class BundleTrouble extends Exception {
    private static final long serialVersionUID = 1;

    /** Creates it. */
    public BundleTrouble(String message, Throwable cause) {
        super(message, cause);
    }

    /** Creates it. */
    public BundleTrouble(String message) {
        super(message);
    }
}
