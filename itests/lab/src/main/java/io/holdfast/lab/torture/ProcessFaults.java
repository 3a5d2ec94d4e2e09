package io.holdfast.lab.torture;

import io.holdfast.lab.Shell;
import io.holdfast.lab.Waiting;
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

    static final class DaemonStopped extends OfProcesses {
        private long daemon;

        DaemonStopped(Draw draw) {
            super(draw.voter(), draw.span(), "SIGSTOP of the daemon of");
            harmless(draw.brief());
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
            harmless(draw.brief() && withinWatchdog(span()));
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
            harmless(draw.brief() && withinWatchdog(span()));
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

    /** More voters than the cluster can miss, all of them perhaps, one after the other. */
    static final class MajorityLost extends Fault {
        private final List<String> lost;
        private final Duration pause;

        MajorityLost(Draw draw) {
            this(
                    draw.shuffled(),
                    draw.number(draw.minority() + 1, draw.shuffled().size()),
                    draw.between(Duration.ZERO, Duration.ofMillis(400)),
                    draw.span());
        }

        private MajorityLost(List<String> all, int count, Duration pause, Duration span) {
            super(span, "power lost by " + all.subList(0, count));
            this.lost = all.subList(0, count);
            this.pause = pause;
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
            lost.forEach(arena::powerOn);
        }
    }

    /** The processes of a resource, on whichever node. */
    static final class ServiceKilled extends Fault {
        private final String resource;

        ServiceKilled(Draw draw) {
            this(draw.any(List.of(Arena.WORKER, Arena.SERVICE, Arena.FILES)));
        }

        private ServiceKilled(String resource) {
            super(Duration.ZERO, "SIGKILL of " + resource);
            this.resource = resource;
            touching(Arena.together(resource)).claiming(resource).harmless(true);
        }

        @Override
        void begin(Arena arena) {
            signal("KILL", processes(arena, resource));
        }
    }

    static Long[] processes(Arena arena, String resource) {
        return arena.node(arena.holder(resource)).processesOf(resource).toArray(Long[]::new);
    }

    static final class ServiceStopped extends Fault {
        private final String resource;
        private Long[] processes = {};

        ServiceStopped(Draw draw) {
            this(draw.any(List.of(Arena.WORKER, Arena.SERVICE, Arena.FILES)), draw.span());
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
