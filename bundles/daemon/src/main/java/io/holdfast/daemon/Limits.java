package io.holdfast.daemon;

import io.holdfast.api.resource.TypeDescription;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Time limits of an instance: the document's, else the type's, else the usual ones.
 *
 * @param interval from one monitor to the next; zero for none
 */
record Limits(Duration start, Duration stop, Duration monitor, Duration interval) {
    private static final Duration USUAL = Duration.ofSeconds(20);
    private static final Duration USUAL_MONITOR = Duration.ofSeconds(10);

    static Limits of(Optional<Resource> resource, Optional<TypeDescription> type) {
        return new Limits(
                timeout(resource.map(Resource::start), type.map(TypeDescription::start), USUAL),
                timeout(resource.map(Resource::stop), type.map(TypeDescription::stop), USUAL),
                timeout(resource.map(Resource::monitor), type.map(TypeDescription::monitor), USUAL_MONITOR),
                choose(
                        resource.map(Resource::monitor),
                        OperationSetting::interval,
                        type.map(TypeDescription::interval),
                        USUAL_MONITOR));
    }

    Limits stoppingWithin(Duration limit) {
        return new Limits(start, limit, monitor, interval);
    }

    private static Duration timeout(Optional<OperationSetting> said, Optional<Duration> type, Duration usual) {
        return choose(said, OperationSetting::timeout, type, usual);
    }

    private static Duration choose(
            Optional<OperationSetting> said,
            Function<OperationSetting, Optional<Duration>> part,
            Optional<Duration> type,
            Duration usual) {
        return said.flatMap(part).or(() -> type).orElse(usual);
    }
}
