package io.holdfast.daemon;

import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.transport.Registration;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What can be done with instances on this node. Called on the loop, completes on the loop, never blocks. The caller runs at most
 * one operation (or kill) of an instance at a time.
 */
public interface Operations {
    /**
     * Runs one operation.
     *
     * @param limit the longest it may take; after it (and a short grace) the stage completes with {@link Outcome.Unknown}
     */
    CompletionStage<Outcome> perform(Operation kind, Instance instance, Duration limit);

    /** Kills the instance's processes, runs its release commands, and proves it. {@return whether it is proved that it runs no more} */
    CompletionStage<Boolean> kill(String instance);

    /** Calls back on the loop, once, when a process of the running instance dies (its head process, or the last of its cgroup). */
    Registration watch(String instance, Runnable died);

    /** {@return the full names of the types on offer here now} */
    Set<String> types();

    /** Calls back on the loop when {@link #types} changed. */
    Registration onTypes(Runnable changed);

    /** {@return the instances that have a cell, running or not, from an earlier daemon under the same guard session} */
    Set<String> leftovers();

    /** {@return what the leftover was started as, if that was kept; the fencing token included} */
    default Optional<Instance> startedAs(String instance) {
        return Optional.empty();
    }

    /** {@return whether a daemon in another process started it, so that nothing of it is in this JVM} */
    default boolean startedByOtherProcess(String instance) {
        return false;
    }

    /**
     * {@return whether a promotion of the instance, of which nobody heard the end, may take effect at any time yet, and will until the
     * instance is stopped or killed: it exceeded its limit, or its daemon ended in its middle}
     */
    default boolean leftPromoting(String instance) {
        return false;
    }

    /** {@return what the type says of itself: its parameters and usual time limits; empty if it is not on offer here} */
    default CompletionStage<Optional<TypeDescription>> describe(String type) {
        return CompletableFuture.completedFuture(Optional.empty());
    }
}
