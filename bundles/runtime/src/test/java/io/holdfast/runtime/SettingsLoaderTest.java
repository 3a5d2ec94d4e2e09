package io.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsLoaderTest {
    @TempDir
    Path base;

    @Test
    void readsFileAndEnvironment() throws Exception {
        Files.createDirectories(base.resolve("etc"));
        Files.writeString(
                base.resolve("etc/holdfast.cfg"),
                "node = n1\nbind = 127.0.0.1\nlease = 2s\nvoters = n1=127.0.0.1,n2=10.77.0.2,w=10.77.0.9:7900\n");
        NodeSettings settings =
                SettingsLoader.read(base, Map.of("HOLDFAST_LEASE", "500ms", "HOLDFAST_ROLE", "witness"));
        assertThat(settings.lease()).isEqualTo(Duration.ofMillis(500));
        assertThat(settings.role()).isEqualTo(NodeSettings.Role.WITNESS);
        assertThat(settings.votes()).isTrue();
        assertThat(settings.voters())
                .containsExactly(
                        new Voter("n1", "127.0.0.1", 7800),
                        new Voter("n2", "10.77.0.2", 7800),
                        new Voter("w", "10.77.0.9", 7900));
        assertThat(settings.all()).containsEntry("lease", "500ms").containsEntry("ssh", "off");
    }

    @Test
    void namesEveryProblem() {
        assertThatThrownBy(() -> SettingsLoader.read(base, Map.of("HOLDFAST_PORT", "x", "HOLDFAST_LEASE", "2")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HOLDFAST_PORT: port = x: must be a number")
                .hasMessageContaining("HOLDFAST_LEASE: lease = 2: must be a duration");
    }
}
