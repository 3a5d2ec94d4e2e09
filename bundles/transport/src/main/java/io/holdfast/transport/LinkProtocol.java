package io.holdfast.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.protocols.TP;
import org.jgroups.stack.IpAddress;
import org.jspecify.annotations.Nullable;

/** The bottom of the JGroups stack: its packets travel on our connections, which never block. */
final class LinkProtocol extends TP {
    /** A few seconds of questions of a hundred nodes. */
    private static final int MAX_EARLY = 256;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Packet(InetSocketAddress from, byte[] bytes) {}

    private final List<Packet> early = new ArrayList<>(); // guarded by itself, as is "ready"
    private boolean ready;
    private final Wire wire;
    private final InetSocketAddress local;

    LinkProtocol(Wire wire, InetSocketAddress local) {
        this.wire = wire;
        this.local = local;
        setBindAddress(local.getAddress());
        setBindPort(local.getPort());
    }

    @Override
    public boolean supportsMulticasting() {
        return false;
    }

    @Override
    protected PhysicalAddress getPhysicalAddress() {
        return new IpAddress(local.getAddress(), local.getPort());
    }

    @Override
    public @Nullable PhysicalAddress getPhysicalAddressFromCache(Address logical) {
        PhysicalAddress known = super.getPhysicalAddressFromCache(logical);
        if (known != null) {
            return known;
        }
        InetSocketAddress told = NodeAddress.socket(logical);
        return told == null ? null : new IpAddress(told.getAddress(), told.getPort());
    }

    @Override
    public void sendUnicast(PhysicalAddress destination, byte[] data, int offset, int length) {
        IpAddress to = (IpAddress) destination;
        InetAddress ip = to.getIpAddress();
        wire.send(
                "",
                new InetSocketAddress(ip, to.getPort()),
                Lane.GROUP,
                Arrays.copyOfRange(data, offset, offset + length));
    }

    /** Packets that come before the channel connects wait for it: the first questions of others are among them. */
    void received(InetSocketAddress from, byte[] packet) {
        synchronized (early) {
            if (!ready) {
                if (early.size() < MAX_EARLY) {
                    early.add(new Packet(from, packet));
                }
                return;
            }
        }
        take(from, packet);
    }

    @Override
    protected void handleConnect() throws Exception {
        super.handleConnect();
        List<Packet> waiting;
        synchronized (early) {
            ready = true;
            waiting = List.copyOf(early);
            early.clear();
        }
        waiting.forEach(packet -> take(packet.from(), packet.bytes()));
    }

    private void take(InetSocketAddress from, byte[] packet) {
        receive(new IpAddress(from.getAddress(), from.getPort()), packet, 0, packet.length);
    }
}
