package io.holdfast.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jgroups.Address;
import org.jgroups.util.ExtendedUUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A member's address in JGroups carries the node's name and where it listens, so that a view tells both of everybody. */
final class NodeAddress {
    private static final Logger log = LoggerFactory.getLogger(NodeAddress.class);
    private static final byte[] NAME = {'n'};
    private static final byte[] SOCKET = {'s'};

    private NodeAddress() {}

    static Address of(String node, InetSocketAddress address) {
        String socket = address.getAddress().getHostAddress() + ":" + address.getPort();
        return ExtendedUUID.randomUUID(node)
                .put(NAME, node.getBytes(StandardCharsets.UTF_8))
                .put(SOCKET, socket.getBytes(StandardCharsets.UTF_8));
    }

    /** {@return the node's name; empty if it is no address of ours} */
    static String node(@Nullable Address address) {
        byte[] name = address instanceof ExtendedUUID uuid ? uuid.get(NAME) : null;
        return name == null ? "" : new String(name, StandardCharsets.UTF_8);
    }

    static @Nullable InetSocketAddress socket(@Nullable Address address) {
        byte[] bytes = address instanceof ExtendedUUID uuid ? uuid.get(SOCKET) : null;
        if (bytes == null) {
            return null;
        }
        String socket = new String(bytes, StandardCharsets.UTF_8);
        int colon = socket.lastIndexOf(':');
        try {
            return new InetSocketAddress(
                    InetAddress.getByName(socket.substring(0, colon)), Integer.parseInt(socket.substring(colon + 1)));
        } catch (UnknownHostException | RuntimeException e) {
            log.debug("A member's address is {}", socket, e);
            return null;
        }
    }
}
