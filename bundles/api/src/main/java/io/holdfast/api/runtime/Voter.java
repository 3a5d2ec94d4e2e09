package io.holdfast.api.runtime;

/**
 * A node or witness that votes in the ledger, and where it listens.
 *
 * @param name the node's name
 * @param address IP address or host name
 * @param port its base port, 1 to 65535
 */
public record Voter(String name, String address, int port) {}
