package io.holdfast.planner.cluster;

import java.util.Map;

/**
 * A node: what is configured for it and how it was seen.
 *
 * @param id its identity in the configuration
 * @param name its name
 * @param attributes its attributes, those of this run over those that last
 * @param capacity what it offers, by kind
 * @param sight how it was seen
 */
public record Node(String id, String name, Map<String, String> attributes, Map<String, Integer> capacity, Sight sight) {
    /** Copies the maps. */
    public Node {
        attributes = Map.copyOf(attributes);
        capacity = Map.copyOf(capacity);
    }

    /** A third answer beside yes and no. */
    public enum Answer {
        /** It is so. */
        YES,
        /** It is not so. */
        NO,
        /** Nobody knows. */
        UNKNOWN
    }

    /** How far a node has come in joining. */
    public enum Joining {
        /** It is out. */
        DOWN,
        /** It is on the way. */
        PENDING,
        /** It takes part. */
        MEMBER,
        /** It was refused. */
        REFUSED
    }

    /**
     * What the others see of a node.
     *
     * @param seen whether anything is known of it at all
     * @param member whether it is in the cluster's membership
     * @param process whether its process answers
     * @param joining how far it has joined
     * @param expectedUp whether it is expected to be there; unknown if that was never said
     * @param panic whether the whole side must be fenced for want of quorum
     */
    public record Sight(
            boolean seen, Answer member, Answer process, Joining joining, Answer expectedUp, boolean panic) {
        /** Nothing was ever seen of it. */
        public static final Sight NEVER =
                new Sight(false, Answer.UNKNOWN, Answer.UNKNOWN, Joining.DOWN, Answer.UNKNOWN, false);
        /** It is well. */
        public static final Sight WELL = new Sight(true, Answer.YES, Answer.YES, Joining.MEMBER, Answer.YES, false);
    }
}
