package io.holdfast.lab.broken;

/** A component that cannot be made. */
public final class Throwing {
    /** Called by DS. */
    public Throwing() {
        throw new IllegalStateException("there is no disk");
    }
}
