package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a self-test found, as it travels in an attribute. */
class DeviceTestTest {
    private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
    private static final Duration LIMIT = Duration.ofSeconds(49);

    @Test
    void whatIsWrittenIsRead() {
        DeviceTest ok = DeviceTest.after(Optional.empty(), NOON, LIMIT, "");
        assertThat(ok.text()).isEqualTo("ok 2026-11-25T12:00:00Z 49000ms");
        DeviceTest failed = DeviceTest.after(Optional.of(ok), NOON.plusSeconds(600), LIMIT, "no answer of 10.0.0.9");
        DeviceTest never = DeviceTest.after(Optional.empty(), NOON, LIMIT, "no answer");
        for (DeviceTest test : new DeviceTest[] {ok, failed, never}) {
            assertThat(DeviceTest.read(test.text())).contains(test);
        }
    }

    @Test
    void theLastProofOutlivesFailures() {
        DeviceTest ok = DeviceTest.after(Optional.empty(), NOON, LIMIT, "");
        DeviceTest failed = DeviceTest.after(Optional.of(ok), NOON.plusSeconds(600), LIMIT, "no");
        DeviceTest again = DeviceTest.after(Optional.of(failed), NOON.plusSeconds(660), LIMIT, "no");
        long now = NOON.plusSeconds(700).toEpochMilli();
        assertThat(again.by("n1", now).proofAgeMs()).isEqualTo(700_000);
        assertThat(again.by("n1", now).ageMs()).isEqualTo(40_000);
        assertThat(again.ok()).isFalse();
        assertThat(ok.by("n1", NOON.minusSeconds(5).toEpochMilli()).ageMs())
                .as("clocks that differ")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ok",
                "ok yesterday 49000ms",
                "ok 2026-11-25T12:00:00Z 49s",
                "ok 2026-11-25T12:00:00Z xms",
                "failed 2026-11-25T12:00:00Z 49000ms",
                "failed 2026-11-25T12:00:00Z 49000ms often no",
                "maybe 2026-11-25T12:00:00Z 49000ms"
            })
    void whatIsNotUnderstoodIsLeftOut(String text) {
        assertThat(DeviceTest.read(text)).isEmpty();
    }
}
