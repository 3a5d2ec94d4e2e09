package io.holdfast.fencing;

import io.holdfast.model.ClusterState;
import io.holdfast.model.NodeRecord;
import java.util.Optional;

/** A node under one incarnation. */
public record Member(String node, long incarnation) {

    static Member of(NodeRecord record) {
        return new Member(record.name(), record.incarnation());
    }

    /** {@return its record, if this is the node's present or last incarnation} */
    Optional<NodeRecord> in(ClusterState state) {
        return state.node(node).filter(record -> record.incarnation() == incarnation);
    }

    /** {@return whether its lease is renewed: it joined and is not expelled} */
    boolean renewable(ClusterState state) {
        return in(state).filter(NodeRecord::joined).isPresent();
    }

    /** {@return whether it is expelled and not yet proved to run nothing} */
    boolean expelled(ClusterState state) {
        return in(state)
                .filter(record -> record.phase() == NodeRecord.Phase.EXPELLED)
                .isPresent();
    }

    /** {@return whether its lease is refused for ever: it is expelled, or a later incarnation proves that it was} */
    boolean refused(ClusterState state) {
        return state.node(node)
                .filter(record ->
                        record.incarnation() > incarnation || (record.incarnation() == incarnation && !record.joined()))
                .isPresent();
    }

    @Override
    public String toString() {
        return node + " (incarnation " + incarnation + ")";
    }
}
