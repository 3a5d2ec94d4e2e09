package io.holdfast.api.fencing;

import java.util.List;
import java.util.Optional;

/**
 * A parameter of a kind of fence device.
 *
 * @param name under {@code parameters:} in the cluster document
 * @param type {@code string}, {@code boolean}, {@code integer}, {@code second} or {@code select}, as the agent says
 * @param usual what holds if it is not given
 * @param required whether it must be given
 * @param choices the values that it takes; empty if any
 * @param description one sentence for people, may be empty
 * @param deprecated whether another name took its place
 */
public record FenceParameter(
        String name,
        String type,
        Optional<String> usual,
        boolean required,
        List<String> choices,
        String description,
        boolean deprecated) {

    /** Copies the choices. */
    public FenceParameter {
        choices = List.copyOf(choices);
    }
}
