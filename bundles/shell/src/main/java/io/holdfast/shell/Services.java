package io.holdfast.shell;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.api.fencing.FenceTypes;
import io.holdfast.api.runtime.Replacements;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What is there of the cluster's services now: they come and go with their bundles. */
public interface Services {
    /** {@return this node's name} */
    String node();

    /** {@return a clock that only goes on, in nanoseconds} */
    long nanos();

    /** {@return the read side, if it is there} */
    Optional<Cluster> cluster();

    /** {@return the steering side, if it is there} */
    Optional<ClusterControl> control();

    /** {@return what understands the files of Pacemaker clusters, if it is there} */
    default Optional<PacemakerFiles> pacemakerFiles() {
        return Optional.empty();
    }

    /** {@return the kinds of fence device of this node, if the layer is there} */
    default Optional<FenceTypes> fenceTypes() {
        return Optional.empty();
    }

    /** {@return what puts bundles on all nodes, if it is there} */
    default Optional<Deployments> deployments() {
        return Optional.empty();
    }

    /** Waits between two looks for something. */
    default void pause(Duration span) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(span.toMillis());
    }

    /** {@return swaps on other nodes, if they can be reached} */
    default Optional<Swaps> swaps() {
        return Optional.empty();
    }

    /** {@return what replaces this node's guard, if there is one to replace} */
    default Optional<GuardSwap> guardSwap() {
        return Optional.empty();
    }

    /** {@return what replaces this layer itself, if it is there} */
    default Optional<Replacements> replacements() {
        return Optional.empty();
    }

    /** {@return the bundles of the layers, if they can be reached} */
    default Optional<Layers> layers() {
        return Optional.empty();
    }
}
