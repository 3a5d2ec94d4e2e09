package io.holdfast.guard.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootClockTest {
    private static final long STEP = 10_000_000;
    private static final long SECOND = 1_000_000_000;

    private static long parse(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return BootClock.parse(bytes, bytes.length);
    }

    @Test
    void readsSecondsAndHundredths() throws IOException {
        assertThat(parse("0.00 0.00\n")).isZero();
        assertThat(parse("12345.67 23456.78\n")).isEqualTo(12_345_670_000_000L);
        assertThat(parse("4000000000.05 1.0\n")).isEqualTo(4_000_000_000_050_000_000L);
    }

    @Test
    void refusesWhatIsNoUptime() {
        for (String text : new String[] {"", "x", "12", "12.", ".50 1", "12.3"}) {
            assertThatThrownBy(() -> parse(text)).as(text).isInstanceOf(IOException.class);
        }
    }

    @Test
    void narrowsToTheTruthAndIsNeverEarly() throws IOException {
        Random random = new Random(1);
        for (int run = 0; run < 200; run++) {
            long difference = random.nextLong(1_000 * SECOND); // boot time minus nanoTime
            try (BootClock clock = new BootClock()) {
                long nano = random.nextLong(SECOND);
                clock.observe(
                        nano, (nano + difference + 3_600 * SECOND) / STEP * STEP, nano + 1_000); // whatever was before
                for (int i = 0; i < 500; i++) {
                    nano += random.nextLong(50_000_000);
                    long cost = random.nextLong(20_000);
                    long read = nano + random.nextLong(cost + 1);
                    clock.observe(nano, (read + difference) / STEP * STEP, nano + cost);
                    assertThat(clock.high()).isGreaterThanOrEqualTo(difference);
                }
                assertThat(clock.high() - difference).isLessThan(1_000_000);
            }
        }
    }

    @Test
    void noticesThatTheMachineSlept() throws IOException {
        try (BootClock clock = new BootClock()) {
            long nano = 0;
            long difference = 5 * SECOND;
            for (int i = 0; i < 100; i++) {
                nano += 7_300_000;
                clock.observe(nano, (nano + difference) / STEP * STEP, nano + 5_000);
            }
            difference += 3 * SECOND; // nanoTime stood still for so long
            nano += 20_000_000;
            clock.observe(nano, (nano + difference) / STEP * STEP, nano + 5_000);
            assertThat(clock.high()).isBetween(difference, difference + STEP + 5_000);
        }
    }

    @Test
    void goesWithTheKernel() throws Exception {
        try (BootClock clock = new BootClock()) {
            long first = clock.nanos();
            long before = System.nanoTime();
            Thread.sleep(50);
            long passed = clock.nanos() - first;
            long real = System.nanoTime() - before;
            assertThat(passed).isBetween(real - STEP - 1_000_000, real + STEP);
        }
    }
}
