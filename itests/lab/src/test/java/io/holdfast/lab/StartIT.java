package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Nodes that must not start, or not join, beside one that runs: each says why and what to do, and the one that runs goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StartIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String START_SECONDS = "60";

    private Lab lab;
    private Node first;
    private Node machine;
    private long daemon;

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                Files.createTempDirectory("holdfast-start"),
                Duration.ofSeconds(2),
                List.of("n1"));
        first = lab.node("n1");
        lab.startAll();
        daemon = first.daemon();
        machine = lab.add("n2");
    }

    @AfterEach
    void theFirstGoesOn() {
        assertThat(first.daemon()).isEqualTo(daemon);
        assertThat(first.status().orElseThrow().path("quorum").asBoolean()).isTrue();
        machine = lab.add("n2"); // another one, with what ran on the last gone
        Waiting.until(
                "n2 of the test before is not online any more",
                LIMIT,
                () -> first.ha("status").lines().noneMatch(line -> line.matches("n2 +online .*")),
                () -> first.ha("status"));
    }

    @AfterAll
    void end() {
        if (lab != null) {
            lab.saveLogs(Path.of("target/logs/StartIT").toAbsolutePath());
            lab.close();
            Shell.attempt(20, "rm", "-rf", lab.folder().toString());
        }
    }

    /** Tries to start a node. {@return how {@code bin/holdfast start} ended} */
    private Shell.Ended begin(Node where, Path base, Map<String, String> environment) {
        try {
            Path said = lab.folder().resolve("start.out");
            ProcessBuilder builder = where.onNode(List.of(
                            Path.of(System.getProperty("holdfast.installation"), "bin/holdfast")
                                    .toString(),
                            "start",
                            "--base",
                            base.toString()))
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(said.toFile());
            builder.environment().put("START_TIMEOUT", START_SECONDS);
            builder.environment().putAll(environment);
            Process process = builder.start();
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            String output = Files.readString(said);
            return new Shell.Ended(process.exitValue(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** A folder for a node, with settings. */
    private Path folder(String name, String text) throws IOException {
        Path base = lab.folder().resolve(name);
        Files.createDirectories(base.resolve("etc"));
        Files.writeString(base.resolve("etc/holdfast.cfg"), text);
        return base;
    }

    @Test
    void aSecondStartOnTheSameFolderNamesTheFirst() {
        Shell.Ended ended = begin(first, first.base(), Map.of());
        assertThat(ended.status()).isNotZero();
        assertThat(ended.output())
                .contains("has a daemon already, process " + daemon)
                .contains("holdfast stop --base");
    }

    @Test
    void aSecondNodeOfTheSameNameIsRefused() {
        Shell.Ended ended = begin(first, lab.folder().resolve("twin"), Map.of());
        assertThat(ended.status()).isNotZero();
        assertThat(ended.output()).contains("n1 runs on this machine already, process " + daemon);
    }

    @Test
    void wrongSettingsAreRefusedWithFileAndLine() throws IOException {
        Path base = folder("wrong", "# a node\ncolour = blue\nguard.kill = soon\nheap = 5\n");
        Shell.Ended ended = begin(machine, base, Map.of("HOLDFAST_LEASE", "1h"));
        assertThat(ended.status()).isNotZero();
        assertThat(ended.output())
                .contains(base + "/etc/holdfast.cfg:2: ")
                .contains(base + "/etc/holdfast.cfg:3: guard.kill = soon: must be a duration")
                .contains("HOLDFAST_LEASE: lease = 1h: must be a duration such as 500ms or 2s, from 300ms to 60s");
    }

    @Test
    void aForeignAddressIsRefused() throws IOException {
        Shell.Ended ended = begin(machine, folder("foreign-address", ""), Map.of("HOLDFAST_BIND", "192.0.2.7"));
        assertThat(ended.status()).isNotZero();
        assertThat(ended.output()).contains("bind = 192.0.2.7: must be an IP address of this machine");
    }

    @Test
    void anotherLeaseIsRefusedAtJoining() throws IOException {
        Shell.Ended ended = begin(machine, folder("other-lease", ""), Map.of("HOLDFAST_LEASE", "1s"));
        assertThat(ended.status()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output())
                .contains("n2 is kept out: Joining of n2 refused: its lease of 1000 ms differs from the 2000 ms of n1")
                .contains("set the same 'lease' in etc/holdfast.cfg of all nodes");
        assertThat(daemons(machine)).as("what a failed start leaves").isEmpty();
    }

    @Test
    void aNodeOfAnotherClusterIsRefused() throws IOException {
        Path base = folder("other-cluster", "");
        Shell.Ended ended = begin(machine, base, Map.of("HOLDFAST_CLUSTER", "other"));
        String why =
                "n1 refuses n2: n1 belongs to the cluster holdfast, not to other: set 'cluster' or the addresses in"
                        + " 'voters' right in etc/holdfast.cfg, then restart it";
        assertThat(ended.status()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).contains("n2 is kept out: " + why);
        assertThat(daemons(machine)).as("what a failed start leaves").isEmpty();
        assertThat(read(first.base().resolve("log/holdfast.log"))
                        .lines()
                        .filter(line -> line.contains("not to other"))
                        .toList())
                .as("told once")
                .hasSize(1)
                .first()
                .asString()
                .contains("n1 belongs to the cluster holdfast, not to other");
        assertThat(read(base.resolve("log/holdfast.log")))
                .contains("refuses this one: n1 belongs to the cluster holdfast, not to other");
        assertThat(first.ha("status")).doesNotContain("n2");
    }

    @Test
    void aNodeThatIsKeptOutAndRunsSaysWhy() throws IOException {
        Path base = folder("kept-out", "");
        run(machine, base, Map.of("HOLDFAST_CLUSTER", "other"));
        String why = "n1 refuses n2: n1 belongs to the cluster holdfast, not to other: set 'cluster'";
        Waiting.until("its status says why", LIMIT, () -> statusOf(base).contains(why), () -> statusOf(base));
        assertThat(statusOf(base)).contains("n1 refuses this node").doesNotContain("start n1");
        Shell.Ended joined = machine.tryHa("--base", base.toString(), "--wait", "1s", "joined");
        assertThat(joined.status()).as(joined.output()).isEqualTo(1);
        assertThat(joined.output()).contains(why);
        Shell.Ended standby = machine.tryHa("--base", base.toString(), "--wait", "10s", "standby", "n1");
        assertThat(standby.status()).as(standby.output()).isEqualTo(4);
        assertThat(standby.output()).contains("will not be");
    }

    @Test
    void ofTwoMachinesWithOneNameTheSecondIsKeptOut() throws IOException {
        begin(machine, folder("first-n2", ""), Map.of());
        awaitOnline();
        Node third = lab.add("n3");
        Shell.Ended ended = begin(third, folder("second-n2", ""), Map.of("HOLDFAST_NODE", "n2"));
        assertThat(ended.status()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output())
                .contains("n2 is kept out: n1 refuses n2: another node that runs is named n2: give one of them another"
                        + " name, 'node' in etc/holdfast.cfg");
        assertThat(read(first.base().resolve("log/holdfast.log")))
                .contains("Node n2 at /" + third.address() + ":7800 (cluster holdfast) is refused");
        awaitOnline();
        third.powerOff();
    }

    @Test
    void whatALossOfPowerLeftOfCacheAndConfigurationIsNotTrusted() throws IOException {
        Path base = folder("power-lost", "");
        assertThat(begin(machine, base, Map.of()).status()).isZero();
        machine.powerOff();
        assertThat(base.resolve("karaf/data/complete")).exists();
        empty(base.resolve("karaf/data/cache"));
        empty(base.resolve("karaf/etc"));
        Files.writeString(base.resolve("karaf/boot"), "the boot before\n");

        machine = lab.add("n2");
        Shell.Ended again = begin(machine, base, Map.of());
        assertThat(again.status()).as(again.output()).isZero();
        awaitOnline();
    }

    /** As ext4 leaves what was written within the last half minute. */
    private static void empty(Path folder) throws IOException {
        for (Path file : filesIn(folder)) {
            Files.write(file, new byte[0]);
        }
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void aStartWritesNoConfigurationAnew() throws IOException {
        Path base = folder("written-once", "");
        assertThat(begin(machine, base, Map.of()).status()).isZero();
        awaitOnline();
        FileTime seeded = Files.getLastModifiedTime(base.resolve("karaf/build"));
        for (Path file : filesIn(base.resolve("karaf/etc"))) {
            assertThat(Files.getLastModifiedTime(file)).as(file.toString()).isLessThanOrEqualTo(seeded);
        }
    }

    @Test
    void inTheForegroundItLeavesCleanlyOnSigterm() throws IOException, InterruptedException {
        Process process = run(machine, folder("foreground", ""), Map.of());
        awaitOnline();
        process.destroy(); // SIGTERM
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(daemons(machine)).isEmpty();
        assertThat(first.ha("events")).contains("n2 stopped everything and left");
        awaitState("offline");
    }

    /** Starts a node in the foreground; it ends with its machine. */
    private Process run(Node where, Path base, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = where.onNode(List.of(
                        Path.of(System.getProperty("holdfast.installation"), "bin/holdfast")
                                .toString(),
                        "run",
                        "--base",
                        base.toString()))
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(lab.folder().resolve("run.out").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static List<String> daemons(Node where) {
        return where.processes().stream()
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .map(process -> process.info().commandLine().orElse(""))
                .filter(line -> line.contains("holdfast"))
                .toList();
    }

    private void awaitOnline() {
        awaitState("online");
    }

    private void awaitState(String state) {
        Waiting.until(
                "n2 is " + state,
                LIMIT,
                () -> first.ha("status").lines().anyMatch(line -> line.matches("n2 +" + state + " .*")),
                () -> first.ha("status"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String statusOf(Path base) {
        return machine.tryHa("--base", base.toString(), "status").output();
    }
}
