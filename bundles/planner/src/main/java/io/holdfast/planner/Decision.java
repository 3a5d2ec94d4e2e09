package io.holdfast.planner;

/**
 * Where an instance ought to be.
 *
 * @param instance the instance
 * @param node the node, or empty for nowhere
 * @param reason why there, or why nowhere
 * @param waiting what has to happen before it can be brought there, empty if nothing
 */
public record Decision(String instance, String node, String reason, String waiting) {}
