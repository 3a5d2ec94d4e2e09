package io.holdfast.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Links between machines, each direction for itself, with seeded delay, loss, duplication and reordering. */
public final class SimulatedNetwork {
    private static final long RETRANSMISSION = 200_000_000;
    private static final int MOST_HELD = 2_000;
    /** What was sent before everything was mended comes within this. */
    private static final long UNDER_WAY = 100_000_000;

    private final VirtualTime time;
    private final RandomGenerator random;
    private final Map<String, Map<String, Link>> links = new HashMap<>();
    private Weather weather = Weather.CALM;

    SimulatedNetwork(VirtualTime time, RandomGenerator random) {
        this.time = time;
        this.random = random;
    }

    /**
     * How all links are.
     *
     * @param loss share of messages that are lost
     * @param duplicates share of messages that come twice
     * @param delayNanos every message takes so long
     * @param jitterNanos and up to so much more
     * @param late share of messages that take up to {@code lateNanos} more, behind later ones
     * @param lateNanos how late those are at most
     */
    public record Weather(
            double loss, double duplicates, long delayNanos, long jitterNanos, double late, long lateNanos) {
        /** A good local network. */
        public static final Weather CALM = new Weather(0, 0, 200_000, 300_000, 0, 0);

        /** {@return this weather, in which so much is lost and doubled} */
        public Weather losing(double lossShare, double duplicateShare) {
            return new Weather(lossShare, duplicateShare, delayNanos, jitterNanos, late, lateNanos);
        }

        /** {@return this weather, in which all messages take longer} */
        public Weather slow(long delay, long jitter) {
            return new Weather(loss, duplicates, delay, jitter, late, lateNanos);
        }

        /** {@return this weather, in which some messages come very late} */
        public Weather reordering(double share, long nanos) {
            return new Weather(loss, duplicates, delayNanos, jitterNanos, share, nanos);
        }
    }

    /** One direction between two machines. */
    private static final class Link {
        private int cuts;
        private int clogs;
        private int narrow;
        private int keeping;
        private long far;
        private long lastReliable;
        private long healed = Long.MIN_VALUE / 2;
        private final List<Runnable> held = new ArrayList<>();
        private final List<Runnable> kept = new ArrayList<>();
    }

    private Link link(String from, String to) {
        Map<String, Link> all = links.get(from);
        Link link = all == null ? null : all.get(to);
        if (link == null) {
            link = new Link();
            links.computeIfAbsent(from, name -> new HashMap<>()).put(to, link);
        }
        return link;
    }

    /** Cuts the direction from {@code from} to {@code to}, or takes one such cut back. */
    public void cut(String from, String to, boolean isCut) {
        Link link = link(from, to);
        link.cuts = Math.max(0, link.cuts + (isCut ? 1 : -1));
    }

    /** Holds back what is sent from {@code from} to {@code to}, or lets it all go at once. */
    public void clog(String from, String to, boolean isClogged) {
        Link link = link(from, to);
        link.clogs = Math.max(0, link.clogs + (isClogged ? 1 : -1));
        if (link.clogs == 0) {
            link.held.forEach(arrival -> time.after(random.nextLong(5_000_000), arrival));
            link.held.clear();
        }
    }

    /** Loses big messages from {@code from} to {@code to} and lets small ones through, or no more. */
    public void narrow(String from, String to, boolean isNarrow) {
        Link link = link(from, to);
        link.narrow = Math.max(0, link.narrow + (isNarrow ? 1 : -1));
    }

    /** Keeps a copy of each datagram from {@code from} to {@code to}, or no more; {@link #again} delivers the copies. */
    public void keep(String from, String to, boolean keeps) {
        Link link = link(from, to);
        link.keeping = Math.max(0, link.keeping + (keeps ? 1 : -1));
    }

    /** Delivers what was kept from {@code from} to {@code to} once more, in any order, within {@code span}. */
    public void again(String from, String to, Duration span) {
        Link link = link(from, to);
        link.kept.forEach(arrival -> deliver(link, time.now() + random.nextLong(span.toNanos()), arrival));
        link.kept.clear();
    }

    /** Makes each message from {@code from} to {@code to} take {@code more}, in place of what it took more before. */
    public void far(String from, String to, Duration more) {
        link(from, to).far = more.toNanos();
    }

    /** Changes all links. */
    public void weather(Weather newWeather) {
        weather = newWeather;
    }

    /** {@return how all links are} */
    public Weather weather() {
        return weather;
    }

    /** Mends everything; what would come long after now is lost, as with a connection that is made anew. */
    public void heal() {
        links.values()
                .forEach(all -> all.values().forEach(link -> {
                    link.cuts = 0;
                    link.narrow = 0;
                    link.clogs = 0;
                    link.held.clear();
                    link.keeping = 0;
                    link.kept.clear();
                    link.far = 0;
                    link.lastReliable = 0;
                    link.healed = time.now();
                }));
        weather = Weather.CALM;
    }

    boolean connected(String from, String to) {
        return link(from, to).cuts == 0;
    }

    /**
     * Delivers {@code arrival} at the other end, if it gets there.
     *
     * @param reliable lost messages are sent again, in order, as TCP does; only a cut loses them
     * @param big it does not fit into one packet
     */
    void send(String from, String to, boolean reliable, boolean big, Runnable arrival) {
        if (from.equals(to)) {
            time.after(1_000, arrival);
            return;
        }
        Link link = link(from, to);
        if (link.cuts > 0 || (big && link.narrow > 0)) {
            return;
        }
        Weather now = weather;
        long delay = link.far + now.delayNanos + random.nextLong(now.jitterNanos + 1);
        boolean lost = now.loss > 0 && random.nextDouble() < now.loss;
        if (lost && !reliable) {
            return;
        }
        if (lost) {
            delay += RETRANSMISSION;
        }
        if (now.late > 0 && random.nextDouble() < now.late) {
            delay += random.nextLong(now.lateNanos + 1);
        }
        long due = time.now() + delay;
        if (reliable) {
            due = Math.max(due, link.lastReliable + 1);
            link.lastReliable = due;
        }
        deliver(link, due, arrival);
        if (!reliable && link.keeping > 0 && link.kept.size() < MOST_HELD) {
            link.kept.add(arrival);
        }
        if (!reliable && now.duplicates > 0 && random.nextDouble() < now.duplicates) {
            deliver(link, due + random.nextLong(50_000_000), arrival);
        }
    }

    private void deliver(Link link, long due, Runnable arrival) {
        long sent = time.now();
        time.at(due, () -> {
            boolean late = sent <= link.healed && time.now() > link.healed + UNDER_WAY;
            if (link.cuts > 0 || late) {
                return;
            }
            if (link.clogs == 0) {
                arrival.run();
            } else if (link.held.size() < MOST_HELD) {
                link.held.add(arrival);
            }
        });
    }
}
