package io.holdfast.api.resource;

import java.util.Optional;

/**
 * A parameter of a type of resource.
 *
 * @param name its key under {@code parameters:}
 * @param kind what its values look like
 * @param required whether a value must be given
 * @param defaultValue the value if none is given
 * @param description one sentence
 */
public record Parameter(String name, Kind kind, boolean required, Optional<String> defaultValue, String description) {

    /** The kinds of values. */
    public enum Kind {
        /** Any text. */
        STRING,
        /** A whole number. */
        INTEGER,
        /** {@code true} or {@code false}; OCF's other spellings (yes, no, on, off, 1, 0) too. */
        BOOLEAN,
        /** A time span such as {@code 5s}, {@code 500ms}, {@code 10m}. */
        DURATION
    }

    /** A parameter that must be given. */
    public static Parameter required(String name, Kind kind, String description) {
        return new Parameter(name, kind, true, Optional.empty(), description);
    }

    /** A parameter that may be left out and then has no value. */
    public static Parameter optional(String name, Kind kind, String description) {
        return new Parameter(name, kind, false, Optional.empty(), description);
    }

    /** A parameter that may be left out and then has {@code defaultValue}. */
    public static Parameter optional(String name, Kind kind, String defaultValue, String description) {
        return new Parameter(name, kind, false, Optional.of(defaultValue), description);
    }
}
