package io.holdfast.daemon;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * An instance as its operations need to know it.
 *
 * @param name its name
 * @param type the full name of its type
 * @param parameters as configured, without the type's defaults
 * @param token the fencing token of its grant, 0 before any
 * @param notes what the resource keeps in the cluster state
 * @param stopLimit how long its stop might take when it was started; empty before
 */
public record Instance(
        String name,
        String type,
        Map<String, String> parameters,
        long token,
        Map<String, String> notes,
        Optional<Duration> stopLimit) {
    /** Copies the maps. */
    public Instance {
        parameters = Map.copyOf(parameters);
        notes = Map.copyOf(notes);
    }

    /** One that was not started yet. */
    public Instance(String name, String type, Map<String, String> parameters, long token, Map<String, String> notes) {
        this(name, type, parameters, token, notes, Optional.empty());
    }

    Instance stoppingWithin(Duration limit) {
        return new Instance(name, type, parameters, token, notes, Optional.of(limit));
    }
}
