package io.holdfast.api.cluster;

import java.util.Map;

/**
 * A node as people see it.
 *
 * @param name its name
 * @param role {@code node} or {@code witness}
 * @param state {@code online}, {@code standby}, {@code held}, {@code offline}, {@code lost}, {@code fenced} or {@code joining}
 * @param incarnation its present or last incarnation, 0 if it never joined
 * @param guard {@code armed} (a watchdog stands behind it), {@code process}, or {@code none}
 * @param containment {@code strong} or {@code weak}
 * @param leaseMs what is left of its lease in milliseconds as far as this node knows; 0 if ended or unknown
 * @param voter whether it votes in the ledger
 * @param maintenance whether it is left alone
 * @param attributes what it tells of itself
 */
public record NodeStatus(
        String name,
        String role,
        String state,
        long incarnation,
        String guard,
        String containment,
        long leaseMs,
        boolean voter,
        boolean maintenance,
        Map<String, String> attributes) {

    /** Copies the attributes. */
    public NodeStatus {
        attributes = Map.copyOf(attributes);
    }
}
