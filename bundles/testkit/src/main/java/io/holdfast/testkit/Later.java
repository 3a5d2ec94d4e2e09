package io.holdfast.testkit;

import io.holdfast.model.Command;
import io.holdfast.model.Levels;

/**
 * Versions of Holdfast that are still to come, for clusters of several: each understands one functional level more. What {@link
 * #NEXT} brings is an attribute whose key begins with {@value #KEY}; an earlier version could not read it.
 */
final class Later {
    static final String KEY = "later.";

    /** The first level that this version does not understand. */
    static final int NEXT = Levels.THIS.newest() + 1;

    private Later() {}

    static int needed(Command command) {
        return command instanceof Command.Attribute attribute && attribute.key().startsWith(KEY)
                ? NEXT
                : Levels.THIS.needed().applyAsInt(command);
    }

    /** {@return the version that understands {@code level}} */
    static Levels at(int level) {
        return new Levels(level, Later::needed);
    }

    /** {@return its name} */
    static String version(Levels levels) {
        return "0." + levels.newest() + ".0";
    }
}
