package io.holdfast.planner.engine;

import java.util.List;
import java.util.SortedMap;

/**
 * What comes of a plan.
 *
 * @param placement by resource and node, the roles of the instances there once all is done; instances without their numbers
 * @param fenced nodes that are fenced
 * @param actions what is done
 * @param orders pairs of numbers of actions: the first ends before the second begins
 */
public record Outcome(
        SortedMap<String, SortedMap<String, List<String>>> placement,
        List<String> fenced,
        List<Action> actions,
        List<Pair> orders) {

    /**
     * Something that is done.
     *
     * @param what {@code start}, {@code stop}, {@code promote}, {@code demote}, {@code migrate_to}, {@code migrate_from}, {@code
     *     reload} or {@code fence}
     * @param resource the resource, or the node that is fenced
     * @param node where; empty for a start that is done by a migration, or was done before
     */
    public record Action(String what, String resource, String node) {}

    /**
     * An order between two actions.
     *
     * @param first number of the one that ends first
     * @param then number of the one that waits for it
     */
    public record Pair(int first, int then) {}
}
