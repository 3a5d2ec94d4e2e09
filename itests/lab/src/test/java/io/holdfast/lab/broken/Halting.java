package io.holdfast.lab.broken;

/** A component that takes the whole process with it. */
public final class Halting {
    /** Called by DS. */
    public Halting() {
        Runtime.getRuntime().halt(77);
    }
}
