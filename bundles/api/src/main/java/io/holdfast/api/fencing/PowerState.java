package io.holdfast.api.fencing;

/** What a fence device says of a node. */
public enum PowerState {
    /** It is on. */
    ON,
    /** It is off: it runs nothing. */
    OFF,
    /** The device could not tell; never read as off. */
    UNKNOWN
}
