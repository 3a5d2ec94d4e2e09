package io.holdfast.daemon;

import io.holdfast.api.transport.Registration;

/** This node's permission to run things, and what its guard did. Called on the loop. */
public interface Lease {
    /** {@return whether this node joined, its lease ends in the future by a margin, and the gate is open} */
    boolean active();

    /** {@return how often the guard closed the gate; see {@code GuardLink.closings}} */
    long closings();

    /** {@return whether, since the last closing, everything is proved stopped} */
    boolean provedStopped();

    /**
     * {@return whether the end of the lease stops even what cannot be killed, so that expelling this node frees its grants: a
     * watchdog stands behind the guard}
     */
    boolean strong();

    /** Tells the guard whether resources run inside this JVM, which it kills at a missed deadline. */
    void inDaemon(boolean running);

    /** Calls back on the loop when any of the answers above may have changed. */
    Registration onChange(Runnable changed);
}
