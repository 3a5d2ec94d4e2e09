package io.holdfast.api.resource;

/** An operation on a resource failed; the message says what, why and what to do. */
public final class ResourceException extends Exception {
    private static final long serialVersionUID = 1;
    private final boolean permanent;

    /** A failure after which another try on the same node may succeed. */
    public ResourceException(String message) {
        this(message, false);
    }

    /** Creates it; if {@code permanent}, no other try on this node can succeed (not installed, wrong configuration). */
    public ResourceException(String message, boolean permanent) {
        super(message);
        this.permanent = permanent;
    }

    /** A failure with its cause. */
    public ResourceException(String message, Throwable cause) {
        super(message, cause);
        this.permanent = false;
    }

    /** {@return whether another try on this node is useless} */
    public boolean permanent() {
        return permanent;
    }
}
