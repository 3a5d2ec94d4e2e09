package io.holdfast.lab;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Asks each 20 ms who has an address and tells which hardware addresses answer; two answers to one question are a breach. */
final class ArpWatch implements Runnable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_DGRAM = 2;
    private static final int ETH_P_ARP = 0x0806;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;

    /** The calls of the C library that are used. */
    interface C extends Library {
        int socket(int domain, int type, int protocol) throws LastErrorException;

        int bind(int socket, byte[] address, int length) throws LastErrorException;

        int setsockopt(int socket, int level, int option, byte[] value, int length) throws LastErrorException;

        long sendto(int socket, byte[] data, long length, int flags, byte[] address, int addressLength)
                throws LastErrorException;

        long recv(int socket, byte[] buffer, long length, int flags);
    }

    private final C c = Native.load("c", C.class);
    private final Consumer<String> lines;
    private final byte[] wanted;
    private final byte[] question;
    private final byte[] broadcast;
    private final int socket;
    private String owner = "";

    ArpWatch(String device, String address, Consumer<String> lines) throws IOException {
        this.lines = lines;
        this.wanted = InetAddress.getByName(address).getAddress();
        NetworkInterface nic = NetworkInterface.getByName(device);
        byte[] mac = nic.getHardwareAddress();
        byte[] mine = nic.getInterfaceAddresses().stream()
                .map(own -> own.getAddress().getAddress())
                .filter(bytes -> bytes.length == 4)
                .findFirst()
                .orElseThrow();
        this.question = ByteBuffer.allocate(28)
                .putShort((short) 1)
                .putShort((short) 0x0800)
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) 1)
                .put(mac)
                .put(mine)
                .put(new byte[6])
                .put(wanted)
                .array();
        this.broadcast = linkAddress(nic.getIndex(), new byte[] {-1, -1, -1, -1, -1, -1});
        this.socket = c.socket(AF_PACKET, SOCK_DGRAM, Short.reverseBytes((short) ETH_P_ARP) & 0xffff);
        c.bind(socket, linkAddress(nic.getIndex(), new byte[6]), broadcast.length);
        byte[] twentyMs = ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putLong(0)
                .putLong(20_000)
                .array();
        c.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, twentyMs, twentyMs.length);
    }

    private static byte[] linkAddress(int index, byte[] mac) {
        ByteBuffer address = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
        address.putShort((short) AF_PACKET);
        address.putShort(Short.reverseBytes((short) ETH_P_ARP));
        address.putInt(index);
        address.putShort((short) 0).put((byte) 0).put((byte) 6).put(mac);
        return address.array();
    }

    @Override
    public void run() {
        byte[] buffer = new byte[64];
        while (true) {
            Set<String> answers = new LinkedHashSet<>();
            try {
                c.sendto(socket, question, question.length, 0, broadcast, broadcast.length);
            } catch (LastErrorException e) {
                lines.accept("# ARP question not sent: " + e.getMessage());
            }
            long end = Probe.nowMs() + 20;
            while (Probe.nowMs() < end) {
                long length = c.recv(socket, buffer, buffer.length, 0);
                if (length >= 28 && isAnswer(buffer)) {
                    answers.add(HexFormat.ofDelimiter(":").formatHex(buffer, 8, 14));
                }
            }
            tell(answers);
        }
    }

    private boolean isAnswer(byte[] packet) {
        boolean reply = packet[6] == 0 && packet[7] == 2;
        return reply && java.util.Arrays.equals(packet, 14, 18, wanted, 0, 4);
    }

    private void tell(Set<String> answers) {
        if (answers.size() > 1) {
            lines.accept("twice " + Probe.nowMs() + " ARP answers of " + answers + " to one question");
        }
        for (String answer : answers) {
            if (!answer.equals(owner)) {
                owner = answer;
                lines.accept("mac " + Probe.nowMs() + " " + answer);
            }
        }
    }
}
