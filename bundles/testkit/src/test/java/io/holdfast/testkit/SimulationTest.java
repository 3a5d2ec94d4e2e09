package io.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sound builds keep every promise under every seed; each broken one is caught. */
final class SimulationTest {
    private static final long SEEDS = Long.getLong("holdfast.seeds", 500);
    private static final int WITHIN = 500;
    private static final int BATCH = 10;

    @Test
    void keepsEveryPromise() {
        List<Simulation.Outcome> broken = LongStream.rangeClosed(1, SEEDS)
                .parallel()
                .mapToObj(seed -> Simulation.run(seed, Sabotage.NONE))
                .filter(outcome -> !outcome.violations().isEmpty())
                .toList();
        assertThat(broken).as("seeds that broke a promise").isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = Sabotage.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void catchesABrokenBuild(Sabotage sabotage) {
        for (long first = 1; first <= WITHIN; first += BATCH) {
            boolean caught = LongStream.range(first, first + BATCH)
                    .parallel()
                    .mapToObj(seed -> Simulation.run(seed, sabotage))
                    .anyMatch(outcome -> !outcome.violations().isEmpty());
            if (caught) {
                return;
            }
        }
        throw new AssertionError("no seed up to " + WITHIN + " shows that " + sabotage + " is broken");
    }

    @Test
    void repeatsARunByItsSeed() {
        assertThat(Simulation.run(7, Sabotage.GUARD_ASLEEP)).isEqualTo(Simulation.run(7, Sabotage.GUARD_ASLEEP));
    }
}
