package io.holdfast.fencing;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.PowerState;
import io.holdfast.model.config.FenceSetting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Asks configured fence devices, one try at a time. */
@FunctionalInterface
public interface FenceDevices {
    /** There are none. */
    FenceDevices NONE = (device, action, node) ->
            CompletableFuture.failedFuture(new FenceException("no fence device can be asked on this node"));

    /**
     * What a device said when it was tested.
     *
     * @param states what it says of each node that was asked about
     * @param limit the longest that one of its requests takes
     */
    record Tested(SortedMap<String, PowerState> states, Duration limit) {
        /** Copies the states. */
        public Tested(Map<String, PowerState> states, Duration limit) {
            this(new TreeMap<>(states), limit);
        }
    }

    /**
     * Asks {@code device} to carry out {@code action} on {@code node}.
     *
     * @return completes on the loop: normally only if the device confirmed it (after {@link FenceAction#OFF}, that the node is off
     *     now); else with {@link FenceException}
     */
    CompletionStage<Void> perform(FenceSetting device, FenceAction action, String node);

    /**
     * Looks whether {@code device} works, and what it says of {@code nodes}; changes nothing.
     *
     * @return completes on the loop; with {@link FenceException} if it does not work
     */
    default CompletionStage<Tested> test(FenceSetting device, List<String> nodes) {
        return CompletableFuture.failedFuture(new FenceException("no fence device can be tested on this node"));
    }
}
