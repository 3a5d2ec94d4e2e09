package io.holdfast.model.config;

import java.time.Duration;
import java.util.Optional;

/**
 * Times of an operation.
 *
 * @param interval time from one monitor to the next; of a monitor only
 * @param timeout the longest that it takes
 */
public record OperationSetting(Optional<Duration> interval, Optional<Duration> timeout) {
    /** Nothing set. */
    public static final OperationSetting UNSET = new OperationSetting(Optional.empty(), Optional.empty());
}
