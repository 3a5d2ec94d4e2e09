package io.holdfast.planner.cluster;

import java.util.List;
import java.util.Map;

/**
 * A primitive, group or clone.
 *
 * @param id its name
 * @param kind what it is
 * @param agent what runs it; of primitives only
 * @param meta how the cluster is to treat it, by the names that Pacemaker 3 gives them: its own, then its parents', then the defaults
 * @param parameters what the agent is given
 * @param demand what it uses of a node's capacity, by kind
 * @param operations what is said about its operations
 * @param members of a group in order, or the one that is cloned
 */
public record Resource(
        String id,
        Kind kind,
        Agent agent,
        Map<String, String> meta,
        Map<String, String> parameters,
        Map<String, Integer> demand,
        List<Operation> operations,
        List<Resource> members) {
    /** Copies the collections. */
    public Resource {
        meta = Map.copyOf(meta);
        parameters = Map.copyOf(parameters);
        demand = Map.copyOf(demand);
        operations = List.copyOf(operations);
        members = List.copyOf(members);
    }

    /** What a resource is. */
    public enum Kind {
        /** One thing to run. */
        PRIMITIVE,
        /** Several in a row, on one node. */
        GROUP,
        /** Several copies of one. */
        CLONE
    }

    /**
     * What runs a primitive.
     *
     * @param standard such as {@code ocf} or {@code stonith}
     * @param provider of {@code ocf} agents
     * @param type its name
     */
    public record Agent(String standard, String provider, String type) {
        /** Of groups and clones. */
        public static final Agent NONE = new Agent("", "", "");

        /** {@return whether it fences nodes} */
        public boolean fences() {
            return standard.equals("stonith");
        }
    }

    /**
     * What is said about one operation.
     *
     * @param name such as {@code monitor}
     * @param intervalMillis 0 for one that does not recur
     * @param meta its options: {@code role}, {@code on-fail}, {@code enabled}, ...
     */
    public record Operation(String name, long intervalMillis, Map<String, String> meta) {
        /** Copies the map. */
        public Operation {
            meta = Map.copyOf(meta);
        }
    }
}
