package io.holdfast.testkit;

/**
 * The clock of one simulated machine: it starts anywhere and runs a little fast or slow, within what SAFETY allows.
 *
 * @param offset what it shows at true time 0, nanoseconds
 * @param perMille how much faster than true time it runs, in thousandths; two machines may differ by at most 10
 */
record MachineClock(long offset, int perMille) {

    long read(long trueTime) {
        return offset + trueTime + Math.floorDiv(trueTime * perMille, 1000L); // never goes back
    }

    /** The true time that a span on this clock takes, rounded up. */
    long trueSpan(long span) {
        return (span * 1000 + 999 + perMille) / (1000 + perMille);
    }

    /** The true time at which it shows {@code reading}. */
    long trueTimeOf(long reading) {
        return trueSpan(reading - offset);
    }
}
