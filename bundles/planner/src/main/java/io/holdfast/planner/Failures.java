package io.holdfast.planner;

import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.OperationSetting;
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

    /** How long it counts, in words. */
    String until(Resource resource, FailureRecord failure) {
        OptionalLong end = end(resource, failure);
        return end.isPresent()
                ? "until " + Instant.ofEpochMilli(end.getAsLong())
                : "until 'ha retry " + resource.name() + "'";
    }

    boolean aged(Resource resource, FailureRecord failure) {
        OptionalLong end = end(resource, failure);
        return end.isPresent() && now >= end.getAsLong();
    }

    /** What a failure that still counts leads to, as the document says of that operation; empty for the usual. */
    String onFail(Resource resource, FailureRecord failure) {
        if (aged(resource, failure)) {
            return "";
        }
        return switch (failure.operation()) {
            case "start" -> resource.start().onFail();
            case "monitor" -> resource.monitor().onFail();
            default -> {
                OperationSetting said = resource.operations().get(failure.operation());
                yield said == null ? "" : said.onFail();
            }
        };
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
