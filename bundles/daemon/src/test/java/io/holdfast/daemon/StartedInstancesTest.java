package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.resource.CloneInstance;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a later daemon knows of what an earlier one started. */
class StartedInstancesTest {
    @TempDir
    Path base;

    @Test
    void knowsWhatADaemonInAnotherProcessStarted() throws IOException {
        StartedInstances started = new StartedInstances(base);
        started.keep(new Instance("mine", "t", Map.of(), 1, Map.of()), true);
        started.keep(new Instance("other", "t", Map.of(), 2, Map.of()), true);
        Path other = base.resolve("run/started.d/other");
        Files.writeString(other, Files.readString(other).replaceFirst("process=.*", "process=1@1"));
        assertThat(started.ofOtherProcesses()).containsExactly("other");
        assertThat(started.inThisDaemon()).containsExactly("mine");
        assertThat(started.all()).containsOnlyKeys("mine", "other");
    }

    @Test
    void tellsItAllAgain() throws IOException {
        Instance single = new Instance("web", "process", Map.of("command", "sleep 1"), 7, Map.of());
        Instance copy = new Instance("web:1", "process", Map.of(), 9, Map.of())
                .as(Optional.of(new CloneInstance(1, 3, 2, true, 1)))
                .stoppingWithin(Duration.ofSeconds(5));
        new StartedInstances(base).keep(single, false);
        new StartedInstances(base).keep(copy, false);
        assertThat(new StartedInstances(base).all()).containsOnly(Map.entry("web", single), Map.entry("web:1", copy));
        Properties kept = new Properties();
        try (Reader reader = Files.newBufferedReader(base.resolve("run/started.d/web:1"))) {
            kept.load(reader);
        }
        assertThat(kept.getProperty("clone_instance"))
                .as("as a version of before reads it")
                .isEqualTo("1 3 2 true");
        new StartedInstances(base).drop("web:1");
        assertThat(new StartedInstances(base).all()).containsOnlyKeys("web");
    }
}
