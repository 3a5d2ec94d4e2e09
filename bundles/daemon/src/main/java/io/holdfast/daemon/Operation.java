package io.holdfast.daemon;

import java.util.Locale;

/** The calls of an agent. */
public enum Operation {
    START,
    STOP,
    MONITOR,
    PROMOTE,
    DEMOTE,
    /** Looks for what cannot work, before anything is started. */
    VALIDATE;

    /** {@return whether processes that it leaves behind are the service} */
    boolean leavesService() {
        return this == START || this == PROMOTE || this == DEMOTE;
    }

    /** {@return its name in sentences} */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
