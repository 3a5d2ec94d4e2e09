package io.holdfast.planner;

import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/** Which failures count, and what they forbid. */
final class Failures {
    private final Configuration configuration;
    private final long now;

    Failures(Facts facts) {
        configuration = facts.state().configuration();
        now = facts.wallMillis();
    }

    /** When the failures no longer count; empty for those that count until {@code retry}. */
    OptionalLong end(Resource resource, FailureRecord failure) {
        Duration timeout = configuration.failureTimeout(resource);
        return failure.permanent() || timeout.isZero()
                ? OptionalLong.empty()
                : OptionalLong.of(failure.lastWallMillis() + timeout.toMillis());
    }

    boolean aged(Resource resource, FailureRecord failure) {
        OptionalLong end = end(resource, failure);
        return end.isPresent() && now >= end.getAsLong();
    }

    /** Why failures forbid the resource a node, empty if they do not. */
    String ban(Resource resource, FailureRecord failure) {
        int threshold = configuration.migrationThreshold(resource);
        if (failure.permanent()) {
            return failure.operation() + " cannot succeed there: " + failure.reason() + "; 'ha retry " + resource.name()
                    + "' once it is mended";
        } else if (threshold == 0 || failure.count() < threshold || aged(resource, failure)) {
            return "";
        }
        OptionalLong end = end(resource, failure);
        return "failed there " + failure.count() + (failure.count() == 1 ? " time" : " times") + " ("
                + failure.operation()
                + ": " + failure.reason() + "), will retry "
                + (end.isPresent()
                        ? "at " + Instant.ofEpochMilli(end.getAsLong())
                        : "after 'ha retry " + resource.name() + "'");
    }
}
