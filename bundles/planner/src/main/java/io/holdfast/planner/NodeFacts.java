package io.holdfast.planner;

import java.util.Map;
import java.util.Set;

/**
 * What the leader knows of a node beside the agreed state.
 *
 * @param live whether the leader hears it now; nothing is granted to a silent node, and nothing is taken from it either
 * @param types full names of the resource types on offer there
 * @param attributes what it tells of itself; {@code leaving=true} means that it drains in order to leave
 */
public record NodeFacts(boolean live, Set<String> types, Map<String, String> attributes) {
    /** A node of which nothing was heard. */
    static final NodeFacts SILENT = new NodeFacts(false, Set.of(), Map.of());

    /** Copies the collections. */
    public NodeFacts {
        types = Set.copyOf(types);
        attributes = Map.copyOf(attributes);
    }
}
