package io.holdfast.api.resource;

import java.time.Duration;

/**
 * What people see of a type of which copies can be promoted.
 *
 * @param promote the longest that a promotion takes unless the cluster document says otherwise
 * @param demote the same of a demotion
 */
public record Promotion(Duration promote, Duration demote) {
    /** 20 s for each. */
    public static final Promotion USUAL = new Promotion(Duration.ofSeconds(20), Duration.ofSeconds(20));
}
