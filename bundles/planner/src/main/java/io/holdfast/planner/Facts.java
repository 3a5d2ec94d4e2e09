package io.holdfast.planner;

import io.holdfast.model.ClusterState;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that a plan depends on. That there is a quorum is the caller's matter: only a leader whose state is the newest may plan
 * in earnest.
 *
 * @param state what is agreed on
 * @param nodes what is known beside it, by node
 * @param wallMillis wall clock, by which failures age
 */
public record Facts(ClusterState state, SortedMap<String, NodeFacts> nodes, long wallMillis) {
    /** Copies the map. */
    public Facts {
        nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
    }

    NodeFacts of(String node) {
        return nodes.getOrDefault(node, NodeFacts.SILENT);
    }
}
