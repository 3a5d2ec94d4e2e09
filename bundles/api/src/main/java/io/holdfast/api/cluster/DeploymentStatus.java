package io.holdfast.api.cluster;

import java.util.List;

/**
 * A deployed bundle as people see it.
 *
 * @param name its symbolic name
 * @param version its version
 * @param digest SHA-256 of its bytes
 * @param state {@code trying} (on the first node), {@code spreading}, {@code deployed} or {@code rolled back}
 * @param reason why it was rolled back, empty if it was not
 * @param previous the version before it, which a rollback brings back; empty if there was none
 * @param types the resource types that it offers, as far as a node said so
 * @param nodes sorted by name
 */
public record DeploymentStatus(
        String name,
        String version,
        String digest,
        String state,
        String reason,
        String previous,
        List<String> types,
        List<OnNode> nodes) {

    /** Copies the lists. */
    public DeploymentStatus {
        types = List.copyOf(types);
        nodes = List.copyOf(nodes);
    }

    /**
     * What a node has of it.
     *
     * @param node its name
     * @param version what it has or tried, empty if nothing
     * @param state {@code active}, {@code failed}, {@code waiting} (it has not said yet) or {@code absent} (it is to have nothing of it)
     * @param detail why it failed
     */
    public record OnNode(String node, String version, String state, String detail) {}
}
