package io.holdfast.planner.cluster;

import java.util.List;

/** A condition about a node, a resource, an operation or the time. */
public sealed interface Rule {

    /**
     * All or any of several.
     *
     * @param all whether all must hold; otherwise one is enough
     * @param parts the conditions
     */
    record Several(boolean all, List<Rule> parts) implements Rule {
        /** Copies the list. */
        public Several {
            parts = List.copyOf(parts);
        }
    }

    /**
     * About a node's attribute.
     *
     * @param attribute its name
     * @param operation {@code eq}, {@code ne}, {@code lt}, {@code gt}, {@code lte}, {@code gte}, {@code defined} or {@code not_defined}
     * @param value compared with
     * @param type {@code string}, {@code integer}, {@code number}, {@code version}, or empty for the usual one
     * @param source {@code literal}, or {@code param} or {@code meta} where the value is taken from the resource
     */
    record Attribute(String attribute, String operation, String value, String type, String source) implements Rule {}

    /**
     * About the time.
     *
     * @param operation {@code gt}, {@code lt}, {@code in_range} or {@code date_spec}
     * @param start seconds since 1970, or the smallest number
     * @param end seconds since 1970, or the largest number
     * @param calendar ranges of calendar fields by name, such as {@code hours=9-16}
     */
    record Time(String operation, long start, long end, java.util.Map<String, String> calendar) implements Rule {
        /** Copies the map. */
        public Time {
            calendar = java.util.Map.copyOf(calendar);
        }
    }

    /**
     * About the agent of a resource.
     *
     * @param standard or empty for any
     * @param provider or empty for any
     * @param type or empty for any
     */
    record AgentIs(String standard, String provider, String type) implements Rule {}

    /**
     * About an operation.
     *
     * @param name its name
     * @param intervalMillis its interval; -1 for any
     */
    record OperationIs(String name, long intervalMillis) implements Rule {}
}
