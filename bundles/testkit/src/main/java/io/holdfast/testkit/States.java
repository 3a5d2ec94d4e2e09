package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Grant;
import io.holdfast.model.NodeRecord;
import org.pcollections.PSortedMap;

/** Copies of states with one part forged, for {@link Saboteur}. */
final class States {
    private States() {}

    static ClusterState grants(ClusterState state, PSortedMap<String, Grant> grants) {
        return forge(state, state.nodes(), grants);
    }

    static ClusterState nodes(ClusterState state, PSortedMap<String, NodeRecord> nodes) {
        return forge(state, nodes, state.grants());
    }

    private static ClusterState forge(
            ClusterState state, PSortedMap<String, NodeRecord> nodes, PSortedMap<String, Grant> grants) {
        return new ClusterState(
                state.index(),
                state.nextIncarnation(),
                nodes,
                grants,
                state.instances(),
                state.configuration(),
                state.document(),
                state.revision(),
                state.history(),
                state.maintenance(),
                state.events(),
                state.votes());
    }
}
