package io.holdfast.planner.cluster;

import java.util.List;

/**
 * A whole cluster at one moment. Equal values give equal plans.
 *
 * @param settings what holds for the whole cluster
 * @param quorum whether the observed side has quorum
 * @param leader name of the node that plans, or empty
 * @param nodes in the order of the configuration
 * @param resources primitives, groups and clones at the top level, in the order of the configuration
 * @param locations where resources may or like to be
 * @param colocations who is to be with whom
 * @param orders who is to start before whom
 * @param histories what was done and seen on the nodes
 * @param now seconds since 1970
 */
public record Cluster(
        Settings settings,
        boolean quorum,
        String leader,
        List<Node> nodes,
        List<Resource> resources,
        List<Location> locations,
        List<Colocation> colocations,
        List<Order> orders,
        List<History> histories,
        long now) {
    /** Copies the lists. */
    public Cluster {
        nodes = List.copyOf(nodes);
        resources = List.copyOf(resources);
        locations = List.copyOf(locations);
        colocations = List.copyOf(colocations);
        orders = List.copyOf(orders);
        histories = List.copyOf(histories);
    }
}
