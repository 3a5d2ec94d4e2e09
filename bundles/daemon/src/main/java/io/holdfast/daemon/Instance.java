package io.holdfast.daemon;

import io.holdfast.api.resource.CloneInstance;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An instance as its operations need to know it.
 *
 * @param name its name
 * @param type the full name of its type
 * @param parameters as configured, without the type's defaults
 * @param token the fencing token of its grant, 0 before any
 * @param notes what the resource keeps in the cluster state
 * @param copy which instance of a clone it is; empty if it is none
 * @param stopLimit how long its stop might take when it was started; empty before
 * @param promotedToken the fencing token of the right by which it is, or is to be, promoted; empty if it is not
 */
public record Instance(
        String name,
        String type,
        Map<String, String> parameters,
        long token,
        Map<String, String> notes,
        Optional<CloneInstance> copy,
        Optional<Duration> stopLimit,
        OptionalLong promotedToken) {
    /** Copies the maps. */
    public Instance {
        parameters = Map.copyOf(parameters);
        notes = Map.copyOf(notes);
    }

    /** One that was not started yet. */
    public Instance(String name, String type, Map<String, String> parameters, long token, Map<String, String> notes) {
        this(name, type, parameters, token, notes, Optional.empty(), Optional.empty(), OptionalLong.empty());
    }

    Instance as(Optional<CloneInstance> which) {
        return new Instance(name, type, parameters, token, notes, which, stopLimit, promotedToken);
    }

    Instance stoppingWithin(Duration limit) {
        return new Instance(name, type, parameters, token, notes, copy, Optional.of(limit), promotedToken);
    }

    Instance unpromoted() {
        return new Instance(name, type, parameters, token, notes, copy, stopLimit, OptionalLong.empty());
    }

    /** Whether it can be promoted at all. */
    boolean promotable() {
        return copy.filter(clone -> clone.promoted() > 0).isPresent();
    }
}
