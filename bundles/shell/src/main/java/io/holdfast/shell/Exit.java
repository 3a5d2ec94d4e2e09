package io.holdfast.shell;

/** The exit codes. Scripts rely on them. */
final class Exit {
    static final int DONE = 0;
    /** Refused or failed; the reason is on stderr. */
    static final int REFUSED = 1;
    /** Wrong usage. */
    static final int USAGE = 2;
    /** The daemon does not answer, or is not ready. */
    static final int NO_DAEMON = 3;
    /** No quorum, or no answer in time; stderr says whether it may still take effect. */
    static final int NO_ANSWER = 4;

    private Exit() {}
}
