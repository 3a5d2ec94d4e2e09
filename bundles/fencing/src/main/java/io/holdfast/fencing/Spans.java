package io.holdfast.fencing;

import java.util.Locale;

/** Spans of time in words. */
final class Spans {
    private Spans() {}

    /** {@return for example {@code 250 ms}, {@code 2 s}, {@code 2.31 s}} */
    static String words(long nanos) {
        long millis = nanos / 1_000_000;
        if (millis < 1000) {
            return millis + " ms";
        }
        return millis % 1000 == 0 ? millis / 1000 + " s" : String.format(Locale.ROOT, "%.2f s", millis / 1000.0);
    }
}
