package io.holdfast.transport;

import io.holdfast.api.runtime.NodeSettings;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FD_SOCK2;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.Protocol;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The JGroups channel: views, and reliable messages. It joins in the background and never keeps urgent messages waiting. */
final class Group implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Group.class);

    /** What one member may have sent to another unconfirmed, bytes; less than what fits into the lane. */
    private static final int CREDITS = 4 << 20;

    /** One packet, bytes; larger messages are cut. */
    private static final int FRAGMENT = 60_000;

    /** Between two attempts to join, milliseconds. */
    private static final int RETRY = 250;

    /** How many attempts fail before it is said: a predecessor that is just closing is no news. */
    private static final int COMPLAIN = 8;

    /** What the group tells, on threads of JGroups. */
    interface Listener {
        /** The members agreed on a set: names and addresses. */
        void viewed(Map<String, InetSocketAddress> members);

        /** A reliable message. */
        void received(String from, byte[] frame);
    }

    private final NodeSettings settings;
    private final InetSocketAddress local;
    private final Wire wire;
    private final Timing timing;
    private final Listener listener;
    private final Peers peers;
    private final Thread joiner;
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile LinkProtocol bottom;
    private volatile @Nullable FD_SOCK2 sockets;
    private volatile @Nullable MERGE3 merging;
    private volatile @Nullable JChannel channel;
    private volatile Map<String, Address> members = Map.of();

    Group(NodeSettings settings, InetSocketAddress local, Wire wire, Timing timing, Peers peers, Listener listener) {
        this.settings = settings;
        this.local = local;
        this.wire = wire;
        this.timing = timing;
        this.peers = peers;
        this.listener = listener;
        bottom = new LinkProtocol(wire, local);
        joiner = Threads.daemon(Threads.PREFIX + "join", this::run);
    }

    void start() {
        joiner.start();
    }

    /** A packet of JGroups came. */
    void packet(InetSocketAddress from, byte[] packet) {
        bottom.received(from, packet);
    }

    /** Somebody outside the view is heard: tells all of our view now, not at the next time that it is due. It may block. */
    void tellViews() {
        MERGE3 present = merging;
        if (present != null && !members.isEmpty()) {
            present.sendInfo();
        }
    }

    /** Some time after {@link #tellViews}: merges what differs. It may block. */
    void mergeViews() {
        MERGE3 present = merging;
        if (present != null && !members.isEmpty()) {
            present.checkInconsistencies();
        }
    }

    /** {@return whether the node is a member, so that it was sent} It may block while the receiver takes nothing: on a worker only. */
    boolean send(String node, byte[] frame) {
        Address address = members.get(node);
        JChannel present = channel;
        if (address == null || present == null || !present.isConnected()) {
            return false;
        }
        try {
            present.send(new BytesMessage(address, frame));
            return true;
        } catch (Exception e) { // JGroups declares no less; it is closing, or was interrupted
            log.debug("A reliable message to {} was not sent: {}", node, e.toString());
            return false;
        }
    }

    /** Leaves, within about twice {@link Timing#leave}. What JGroups does not end by then, it ends in the background. */
    @Override
    public void close() {
        end.countDown();
        boolean joined = !members.isEmpty();
        joiner.interrupt();
        Thread leaver = Threads.daemon(Threads.PREFIX + "leave", this::leave);
        leaver.start();
        try {
            leaver.join(joined ? 2L * timing.leave() : 20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        FD_SOCK2 listening = sockets;
        if (leaver.isAlive() && listening != null) { // in the middle of joining: its port at least is free at once
            listening.stop();
        }
    }

    private void leave() {
        JChannel present = channel;
        if (present != null) {
            present.close();
        }
    }

    private void run() {
        int attempts = 0;
        try {
            while (end.getCount() > 0) {
                JChannel fresh = null;
                try {
                    fresh = create();
                    channel = fresh;
                    fresh.connect(settings.cluster());
                    return;
                } catch (Exception e) { // whatever it is, the next attempt may do
                    if (++attempts == COMPLAIN && end.getCount() > 0) {
                        log.error(
                                "This node does not get into the view; trying on. Is port {} of {} taken by another"
                                        + " program? {}",
                                settings.port() + 1,
                                settings.bind(),
                                e.toString());
                    }
                    if (fresh != null) {
                        fresh.close();
                    }
                    bottom = new LinkProtocol(wire, local); // a stack is not used twice
                }
                if (end.await(RETRY, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closing
        }
    }

    private JChannel create() throws Exception {
        List<Protocol> stack = new ArrayList<>();
        LinkProtocol transport = bottom;
        transport.setThreadFactory(new GroupThreads());
        transport.useVirtualThreads(false);
        transport.setBundlerType("no-bundler");
        transport.getThreadPool().setMinThreads(0).setMaxThreads(16).setKeepAliveTime(20_000);
        stack.add(transport);
        TCPPING discovery = new TCPPING();
        discovery.setInitialHosts(new ArrayList<>(peers.addresses()));
        discovery.setPortRange(0);
        discovery.numDiscoveryRuns(3); // a question that goes out while the other is just starting is lost
        discovery.returnEntireCache(true); // whoever is asked tells of all: the one that decides may be no voter
        stack.add(discovery);
        MERGE3 merge = new MERGE3().setMinInterval(timing.mergeMin()).setMaxInterval(timing.mergeMax());
        stack.add(merge);
        FD_SOCK2 listening = new FD_SOCK2();
        stack.add(listening
                .setBindAddress(local.getAddress())
                .setOffset(1)
                .setPortRange(0)
                .setSuspectMsgInterval(timing.failureDetection()));
        stack.add(new FD_ALL3().setTimeout(timing.failureDetection()).setInterval(timing.heartbeat()));
        stack.add(new VERIFY_SUSPECT2().setTimeout(timing.verify()));
        stack.add(new NAKACK2()
                .setXmitInterval(timing.resend())
                .setXmitTableNumRows(5)
                .setXmitTableMsgsPerRow(64));
        stack.add(new UNICAST3()
                .setXmitInterval(timing.resend())
                .setXmitTableNumRows(5)
                .setXmitTableMsgsPerRow(256)
                .setMaxRetransmitTime(4L * timing.failureDetection()));
        stack.add(new STABLE().setDesiredAverageGossip(30_000));
        stack.add(new GMS()
                .setJoinTimeout(timing.join())
                .setMaxJoinAttempts(10) // then it begins alone, and is merged
                .setLeaveTimeout(timing.leave())
                .setMergeTimeout(2L * timing.mergeMin())
                .setViewAckCollectionTimeout(timing.join())
                .printLocalAddress(false));
        stack.add(new UFC().setMaxCredits(CREDITS));
        stack.add(new FRAG4().setFragSize(FRAGMENT));
        JChannel fresh = new JChannel(stack);
        fresh.setName(settings.node());
        fresh.setDiscardOwnMessages(true);
        fresh.addAddressGenerator(() -> NodeAddress.of(settings.node(), local));
        fresh.setReceiver(new FromJGroups());
        sockets = listening;
        merging = merge;
        return fresh;
    }

    private final class FromJGroups implements Receiver {
        @Override
        public void viewAccepted(View view) {
            Map<String, InetSocketAddress> named = new TreeMap<>();
            Map<String, Address> addresses = new TreeMap<>();
            for (Address member : view.getMembers()) {
                InetSocketAddress socket = NodeAddress.socket(member);
                if (socket != null) {
                    named.put(NodeAddress.node(member), socket);
                    addresses.put(NodeAddress.node(member), member);
                }
            }
            members = addresses;
            listener.viewed(named);
        }

        @Override
        public void receive(Message message) {
            if (message.hasArray()) {
                byte[] frame = new byte[message.getLength()];
                System.arraycopy(message.getArray(), message.getOffset(), frame, 0, frame.length);
                listener.received(NodeAddress.node(message.getSrc()), frame);
            }
        }
    }
}
