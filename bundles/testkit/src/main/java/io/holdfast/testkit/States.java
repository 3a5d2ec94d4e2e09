package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.config.Configuration;
import java.util.List;
import java.util.TreeMap;
import org.pcollections.PSortedMap;

/** Copies of states with one part forged, for {@link Saboteur}. */
final class States {
    private States() {}

    /** {@return the state as if the newest voters alone counted} */
    static ClusterState settled(ClusterState state) {
        ClusterState.Votes votes = state.votes();
        return with(
                state,
                state.index(),
                state.grants(),
                state.instances(),
                state.configuration(),
                state.document(),
                new ClusterState.Votes(votes.index(), votes.voting(), List.of()));
    }

    static ClusterState grants(ClusterState state, PSortedMap<String, Grant> grants) {
        return with(
                state,
                state.index(),
                grants,
                state.instances(),
                state.configuration(),
                state.document(),
                state.votes());
    }

    static ClusterState instances(ClusterState state, PSortedMap<String, InstanceRecord> instances) {
        return with(
                state,
                state.index(),
                state.grants(),
                instances,
                state.configuration(),
                state.document(),
                state.votes());
    }

    static ClusterState index(ClusterState state, long index) {
        return with(
                state,
                index,
                state.grants(),
                state.instances(),
                state.configuration(),
                state.document(),
                state.votes());
    }

    static ClusterState document(ClusterState state, String document) {
        return with(
                state,
                state.index(),
                state.grants(),
                state.instances(),
                state.configuration(),
                document,
                state.votes());
    }

    /** {@return the state as if nothing had to be together, apart or in order} */
    static ClusterState unbound(ClusterState state) {
        Configuration now = state.configuration();
        Configuration unbound = new Configuration(
                now.cluster(), now.resources(), new TreeMap<>(), List.of(), now.fencing(), now.defaults());
        return with(state, state.index(), state.grants(), state.instances(), unbound, state.document(), state.votes());
    }

    private static ClusterState with(
            ClusterState state,
            long index,
            PSortedMap<String, Grant> grants,
            PSortedMap<String, InstanceRecord> instances,
            Configuration configuration,
            String document,
            ClusterState.Votes votes) {
        return new ClusterState(
                index,
                state.nextIncarnation(),
                state.nodes(),
                grants,
                instances,
                configuration,
                document,
                state.revision(),
                state.history(),
                state.maintenance(),
                state.events(),
                votes,
                state.deployments(),
                state.level());
    }
}
