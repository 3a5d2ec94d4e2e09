package io.holdfast.daemon;

import java.util.Locale;

/** The calls of an agent. */
public enum Operation {
    START,
    STOP,
    MONITOR,
    /** Looks for what cannot work, before anything is started. */
    VALIDATE;

    /** {@return its name in sentences} */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
