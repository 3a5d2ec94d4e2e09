package io.holdfast.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.protocols.TP;
import org.jgroups.stack.IpAddress;
import org.jspecify.annotations.Nullable;

/** The bottom of the JGroups stack: its packets travel on our connections, which never block. */
final class LinkProtocol extends TP {
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

    /** Before the channel connects nobody above knows what to do with a packet; who sent it asks again. */
    void received(InetSocketAddress from, byte[] packet) {
        if (cluster_name == null) {
            return;
        }
        receive(new IpAddress(from.getAddress(), from.getPort()), packet, 0, packet.length);
    }
}
