package io.holdfast.runtime;

import io.holdfast.api.runtime.Stalls.Stall;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Notices that the loop's thread did not run in time, and what may be behind it: the counters of process and machine are read once a
 * second while the loop runs anyway, and again after a stall; whatever grew by half of the stall explains it. On the loop's thread only.
 */
final class StallMeter {
    /** Shorter ones are the daily life of a scheduler. */
    static final long NOTABLE = Duration.ofMillis(100).toNanos();

    private static final long SAMPLE_EVERY = Duration.ofSeconds(1).toNanos();
    /** So many pages read from disk by this one thread are a stall of their own. */
    private static final long MANY_PAGES = 20;

    /**
     * What grows.
     *
     * @param collected milliseconds that garbage collections took
     * @param queued nanoseconds for which the thread was ready and had no processor
     * @param paged pages that were read from disk because the thread touched them
     * @param awake nanoseconds of a clock that stands still in suspend
     */
    record Counters(long collected, long queued, long paged, long awake) {}

    private final Supplier<Counters> source;
    private Counters sample;
    private long sampledAt;

    StallMeter(Supplier<Counters> source, long now) {
        this.source = source;
        this.sample = source.get();
        this.sampledAt = now;
    }

    /** The loop runs; called often, does something once a second. */
    void running(long now) {
        if (now - sampledAt >= SAMPLE_EVERY) {
            sample = source.get();
            sampledAt = now;
        }
    }

    /** {@return the stall from {@code due} to {@code now}; {@code task} is what ran meanwhile, empty if nothing did} */
    Stall stalled(long due, long now, String task) {
        Counters after = source.get();
        long length = now - due;
        String cause = cause(length, now - sampledAt, after, task);
        sample = after;
        sampledAt = now;
        return new Stall(Duration.ofNanos(length), cause);
    }

    private String cause(long length, long span, Counters after, String task) {
        long half = length / 2;
        long asleep = span - (after.awake() - sample.awake());
        long collected = (after.collected() - sample.collected()) * 1_000_000;
        long queued = after.queued() - sample.queued();
        long paged = after.paged() - sample.paged();
        if (asleep >= half) {
            return "the machine was suspended for " + words(asleep);
        } else if (collected >= half && collected >= queued) {
            return "garbage collection took " + words(collected);
        } else if (queued >= half) {
            return "it waited " + words(queued) + " for a processor";
        } else if (paged >= MANY_PAGES) {
            return paged + " pages of its memory had to be read from disk";
        } else if (!task.isEmpty()) {
            return "a task on its loop took that long (" + task + ")";
        }
        return "it was stopped: by a signal, a frozen cgroup or a hypervisor";
    }

    private static String words(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }
}
