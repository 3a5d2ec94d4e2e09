package io.holdfast.planner.cluster;

import java.util.List;

/**
 * Who acts before whom: two resources, or sets of them.
 *
 * @param id the constraint's name
 * @param kind how strict
 * @param symmetry whether the reverse holds for the opposite actions
 * @param steps at least one set; one set of one resource is one resource
 * @param requireAll whether all instances of the first are needed; of two plain resources only
 * @param plain whether it is about two resources and not about sets
 */
public record Order(String id, Kind kind, Symmetry symmetry, List<Step> steps, boolean requireAll, boolean plain) {
    /** Copies the list. */
    public Order {
        steps = List.copyOf(steps);
    }

    /** How strict an order is. */
    public enum Kind {
        /** The second needs the first. */
        MANDATORY,
        /** It counts only when both happen anyway. */
        OPTIONAL,
        /** They never happen at the same time. */
        SERIALIZE
    }

    /** Whether the reverse holds for the opposite actions. */
    public enum Symmetry {
        /** As is usual for the kind. */
        USUAL,
        /** Yes. */
        YES,
        /** No. */
        NO
    }

    /**
     * A set of resources within an order.
     *
     * @param id the set's name
     * @param resources at least one
     * @param action {@code start}, {@code stop}, {@code promote} or {@code demote}
     * @param sequential whether the members act one after the other
     * @param requireAll whether all of them are needed before the next set
     */
    public record Step(String id, List<String> resources, String action, boolean sequential, boolean requireAll) {
        /** Copies the list. */
        public Step {
            resources = List.copyOf(resources);
        }
    }
}
