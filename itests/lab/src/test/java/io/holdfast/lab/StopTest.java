package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/holdfast stop}, with a stand-in for the guard. */
class StopTest {
    private static final Path PROGRAM =
            Path.of("../../karaf-assembly/src/main/resources/bin/holdfast").toAbsolutePath();
    /** Removes its pid file as the guard does, and ends a while after that. */
    private static final String GUARD =
            "trap 'rm \"$2/run/guard.pid\"; sleep 1; exit' TERM; echo ready; while :; do sleep 0.05; done";

    @TempDir
    private Path base;

    private Process guard;

    @AfterEach
    void end() {
        guard.destroyForcibly();
    }

    @Test
    void returnsWhenTheGuardsProcessIsGoneAndNotWhenItsFileIs() throws IOException {
        guard = new ProcessBuilder("bash", "-c", GUARD, "guard", "io.holdfast.guard.Main", base.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(guard.inputReader().readLine()).isEqualTo("ready");
        Files.writeString(Files.createDirectory(base.resolve("run")).resolve("guard.pid"), guard.pid() + "\n");
        Shell.Ended ended = Shell.attempt(30, PROGRAM.toString(), "stop", "--base", base.toString());
        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(base.resolve("run/guard.pid")).doesNotExist();
        assertThat(guard.isAlive()).as("the guard lives when stop is over").isFalse();
    }

    @Test
    void saysSoWhenTheGuardDoesNotEnd() throws IOException {
        guard = new ProcessBuilder(
                        "bash",
                        "-c",
                        "trap : TERM; echo ready; while :; do sleep 0.05; done",
                        "guard",
                        "io.holdfast.guard.Main",
                        base.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(guard.inputReader().readLine()).isEqualTo("ready");
        Files.writeString(Files.createDirectory(base.resolve("run")).resolve("guard.pid"), guard.pid() + "\n");
        long began = System.nanoTime();
        Shell.Ended ended =
                Shell.attempt(30, "env", "STOP_TIMEOUT=1", PROGRAM.toString(), "stop", "--base", base.toString());
        assertThat(ended.status()).as(ended.output()).isNotZero();
        assertThat(ended.output()).contains("the guard, process " + guard.pid() + ", still works at stopping");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
    }
}
