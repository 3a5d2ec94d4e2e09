package io.holdfast.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs many simulations from the command line: {@code --seeds N --from S [--sabotage RULE] [--story]}. */
public final class Simulate {
    private long seeds = 500;
    private long from = 1;
    private Sabotage sabotage = Sabotage.NONE;
    private boolean story;

    private Simulate() {}

    /** Runs it; ends with status 1 and the seed of the first violation if there is one, 2 for wrong arguments. */
    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        Simulate simulate = new Simulate();
        try {
            simulate.read(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("simulate: " + e.getMessage()
                    + "\nusage: simulate [--seeds N] [--from S] [--sabotage RULE] [--story]");
            System.exit(2);
        }
        System.exit(simulate.run() ? 0 : 1);
    }

    private void read(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--seeds" -> seeds = number(arguments, ++i);
                case "--from" -> from = number(arguments, ++i);
                case "--sabotage" -> sabotage = Sabotage.valueOf(value(arguments, ++i));
                case "--story" -> story = true;
                default -> throw new IllegalArgumentException("unknown argument " + arguments[i]);
            }
        }
    }

    private static String value(String[] arguments, int i) {
        if (i >= arguments.length) {
            throw new IllegalArgumentException(arguments[i - 1] + " needs a value");
        }
        return arguments[i];
    }

    private static long number(String[] arguments, int i) {
        return Long.parseLong(value(arguments, i));
    }

    private boolean run() throws InterruptedException, ExecutionException {
        long began = System.nanoTime();
        ExecutorService workers =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
                    Thread thread = new Thread(task, "simulation");
                    thread.setDaemon(true);
                    return thread;
                });
        List<Future<Simulation.Outcome>> runs = new ArrayList<>();
        for (long seed = from; seed < from + seeds; seed++) {
            long mine = seed;
            runs.add(workers.submit(() -> Simulation.run(mine, sabotage)));
        }
        long faults = 0;
        long violations = 0;
        for (Future<Simulation.Outcome> run : runs) {
            Simulation.Outcome outcome = run.get();
            faults += outcome.faults();
            violations += outcome.violations().size();
            if (story || !outcome.violations().isEmpty()) {
                tell(outcome);
            }
        }
        workers.shutdown();
        System.out.printf(
                "seeds=%d faults=%d violations=%d seconds=%d%n",
                seeds, faults, violations, (System.nanoTime() - began) / 1_000_000_000);
        return violations == 0;
    }

    private void tell(Simulation.Outcome outcome) {
        System.out.println("seed " + outcome.seed() + " (repeat: --seeds 1 --from " + outcome.seed() + " --story)");
        outcome.violations().forEach(violation -> System.out.println("  VIOLATION " + violation));
        if (story) {
            outcome.story().forEach(sentence -> System.out.println("  " + sentence));
        }
    }
}
