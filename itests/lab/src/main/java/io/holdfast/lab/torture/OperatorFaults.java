package io.holdfast.lab.torture;

import io.holdfast.lab.Node;
import io.holdfast.lab.Waiting;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What people do, and what their agents do wrong. Commands may be refused while other faults last; the history notes it. */
final class OperatorFaults {
    private static final Duration BACK = Duration.ofSeconds(30);

    private OperatorFaults() {}

    /** An agent that hangs, fails, ignores signals or leaves children; what it guards is restarted or moved. */
    static final class AgentMisbehaves extends Fault {
        private static final Duration TIME_LIMIT = Duration.ofMillis(2500);
        private static final List<String> WAYS = List.of(
                "hang-monitor",
                "fail-monitor",
                "hang-start",
                "fail-start",
                "hang-stop",
                "fail-stop",
                "deaf",
                "forks",
                "forks,deaf");
        private static final List<String> WAYS_OF_PRIMARY = Stream.concat(
                        WAYS.stream(), Stream.of("hang-promote", "fail-promote", "hang-demote", "fail-demote"))
                .toList();
        private final String resource;
        private final String how;
        private final boolean kill;
        private String elsewhere = "";

        AgentMisbehaves(Draw draw) {
            this(draw, draw.any(List.of(Arena.SERVICE, Arena.PRIMARY)));
        }

        private AgentMisbehaves(Draw draw, String resource) {
            this(draw, resource, draw.any(resource.equals(Arena.PRIMARY) ? WAYS_OF_PRIMARY : WAYS));
        }

        private AgentMisbehaves(Draw draw, String resource, String how) {
            super(draw.between(Duration.ofSeconds(1), Duration.ofSeconds(5)), "the agent of " + resource + ": " + how);
            this.resource = resource;
            this.how = how;
            this.kill = draw.coin();
            touching(List.of(resource)).claiming(resource).harmless(true);
        }

        @Override
        void begin(Arena arena) {
            arena.misbehave(resource, how);
            if (kill) {
                ProcessFaults.signal("KILL", ProcessFaults.processes(arena, resource));
            } else {
                elsewhere = arena.layout().nodes().stream()
                        .filter(name -> !name.equals(arena.holder(resource)))
                        .findFirst()
                        .orElseThrow();
                arena.want(resource, elsewhere, "2s");
            }
        }

        @Override
        void end(Arena arena) {
            arena.misbehave(resource, "");
            if (!kill) {
                arena.unwant(resource, elsewhere);
            }
            if (how.startsWith("hang")) {
                Waiting.pause(TIME_LIMIT); // an operation that hangs fails only then
            }
        }
    }

    static final class Moved extends Fault {
        private final String resource;
        private final String to;

        Moved(Draw draw) {
            this(draw.any(List.of("site", Arena.SERVICE, Arena.BEACON, Arena.FILES, Arena.PRIMARY)), draw.node());
        }

        private Moved(String resource, String to) {
            super(Duration.ofMillis(100), "move of " + resource + " to " + to);
            this.resource = resource;
            this.to = to;
            touching(Arena.together(resource)).claiming(resource).harmless(true);
        }

        @Override
        void begin(Arena arena) {
            arena.want(resource, to, "10s");
        }

        @Override
        void end(Arena arena) {
            arena.unwant(resource, to);
        }
    }

    /** A stranger listens where the share would: it must go elsewhere. */
    static final class PortTaken extends Fault {
        private static final String LISTEN = "use IO::Socket::INET; my $socket = IO::Socket::INET->new("
                + "Listen => 1, LocalAddr => '0.0.0.0', LocalPort => 445) or exit 1; sleep 60";
        private final String node;
        private final List<Process> strangers = new ArrayList<>();

        PortTaken(Draw draw) {
            this(draw.node());
        }

        private PortTaken(String node) {
            super(Duration.ofSeconds(1), "a stranger has the port of " + Arena.FILES + " on " + node);
            this.node = node;
            touching(List.of(Arena.FILES))
                    .claiming(Arena.FILES, node + ":processes")
                    .harmless(true);
        }

        @Override
        void begin(Arena arena) throws IOException {
            strangers.add(arena.node(node)
                    .onNode(List.of("perl", "-e", LISTEN))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
            Waiting.pause(Duration.ofMillis(100));
            arena.anyHa("move", Arena.FILES, node);
        }

        @Override
        void end(Arena arena) {
            strangers.forEach(Process::destroyForcibly);
            arena.undo("unmove", Arena.FILES);
        }
    }

    static final class Standby extends Fault {
        private final String node;

        Standby(Draw draw) {
            this(draw.node(), draw.span());
        }

        private Standby(String node, Duration span) {
            super(span, "standby of " + node);
            this.node = node;
            on(node).claiming(node + ":standby");
        }

        @Override
        void begin(Arena arena) {
            arena.anyHa("standby", node);
        }

        @Override
        void end(Arena arena) {
            arena.anyHa("online", node);
        }
    }

    static final class Fenced extends ProcessFaults.OfProcesses {
        Fenced(Draw draw) {
            super(draw.node(), Duration.ZERO, "an administrator fences");
        }

        @Override
        void begin(Arena arena) {
            arena.anyHa("fence", node);
        }
    }

    /** One node after the other leaves cleanly and comes back. */
    static final class RollingRestart extends Fault {
        private final List<String> nodes;

        RollingRestart(Draw draw) {
            this(draw.coin() ? List.of(draw.voter()) : draw.shuffled());
        }

        private RollingRestart(List<String> nodes) {
            super(Duration.ZERO, "clean restart of " + nodes);
            this.nodes = nodes;
            on(nodes);
            nodes.forEach(name -> claiming(name + ":processes"));
        }

        @Override
        void begin(Arena arena) {
            for (String name : nodes) {
                Node node = arena.node(name);
                node.tryStop();
                if (node.powered()) {
                    String failure = node.awaitStart(node.beginStart());
                    if (!failure.isEmpty()) {
                        arena.history().write("note", failure);
                    }
                }
            }
        }
    }

    /** Within a hold a daemon may be replaced, and what runs in processes of its own goes on. */
    static final class HeldRestart extends ProcessFaults.OfProcesses {
        HeldRestart(Draw draw) {
            super(draw.node(), Duration.ZERO, "hold, then SIGKILL of the daemon of");
            harmless(true).touching(List.of(Arena.BEACON));
        }

        @Override
        void begin(Arena arena) {
            if (arena.ha(node, "hold", "40s") != 0) {
                return;
            }
            long before = arena.node(node).daemon();
            ProcessFaults.signal("KILL", before);
            Waiting.until(
                    node + " has a daemon again",
                    BACK,
                    () -> !arena.node(node).powered()
                            || (arena.node(node).daemon() != before
                                    && arena.node(node).status().isPresent()),
                    () -> "none");
            for (int i = 0; i < 50 && arena.node(node).powered() && arena.ha(node, "release") != 0; i++) {
                Waiting.pause(Duration.ofMillis(200));
            }
        }
    }

    /** A layer is replaced under what runs. */
    static final class LayerSwapped extends ProcessFaults.OfProcesses {
        private final String layer;

        LayerSwapped(Draw draw) {
            this(draw.voter(), draw.any(List.of("transport", "ledger", "membership", "fencing", "daemon")));
        }

        private LayerSwapped(String node, String layer) {
            super(node, Duration.ZERO, "swap of the layer " + layer + " on");
            this.layer = layer;
            harmless(true);
        }

        @Override
        void begin(Arena arena) {
            arena.ha(node, "--wait", "60s", "swap", layer);
        }
    }

    /** A resource bundle is put into deploy/ again. What runs in processes goes on; what lives in the bundle goes with it. */
    static final class BundleUpdated extends Fault {
        private final String node;
        private final boolean share;

        BundleUpdated(Draw draw) {
            this(draw.node(), draw.coin());
        }

        private BundleUpdated(String node, boolean share) {
            super(Duration.ofSeconds(2), "bundle of " + (share ? Arena.FILES : Arena.BEACON) + " updated on " + node);
            this.node = node;
            this.share = share;
            on(node).claiming(node + ":processes", node + ":disk").harmless(true);
            if (!share) {
                touching(List.of(Arena.BEACON));
            }
        }

        @Override
        void begin(Arena arena) {
            arena.deploy(
                    node, share ? arena.parts().shareBundle() : arena.parts().beaconBundle());
        }
    }

    static final class VoterReplaced extends Fault {
        private final String voter;

        VoterReplaced(Draw draw) {
            this(draw.voter(), draw.shuffled());
        }

        private VoterReplaced(String voter, List<String> all) {
            super(Duration.ZERO, "the log of " + voter + " begins anew");
            this.voter = voter;
            on(voter).claiming("damage", voter + ":disk").harmless(true);
            all.forEach(name -> claiming(name + ":processes"));
        }

        @Override
        void begin(Arena arena) {
            arena.ha(
                    arena.layout().voters().stream()
                            .filter(name -> !name.equals(voter))
                            .findFirst()
                            .orElseThrow(),
                    "voter",
                    "replace",
                    voter);
        }
    }
}
