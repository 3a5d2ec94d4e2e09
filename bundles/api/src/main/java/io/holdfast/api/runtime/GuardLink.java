package io.holdfast.api.runtime;

import java.time.Duration;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The daemon's side of the memory that it shares with the guard. All times are {@link Loop#nanos()}.
 *
 * <p>Methods do not block and are called on the loop only.
 */
@ProviderType
public interface GuardLink {

    /** How far a guard can be trusted to have everything stopped at the lease's end plus {@code K}. */
    enum Strength {
        /** Backed by an armed watchdog. */
        STRONG,
        /** A process beside the daemon. */
        PROCESS,
        /** No guard: the node can be fenced by device or by hand only. */
        NONE
    }

    /** {@return how strong the guard is, as declared when the node joins} */
    Strength strength();

    /** {@return whether every resource process is contained in a cgroup v2 of its own} */
    boolean contained();

    /** {@return {@code K}: the time within which everything is stopped after the lease's end} */
    Duration killTime();

    /**
     * {@return the guard session: random, kept while what runs on the node stays under one unbroken watch; a daemon may resume
     * its incarnation only within the session in which it joined}
     */
    long session();

    /** {@return the incarnation last written with {@link #begin}, or 0; survives a restart of the daemon} */
    long incarnation();

    /** {@return the deadline last written; survives a restart of the daemon; {@link Long#MIN_VALUE} when there was none} */
    long deadline();

    /** Writes a new incarnation with its deadline "ended": nothing may start before {@link #extend}. */
    void begin(long incarnation);

    /** Moves the deadline of {@code incarnation} forward; ignored if it is not later than the present one. */
    void extend(long incarnation, long deadline);

    /** Sets a shorter deadline, before a hold is released. The only way in which a deadline goes back. */
    void shorten(long incarnation, long deadline);

    /**
     * {@return whether the gate is open: the guard has seen a deadline in the future, and resource processes may be started. A
     * closed gate makes the kernel refuse to start them}
     */
    boolean open();

    /**
     * {@return whether the gate is shut, as the guard last said} Not the opposite of {@link #open}: a guard that is dead or hangs may
     * have left the gate open, and what went through it may still run.
     */
    default boolean shut() {
        return !open();
    }

    /**
     * {@return how often the guard closed the gate because the deadline had passed; a change tells the daemon that what it ran is
     * being stopped or was stopped}
     */
    long closings();

    /** {@return whether, since the last closing, everything is proved stopped (true when nothing ran)} */
    boolean provedStopped();

    /** Tells the guard whether resources run inside the daemon's JVM, which it then kills at a missed deadline. */
    void inDaemon(boolean running);

    /**
     * This node left the cluster cleanly: the guard proves once more that nothing runs, and ends when the daemon does; a daemon that
     * does not end by itself is ended.
     */
    default void leaving() {}

    /** {@return what is wrong between daemon and guard, in a sentence with what to do; empty if nothing} */
    default String trouble() {
        return "";
    }
}
