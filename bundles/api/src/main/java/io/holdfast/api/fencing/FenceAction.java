package io.holdfast.api.fencing;

/** What a fence device can be asked to do. */
public enum FenceAction {
    /** Cut it off. */
    OFF,
    /** Let it on again. */
    ON,
    /** Cut it off and let it on again; confirmed when it was off. */
    REBOOT,
    /** Look whether the device itself works. */
    MONITOR
}
