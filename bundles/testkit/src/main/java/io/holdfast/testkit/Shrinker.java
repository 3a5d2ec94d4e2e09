package io.holdfast.testkit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds, for a run that broke an invariant, a few faults of its schedule that break the same one. */
final class Shrinker {
    /** A run is short, and nobody waits longer than a minute or two for this. */
    private static final int MOST_RUNS = 2_000;

    private final Simulation.Outcome broken;
    private final Invariant invariant;
    private int runs;

    private Shrinker(Simulation.Outcome broken) {
        this.broken = broken;
        this.invariant = broken.violations().get(0).invariant();
    }

    /** {@return the run with the fewest faults that was found} No single one of them can be left out. */
    static Simulation.Outcome shrunk(Simulation.Outcome broken) {
        return new Shrinker(broken).shrink();
    }

    private Simulation.Outcome shrink() {
        Simulation.Outcome least = broken;
        int chunk = Math.max(1, least.faults().size() / 2);
        while (true) {
            boolean smaller = false;
            for (int from = 0; from < least.faults().size() && runs < MOST_RUNS; ) {
                Simulation.Outcome without =
                        without(least, from, Math.min(least.faults().size(), from + chunk));
                if (without.violations().stream().anyMatch(violation -> violation.invariant() == invariant)) {
                    least = without;
                    smaller = true;
                } else {
                    from += chunk;
                }
            }
            if (runs >= MOST_RUNS || (chunk == 1 && !smaller)) {
                return least;
            }
            chunk = Math.max(1, chunk / 2);
        }
    }

    private Simulation.Outcome without(Simulation.Outcome outcome, int from, int to) {
        runs++;
        List<Fault> rest = new ArrayList<>(outcome.faults());
        rest.subList(from, to).clear();
        Set<Integer> kept = new HashSet<>();
        rest.forEach(fault -> kept.add(fault.number()));
        return Simulation.run(outcome.run(), kept::contains);
    }
}
