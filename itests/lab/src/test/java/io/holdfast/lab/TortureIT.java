package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lab.torture.Torture;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A short torture; {@code ./holdfast torture} goes on for longer. */
final class TortureIT {
    @Test
    void threeNodesBearIt() throws IOException {
        Torture.Result result = Torture.run(new Torture.Options(
                Stream.of(
                                "holdfast.installation",
                                "holdfast.share.bundle",
                                "holdfast.share.client",
                                "holdfast.beacon.bundle")
                        .map(System::getProperty)
                        .map(Path::of)
                        .toList(),
                Duration.ofSeconds(75),
                20,
                "3",
                Duration.ofSeconds(2),
                Path.of("target/torture").toAbsolutePath()));
        assertThat(result.violations()).isEqualTo(List.of());
        assertThat(result.faults()).isGreaterThan(3);
    }
}
