package io.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.runtime.Stalls.Stall;
import io.holdfast.runtime.StallMeter.Counters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stall is put down to. */
class StallMeterTest {
    private static final long MS = 1_000_000;

    @TempDir
    Path folder;

    private Counters counters = new Counters(1000, 1000 * MS, 5, 0);
    private int reads;
    private final StallMeter meter = new StallMeter(
            () -> {
                reads++;
                return counters;
            },
            0);

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0; 0; 0; 1300; ''; it was stopped: by a signal, a frozen cgroup or a hypervisor",
                "0; 0; 0; 1300; Plan; a task on its loop took that long (Plan)",
                "900; 100; 0; 1300; Plan; garbage collection took 0.9 s",
                "900; 1200; 0; 1300; ''; it waited 1.2 s for a processor",
                "400; 1200; 0; 1300; Plan; it waited 1.2 s for a processor",
                "0; 100; 90; 1300; ''; 90 pages of its memory had to be read from disk",
                "0; 0; 0; 100; ''; the machine was suspended for 1.2 s"
            })
    void theCauseIsWhatExplainsHalf(long gc, long queued, long paged, long awake, String task, String cause) {
        counters = new Counters(1000 + gc, (1000 + queued) * MS, 5 + paged, awake * MS);
        Stall stall = meter.stalled(0, 1300 * MS, task);
        assertThat(stall.length()).isEqualTo(Duration.ofMillis(1300));
        assertThat(stall.cause()).isEqualTo(cause);
    }

    @Test
    void whatWasBeforeTheStallDoesNotExplainIt() {
        counters = new Counters(3000, 1000 * MS, 5, 1000 * MS);
        meter.running(1000 * MS);
        counters = new Counters(3000, 1000 * MS, 5, 2000 * MS);
        assertThat(meter.stalled(1500 * MS, 2000 * MS, "").cause()).startsWith("it was stopped");
    }

    @Test
    void countersAreReadOnceASecondHoweverOftenTheLoopRuns() {
        for (long now = 0; now < 10_000 * MS; now += MS) {
            meter.running(now);
        }
        assertThat(reads).isEqualTo(10);
    }

    @Test
    void countersOfThisThreadAreRead() {
        Counters read = new ThreadCounters().get();
        assertThat(read.awake()).isPositive();
        assertThat(read.queued()).isGreaterThanOrEqualTo(0);
    }

    @Test
    void theFieldsAreThoseThatTheKernelDescribes() throws IOException {
        Files.writeString(folder.resolve("schedstat"), "111 222 3\n");
        Files.writeString(folder.resolve("stat"), "7 (a (b) c) S 1 2 3 4 5 6 7 8 91 10 11\n");
        Counters read = new ThreadCounters(folder).get();
        assertThat(read.queued()).isEqualTo(222);
        assertThat(read.paged()).as("field 12 of proc(5), majflt").isEqualTo(91);
        Files.writeString(folder.resolve("schedstat"), "rubbish");
        Files.delete(folder.resolve("stat"));
        assertThat(new ThreadCounters(folder).get().queued()).isZero();
    }
}
