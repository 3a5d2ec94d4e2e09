package io.holdfast.model.config;

import java.time.Duration;
import java.util.Optional;

/**
 * Times of an operation.
 *
 * @param interval time from one monitor to the next; of a monitor only
 * @param timeout the longest that it takes
 * @param onFail what its failure leads to: {@code restart}, {@code stop}, {@code ignore}, ...; empty for the usual
 */
public record OperationSetting(Optional<Duration> interval, Optional<Duration> timeout, String onFail) {
    /** Nothing set. */
    public static final OperationSetting UNSET = new OperationSetting(Optional.empty(), Optional.empty());

    /** One whose failure leads to the usual. */
    public OperationSetting(Optional<Duration> interval, Optional<Duration> timeout) {
        this(interval, timeout, "");
    }
}
