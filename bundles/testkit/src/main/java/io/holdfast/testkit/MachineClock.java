package io.holdfast.testkit;

/**
 * The clock of one simulated machine: it starts anywhere and runs a little fast or slow, at a rate that may change, within what
 * SAFETY allows.
 */
final class MachineClock {
    private static final long PARTS = 1_000_000;

    private long trueBase;
    private long base;
    private int ppm;

    /**
     * Creates it.
     *
     * @param offset what it shows at true time 0, nanoseconds
     * @param ppm how much faster than true time it runs, in millionths; two machines may differ by at most 10,000
     */
    MachineClock(long offset, int ppm) {
        this.base = offset;
        this.ppm = ppm;
    }

    long read(long trueTime) {
        long since = trueTime - trueBase;
        return base + since + Math.floorDiv(since * ppm, PARTS); // never goes back
    }

    /** From {@code now} on it runs at another rate. */
    void rate(long now, int newPpm) {
        base = read(now);
        trueBase = now;
        ppm = newPpm;
    }

    /** It stood still for {@code span} that ends at {@code now}: what a clock does that stops in suspend. */
    void stood(long now, long span) {
        base = read(now) - span - span * ppm / PARTS;
        trueBase = now;
    }

    /** The true time that a span on this clock takes, rounded up. */
    long trueSpan(long span) {
        return span - Math.floorDiv(span * ppm, PARTS + ppm); // span * PARTS / (PARTS + ppm), without overflow
    }

    /** The true time at which it shows {@code reading}. */
    long trueTimeOf(long reading) {
        return trueBase + trueSpan(reading - base);
    }
}
