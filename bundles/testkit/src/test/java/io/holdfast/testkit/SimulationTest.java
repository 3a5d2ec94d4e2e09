package io.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sound builds keep every promise under every seed; each broken one is caught. */
final class SimulationTest {
    private static final long SEEDS = Long.getLong("holdfast.seeds", 500);
    private static final int WITHIN = 500;
    private static final int BATCH = 10;

    private static List<Simulation.Outcome> broken(long first, long last, Sabotage sabotage, boolean minute) {
        return LongStream.rangeClosed(first, last)
                .parallel()
                .mapToObj(seed -> Simulation.run(new Simulation.Case(seed, sabotage, minute)))
                .filter(outcome -> !outcome.violations().isEmpty())
                .toList();
    }

    @Test
    void keepsEveryPromiseForAMinute() {
        assertThat(broken(1, SEEDS, Sabotage.NONE, true))
                .as("seeds that broke a promise")
                .isEmpty();
    }

    @Test
    void keepsEveryPromiseUnderDenseFaults() {
        assertThat(broken(1, SEEDS, Sabotage.NONE, false))
                .as("seeds that broke a promise")
                .isEmpty();
    }

    /**
     * A leader whose layers had been replaced had machines switched off that were back already; a hold was said to be there that had been
     * released before it was; a watchdog, a guard and two voters of the simulation did not do what real ones do.
     */
    @ParameterizedTest
    @ValueSource(
            longs = {
                101_688,
                118_559,
                100_829,
                113_314,
                122_979,
                107_802,
                108_757,
                123_983,
                131_489,
                9_002_294,
                30_016_190,
                30_171_073
            })
    void keepsWhatItOnceBroke(long seed) {
        assertThat(broken(seed, seed, Sabotage.NONE, false)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = Sabotage.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void catchesABrokenBuild(Sabotage sabotage) {
        for (long first = 1; first <= WITHIN; first += BATCH) {
            if (!broken(first, first + BATCH - 1, sabotage, false).isEmpty()) {
                return;
            }
        }
        throw new AssertionError("no seed up to " + WITHIN + " shows that " + sabotage + " is broken");
    }

    @Test
    void repeatsARunByItsSeed() {
        Simulation.Case run = new Simulation.Case(7, Sabotage.GUARD_ASLEEP, false);
        assertThat(Simulation.run(run)).isEqualTo(Simulation.run(run));
    }

    @Test
    void reducesAFailureToFewFaultsThatRepeatIt() {
        Simulation.Outcome broken = broken(1, 20, Sabotage.GUARD_ASLEEP, false).get(0);
        Simulation.Outcome least = Shrinker.shrunk(broken);
        assertThat(least.faults()).hasSizeBetween(1, broken.faults().size() / 2);
        assertThat(least.violations())
                .extracting(Violation::invariant)
                .contains(broken.violations().get(0).invariant());
        List<Integer> kept = least.faults().stream().map(Fault::number).toList();
        assertThat(Simulation.run(broken.run(), kept::contains)).isEqualTo(least);
    }
}
