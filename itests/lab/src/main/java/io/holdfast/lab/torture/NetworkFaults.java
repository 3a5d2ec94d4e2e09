package io.holdfast.lab.torture;

import io.holdfast.lab.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What befalls the network between the nodes. The recorder does not use it. */
final class NetworkFaults {
    /** The writing client goes on seeing who serves. */
    static final String NOT_THE_CLIENT = "ip saddr != 10.77.0.200 ip daddr != 10.77.0.200 ";

    private NetworkFaults() {}

    /** Packets that some nodes drop, by a table of nftables that this fault has for itself. */
    abstract static class Filtered extends Fault {
        private final String table = "t" + Integer.toHexString(System.identityHashCode(this));

        Filtered(Duration span, String text) {
            super(span, text);
        }

        final void drop(Arena arena, String node, String coming, String going) {
            arena.node(node)
                    .filter(
                            table,
                            "chain coming { type filter hook input priority 0; " + rule("iif", coming) + " };"
                                    + " chain going { type filter hook output priority 0; " + rule("oif", going)
                                    + " };");
        }

        private static String rule(String device, String which) {
            return which.isEmpty() ? "" : device + " != lo " + which + " drop;";
        }

        final void dropNothing(Arena arena, Iterable<String> nodes) {
            nodes.forEach(node -> {
                if (arena.node(node).powered()) {
                    arena.node(node).filter(table, "");
                }
            });
        }

        static String addresses(Arena arena, List<String> nodes) {
            return "{ "
                    + String.join(
                            ", ",
                            nodes.stream()
                                    .map(node -> arena.node(node).address())
                                    .toList())
                    + " }";
        }
    }

    /** Two sides that do not hear each other; the smaller one has no majority. */
    abstract static class Split extends Filtered {
        private final List<String> few;
        private final List<String> many;

        Split(Draw draw, List<String> few, List<String> many) {
            super(draw.span(), "network split: " + few + " and " + many);
            this.few = few;
            this.many = many;
            on(few).harmless(draw.brief()).silencing(draw, few);
        }

        @Override
        void begin(Arena arena) {
            String others = addresses(arena, many);
            few.forEach(node -> drop(arena, node, "ip saddr " + others, "ip daddr " + others));
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, few);
        }
    }

    static final class Halves extends Split {
        Halves(Draw draw) {
            this(draw, draw.shuffled(), draw.number(1, draw.minority()));
        }

        private Halves(Draw draw, List<String> all, int count) {
            super(draw, all.subList(0, count), all.subList(count, all.size()));
        }
    }

    static final class LeaderAlone extends Split {
        LeaderAlone(Draw draw) {
            super(
                    draw,
                    List.of(draw.leader()),
                    draw.shuffled().stream()
                            .filter(name -> !name.equals(draw.leader()))
                            .toList());
        }
    }

    /** Nobody has a majority. */
    static final class AllAlone extends Filtered {
        private final List<String> all;

        AllAlone(Draw draw) {
            super(draw.span(), "no node hears another");
            all = draw.shuffled();
            on(all).harmless(draw.brief());
        }

        @Override
        void begin(Arena arena) {
            String others = addresses(arena, all);
            all.forEach(node -> drop(arena, node, "ip saddr " + others, "ip daddr " + others));
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, all);
        }
    }

    /** A node that hears and is not heard, or the other way round. */
    static final class OneWay extends Filtered {
        private final String node;
        private final boolean deaf;

        OneWay(Draw draw) {
            this(draw, draw.voter(), draw.coin());
        }

        private OneWay(Draw draw, String node, boolean deaf) {
            super(draw.span(), node + (deaf ? " hears nobody" : " is heard by nobody"));
            this.node = node;
            this.deaf = deaf;
            on(node).harmless(draw.brief());
        }

        @Override
        void begin(Arena arena) {
            drop(arena, node, deaf ? NOT_THE_CLIENT : "", deaf ? "" : NOT_THE_CLIENT);
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, List.of(node));
        }
    }

    /** A and B, B and C hear each other, A and C do not, or only one way: all have a majority. */
    static final class BrokenLink extends Filtered {
        private final String one;
        private final String other;
        private final boolean bothWays;

        BrokenLink(Draw draw) {
            this(draw, draw.shuffled(), draw.coin());
        }

        private BrokenLink(Draw draw, List<String> all, boolean bothWays) {
            super(
                    draw.span(),
                    all.get(0)
                            + (bothWays ? " and " : " is not heard by ")
                            + all.get(1)
                            + (bothWays ? " do not hear each other" : ""));
            this.one = all.get(0);
            this.other = all.get(1);
            this.bothWays = bothWays;
            on(one, other).harmless(true);
        }

        @Override
        void begin(Arena arena) {
            String address = addresses(arena, List.of(other));
            drop(arena, one, bothWays ? "ip saddr " + address : "", "ip daddr " + address);
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, List.of(one));
        }
    }

    /**
     * Each hears only the two beside it, as in a ring, or, of three, as in a line: all have a majority, and no two of five the same one.
     */
    static final class Ring extends Filtered {
        private final List<String> ring;

        Ring(Draw draw) {
            super(draw.span(), "each node hears only those beside it");
            ring = draw.shuffled();
            on(ring).harmless(true);
        }

        @Override
        void begin(Arena arena) {
            int size = ring.size();
            for (int i = 0; i < size; i++) {
                List<String> far = new ArrayList<>();
                for (int j = 0; j < size; j++) {
                    int distance = Math.abs(i - j);
                    if (distance > 1 && (size == 3 || distance < size - 1)) {
                        far.add(ring.get(j));
                    }
                }
                if (!far.isEmpty()) {
                    String others = addresses(arena, far);
                    drop(arena, ring.get(i), "ip saddr " + others, "ip daddr " + others);
                }
            }
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, ring);
        }
    }

    /** One after the other is cut off, until nobody hears anybody, and they come back in another order. */
    static final class OneByOne extends Filtered {
        private final List<String> away;
        private final List<String> back;
        private final Duration pause;

        OneByOne(Draw draw) {
            this(draw.shuffled(), draw.shuffled(), draw.between(Duration.ofMillis(50), Duration.ofMillis(1500)));
        }

        private OneByOne(List<String> away, List<String> back, Duration pause) {
            super(
                    Duration.ZERO,
                    away + " cut off one after the other, each " + pause.toMillis() + " ms, and joined as " + back);
            this.away = away;
            this.back = back;
            this.pause = pause;
            on(away);
        }

        @Override
        void begin(Arena arena) {
            for (String node : away) {
                drop(arena, node, NOT_THE_CLIENT, NOT_THE_CLIENT);
                Waiting.pause(pause);
            }
            for (String node : back) {
                dropNothing(arena, List.of(node));
                Waiting.pause(pause);
            }
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, away);
        }
    }

    /** Packets get lost for a while again and again; the cable stays. */
    static final class FlappingPath extends Filtered {
        private final String node;
        private final int times;
        private final Duration off;
        private final Duration on;

        FlappingPath(Draw draw) {
            this(
                    draw.voter(),
                    draw.number(3, 8),
                    draw.between(Duration.ofMillis(50), Duration.ofMillis(1200)),
                    draw.between(Duration.ofMillis(50), Duration.ofMillis(600)));
        }

        private FlappingPath(String node, int times, Duration off, Duration on) {
            super(
                    Duration.ZERO,
                    node + " cut off " + times + " times for " + off.toMillis() + " ms, each " + on.toMillis() + " ms");
            this.node = node;
            this.times = times;
            this.off = off;
            this.on = on;
            on(node);
        }

        @Override
        void begin(Arena arena) {
            for (int i = 0; i < times && arena.node(node).powered(); i++) {
                drop(arena, node, NOT_THE_CLIENT, NOT_THE_CLIENT);
                Waiting.pause(off);
                dropNothing(arena, List.of(node));
                Waiting.pause(on);
            }
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, List.of(node));
        }
    }

    /** What is longer than some does not arrive, and nobody is told. */
    static final class LongPacketsLost extends Filtered {
        private final String node;
        private final int most;

        LongPacketsLost(Draw draw) {
            this(draw, draw.voter(), draw.number(100, 1400));
        }

        private LongPacketsLost(Draw draw, String node, int most) {
            super(draw.span(), "packets of " + node + " longer than " + most + " bytes lost");
            this.node = node;
            this.most = most;
            on(node).harmless(draw.brief());
        }

        @Override
        void begin(Arena arena) {
            String some = NOT_THE_CLIENT + "meta length > " + most;
            drop(arena, node, some, some);
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, List.of(node));
        }
    }

    /** Clients do not reach a node, which is well otherwise. */
    static final class ClientsCutOff extends Filtered {
        private final String node;

        ClientsCutOff(Draw draw) {
            this(draw, draw.node());
        }

        private ClientsCutOff(Draw draw, String node) {
            super(draw.span(), "no client reaches " + node);
            this.node = node;
            on(node).harmless(true);
        }

        @Override
        void begin(Arena arena) {
            drop(arena, node, "ip saddr 10.77.0.200", "ip daddr 10.77.0.200");
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, List.of(node));
        }
    }

    /**
     * However short, it may cost a lease: without carrier the kernel forgets its neighbours, asks for them in vain, and asks again
     * only a second later.
     */
    static final class Unplugged extends Fault {
        private final String node;

        Unplugged(Draw draw) {
            this(draw, draw.voter());
        }

        private Unplugged(Draw draw, String node) {
            super(draw.span(), "cable of " + node + " pulled");
            this.node = node;
            on(node).claiming(node + ":cable").silencing(draw, List.of(node));
        }

        @Override
        void begin(Arena arena) {
            arena.node(node).plugged(false);
        }

        @Override
        void end(Arena arena) {
            if (arena.node(node).powered()) {
                arena.node(node).plugged(true);
            }
        }
    }

    static final class Flapping extends Fault {
        private final String node;
        private final int times;
        private final Duration off;
        private final Duration on;

        Flapping(Draw draw) {
            this(
                    draw.voter(),
                    draw.number(3, 8),
                    draw.between(Duration.ofMillis(50), Duration.ofMillis(600)),
                    draw.between(Duration.ofMillis(50), Duration.ofMillis(600)));
        }

        private Flapping(String node, int times, Duration off, Duration on) {
            super(
                    Duration.ZERO,
                    "cable of " + node + " pulled " + times + " times for " + off.toMillis() + " ms, each "
                            + on.toMillis() + " ms");
            this.node = node;
            this.times = times;
            this.off = off;
            this.on = on;
            on(node).claiming(node + ":cable");
        }

        @Override
        void begin(Arena arena) {
            for (int i = 0; i < times && arena.node(node).powered(); i++) {
                arena.node(node).plugged(false);
                Waiting.pause(off);
                arena.node(node).plugged(true);
                Waiting.pause(on);
            }
        }

        @Override
        void end(Arena arena) {
            if (arena.node(node).powered()) {
                arena.node(node).plugged(true);
            }
        }
    }

    static final class Loss extends Filtered {
        private final List<String> nodes;
        private final int percent;

        Loss(Draw draw) {
            this(draw, draw.coin() ? List.of(draw.voter()) : draw.shuffled(), draw.number(5, 50));
        }

        private Loss(Draw draw, List<String> nodes, int percent) {
            super(draw.span(), percent + " % of the packets of " + nodes + " lost");
            this.nodes = nodes;
            this.percent = percent;
            on(nodes).harmless(draw.brief());
        }

        @Override
        void begin(Arena arena) {
            String some = NOT_THE_CLIENT + "numgen random mod 100 < " + percent;
            nodes.forEach(node -> drop(arena, node, some, some));
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, nodes);
        }
    }
}
