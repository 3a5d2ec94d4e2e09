package io.holdfast.testkit;

import java.time.Duration;

/**
 * One fault of a schedule.
 *
 * @param number its place in the schedule, from 0
 * @param kind what happens
 * @param at when, in true time
 * @param node to which node
 * @param other the second node, where there is one
 * @param span for how long
 * @param share how strong it is, 0 to 1
 * @param salt decides whatever else is left to chance
 */
public record Fault(
        int number, FaultKind kind, Duration at, String node, String other, Duration span, double share, long salt) {
    @Override
    public String toString() {
        return "[%d] %.3f s: %s %s%s for %d ms (%.2f)"
                .formatted(
                        number,
                        at.toMillis() / 1e3,
                        kind,
                        node,
                        other.equals(node) ? "" : " " + other,
                        span.toMillis(),
                        share);
    }
}
