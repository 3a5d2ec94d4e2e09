package io.holdfast.testkit;

import java.time.Duration;

/**
 * How long the parts of a run take, in true time.
 *
 * @param faultsBegin until then the cluster forms and starts everything
 * @param faultsEnd from then on everything is mended
 * @param longestPause from one fault to the next
 * @param longestSpan of a single fault
 * @param bound all must be well within this after the faults' end
 * @param whole whether the run goes on for the whole bound, or ends as soon as all is well and stays so
 */
record Timing(
        Duration faultsBegin,
        Duration faultsEnd,
        Duration longestPause,
        Duration longestSpan,
        Duration bound,
        boolean whole) {
    /** A minute: what every build has to pass. */
    static final Timing MINUTE = new Timing(
            Duration.ofSeconds(4),
            Duration.ofSeconds(40),
            Duration.ofSeconds(3),
            Duration.ofSeconds(6),
            Duration.ofSeconds(20),
            true);

    /** As many faults in a shorter time, and no time lost when all is well: to run many seeds. */
    static final Timing DENSE = new Timing(
            Duration.ofMillis(1100),
            Duration.ofMillis(8600),
            Duration.ofMillis(700),
            Duration.ofSeconds(3),
            Duration.ofSeconds(20),
            false);
}
