package io.holdfast.daemon;

import io.holdfast.api.resource.Promotion;
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
 * @param promotedMonitor of a monitor while it is promoted
 * @param promotedInterval the same as {@code interval} while it is promoted
 */
record Limits(
        Duration start,
        Duration stop,
        Duration monitor,
        Duration interval,
        Duration promote,
        Duration demote,
        Duration promotedMonitor,
        Duration promotedInterval) {
    private static final Duration USUAL = Duration.ofSeconds(20);
    private static final Duration USUAL_MONITOR = Duration.ofSeconds(10);

    static Limits of(Optional<Resource> resource, Optional<TypeDescription> type) {
        Duration monitor = timeout(resource.map(Resource::monitor), type.map(TypeDescription::monitor), USUAL_MONITOR);
        Duration interval = choose(
                resource.map(Resource::monitor),
                OperationSetting::interval,
                type.map(TypeDescription::interval),
                USUAL_MONITOR);
        Optional<Promotion> promotion = type.flatMap(TypeDescription::promotion);
        Optional<OperationSetting> whilePromoted = said(resource, "monitor-promoted");
        return new Limits(
                timeout(resource.map(Resource::start), type.map(TypeDescription::start), USUAL),
                timeout(resource.map(Resource::stop), type.map(TypeDescription::stop), USUAL),
                monitor,
                interval,
                timeout(said(resource, "promote"), promotion.map(Promotion::promote), USUAL),
                timeout(said(resource, "demote"), promotion.map(Promotion::demote), USUAL),
                timeout(whilePromoted, Optional.empty(), monitor),
                choose(whilePromoted, OperationSetting::interval, Optional.empty(), interval));
    }

    /** {@return the same, but that its stop, and the demotion before it, are to end within this limit} */
    Limits stoppingWithin(Duration limit) {
        return new Limits(start, limit, monitor, interval, promote, limit, promotedMonitor, promotedInterval);
    }

    private static Optional<OperationSetting> said(Optional<Resource> resource, String operation) {
        return resource.flatMap(known -> Optional.ofNullable(known.operations().get(operation)));
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
