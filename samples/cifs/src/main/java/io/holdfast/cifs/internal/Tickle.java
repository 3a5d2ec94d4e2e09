package io.holdfast.cifs.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Brings clients of the lost node back at once.
 *
 * <p>Such a client waits for the answer to a request, and sends it again after 0.2, 0.4, 0.8 ... seconds. A bare ACK with a sequence
 * number that cannot be right makes it answer now; the kernel here has no such connection and resets it; and the client
 * connects anew. To a client that has gone or has come back already it does nothing, and so a late one does no harm either: it needs no
 * permission from the lease.
 */
final class Tickle {
    private static final int AF_INET = 2;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int IPPROTO_RAW = 255;
    private static final int TCP = 6;
    private static final int IP_HEADER = 20;
    private static final int TCP_HEADER = 20;
    private static final int ACK = 0x10;
    private static final int MSG_DONTWAIT = 0x40;

    static {
        Native.register("c");
    }

    private Tickle() {}

    private static native int socket(int domain, int type, int protocol) throws LastErrorException;

    private static native int sendto(int socket, byte[] packet, long length, int flags, byte[] to, int toLength)
            throws LastErrorException;

    private static native int close(int socket) throws LastErrorException;

    /** Sends one packet to each client; needs root. */
    static void send(ServiceAddress from, int port, List<InetSocketAddress> clients) throws IOException {
        if (clients.isEmpty()) {
            return;
        }
        try {
            int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
            try {
                for (InetSocketAddress client : clients) {
                    byte[] packet = packet(from, port, client);
                    byte[] to = destination(client);
                    sendto(raw, packet, packet.length, MSG_DONTWAIT, to, to.length);
                }
            } finally {
                close(raw);
            }
        } catch (LastErrorException e) {
            throw new IOException("cannot send: " + e.getMessage(), e);
        }
    }

    /** A struct sockaddr_in. The family is in the byte order of the machine. */
    private static byte[] destination(InetSocketAddress client) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putShort((short) AF_INET)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort((short) 0)
                .put(client.getAddress().getAddress())
                .array();
    }

    /** An IPv4 header, whose checksum and identification the kernel fills in, and a TCP header. */
    static byte[] packet(ServiceAddress from, int port, InetSocketAddress client) {
        byte[] to = client.getAddress().getAddress();
        byte[] bytes = new byte[IP_HEADER + TCP_HEADER];
        ByteBuffer packet = ByteBuffer.wrap(bytes);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) (IP_HEADER + TCP_HEADER));
        packet.putShort((short) 0).putShort((short) 0);
        packet.put((byte) 64).put((byte) TCP).putShort((short) 0);
        packet.putInt(from.bits()).put(to);
        packet.putShort((short) port).putShort((short) client.getPort());
        packet.putInt(0).putInt(0);
        packet.put((byte) ((TCP_HEADER / 4) << 4)).put((byte) ACK).putShort((short) 1234);
        packet.putShort((short) 0).putShort((short) 0);
        packet.putShort(IP_HEADER + 16, checksum(bytes, from, to));
        return bytes;
    }

    /** Over the pseudo header (addresses, protocol, length) and the TCP header. */
    private static short checksum(byte[] packet, ServiceAddress from, byte[] to) {
        ByteBuffer summed = ByteBuffer.allocate(12 + TCP_HEADER);
        summed.putInt(from.bits()).put(to).putShort((short) TCP).putShort((short) TCP_HEADER);
        summed.put(packet, IP_HEADER, TCP_HEADER).flip();
        int sum = 0;
        while (summed.hasRemaining()) {
            sum += summed.getShort() & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~sum;
    }
}
