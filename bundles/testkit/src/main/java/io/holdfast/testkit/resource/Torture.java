package io.holdfast.testkit.resource;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Does to a real type, on this machine, what a cluster does to it in its worst hours, and tells what it does wrong: started twice,
 * stopped twice, its processes killed or stopped still, its operations cut off in the middle, an old grant that comes late.
 *
 * <pre>{@code
 * assertThat(new Torture(MyType::new, Map.of("port", "8080"), System::nanoTime).run().findings()).isEmpty();
 * }</pre>
 *
 * <p>The instance is made for this and is gone afterwards. Not thread-safe; blocks.
 */
public final class Torture {
    /** The parts of an operation's usual time at which it is cut off. */
    private static final List<Double> CUTS = List.of(0.05, 0.25, 0.5, 0.75, 0.95);
    /** What is asked of a type is written here. */
    private static final String GUIDE = "docs/your-own-resource.md";

    private static final int MOST = 10;
    private static final Duration SETTLE = Duration.ofSeconds(3);

    /** What is tried, and what is asked for. */
    public enum Trial {
        /** The parameters are good, so nothing is found wrong with them. */
        VALIDATE("validate says nothing against good parameters"),
        /** Where it never ran it does not run. */
        PROBE("monitor says 'not running' before the first start"),
        /** There is nothing to stop, so it is stopped. */
        STOP_FIRST("stop succeeds where it does not run"),
        /** After start it runs. */
        START("monitor says 'running' once start has returned"),
        /** Started again it runs on, once. */
        START_TWICE("a second start succeeds and leaves one instance"),
        /** After stop it does not run, and nothing of it is left. */
        STOP("monitor says 'not running' once stop has returned, and no process is left"),
        /** Stopped again it is stopped. */
        STOP_TWICE("a second stop succeeds"),
        /** Its processes die. */
        KILLED("monitor notices that its processes were killed, and stop and start mend it"),
        /** Its processes do not go on. */
        HUNG("monitor ends in time while its processes hang, and stop gets rid of them"),
        /** Start is cut off: by a time-out, the end of the lease, a crash of the daemon. */
        START_CUT("what a start left that was cut off is taken back by kill, or by stop"),
        /** Stop is cut off. */
        STOP_CUT("a stop that was cut off can be done again"),
        /** The daemon asks in the middle of a start, as it does after its restart. */
        STALE("a start under an older token than one that was used is refused, or changes nothing"),
        /** All is gone. */
        LEAK("no process is left when all is over");

        private final String asked;

        Trial(String asked) {
            this.asked = asked;
        }

        /** {@return what is asked for} */
        public String asked() {
            return asked;
        }
    }

    /**
     * What is wrong.
     *
     * @param trial in which it showed
     * @param what it did
     * @param where what is asked for is written
     */
    public record Finding(Trial trial, String what, String where) {
        @Override
        public String toString() {
            return trial + ": " + what + "; asked for: " + trial.asked() + " (" + where + ")";
        }
    }

    /**
     * What came out.
     *
     * @param passed trials in which all was well
     * @param skipped trials that mean nothing for this type, with the reason
     * @param findings what is wrong
     */
    public record Report(List<Trial> passed, Map<Trial, String> skipped, List<Finding> findings) {
        /** Copies. */
        public Report {
            passed = List.copyOf(passed);
            skipped = Map.copyOf(skipped);
            findings = List.copyOf(findings);
        }
    }

    /** One trial. */
    private interface Steps {
        void run(Bench bench) throws ResourceException, InterruptedException;
    }

    private static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1;

        Wrong(String what) {
            super(what);
        }
    }

    private static final class Skipped extends RuntimeException {
        private static final long serialVersionUID = 1;

        Skipped(String why) {
            super(why);
        }
    }

    private final Supplier<ResourceType> type;
    private final Map<String, String> parameters;
    private final LongSupplier nanos;
    private final String where;
    private final Duration settle;
    private final List<Trial> passed = new ArrayList<>();
    private final Map<Trial, String> skipped = new java.util.EnumMap<>(Trial.class);
    private final List<Finding> findings = new ArrayList<>();
    private Duration starting = Duration.ZERO;
    private Duration stopping = Duration.ZERO;

    /**
     * Prepares it.
     *
     * @param type makes the type anew, as each daemon does
     * @param parameters with which it can run here
     * @param nanos a clock that never goes back
     */
    public Torture(Supplier<ResourceType> type, Map<String, String> parameters, LongSupplier nanos) {
        this(type, parameters, nanos, GUIDE);
    }

    /** The same; {@code where} is the text in which the type's author finds what is asked for. */
    public Torture(Supplier<ResourceType> type, Map<String, String> parameters, LongSupplier nanos, String where) {
        this(type, parameters, nanos, where, SETTLE);
    }

    /** @param settle how long what ends by itself may take to end */
    Torture(
            Supplier<ResourceType> type,
            Map<String, String> parameters,
            LongSupplier nanos,
            String where,
            Duration settle) {
        this.type = type;
        this.parameters = Map.copyOf(parameters);
        this.nanos = nanos;
        this.where = where;
        this.settle = settle;
    }

    /** Runs all trials. */
    public Report run() throws InterruptedException {
        trial(Trial.VALIDATE, bench -> {
            List<Problem> problems = bench.validate();
            require(problems.isEmpty(), "validate says " + problems);
        });
        trial(Trial.PROBE, bench -> notRunning(bench, "before the first start"));
        trial(Trial.STOP_FIRST, bench -> stop(bench, "where it never ran"));
        trial(Trial.START, bench -> {
            long began = nanos.getAsLong();
            start(bench, "");
            starting = Duration.ofNanos(nanos.getAsLong() - began);
            running(bench, "after start");
        });
        if (passed.contains(Trial.START)) {
            whatRuns();
        } else {
            for (Trial trial : Trial.values()) {
                if (trial.compareTo(Trial.START) > 0) {
                    skipped.put(trial, "it cannot be started here");
                }
            }
        }
        return new Report(passed, skipped, findings);
    }

    private void whatRuns() throws InterruptedException {
        trial(Trial.START_TWICE, bench -> {
            start(bench, "");
            int before = bench.processes().size();
            start(bench, "while it runs");
            running(bench, "after a second start");
            settle(bench, before);
            require(
                    bench.processes().size() <= before,
                    "a second start left " + bench.processes().size() + " processes instead of " + before);
        });
        trial(Trial.STOP, bench -> {
            start(bench, "");
            long began = nanos.getAsLong();
            stop(bench, "");
            stopping = Duration.ofNanos(nanos.getAsLong() - began);
            notRunning(bench, "after stop");
            settle(bench, 0);
            require(bench.processes().isEmpty(), "stop left the processes " + bench.processes());
        });
        trial(Trial.STOP_TWICE, bench -> {
            start(bench, "");
            stop(bench, "");
            stop(bench, "a second time");
            notRunning(bench, "after two stops");
        });
        trial(Trial.KILLED, bench -> {
            start(bench, "");
            needProcesses(bench);
            bench.crash();
            require(noticed(bench), "monitor says 'running' after all its processes were killed");
            stop(bench, "after its processes were killed");
            notRunning(bench, "after stop of what was killed");
            start(bench, "after it was killed and stopped");
            running(bench, "after it was killed, stopped and started");
        });
        trial(Trial.HUNG, bench -> {
            start(bench, "");
            needProcesses(bench);
            signal("STOP", bench.processes());
            long began = nanos.getAsLong();
            Duration limit = type.get().describe().monitor();
            bench.monitor(limit);
            Duration took = Duration.ofNanos(nanos.getAsLong() - began);
            require(took.compareTo(limit.plusSeconds(1)) <= 0, "monitor took " + took.toMillis() + " ms while it hung");
            stop(bench, "while its processes hang");
            notRunning(bench, "after stop of what hung");
            require(bench.processes().isEmpty(), "stop left the hung processes " + bench.processes());
        });
        trial(Trial.START_CUT, bench -> {
            for (double cut : CUTS) {
                cut(starting, cut, limit -> bench.start(limit));
                bench.kill(); // as the daemon and the guard do
                if (bench.monitor() instanceof Health.Running) {
                    throw new Wrong("it runs on after a start that was cut off at " + Math.round(cut * 100)
                            + " % and killed with all that it registered");
                }
                stop(bench, "after a start that was cut off at " + Math.round(cut * 100) + " %");
                notRunning(bench, "after a start that was cut off at " + Math.round(cut * 100) + " % and a stop");
            }
            start(bench, "after starts that were cut off");
            running(bench, "after starts that were cut off");
        });
        trial(Trial.STOP_CUT, bench -> {
            for (double cut : CUTS) {
                start(bench, "");
                cut(stopping, cut, limit -> bench.stop(limit));
                stop(bench, "after one that was cut off at " + Math.round(cut * 100) + " %");
                notRunning(bench, "after a stop that was cut off at " + Math.round(cut * 100) + " % and another");
            }
        });
        trial(Trial.STALE, this::stale);
        trial(Trial.LEAK, bench -> {
            start(bench, "");
            stop(bench, "");
            settle(bench, 0);
            require(bench.processes().isEmpty(), "the processes " + bench.processes() + " are left");
        });
    }

    /** What may happen next to an instance. */
    private enum Step {
        START,
        STOP,
        MONITOR,
        CRASH,
        KILL,
        HANG,
        START_CUT,
        STOP_CUT
    }

    /** What an instance is known to be. */
    private enum State {
        STOPPED,
        RUNNING,
        /** An operation was cut off or its processes died: it has to be stopped before anything else is asked of it. */
        TROUBLED
    }

    /**
     * Does {@code count} things to one instance, drawn from the seed, as a cluster with many faults would: operations, and in between
     * deaths of its processes, hangs, operations that are cut off, and the guard's kill.
     *
     * @return what was wrong, at most ten; each names the step's number, and the same seed repeats it
     */
    public List<Finding> faults(int count, long seed) throws InterruptedException {
        Random random = new Random(seed);
        List<Finding> wrong = new ArrayList<>();
        Bench bench = new Bench(type.get(), "torture", parameters, nanos);
        try (bench) {
            State state = State.STOPPED;
            for (int number = 1; number <= count && wrong.size() < MOST; number++) {
                Step step = draw(state, random);
                try {
                    state = step(bench, step, state, random);
                } catch (Wrong | ResourceException e) {
                    wrong.add(new Finding(
                            trialOf(step),
                            "step " + number + " of seed " + seed + ", " + step + ": " + e.getMessage(),
                            where));
                    signal("CONT", bench.processes());
                    bench.crash();
                    state = State.TROUBLED;
                }
            }
            clear(bench);
        } catch (IllegalStateException e) {
            wrong.add(new Finding(Trial.LEAK, "" + e.getMessage(), where));
        }
        return wrong;
    }

    /** Hangs are rare: who waits for a process to end by itself takes its whole time limit. */
    private static Step draw(State state, Random random) {
        int chance = random.nextInt(100);
        return switch (state) {
            case STOPPED ->
                chance < 60 ? Step.START : chance < 75 ? Step.START_CUT : chance < 85 ? Step.STOP : Step.MONITOR;
            case RUNNING ->
                chance < 25
                        ? Step.CRASH
                        : chance < 45
                                ? Step.STOP
                                : chance < 60
                                        ? Step.STOP_CUT
                                        : chance < 75
                                                ? Step.KILL
                                                : chance < 77 ? Step.HANG : chance < 88 ? Step.START : Step.MONITOR;
            case TROUBLED -> chance < 60 ? Step.STOP : chance < 80 ? Step.KILL : Step.STOP_CUT;
        };
    }

    private static Trial trialOf(Step step) {
        return switch (step) {
            case START, MONITOR -> Trial.START;
            case STOP -> Trial.STOP;
            case CRASH -> Trial.KILLED;
            case KILL, START_CUT -> Trial.START_CUT;
            case HANG -> Trial.HUNG;
            case STOP_CUT -> Trial.STOP_CUT;
        };
    }

    private State step(Bench bench, Step step, State state, Random random)
            throws ResourceException, InterruptedException {
        switch (step) {
            case START -> {
                start(bench, "");
                running(bench, "after start");
                return State.RUNNING;
            }
            case STOP -> {
                stop(bench, "");
                notRunning(bench, "after stop");
                settle(bench, 0);
                require(bench.processes().isEmpty(), "stop left the processes " + bench.processes());
                return State.STOPPED;
            }
            case MONITOR -> {
                Health health = bench.monitor();
                boolean fits =
                        state == State.RUNNING ? health instanceof Health.Running : health instanceof Health.NotRunning;
                require(
                        fits,
                        "monitor says " + health + " though it is "
                                + state.name().toLowerCase(Locale.ROOT));
                return state;
            }
            case CRASH -> {
                boolean had = !bench.processes().isEmpty();
                bench.crash();
                require(!had || noticed(bench), "monitor says 'running' after all its processes were killed");
                return had ? State.TROUBLED : state;
            }
            case KILL -> {
                bench.kill();
                require(
                        noticed(bench),
                        "it runs on after its processes were killed and what it registered was released");
                return State.TROUBLED;
            }
            case HANG -> {
                signal("STOP", bench.processes());
                stop(bench, "while its processes hang");
                return State.TROUBLED;
            }
            case START_CUT -> {
                cut(usual(starting), random.nextDouble(), limit -> bench.start(limit));
                return State.TROUBLED;
            }
            case STOP_CUT -> {
                cut(usual(stopping), random.nextDouble(), limit -> bench.stop(limit));
                return State.TROUBLED;
            }
        }
        throw new IllegalStateException("no step " + step);
    }

    /** Before it was measured. */
    private static Duration usual(Duration measured) {
        return measured.isZero() ? Duration.ofMillis(100) : measured;
    }

    /** Only a type that keeps a note of its token can know that another is newer. */
    private void stale(Bench bench) throws ResourceException, InterruptedException {
        start(bench, "");
        if (bench.notes().isEmpty()) {
            throw new Skipped("it keeps no note, so it leaves tokens to the lease");
        }
        stop(bench, "");
        Bench newer = bench.elsewhere("n2", type.get());
        try (newer) {
            newer.start();
            boolean refused;
            try {
                bench.start();
                refused = false;
            } catch (ResourceException e) {
                refused = true;
            }
            require(newer.monitor() instanceof Health.Running, "a start under an older token ended the newer one");
            newer.stop();
            if (!refused) {
                throw new Skipped("a start under an older token changed nothing");
            }
        }
    }

    private void trial(Trial trial, Steps steps) throws InterruptedException {
        Bench bench = new Bench(type.get(), "torture", parameters, nanos);
        try {
            try {
                steps.run(bench);
                passed.add(trial);
            } finally {
                clear(bench);
            }
        } catch (Skipped e) {
            skipped.put(trial, "" + e.getMessage());
        } catch (Wrong | ResourceException | IllegalArgumentException e) {
            findings.add(new Finding(trial, "" + e.getMessage(), where));
        } finally {
            close(trial, bench);
        }
    }

    /** What one trial leaves must not be blamed on the next. */
    private static void clear(Bench bench) throws InterruptedException {
        signal("CONT", bench.processes());
        try {
            bench.stop();
        } catch (ResourceException e) {
            bench.crash(); // what the daemon does then
        }
    }

    private void close(Trial trial, Bench bench) {
        try {
            bench.close();
        } catch (IllegalStateException e) {
            findings.add(new Finding(
                    trial, "what it registered to be released does not end well: " + e.getMessage(), where));
        }
    }

    private void start(Bench bench, String when) throws InterruptedException {
        try {
            bench.start();
        } catch (ResourceException e) {
            throw new Wrong(("start " + when).strip() + " fails: " + e.getMessage());
        }
    }

    private void stop(Bench bench, String when) throws InterruptedException {
        try {
            bench.stop();
        } catch (ResourceException e) {
            throw new Wrong(("stop " + when).strip() + " fails: " + e.getMessage());
        }
    }

    private static void running(Bench bench, String when) throws InterruptedException {
        Health health = bench.monitor();
        require(health instanceof Health.Running, "monitor " + when + " says " + health);
    }

    private static void notRunning(Bench bench, String when) throws InterruptedException {
        Health health = bench.monitor();
        require(health instanceof Health.NotRunning, "monitor " + when + " says " + health);
    }

    private static void require(boolean good, String otherwise) {
        if (!good) {
            throw new Wrong(otherwise);
        }
    }

    private interface Limited {
        void run(Duration limit) throws ResourceException, InterruptedException;
    }

    private static void cut(Duration usual, double part, Limited operation) throws InterruptedException {
        try {
            operation.run(Duration.ofNanos(Math.max(1_000_000, (long) (usual.toNanos() * part))));
        } catch (ResourceException e) {
            return; // as it should be; it may have been done in time too
        }
    }

    /** The init process takes a moment to bury what was killed, and until then some agents see it. */
    private boolean noticed(Bench bench) throws InterruptedException {
        long end = nanos.getAsLong() + settle.toNanos();
        while (bench.monitor() instanceof Health.Running) {
            if (nanos.getAsLong() > end) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return true;
    }

    /** What ends by itself soon after the start (such as the telling of an address) is not the service. */
    private void needProcesses(Bench bench) throws InterruptedException {
        settle(bench, 0);
        if (bench.processes().isEmpty()) {
            throw new Skipped("it has no process that stays");
        }
    }

    private void settle(Bench bench, int processes) throws InterruptedException {
        long end = nanos.getAsLong() + settle.toNanos();
        while (bench.processes().size() > processes && nanos.getAsLong() < end) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static void signal(String name, List<Long> processes) {
        for (long process : processes) {
            try {
                new ProcessBuilder("kill", "-" + name, Long.toString(process))
                        .start()
                        .waitFor();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
