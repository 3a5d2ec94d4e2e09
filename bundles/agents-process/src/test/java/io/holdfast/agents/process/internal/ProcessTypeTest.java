package io.holdfast.agents.process.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.testkit.resource.Bench;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTypeTest {
    @TempDir
    Path folder;

    private static Bench bench(Map<String, String> parameters) {
        return new Bench(new ProcessType(), "worker", parameters, System::nanoTime);
    }

    @Test
    void startsWatchesAndStops() throws Exception {
        try (Bench bench = bench(Map.of("command", "sleep 60"))) {
            assertThat(bench.validate()).isEmpty();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.stop(); // what does not run may be stopped
            bench.start();
            bench.start(); // what runs may be started
            assertThat(bench.processes()).hasSize(1);
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            bench.stop();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
        }
    }

    @Test
    void isReadyWhenTheFileIsThere() throws Exception {
        Files.writeString(folder.resolve("ready"), "of an earlier run");
        Map<String, String> parameters = Map.of(
                "command",
                        "sh -c 'sleep 0.2; echo \"$HOLDFAST_RESOURCE $HOLDFAST_NODE $COLOUR\" > ready; exec sleep 60'",
                "environment", "COLOUR='light blue'",
                "directory", folder.toString(),
                "ready.file", "ready");
        try (Bench bench = bench(parameters)) {
            bench.start();
            assertThat(folder.resolve("ready")).hasContent("worker n1 light blue");
            Files.delete(folder.resolve("ready"));
            assertThat(bench.monitor()).isInstanceOf(Health.Failed.class);
        }
    }

    @Test
    void isReadyWhenTheCommandSaysSo() throws Exception {
        Map<String, String> parameters = Map.of(
                "command", "sh -c 'sleep 0.1; touch go; exec sleep 60'",
                "directory", folder.toString(),
                "ready.command", "test -e go");
        try (Bench bench = bench(parameters)) {
            bench.start();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
        }
    }

    @Test
    void saysWhatAnswersOnThePort() throws Exception {
        try (ServerSocket other = new ServerSocket(0);
                Bench bench = bench(Map.of("command", "sleep 60", "ready.port", "" + other.getLocalPort()))) {
            assertThat(bench.validate())
                    .extracting(Problem::what)
                    .anyMatch(what -> what.contains("something else answers"));
        }
    }

    @Test
    void failsWhenItEndsAtOnce() throws Exception {
        try (Bench bench = bench(Map.of("command", "false"))) {
            assertThatThrownBy(bench::start).hasMessageContaining("ended at once");
        }
    }

    @Test
    void failsWhenItDoesNotGetReady() throws Exception {
        try (Bench bench = bench(Map.of("command", "sleep 60", "ready.file", folder + "/never"))) {
            assertThatThrownBy(() -> bench.start(Duration.ofMillis(300)))
                    .hasMessageContaining("did not get ready")
                    .hasMessageContaining("/never");
        }
    }

    @Test
    void admitsThatItDoesNotStop() throws Exception {
        Map<String, String> parameters = Map.of(
                "command", "sh -c 'trap \"\" TERM; touch deaf; while :; do sleep 0.05; done'",
                "directory", folder.toString(),
                "ready.file", "deaf",
                "stop.grace", "200ms");
        try (Bench bench = bench(parameters)) {
            bench.start();
            assertThatThrownBy(bench::stop).hasMessageContaining("must be killed");
            bench.kill();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
        }
    }

    @Test
    void refusesWhatCannotWork() throws Exception {
        try (Bench bench =
                bench(Map.of("command", "/no/such/program", "directory", "/no/such", "user", "no-such-user"))) {
            assertThat(bench.validate()).hasSize(3);
        }
        try (Bench bench = bench(Map.of(
                "command", "x 'y",
                "environment", "=1",
                "ready.port", "http",
                "stop.signal", "TERM; rm",
                "stop.grace", "soon"))) {
            assertThat(bench.validate()).hasSize(6);
        }
    }
}
