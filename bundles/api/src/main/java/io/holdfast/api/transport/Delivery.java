package io.holdfast.api.transport;

/** How a message travels. */
public enum Delivery {
    /** Retransmitted, ordered per sender, under flow control. */
    RELIABLE,
    /** Out of band: not queued behind others, not retransmitted by us. For leases and requests. */
    URGENT
}
