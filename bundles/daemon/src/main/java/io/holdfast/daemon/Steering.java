package io.holdfast.daemon;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** What the layers below do on a person's word. Called on the loop, completes there with a sentence or a ClusterException. */
public interface Steering {
    /** Fences a node by its devices, or by waiting its lease out. */
    CompletionStage<String> fence(String node, String who, Duration limit);

    /** A person's word that a node runs nothing. */
    CompletionStage<String> confirmFenced(String node, String who, Duration limit);

    /** Takes a hold on this node's lease. */
    CompletionStage<String> hold(Duration span, Duration limit);

    /** Releases it. */
    CompletionStage<String> release(Duration limit);

    /** Leaves the cluster: this node runs nothing any more and has no grants. */
    CompletionStage<String> leave(Duration limit);
}
