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
     * @param where the {@link Condition} that holds on the nodes that are meant where {@code node} is empty, or empty
     * @param score added on those nodes
     * @param scoreFrom the attribute of the node whose value is the score, or empty
     * @param role the role that it is about, or empty
     * @param only whether the resource runs on no other nodes
     */
    record Prefer(String resource, String node, String where, int score, String scoreFrom, String role, boolean only)
            implements Constraint {
        /** About any role, with a score of its own. */
        public Prefer(String resource, String node, String where, int score) {
            this(resource, node, where, score, "", "", false);
        }

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
     * @param role the role of the first that it is about, or empty
     * @param withRole the role of the other that it is about, or empty
     * @param same nodes with equal values of this attribute count as one; empty: each node by itself
     * @param passive whether the wishes of the first do not count for the other
     */
    record Together(String resource, String with, int score, String role, String withRole, String same, boolean passive)
            implements Constraint {
        /** About any role, node by node. */
        public Together(String resource, String with, int score) {
            this(resource, with, score, "", "", "", false);
        }

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
     * @param serialize they never start or stop at the same time; then it is not mandatory
     * @param firstAction what the first does, such as {@code promote}; empty for a start
     * @param thenAction what the second does; empty for what the first does
     * @param any whether one active instance of the first is enough
     */
    record Order(
            String first,
            String then,
            boolean mandatory,
            boolean symmetrical,
            boolean serialize,
            String firstAction,
            String thenAction,
            boolean any)
            implements Constraint {
        /** Of starts. */
        public Order(String first, String then, boolean mandatory, boolean symmetrical) {
            this(first, then, mandatory, symmetrical, false, "", "", false);
        }

        /** A symmetrical order. */
        public Order(String first, String then, boolean mandatory) {
            this(first, then, mandatory, true);
        }

        @Override
        public List<String> names() {
            return List.of(first, then);
        }
    }

    /**
     * {@code order} of several: each step before the next.
     *
     * @param steps in their order
     * @param mandatory the later ones need the earlier ones
     * @param symmetrical stops go in the reverse order
     * @param serialize no two of them start or stop at the same time
     */
    record Steps(List<Step> steps, boolean mandatory, boolean symmetrical, boolean serialize) implements Constraint {
        /** Copies the list. */
        public Steps {
            steps = List.copyOf(steps);
        }

        @Override
        public List<String> names() {
            return steps.stream().flatMap(step -> step.resources().stream()).toList();
        }
    }

    /**
     * Resources that take their turn together.
     *
     * @param resources at least one
     * @param sequential whether they act one after the other among themselves
     * @param any whether one of them is enough for the next step
     * @param action what they do, such as {@code promote}; empty for a start
     */
    record Step(List<String> resources, boolean sequential, boolean any, String action) {
        /** Copies the list. */
        public Step {
            resources = List.copyOf(resources);
        }
    }
}
