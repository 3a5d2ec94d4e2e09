package io.holdfast.api.cluster;

/**
 * How far the node that is asked has come in joining its cluster.
 *
 * @param node its name
 * @param joined whether it is a member now
 * @param why why it is not, with what to do; empty if it is
 * @param keptOut whether waiting does not help, because the others refuse it for its settings, or its version is too old
 */
public record JoinState(String node, boolean joined, String why, boolean keptOut) {}
