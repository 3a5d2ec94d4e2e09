package io.holdfast.agents.process.internal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Short waits between looks, a little longer each time: most services are there, or gone, within some milliseconds. Operations run on a
 * worker thread and may block; an interrupt ends it.
 */
final class Pause {
    private static final long FIRST_MICROS = 1_000;
    private static final long LONGEST_MICROS = 10_000;
    private long micros = FIRST_MICROS;

    void pass() throws InterruptedException {
        of(Duration.ofNanos(micros * 1_000));
        micros = Math.min(micros * 5 / 4, LONGEST_MICROS);
    }

    static void of(Duration duration) throws InterruptedException {
        boolean counted = new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
        assert !counted;
    }
}
