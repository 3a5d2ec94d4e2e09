package io.holdfast.lab;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Bounded waiting for real processes. */
public final class Waiting {
    private Waiting() {}

    /** Sleeps; the one place in the lab that does. */
    public static void pause(Duration span) {
        try {
            Thread.sleep(span.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Waits until {@code condition} holds; {@code what} and {@code evidence} are told if it does not within {@code limit}. */
    public static void until(String what, Duration limit, BooleanSupplier condition, Supplier<String> evidence) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "not within " + limit.toMillis() + " ms: " + what + System.lineSeparator() + evidence.get());
            }
            pause(Duration.ofMillis(20));
        }
    }
}
