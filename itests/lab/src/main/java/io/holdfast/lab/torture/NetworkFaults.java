package io.holdfast.lab.torture;

import io.holdfast.lab.Waiting;
import java.time.Duration;
import java.util.List;

/** What befalls the network between the nodes. The recorder does not use it. */
final class NetworkFaults {
    /** The writing client goes on seeing who serves. */
    private static final String NOT_THE_CLIENT = "ip saddr != 10.77.0.200 ip daddr != 10.77.0.200 ";

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
            on(few).harmless(draw.brief());
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
            on(node).claiming(node + ":cable");
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
