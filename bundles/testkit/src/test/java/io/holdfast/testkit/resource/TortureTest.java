package io.holdfast.testkit.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.testkit.resource.Torture.Finding;
import io.holdfast.testkit.resource.Torture.Report;
import io.holdfast.testkit.resource.Torture.Trial;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A good type passes; each fault that a type can have is found in the trial that is meant for it. */
class TortureTest {
    /** Keeps a sleep running; wrong in one way. */
    private static final class Sleeper implements ResourceType {
        private final String wrong;

        Sleeper(String wrong) {
            this.wrong = wrong;
        }

        @Override
        public TypeDescription describe() {
            return new TypeDescription(
                    "sleeper",
                    "Sleeps",
                    List.of(),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(5),
                    false);
        }

        @Override
        public List<Problem> validate(ResourceContext context) {
            return wrong.equals("complains") ? List.of(new Problem("no", "none")) : List.of();
        }

        @Override
        public void start(ResourceContext context) throws ResourceException {
            if (!wrong.equals("doubles") && !context.processes().isEmpty()) {
                return;
            }
            context.spawn(Command.of("sleep", "86400"));
        }

        @Override
        public void stop(ResourceContext context) throws ResourceException, InterruptedException {
            if (context.processes().isEmpty()) {
                if (wrong.equals("stops once")) {
                    throw new ResourceException("it does not run");
                }
                return;
            }
            if (wrong.equals("leaves")) {
                return;
            }
            String signal = wrong.equals("asks kindly") ? "-TERM" : "-KILL";
            for (long process : context.processes()) {
                context.run(Command.of("kill", signal, Long.toString(process)));
            }
            while (!context.processes().isEmpty()) {
                if (context.remaining().isZero()) {
                    throw new ResourceException("it does not end");
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }

        @Override
        public Health monitor(ResourceContext context) {
            boolean runs = wrong.equals("always well") || !context.processes().isEmpty();
            return runs ? new Health.Running() : new Health.NotRunning();
        }
    }

    private static Torture torture(String wrong) {
        return new Torture(
                () -> new Sleeper(wrong),
                Map.of(),
                System::nanoTime,
                "docs/your-own-resource.md",
                Duration.ofMillis(200));
    }

    private static Report report(String wrong) throws InterruptedException {
        return torture(wrong).run();
    }

    @Test
    void aGoodTypePasses() throws InterruptedException {
        Report report = report("");
        assertThat(report.findings()).isEmpty();
        assertThat(report.passed()).hasSize(Trial.values().length - 1);
        assertThat(report.skipped()).containsOnlyKeys(Trial.STALE);
    }

    @ParameterizedTest
    @CsvSource({
        "complains, VALIDATE",
        "always well, PROBE",
        "always well, STOP",
        "doubles, START_TWICE",
        "stops once, STOP_FIRST",
        "stops once, STOP_TWICE",
        "leaves, STOP",
        "asks kindly, HUNG",
        "always well, KILLED"
    })
    void findsWhatIsWrong(String wrong, Trial trial) throws InterruptedException {
        assertThat(report(wrong).findings()).extracting(Finding::trial).contains(trial);
    }

    @Test
    void aGoodTypeSurvivesManyFaults() throws InterruptedException {
        assertThat(torture("").faults(100, 1)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"always well", "stops once"})
    void manyFaultsShowWhatIsWrong(String wrong) throws InterruptedException {
        assertThat(torture(wrong).faults(100, 1)).isNotEmpty();
    }

    @Test
    void saysWhatIsAskedForAndWhere() throws InterruptedException {
        assertThat(report("stops once").findings().get(0).toString())
                .contains("stop where it never ran fails: it does not run")
                .contains("asked for: stop succeeds where it does not run")
                .contains("docs/your-own-resource.md");
    }
}
