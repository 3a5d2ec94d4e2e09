package io.holdfast.daemon;

import java.util.Map;

/**
 * An instance as its operations need to know it.
 *
 * @param name its name
 * @param type the full name of its type
 * @param parameters as configured, without the type's defaults
 * @param token the fencing token of its grant, 0 before any
 * @param notes what the resource keeps in the cluster state
 */
public record Instance(
        String name, String type, Map<String, String> parameters, long token, Map<String, String> notes) {
    /** Copies the maps. */
    public Instance {
        parameters = Map.copyOf(parameters);
        notes = Map.copyOf(notes);
    }
}
