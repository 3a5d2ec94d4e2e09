package io.holdfast.api.fencing;

/** A write came under a fencing token older than one that was seen: its sender is not the owner any more. Trying again is useless. */
public final class StaleTokenException extends Exception {
    private static final long serialVersionUID = 1;

    private final long token;
    private final long newest;

    /** Creates it with the token that came and the newest one that was seen. */
    public StaleTokenException(long token, long newest) {
        super("fencing token " + token + " is older than " + newest
                + ", which was seen here: the sender is not the owner any more, so nothing was written");
        this.token = token;
        this.newest = newest;
    }

    /** {@return the token that was refused} */
    public long token() {
        return token;
    }

    /** {@return the newest token that was seen} */
    public long newest() {
        return newest;
    }
}
