package io.holdfast.transport;

import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other nodes: where each was last, and when it was last heard. Any thread.
 *
 * <p>An address is never forgotten, whatever the view says.
 */
final class Peers {
    private static final Logger log = LoggerFactory.getLogger(Peers.class);

    private static final class Peer {
        InetSocketAddress address;
        long instance;
        final Set<Lane> lanes = EnumSet.noneOf(Lane.class); // on which it is connected to us
        long heard;

        Peer(InetSocketAddress address, long heard) {
            this.address = address;
            this.heard = heard;
        }
    }

    private final Map<String, Peer> peers = new TreeMap<>(); // guarded by this
    private final List<Voter> unresolved = new ArrayList<>(); // guarded by this

    /** Voters' addresses are known from the settings. A name that does not resolve now is asked for again. */
    Peers(NodeSettings settings) {
        for (Voter voter : settings.voters()) {
            if (!voter.name().equals(settings.node())) {
                unresolved.add(voter);
            }
        }
        resolve(true);
    }

    /** Asks for the addresses that are still missing. It may block as long as name resolution does: not on a caller's thread. */
    final void resolve(boolean first) {
        List<Voter> missing;
        synchronized (this) {
            missing = List.copyOf(unresolved);
        }
        for (Voter voter : missing) {
            try {
                InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(voter.address()), voter.port());
                synchronized (this) {
                    peers.putIfAbsent(voter.name(), new Peer(address, longAgo()));
                    unresolved.remove(voter);
                }
            } catch (UnknownHostException e) {
                if (first) {
                    log.warn(
                            "The address {} of voter {} does not resolve; trying again. Use IP addresses: a cluster that"
                                    + " needs a name server stops with it",
                            voter.address(),
                            voter.name());
                }
            }
        }
    }

    synchronized boolean unresolved() {
        return !unresolved.isEmpty();
    }

    private static long longAgo() {
        return Wire.now() - Long.MAX_VALUE / 4;
    }

    synchronized @Nullable InetSocketAddress address(String node) {
        Peer peer = peers.get(node);
        return peer == null ? null : peer.address;
    }

    /** {@return who is thought to be there; empty if nobody is} */
    synchronized String name(InetSocketAddress address) {
        return peers.entrySet().stream()
                .filter(entry -> entry.getValue().address.equals(address))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
    }

    synchronized Collection<InetSocketAddress> addresses() {
        return peers.values().stream().map(peer -> peer.address).toList();
    }

    /** A view named it: good to know until it calls itself. */
    synchronized void seen(String node, InetSocketAddress address) {
        peers.putIfAbsent(node, new Peer(address, longAgo()));
    }

    /** {@return whether another running node has this name; if not, the caller is the node from now on} */
    synchronized boolean admit(Hello hello, long silence) {
        Peer peer = peers.computeIfAbsent(hello.node(), name -> new Peer(hello.address(), longAgo()));
        boolean other = peer.instance != 0 && peer.instance != hello.instance();
        // From the same address it can only be a restart: two cannot listen there.
        if (other
                && !peer.address.equals(hello.address())
                && !peer.lanes.isEmpty()
                && Wire.now() - peer.heard < silence) {
            return false;
        }
        if (other) {
            peer.lanes.clear();
        }
        peer.instance = hello.instance();
        peer.address = hello.address();
        peer.heard = Wire.now();
        peer.lanes.add(hello.lane());
        return true;
    }

    synchronized void gone(Hello hello) {
        Peer peer = peers.get(hello.node());
        if (peer != null
                && peer.instance == hello.instance()
                && peer.lanes.remove(hello.lane())
                && peer.lanes.isEmpty()) {
            peer.heard = longAgo();
        }
    }

    synchronized void heard(String node) {
        Peer peer = peers.get(node);
        if (peer != null) {
            peer.heard = Wire.now();
        }
    }

    /** {@return the nodes that were heard within this many nanoseconds} */
    synchronized Map<String, InetSocketAddress> alive(long silence) {
        Map<String, InetSocketAddress> alive = new LinkedHashMap<>();
        long now = Wire.now();
        peers.forEach((name, peer) -> {
            if (now - peer.heard < silence) {
                alive.put(name, peer.address);
            }
        });
        return alive;
    }
}
