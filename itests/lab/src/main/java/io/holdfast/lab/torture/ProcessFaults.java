package io.holdfast.lab.torture;

import io.holdfast.lab.Shell;
import io.holdfast.lab.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What befalls processes and whole machines. */
final class ProcessFaults {
    private ProcessFaults() {}

    static void signal(String signal, Long... processes) {
        String[] argv = new String[processes.length + 2];
        argv[0] = "kill";
        argv[1] = "-" + signal;
        for (int i = 0; i < processes.length; i++) {
            argv[i + 2] = processes[i].toString();
        }
        Shell.attempt(5, argv);
    }

    /** A fault of a node's processes; daemon and guard look after each other, so one such fault at a time for each node. */
    abstract static class OfProcesses extends Fault {
        final String node;

        OfProcesses(String node, Duration span, String text) {
            super(span, text + " " + node);
            this.node = node;
            on(node).claiming(node + ":processes");
        }
    }

    static final class DaemonKilled extends OfProcesses {
        DaemonKilled(Draw draw) {
            super(draw.voter(), Duration.ZERO, "SIGKILL of the daemon of");
        }

        @Override
        void begin(Arena arena) {
            signal("KILL", arena.node(node).daemon());
        }
    }

    static final class GuardKilled extends OfProcesses {
        GuardKilled(Draw draw) {
            super(draw.voter(), Duration.ZERO, "SIGKILL of the guard of");
            harmless(true);
        }

        @Override
        void begin(Arena arena) {
            signal("KILL", arena.node(node).guard());
        }
    }

    /** Only a watchdog covers it. */
    static final class BothKilled extends OfProcesses {
        BothKilled(Draw draw) {
            super(draw.watched(), Duration.ZERO, "SIGKILL of daemon and guard of");
        }

        @Override
        void begin(Arena arena) {
            signal("KILL", arena.node(node).daemon(), arena.node(node).guard());
        }
    }

    /** As after a shortage of memory everywhere at once. */
    static final class AllDaemonsKilled extends Fault {
        private final List<String> all;

        AllDaemonsKilled(Draw draw) {
            super(Duration.ZERO, "SIGKILL of all daemons");
            all = draw.shuffled();
            on(all);
            all.forEach(name -> claiming(name + ":processes"));
        }

        @Override
        void begin(Arena arena) {
            signal("KILL", all.stream().map(name -> arena.node(name).daemon()).toArray(Long[]::new));
        }
    }

    static final class AllGuardsKilled extends Fault {
        private final List<String> all;

        AllGuardsKilled(Draw draw) {
            super(Duration.ZERO, "SIGKILL of all guards");
            all = draw.shuffled();
            on(all).harmless(true);
            all.forEach(name -> claiming(name + ":processes"));
        }

        @Override
        void begin(Arena arena) {
            signal("KILL", all.stream().map(name -> arena.node(name).guard()).toArray(Long[]::new));
        }
    }

    /** Killed again as soon as there is a new one. */
    static final class CrashLoop extends OfProcesses {
        /** A guard waits for up to 30 s before it starts another, when many daemons ended young. */
        private static final Duration GUARD_WAITS = Duration.ofSeconds(45);

        private final int times;
        private final Duration life;

        CrashLoop(Draw draw) {
            this(draw.voter(), draw.number(2, 4), draw.between(Duration.ZERO, Duration.ofMillis(2500)));
        }

        private CrashLoop(String node, int times, Duration life) {
            super(
                    node,
                    Duration.ZERO,
                    "SIGKILL " + times + " times, each " + life.toMillis() + " ms after it began, of the daemon of");
            this.times = times;
            this.life = life;
        }

        @Override
        void begin(Arena arena) {
            long killed = 0;
            for (int i = 0; i < times; i++) {
                long before = killed;
                Waiting.until(
                        node + " has another daemon",
                        GUARD_WAITS,
                        () -> !arena.node(node).powered() || arena.node(node).daemon() != before,
                        () -> "none");
                if (!arena.node(node).powered()) {
                    return; // its watchdog was not fed
                }
                Waiting.pause(i == 0 ? Duration.ZERO : life);
                killed = arena.node(node).daemon();
                signal("KILL", killed);
            }
        }
    }

    /** The kernel gives the daemon no more of something than it has. */
    abstract static class Limited extends OfProcesses {
        private final String limit;
        private long daemon;
        private String before = "";

        /** @param limit as {@code prlimit} calls it */
        Limited(Draw draw, String limit, String what) {
            super(draw.voter(), draw.span(), "no " + what + " left for the daemon of");
            this.limit = limit;
        }

        abstract long most(long daemon);

        @Override
        void begin(Arena arena) {
            daemon = arena.node(node).daemon();
            before = Shell.run(
                            "prlimit", "--pid", Long.toString(daemon), "--" + limit, "--output", "SOFT", "--noheadings")
                    .strip();
            limit(Long.toString(most(daemon)));
        }

        private void limit(String soft) {
            Shell.attempt(5, "prlimit", "--pid", Long.toString(daemon), "--" + limit + "=" + soft + ":");
        }

        @Override
        void end(Arena arena) {
            if (!before.isEmpty()) {
                limit(before);
            }
        }
    }

    /** No new connection, no file, no process. */
    static final class DescriptorsUsedUp extends Limited {
        DescriptorsUsedUp(Draw draw) {
            super(draw, "nofile", "file descriptor");
        }

        @Override
        long most(long daemon) {
            return 16;
        }
    }

    /** No new thread, nor anything else that needs memory beyond the heap. */
    static final class MemoryUsedUp extends Limited {
        MemoryUsedUp(Draw draw) {
            super(draw, "as", "memory");
        }

        @Override
        long most(long daemon) {
            return Arena.text(Path.of("/proc/" + daemon + "/status"))
                            .lines()
                            .filter(line -> line.startsWith("VmSize:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow()
                    << 10;
        }
    }

    static final class DaemonStopped extends OfProcesses {
        private long daemon;

        DaemonStopped(Draw draw) {
            super(draw.voter(), draw.span(), "SIGSTOP of the daemon of");
            harmless(draw.brief()).silencing(draw, List.of(node));
        }

        @Override
        void begin(Arena arena) {
            daemon = arena.node(node).daemon();
            signal("STOP", daemon);
        }

        @Override
        void end(Arena arena) {
            signal("CONT", daemon);
        }
    }

    static final class GuardStopped extends OfProcesses {
        private long guard;

        GuardStopped(Draw draw) {
            super(draw.voter(), draw.span(), "SIGSTOP of the guard of");
            harmless(true); // the daemon replaces it
        }

        @Override
        void begin(Arena arena) {
            guard = arena.node(node).guard();
            signal("STOP", guard);
        }

        @Override
        void end(Arena arena) {
            signal("CONT", guard);
        }
    }

    /** Only a watchdog covers it. */
    static final class BothStopped extends OfProcesses {
        private final List<Long> stopped = new java.util.ArrayList<>();

        BothStopped(Draw draw) {
            super(draw.watched(), draw.span(), "SIGSTOP of daemon and guard of");
            harmless(draw.brief() && withinWatchdog(span())).silencing(draw, List.of(node));
        }

        @Override
        void begin(Arena arena) {
            stopped.addAll(List.of(arena.node(node).daemon(), arena.node(node).guard()));
            signal("STOP", stopped.toArray(Long[]::new));
        }

        @Override
        void end(Arena arena) {
            signal("CONT", stopped.toArray(Long[]::new));
        }
    }

    /** It is fed eight times in its time-out. */
    private static boolean withinWatchdog(Duration span) {
        return span.compareTo(Watchdogs.TIMEOUT.multipliedBy(6).dividedBy(10)) < 0;
    }

    /** The whole machine, its services too, stands still at one instant; only a watchdog covers it. */
    static final class MachineFrozen extends OfProcesses {
        MachineFrozen(Draw draw) {
            super(draw.watched(), draw.span(), "everything stands still on");
            harmless(draw.brief() && withinWatchdog(span())).silencing(draw, List.of(node));
        }

        @Override
        void begin(Arena arena) {
            arena.node(node).frozen(true);
        }

        @Override
        void end(Arena arena) {
            arena.node(node).frozen(false);
        }
    }

    static final class PowerLost extends OfProcesses {
        PowerLost(Draw draw) {
            super(draw.voter(), draw.span(), "power lost by");
            claiming(node + ":disk");
        }

        @Override
        void begin(Arena arena) {
            arena.powerOff(node);
        }

        @Override
        void end(Arena arena) {
            arena.powerOn(node);
        }
    }

    /** Power lost again while it starts and joins. */
    static final class PowerLostTwice extends OfProcesses {
        private final Duration between;

        PowerLostTwice(Draw draw) {
            this(draw.voter(), draw.between(Duration.ofMillis(300), Duration.ofSeconds(7)));
        }

        private PowerLostTwice(String node, Duration between) {
            super(node, Duration.ofMillis(200), "power lost, and again after " + between.toMillis() + " ms, by");
            this.between = between;
            claiming(node + ":disk");
        }

        @Override
        void begin(Arena arena) {
            arena.powerOff(node);
            arena.powerOn(node);
            Waiting.pause(between);
            arena.powerOff(node);
        }

        @Override
        void end(Arena arena) {
            arena.powerOn(node);
        }
    }

    /** More voters than the cluster can miss, all of them perhaps, one after the other; they come back in any order. */
    static final class MajorityLost extends Fault {
        private final List<String> lost;
        private final List<String> back;
        private final Duration pause;
        private final Duration pauseBack;

        MajorityLost(Draw draw) {
            this(
                    draw.shuffled(),
                    draw.number(draw.minority() + 1, draw.shuffled().size()),
                    draw.shuffled(),
                    draw.between(Duration.ZERO, Duration.ofMillis(400)),
                    draw.between(Duration.ZERO, Duration.ofSeconds(2)),
                    draw.span());
        }

        private MajorityLost(
                List<String> all, int count, List<String> order, Duration pause, Duration pauseBack, Duration span) {
            super(span, "power lost by " + all.subList(0, count));
            this.lost = all.subList(0, count);
            this.back = order.stream().filter(lost::contains).toList();
            this.pause = pause;
            this.pauseBack = pauseBack;
            on(lost);
            all.forEach(name -> claiming(name + ":processes", name + ":disk"));
        }

        @Override
        void begin(Arena arena) {
            lost.forEach(name -> {
                arena.powerOff(name);
                Waiting.pause(pause);
            });
        }

        @Override
        void end(Arena arena) {
            back.forEach(name -> {
                arena.powerOn(name);
                Waiting.pause(pauseBack);
            });
        }
    }

    /** The processes of a resource, on whichever node. */
    static final class ServiceKilled extends Fault {
        private final String resource;

        ServiceKilled(Draw draw) {
            this(draw.any(List.of(Arena.WORKER, Arena.SERVICE, Arena.FILES, Arena.PRIMARY)));
        }

        private ServiceKilled(String resource) {
            super(Duration.ZERO, "SIGKILL of " + resource);
            this.resource = resource;
            touching(Arena.together(resource)).claiming(resource).harmless(true).told(resource + ": ... failed on");
        }

        @Override
        void begin(Arena arena) {
            signal("KILL", processes(arena, resource));
        }
    }

    /**
     * A process that not even SIGKILL ends, and that is to be stopped: what cannot be proved stopped is the watchdog's. The process
     * would go on when it wakes.
     */
    static final class Unkillable extends OfProcesses {
        private static final Duration LIMIT = Duration.ofSeconds(20);
        private final List<StuckFolder> folders = new java.util.ArrayList<>();

        Unkillable(Draw draw) {
            super(draw.watched(), Duration.ZERO, Arena.SERVICE + " sleeps uninterruptibly on");
            touching(List.of(Arena.SERVICE)).claiming(Arena.SERVICE, node + ":disk");
        }

        @Override
        void begin(Arena arena) {
            arena.anyHa("--wait", "10s", "move", Arena.SERVICE, node);
            if (!arena.holder(Arena.SERVICE).equals(node)) {
                throw new IllegalStateException(Arena.SERVICE + " is on " + arena.holder(Arena.SERVICE));
            }
            String identity = arena.node(node).identity();
            folders.add(arena.stuckFolder(node));
            arena.misbehave(Arena.SERVICE, "stuck");
            Waiting.pause(Duration.ofMillis(100));
            String elsewhere = arena.layout().nodes().stream()
                    .filter(name -> !name.equals(node))
                    .findFirst()
                    .orElseThrow();
            arena.anyHa("move", Arena.SERVICE, elsewhere);
            Waiting.until(
                    node + " is reset",
                    LIMIT,
                    () -> !arena.node(node).powered()
                            || !arena.node(node).identity().equals(identity),
                    () -> arena.told());
        }

        @Override
        void end(Arena arena) {
            arena.misbehave(Arena.SERVICE, "");
            folders.forEach(StuckFolder::close);
            arena.undo("unmove", Arena.SERVICE);
        }
    }

    /** {@return the processes of a resource; of the clone the one of the copy that is promoted} */
    static Long[] processes(Arena arena, String resource) {
        return resource.equals(Arena.PRIMARY)
                ? arena.announcer(resource).stream().toArray(Long[]::new)
                : arena.node(arena.holder(resource)).processesOf(resource).toArray(Long[]::new);
    }

    static final class ServiceStopped extends Fault {
        private final String resource;
        private Long[] processes = {};

        ServiceStopped(Draw draw) {
            this(draw.any(List.of(Arena.WORKER, Arena.SERVICE, Arena.FILES, Arena.PRIMARY)), draw.span());
        }

        private ServiceStopped(String resource, Duration span) {
            super(span, "SIGSTOP of " + resource);
            this.resource = resource;
            touching(Arena.together(resource)).claiming(resource).harmless(true);
        }

        @Override
        void begin(Arena arena) {
            processes = processes(arena, resource);
            signal("STOP", processes);
        }

        @Override
        void end(Arena arena) {
            signal("CONT", processes);
        }
    }
}
