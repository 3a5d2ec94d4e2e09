package io.holdfast.testkit;

/**
 * A breach.
 *
 * @param invariant what does not hold
 * @param seconds when, in true time
 * @param text what was seen
 */
public record Violation(Invariant invariant, double seconds, String text) {
    @Override
    public String toString() {
        return "%.3f s: %s: %s".formatted(seconds, invariant, text);
    }
}
