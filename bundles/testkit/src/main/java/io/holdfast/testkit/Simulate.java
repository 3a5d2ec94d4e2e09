package io.holdfast.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Runs many simulations from the command line; see {@link #USAGE}. */
public final class Simulate {
    private static final String USAGE = """
            usage: simulate [--seeds N] [--from S] [--minute] [--two] [--workers N] [--sabotage RULE]
                            [--every N] [--fingerprints]
                   simulate --replay SEED[:I,J,...] [--minute] [--two] [--sabotage RULE]
            --minute takes a minute of virtual time for each seed, with no more faults; --workers limits the threads
            --two makes every cluster two voters with fence devices, and nobody else
            --every says how far it is after each N seeds
            --fingerprints says a number for each seed, which another build shares if the same happens in its run
            --replay runs one seed and tells its faults; with numbers, only those faults are brought""";

    private long seeds = 500;
    private long from = 1;
    private int workers = Runtime.getRuntime().availableProcessors();
    private Sabotage sabotage = Sabotage.NONE;
    private boolean minute;
    private long every = Long.MAX_VALUE;
    private boolean fingerprints;
    private boolean two;
    private String replay = "";

    private Simulate() {}

    /** Runs it; ends with status 1 and the seed of the first violation if there is one, 2 for wrong arguments. */
    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        Simulate simulate = new Simulate();
        boolean well;
        try {
            simulate.read(arguments);
            well = simulate.replay.isEmpty() ? simulate.runAll() : simulate.runOne();
        } catch (IllegalArgumentException e) {
            System.err.println("simulate: " + e.getMessage() + "\n" + USAGE);
            System.exit(2);
            return;
        }
        System.exit(well ? 0 : 1);
    }

    private void read(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--seeds" -> seeds = number(arguments, ++i);
                case "--from" -> from = number(arguments, ++i);
                case "--workers" -> workers = Math.toIntExact(number(arguments, ++i));
                case "--sabotage" -> sabotage = Sabotage.valueOf(value(arguments, ++i));
                case "--minute" -> minute = true;
                case "--every" -> every = number(arguments, ++i);
                case "--fingerprints" -> fingerprints = true;
                case "--two" -> two = true;
                case "--replay" -> replay = value(arguments, ++i);
                default -> throw new IllegalArgumentException("unknown argument " + arguments[i]);
            }
        }
        if (seeds < 1 || workers < 1 || every < 1) {
            throw new IllegalArgumentException("--seeds, --workers and --every are at least 1");
        }
    }

    private static String value(String[] arguments, int i) {
        if (i >= arguments.length) {
            throw new IllegalArgumentException(arguments[i - 1] + " needs a value");
        }
        return arguments[i];
    }

    private static long number(String[] arguments, int i) {
        String text = value(arguments, i);
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(arguments[i - 1] + " takes a number, not '" + text + "'");
        }
    }

    private Simulation.Case of(long seed) {
        return new Simulation.Case(seed, sabotage, minute, two || sabotage.two());
    }

    private boolean runAll() throws InterruptedException, ExecutionException {
        long began = System.nanoTime();
        ExecutorService pool = Executors.newFixedThreadPool(workers, task -> {
            Thread thread = new Thread(task, "simulation");
            thread.setDaemon(true);
            return thread;
        });
        Tally whole = new Tally();
        long done = 0;
        while (done < seeds) {
            long some = Math.min(every, seeds - done);
            whole.add(some(pool, from + done, some));
            done += some;
            if (every < seeds) {
                System.out.println("so far: " + summary(done, whole, began));
            }
        }
        pool.shutdown();
        whole.broken.sort(
                java.util.Comparator.comparingLong(outcome -> outcome.run().seed()));
        whole.broken.forEach(Simulate::tell);
        if (!whole.broken.isEmpty()) {
            reduce(whole.broken.get(0));
        }
        System.out.println(summary(seeds, whole, began));
        return whole.violations == 0;
    }

    private Tally some(ExecutorService pool, long first, long count) throws InterruptedException, ExecutionException {
        AtomicLong next = new AtomicLong(first);
        List<Future<Tally>> tallies = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            tallies.add(pool.submit(() -> work(next, first + count)));
        }
        Tally all = new Tally();
        for (Future<Tally> tally : tallies) {
            all.add(tally.get());
        }
        return all;
    }

    private static String summary(long done, Tally tally, long began) {
        return "seeds=%d faults=%d violations=%d seconds=%d cpu_seconds=%d"
                .formatted(
                        done,
                        tally.faults,
                        tally.violations,
                        (System.nanoTime() - began) / 1_000_000_000,
                        ProcessHandle.current()
                                .info()
                                .totalCpuDuration()
                                .map(java.time.Duration::toSeconds)
                                .orElse(-1L));
    }

    private static final class Tally {
        private static final int MOST_TOLD = 50;
        private long faults;
        private long violations;
        private final List<Simulation.Outcome> broken = new ArrayList<>();

        void add(Simulation.Outcome outcome) {
            faults += outcome.faults().size();
            violations += outcome.violations().size();
            if (!outcome.violations().isEmpty() && broken.size() < MOST_TOLD) {
                broken.add(outcome);
            }
        }

        void add(Tally other) {
            faults += other.faults;
            violations += other.violations;
            broken.addAll(other.broken);
        }
    }

    private Tally work(AtomicLong next, long end) {
        Tally tally = new Tally();
        for (long seed = next.getAndIncrement(); seed < end; seed = next.getAndIncrement()) {
            Simulation.Outcome outcome = Simulation.run(of(seed));
            tally.add(outcome);
            if (fingerprints) {
                System.out.printf("seed %d fingerprint %016x%n", seed, outcome.fingerprint());
            }
        }
        return tally;
    }

    private static void tell(Simulation.Outcome outcome) {
        System.out.println("seed " + outcome.run().seed());
        outcome.violations().forEach(violation -> System.out.println("  VIOLATION " + violation));
    }

    /** Finds the few faults that matter and says how to run them again. */
    private void reduce(Simulation.Outcome broken) {
        System.out.println(
                "looking for the fewest faults that break seed " + broken.run().seed() + " in the same way");
        Simulation.Outcome least = Shrinker.shrunk(broken);
        least.faults().forEach(fault -> System.out.println("  " + fault));
        least.violations().forEach(violation -> System.out.println("  VIOLATION " + violation));
        System.out.println("  again: ./holdfast simulate --replay "
                + least.run().seed() + ":"
                + String.join(
                        ",",
                        least.faults().stream()
                                .map(fault -> Integer.toString(fault.number()))
                                .toList())
                + (minute ? " --minute" : "")
                + (two ? " --two" : "")
                + (sabotage == Sabotage.NONE ? "" : " --sabotage " + sabotage));
    }

    private boolean runOne() {
        String[] parts = replay.split(":", 2);
        long seed = number(new String[] {"--replay", parts[0]}, 1);
        List<String> numbers = parts.length == 1 ? List.of() : List.of(parts[1].split(","));
        Simulation.Outcome outcome =
                Simulation.run(of(seed), number -> parts.length == 1 || numbers.contains(Integer.toString(number)));
        outcome.faults().forEach(fault -> System.out.println("  " + fault));
        outcome.events()
                .forEach(event -> System.out.printf(
                        "  %.3f s, index %d: %s%n",
                        (event.wallMillis() - SimulatedProcess.MIDNIGHT.toEpochMilli()) / 1e3,
                        event.index(),
                        event.text()));
        tell(outcome);
        System.out.println("  all was well after "
                + outcome.wellAfter().map(after -> after.toMillis() + " ms").orElse("never"));
        return outcome.violations().isEmpty();
    }
}
