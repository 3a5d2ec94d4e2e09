package io.holdfast.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jgroups.Address;
import org.jgroups.util.ExtendedUUID;
import org.jspecify.annotations.Nullable;

/** A member's address in JGroups carries the node's name and where it listens, so that a view tells both of everybody. */
final class NodeAddress {
    private static final byte[] NAME = {'n'};
    private static final byte[] SOCKET = {'s'};

    private NodeAddress() {}

    static Address of(String node, InetSocketAddress address) {
        byte[] ip = address.getAddress().getAddress();
        return ExtendedUUID.randomUUID(node)
                .put(NAME, node.getBytes(StandardCharsets.UTF_8))
                .put(
                        SOCKET,
                        ByteBuffer.allocate(ip.length + 2)
                                .putShort((short) address.getPort())
                                .put(ip)
                                .array());
    }

    /** {@return the node's name; empty if it is no address of ours} */
    static String node(@Nullable Address address) {
        byte[] name = address instanceof ExtendedUUID uuid ? uuid.get(NAME) : null;
        return name == null ? "" : new String(name, StandardCharsets.UTF_8);
    }

    static @Nullable InetSocketAddress socket(@Nullable Address address) {
        byte[] bytes = address instanceof ExtendedUUID uuid ? uuid.get(SOCKET) : null;
        if (bytes == null || bytes.length != 6 && bytes.length != 18) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int port = in.getShort() & 0xffff;
        byte[] ip = new byte[in.remaining()];
        in.get(ip);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(ip), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // the length was checked
        }
    }
}
