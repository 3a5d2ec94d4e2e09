package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Grant;
import org.pcollections.PSortedMap;

/** Copies of states with one part forged, for {@link Saboteur}. */
final class States {
    private States() {}

    static ClusterState grants(ClusterState state, PSortedMap<String, Grant> grants) {
        return new ClusterState(
                state.index(),
                state.nextIncarnation(),
                state.nodes(),
                grants,
                state.instances(),
                state.configuration(),
                state.document(),
                state.revision(),
                state.history(),
                state.maintenance(),
                state.events(),
                state.votes(),
                state.deployments(),
                state.level());
    }
}
