package io.holdfast.cib;

import io.holdfast.model.config.Configuration;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.FromDocument;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Resource;
import java.util.ArrayList;
import java.util.List;

/** Clusters as they would be. */
final class Changes {
    private Changes() {}

    /** With this document; the fence devices of the CIB stay, since the ones of a document are no resources. */
    static Cluster applied(Cluster cluster, Configuration configuration) {
        Cluster with = FromDocument.with(configuration, cluster);
        List<Resource> resources = new ArrayList<>(with.resources());
        for (int i = 0; i < cluster.resources().size(); i++) {
            Resource resource = cluster.resources().get(i);
            if (fences(resource)) {
                resources.add(Math.min(i, resources.size()), resource);
            }
        }
        return new Cluster(
                with.settings(),
                with.quorum(),
                with.leader(),
                with.nodes(),
                resources,
                with.locations(),
                with.colocations(),
                with.orders(),
                with.histories(),
                with.now());
    }

    /** Whether it is a fence device, or a group or clone of nothing else. */
    static boolean fences(Resource resource) {
        return resource.kind() == Resource.Kind.PRIMITIVE
                ? resource.agent().fences()
                : !resource.members().isEmpty() && resource.members().stream().allMatch(Changes::fences);
    }

    /** With this node gone without a word. */
    static Cluster lost(Cluster cluster, String name) {
        if (cluster.nodes().stream().noneMatch(node -> node.name().equals(name))) {
            throw new IllegalArgumentException("there is no node '" + name + "' in it");
        }
        Node.Sight gone =
                new Node.Sight(true, Node.Answer.NO, Node.Answer.NO, Node.Joining.DOWN, Node.Answer.YES, false);
        List<Node> nodes = cluster.nodes().stream()
                .map(node -> node.name().equals(name)
                        ? new Node(node.id(), name, node.attributes(), node.capacity(), gone)
                        : node)
                .toList();
        return new Cluster(
                cluster.settings(),
                cluster.quorum(),
                cluster.leader(),
                nodes,
                cluster.resources(),
                cluster.locations(),
                cluster.colocations(),
                cluster.orders(),
                cluster.histories(),
                cluster.now());
    }
}
