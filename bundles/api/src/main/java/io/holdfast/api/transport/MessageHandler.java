package io.holdfast.api.transport;

import org.osgi.annotation.versioning.ConsumerType;

/** Receives messages. */
@ConsumerType
@FunctionalInterface
public interface MessageHandler {

    /** A message from the node {@code from}. */
    void received(String from, byte[] payload);
}
