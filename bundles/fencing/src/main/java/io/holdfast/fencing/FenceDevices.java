package io.holdfast.fencing;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.model.config.FenceSetting;
import java.util.concurrent.CompletionStage;

/** Asks configured fence devices, one try at a time. */
@FunctionalInterface
public interface FenceDevices {
    /** There are none. */
    FenceDevices NONE = (device, action, node) -> java.util.concurrent.CompletableFuture.failedFuture(
            new io.holdfast.api.fencing.FenceException("no fence device can be asked on this node"));

    /**
     * Asks {@code device} to carry out {@code action} on {@code node}.
     *
     * @return completes on the loop: normally only if the device confirmed it (after {@link FenceAction#OFF}, that the node is off
     *     now); else with {@link io.holdfast.api.fencing.FenceException}
     */
    CompletionStage<Void> perform(FenceSetting device, FenceAction action, String node);
}
