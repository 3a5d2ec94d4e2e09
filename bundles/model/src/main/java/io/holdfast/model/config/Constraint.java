package io.holdfast.model.config;

import java.util.List;

/** A rule about places or order. Names are of resources or groups. */
public sealed interface Constraint {
    /** Scores go from minus this to this; the ends mean "never" and "must". */
    int INFINITY = 1_000_000;

    /** {@return the names of resources and groups in it} */
    List<String> names();

    /**
     * {@code prefer}: the resource likes (or, negative, dislikes) nodes.
     *
     * @param resource a resource or group
     * @param node the node, or empty
     * @param where the rule {@code key=value} about attributes that holds where {@code node} is empty, or empty
     * @param score added on those nodes
     */
    record Prefer(String resource, String node, String where, int score) implements Constraint {
        @Override
        public List<String> names() {
            return List.of(resource);
        }
    }

    /**
     * {@code together} (score above 0) and {@code apart} (below 0): the resource goes where {@code with} is, or not there.
     *
     * @param resource the one that follows
     * @param with the one that is placed first
     * @param score how much it matters
     */
    record Together(String resource, String with, int score) implements Constraint {
        @Override
        public List<String> names() {
            return List.of(resource, with);
        }
    }

    /**
     * {@code order}: {@code then} starts after {@code first} is active, and stops before it.
     *
     * @param first starts first
     * @param then starts afterwards
     * @param mandatory {@code then} needs {@code first}; otherwise the order counts only when both start or stop anyway
     * @param symmetrical stops go in the reverse order
     */
    record Order(String first, String then, boolean mandatory, boolean symmetrical) implements Constraint {
        /** A symmetrical order. */
        public Order(String first, String then, boolean mandatory) {
            this(first, then, mandatory, true);
        }

        @Override
        public List<String> names() {
            return List.of(first, then);
        }
    }
}
