package io.holdfast.api.cluster;

import java.util.List;

/**
 * The state of the cluster as people see it; the fields are those of {@code ha --json status}.
 *
 * @param cluster the name in the cluster document, empty until one is applied
 * @param revision the ledger index that this picture is of
 * @param leader the leader's name, empty if none is known
 * @param quorum whether a leader with a majority of voters was heard within the lease
 * @param nodes sorted by name
 * @param resources sorted by name
 * @param fencing the configured fence devices, in the order of the document
 * @param problems what is wrong and what to do, one sentence each, the worst first; empty when all is well
 */
public record ClusterStatus(
        String cluster,
        long revision,
        String leader,
        boolean quorum,
        List<NodeStatus> nodes,
        List<ResourceStatus> resources,
        List<FenceDeviceStatus> fencing,
        List<String> problems) {

    /** A status without fence devices. */
    public ClusterStatus(
            String cluster,
            long revision,
            String leader,
            boolean quorum,
            List<NodeStatus> nodes,
            List<ResourceStatus> resources,
            List<String> problems) {
        this(cluster, revision, leader, quorum, nodes, resources, List.of(), problems);
    }

    /** Copies the lists. */
    public ClusterStatus {
        nodes = List.copyOf(nodes);
        resources = List.copyOf(resources);
        fencing = List.copyOf(fencing);
        problems = List.copyOf(problems);
    }
}
