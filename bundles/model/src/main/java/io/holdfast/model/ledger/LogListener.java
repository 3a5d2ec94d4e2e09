package io.holdfast.model.ledger;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;

/** Hears of the log, on the node's loop. */
public interface LogListener {
    /** An entry was applied; {@code state} is the state after it. */
    default void applied(long index, Entry entry, Result result, ClusterState state) {}

    /** A snapshot from another node replaced the state: entries were passed over. */
    default void replaced(ClusterState state) {}

    default void led(ReplicatedLog.Leadership leadership) {}

    default void voters(ReplicatedLog.Voters voters) {}

    default void health(ReplicatedLog.Health health) {}
}
