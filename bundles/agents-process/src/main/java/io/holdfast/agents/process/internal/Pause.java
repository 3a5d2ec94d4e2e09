package io.holdfast.agents.process.internal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A short wait between two looks. Operations run on a worker thread and may block; an interrupt ends it. */
final class Pause {
    private Pause() {}

    static void of(Duration duration) throws InterruptedException {
        boolean counted = new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
        assert !counted;
    }
}
