package io.holdfast.itests;

import java.util.concurrent.Callable;

/** Waits for what becomes true in its own time. */
final class Waiting {
    private Waiting() {}

    /** Looks each 50 ms until the condition holds; fails after the given time with the sentence. */
    static void until(String sentence, int seconds, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        Throwable last = null;
        do {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            Thread.sleep(50);
        } while (System.nanoTime() < end);
        throw new AssertionError("not within " + seconds + " s: " + sentence, last);
    }
}
