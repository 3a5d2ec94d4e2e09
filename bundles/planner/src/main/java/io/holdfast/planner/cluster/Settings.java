package io.holdfast.planner.cluster;

import java.util.Map;

/**
 * Options of the whole cluster by the names that Pacemaker 3 gives them; absent ones have their usual value.
 *
 * @param values by name
 */
public record Settings(Map<String, String> values) {
    /** Copies the map. */
    public Settings {
        values = Map.copyOf(values);
    }

    /** {@return the value of {@code name}, or {@code usual}} */
    public String text(String name, String usual) {
        return values.getOrDefault(name, usual);
    }

    /** {@return whether {@code name} is set to a word of consent} */
    public boolean flag(String name, boolean usual) {
        String value = values.get(name);
        return value == null ? usual : Words.truth(value, usual);
    }
}
