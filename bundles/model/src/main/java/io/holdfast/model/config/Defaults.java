package io.holdfast.model.config;

import java.time.Duration;

/**
 * What holds for every resource that does not say otherwise.
 *
 * @param stickiness how much a resource likes to stay where it runs
 * @param migrationThreshold failures on a node that forbid it that node; 0: any number is borne
 * @param failureTimeout how long a failure counts; zero: until {@code retry}
 */
public record Defaults(int stickiness, int migrationThreshold, Duration failureTimeout) {
    /** Stickiness 1, threshold 3, failures count for 10 minutes. */
    public static final Defaults USUAL = new Defaults(1, 3, Duration.ofMinutes(10));
}
