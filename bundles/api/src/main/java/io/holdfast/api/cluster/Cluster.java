package io.holdfast.api.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/** The cluster as this node knows it. Any thread; nothing blocks. */
@ProviderType
public interface Cluster {

    /** {@return the whole picture, of this instant as far as this node knows} */
    ClusterStatus status();

    /** {@return the same, but not older than the call: confirmed by the leader; fails with {@link ClusterException} without quorum} */
    CompletionStage<ClusterStatus> freshStatus(Duration limit);

    /** {@return whether this node has joined, and why it has not} */
    JoinState joinState();

    /** {@return the attributes of every node, as it last told them, by node name} */
    Map<String, Map<String, String>> attributes();

    /** {@return the events of all nodes with a revision greater than {@code since}, oldest first, at most the newest 1000} */
    List<Event> events(long since);

    /** Calls {@code listener} for each event from now on, in order, on the node's loop; it must not block. */
    AutoCloseable follow(java.util.function.Consumer<Event> listener);

    /** {@return the cluster document as it was applied last; a minimal one if none ever was} */
    String export();
}
