package io.holdfast.transport;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The first frame of a connection: who calls, and whom.
 *
 * @param version protocol version; of another one nothing else was read
 * @param cluster the caller's cluster
 * @param node the caller's name
 * @param instance random for each start of the caller's transport
 * @param address where the caller listens
 * @param lane what the connection carries
 * @param callee the name of the node that is meant; empty if the caller knows only the address
 */
record Hello(
        int version, String cluster, String node, long instance, InetSocketAddress address, Lane lane, String callee) {
    /** Any change of a frame's layout makes a new number. */
    static final int VERSION = 1;

    /** The longest hello, bytes: three names and an address. */
    static final int MAX_SIZE = 2048;

    private static final int MAGIC = 0x48464c44; // "HFLD"

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeByte(version);
            out.writeUTF(cluster);
            out.writeUTF(node);
            out.writeLong(instance);
            byte[] ip = address.getAddress().getAddress();
            out.writeByte(ip.length);
            out.write(ip);
            out.writeShort(address.getPort());
            out.writeByte(lane.code);
            out.writeUTF(callee);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * {@return the hello; with an unknown version, one that carries only this}
     *
     * @throws IOException if this is no hello
     */
    static Hello decode(byte[] frame) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(frame))) {
            if (in.readInt() != MAGIC) {
                throw new IOException("what came is no Holdfast message");
            }
            int version = in.readUnsignedByte();
            if (version != VERSION) {
                return new Hello(version, "", "", 0, new InetSocketAddress(0), Lane.URGENT, "");
            }
            String cluster = in.readUTF();
            String node = in.readUTF();
            long instance = in.readLong();
            int length = in.readUnsignedByte();
            if (length != 4 && length != 16) {
                throw new IOException("an address of " + length + " bytes");
            }
            InetAddress ip = InetAddress.getByAddress(in.readNBytes(length));
            InetSocketAddress address = new InetSocketAddress(ip, in.readUnsignedShort());
            return new Hello(version, cluster, node, instance, address, lane(in.readUnsignedByte()), in.readUTF());
        }
    }

    private static Lane lane(int code) throws IOException {
        for (Lane lane : Lane.values()) {
            if (lane.code == code) {
                return lane;
            }
        }
        throw new IOException("lane " + code + " is unknown");
    }
}
