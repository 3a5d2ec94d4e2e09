package io.holdfast.api.fencing;

import java.util.List;

/**
 * A kind of fence device that this node can ask.
 *
 * @param name under {@code agent:} in the cluster document
 * @param path of the executable; empty if a bundle offers it
 * @param description one sentence for people
 * @param problem why it cannot free a node's resources here; empty if it can
 * @param actions what it says that it can do
 * @param parameters sorted by name
 */
public record FenceType(
        String name,
        String path,
        String description,
        String problem,
        List<String> actions,
        List<FenceParameter> parameters) {

    /** Copies the lists. */
    public FenceType {
        actions = List.copyOf(actions);
        parameters = List.copyOf(parameters);
    }
}
