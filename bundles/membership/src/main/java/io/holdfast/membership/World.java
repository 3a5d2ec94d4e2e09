package io.holdfast.membership;

import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.transport.Transport;
import io.holdfast.model.ledger.ReplicatedLog;

/** The world as one node's logic sees it. All of it is passed in, so that a simulator can replace it. */
public record World(Loop loop, Transport transport, ReplicatedLog log, GuardLink guard, NodeSettings settings) {

    /** {@return this node's name} */
    public String self() {
        return settings.node();
    }

    /** {@return the lease duration {@code D} in nanoseconds} */
    public long leaseNanos() {
        return settings.lease().toNanos();
    }
}
