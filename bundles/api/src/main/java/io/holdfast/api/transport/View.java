package io.holdfast.api.transport;

import java.util.List;

/**
 * The numbered set of nodes that see each other now. It may lack a quorum.
 *
 * @param number grows with each view that this node installs
 * @param phase whether the set is being agreed on
 * @param nodes names, sorted; contains this node once the first view is there
 */
public record View(long number, Phase phase, List<String> nodes) {

    /** Copies the names. */
    public View {
        nodes = List.copyOf(nodes);
    }

    /** The states of a view. */
    public enum Phase {
        /** No view yet: the node is still looking for the others. */
        INIT,
        /** Somebody came, left or is suspected, and the new set is not agreed on yet. */
        CHANGING,
        /** The members agree on this set. */
        CHANGED
    }
}
