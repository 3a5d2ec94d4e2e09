package io.holdfast.transport;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;

/** Who refuses this node, and why. Any thread. */
final class Refusals {
    /** Addresses that are remembered: more than a cluster has, fewer than a scan of a network finds. */
    private static final int MOST = 256;

    private record Refusal(String node, String reason, long at) {}

    private final long life;
    private final Map<String, Refusal> refusals = new TreeMap<>(); // guarded by this

    /** @param life nanoseconds for which a refusal stands; who still refuses says so again before */
    Refusals(long life) {
        this.life = life;
    }

    /** {@return whether this is news} */
    synchronized boolean refused(String node, InetSocketAddress address, String reason, long now) {
        if (refusals.size() >= MOST) {
            refusals.clear();
        }
        Refusal before = refusals.put(place(address), new Refusal(node, reason, now));
        return before == null || !before.reason.equals(reason);
    }

    synchronized void admitted(InetSocketAddress address) {
        refusals.remove(place(address));
    }

    /** {@return the reasons that stand, by node or address} */
    synchronized Map<String, String> standing(long now) {
        Map<String, String> standing = new TreeMap<>();
        refusals.forEach((place, refusal) -> {
            if (now - refusal.at <= life) {
                standing.put(refusal.node.isEmpty() ? place : refusal.node, refusal.reason);
            }
        });
        return standing;
    }

    private static String place(InetSocketAddress address) {
        return (address.getAddress() == null
                        ? address.getHostString()
                        : address.getAddress().getHostAddress()) + ":" + address.getPort();
    }
}
