package io.holdfast.planner.cluster;

/**
 * A resource's liking for nodes.
 *
 * @param id the constraint's name
 * @param resource the resource
 * @param role the role that it is about, such as {@code Promoted}, or empty
 * @param discovery whether the resource may be looked for: {@code always}, {@code never}, {@code only} on such nodes, or {@code
 *     exclusive}: the same, but it says nothing about a single member of a group
 * @param place which nodes it is about, and how much
 */
public record Location(String id, String resource, String role, String discovery, Place place) {

    /** Which nodes, and how much. */
    public sealed interface Place {}

    /**
     * One node by name.
     *
     * @param node its name
     * @param score added there
     */
    public record Named(String node, int score) implements Place {}

    /**
     * Every node for which a rule holds.
     *
     * @param rule the rule
     * @param score added there
     */
    public record Where(Rule rule, int score) implements Place {}

    /**
     * Every node for which a rule holds, with the number that the node has as an attribute.
     *
     * @param rule the rule
     * @param attribute the attribute's name
     */
    public record ByAttribute(Rule rule, String attribute) implements Place {}
}
