package io.holdfast.model.config;

import java.util.OptionalInt;

/**
 * Several copies of a resource or group.
 *
 * @param of the resource or group
 * @param instances how many; empty: one for each node
 * @param perNode at most so many on a node
 * @param atLeast so many are enough for those that come after it; 0: all
 * @param interleave whether each copy belongs with the one on the same node of another clone
 * @param ordered whether the copies start one after the other
 * @param unique whether the copies differ from each other
 * @param promotable whether copies can be promoted
 * @param promoted how many are promoted
 * @param promotedPerNode at most so many promoted on a node
 */
public record CloneSetting(
        String of,
        OptionalInt instances,
        int perNode,
        int atLeast,
        boolean interleave,
        boolean ordered,
        boolean unique,
        boolean promotable,
        int promoted,
        int promotedPerNode) {}
