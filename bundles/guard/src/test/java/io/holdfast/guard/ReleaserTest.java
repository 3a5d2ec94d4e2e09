package io.holdfast.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.guard.cells.ReleaseCommand;
import io.holdfast.guard.cells.ReleaseFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaserTest {
    @TempDir
    Path base;

    @Test
    void whatTakesLongKeepsNothingElseWaiting() throws Exception {
        Path tries = base.resolve("tries");
        ReleaseFiles files = new ReleaseFiles(base);
        for (int machine = 0; machine < 12; machine++) {
            files.write("a-machine-" + machine, List.of(command("sleep 4", Map.of("HOLDFAST_RELEASE_MS", "10000"))));
        }
        files.write("ip", List.of(command("echo x >> " + tries + "; [ $(wc -l < " + tries + ") -ge 3 ]", Map.of())));
        try (Releaser releaser = new Releaser(files, line -> {})) {
            long began = System.nanoTime();
            releaser.begin();
            while (files.instances().contains("ip") && millisSince(began) < 10_000) {
                Thread.sleep(5);
            }
            assertThat(millisSince(began)).isLessThan(3_000);
            assertThat(releaser.done()).isFalse();
            while (!releaser.done() && millisSince(began) < 20_000) {
                Thread.sleep(5);
            }
            assertThat(millisSince(began)).isBetween(4_000L, 6_000L);
            assertThat(Files.readAllLines(tries)).hasSize(3);
        }
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private static ReleaseCommand command(String script, Map<String, String> environment) {
        return new ReleaseCommand(List.of("sh", "-c", script), environment, "");
    }
}
