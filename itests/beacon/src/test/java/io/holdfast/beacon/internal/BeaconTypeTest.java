package io.holdfast.beacon.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.resource.Health;
import io.holdfast.testkit.resource.Bench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BeaconTypeTest {
    @TempDir
    Path folder;

    private Bench bench(BeaconType type, Path history) throws Exception {
        return new Bench(type, "lamp", Map.of("history", history.toString()), System::nanoTime);
    }

    @Test
    void announcesItselfFromStartToStop() throws Exception {
        Path history = Files.createFile(folder.resolve("history"));
        try (Bench bench = bench(new BeaconType(), history)) {
            assertThat(bench.validate()).isEmpty();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.start();
            bench.start();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            bench.stop();
            String text = Files.readString(history);
            assertThat(text.lines())
                    .isNotEmpty()
                    .allMatch(line -> line.matches("[0-9]+ alive lamp net:\\[[0-9]+] [0-9]+ "
                            + ProcessHandle.current().pid()));
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            assertThat(Files.readString(history)).isEqualTo(text);
        }
    }

    @Test
    void endsWithItsBundle() throws Exception {
        Path history = Files.createFile(folder.resolve("history"));
        BeaconType type = new BeaconType();
        try (Bench bench = bench(type, history)) {
            bench.start();
            type.close();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
        }
    }

    @Test
    void saysThatTheFileIsMissing() throws Exception {
        try (Bench bench = bench(new BeaconType(), folder.resolve("none"))) {
            assertThat(bench.validate()).hasSize(1);
        }
    }
}
