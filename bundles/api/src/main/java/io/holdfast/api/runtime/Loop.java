package io.holdfast.api.runtime;

import java.time.Duration;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The single event loop of a node: its logic runs here, one task after the other, so that it needs no locks.
 *
 * <p>All methods may be called from any thread and never block. A task that throws is logged and does not end the loop.
 */
@ProviderType
public interface Loop {

    /** Runs {@code task} on the loop, after all tasks that were given before it from the same thread. */
    void execute(Runnable task);

    /**
     * Runs {@code task} on the loop once, not before {@code delay} has passed on {@link #nanos()}.
     *
     * @param delay zero or more; a negative delay counts as zero
     * @return lets the caller cancel it
     */
    Scheduled schedule(Duration delay, Runnable task);

    /**
     * As {@link #schedule}, for a look that comes again and again and may be late: up to a half of {@code delay} later it runs together
     * with whatever else wakes the loop, and only then by itself. An idle node sleeps longer so.
     */
    default Scheduled scheduleLoosely(Duration delay, Runnable task) {
        return schedule(delay, task);
    }

    /**
     * The time that decides about leases, ages and time limits: CLOCK_BOOTTIME of this machine in nanoseconds, which goes on
     * in suspend and never steps. Comparable between the processes of one kernel boot, with nothing else.
     */
    long nanos();

    /** {@return whether the calling thread is the loop} */
    boolean inLoop();
}
