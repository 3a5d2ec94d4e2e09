package io.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.runtime.Cell;
import io.holdfast.api.transport.Registration;
import io.holdfast.guard.memory.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes, in real cgroups where this machine allows it, and without them. */
class ContainmentTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SOON = Duration.ofSeconds(5);

    @TempDir
    Path base;

    private final SystemLoop loop = new SystemLoop();
    private SystemContainment containment;
    private Cell cell;
    private Optional<Path> cgroup = Optional.empty();

    private void open(String kind) throws Exception {
        String setting = "none";
        if (kind.equals("cgroup")) {
            Optional<Path> mount = Files.readAllLines(Path.of("/proc/mounts")).stream()
                    .map(line -> line.split(" "))
                    .filter(fields -> fields[2].equals("cgroup2"))
                    .map(fields -> Path.of(fields[1]))
                    .findFirst();
            Assumptions.assumeTrue(
                    mount.isPresent() && Files.isWritable(mount.get().resolve("cgroup.procs")),
                    "needs a writable cgroup v2");
            cgroup = mount.map(folder ->
                    folder.resolve("runtime-test-" + ProcessHandle.current().pid()));
            setting = cgroup.get().toString();
        }
        containment = new SystemContainment(base, "n1", Optional.of(setting), loop);
        containment.openWithoutGuard();
        cell = containment.cell("web:0/a.b");
        assertThat(containment.contained()).isEqualTo(kind.equals("cgroup"));
    }

    @AfterEach
    void close() throws Exception {
        if (containment != null) {
            for (String instance : containment.cells()) {
                containment.cell(instance).release(List.of());
                containment.cell(instance).kill(SOON);
            }
            containment.removeWithoutGuard();
            containment.close();
        }
        loop.close();
        if (cgroup.isPresent()) {
            Files.deleteIfExists(cgroup.get());
        }
    }

    private static Command sh(String script) {
        return Command.of("sh", "-c", script);
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            Thread.sleep(5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void runsACommand(String kind) throws Exception {
        open(kind);
        Command command = new Command(
                List.of("sh", "-c", "cat; echo \"$GREETING\" >&2; echo \"$HOME\"; exit 7"),
                Map.of("GREETING", "hello"),
                "in\n");
        CommandResult result = cell.run(command, LONG);
        assertThat(result).isEqualTo(new CommandResult(7, "in\n\n", "hello\n"));
        assertThat(cell.populated()).isFalse();
        assertThat(containment.cells()).isEmpty();
        assertThat(base.resolve("run")).isDirectoryNotContaining("glob:**/input*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void bearsAFlood(String kind) throws Exception {
        open(kind);
        CommandResult result =
                cell.run(sh("head -c 3000000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero >&2; echo end"), LONG);
        assertThat(result.status()).isZero();
        assertThat(result.output()).hasSize(256 << 10);
        assertThat(result.errors()).hasSize(256 << 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void tellsTheSignalThatEndedIt(String kind) throws Exception {
        open(kind);
        assertThat(cell.run(sh("kill -9 $$"), LONG).status()).isEqualTo(137);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void killsWhatAnOperationLeavesBehind(String kind) throws Exception {
        open(kind);
        CommandResult result = cell.run(sh("(setsid sleep 600 &) ; sleep 601 & echo $!"), LONG);
        assertThat(result.status()).isZero();
        assertThat(ProcessId.of(Long.parseLong(result.output().strip())).alive())
                .isFalse();
        assertThat(cell.populated()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void killsAnOperationAtItsLimit(String kind) throws Exception {
        open(kind);
        assertThatThrownBy(() -> cell.run(
                        sh("trap '' TERM; echo thinking >&2; sleep 600 & wait; sleep 600"), Duration.ofMillis(300)))
                .isInstanceOf(ResourceException.class)
                .hasMessageContaining("did not end within 300 ms")
                .hasMessageContaining("thinking");
        await("death", () -> !cell.populated());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void anInterruptKillsTheOperation(String kind) throws Exception {
        open(kind);
        SystemWorkers workers = new SystemWorkers(loop);
        assertThatThrownBy(() -> workers.submit("hang", Duration.ofMillis(300), () -> cell.run(sh("sleep 600"), LONG))
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS))
                .hasMessageContaining("300 ms");
        await("death", () -> !cell.populated());
        workers.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void whatAStartLeavesBehindIsTheService(String kind) throws Exception {
        open(kind);
        // holds the output open, as careless daemons do
        CommandResult result = cell.runStart(sh("echo started; (setsid sh -c 'sleep 600; true' &)"), LONG);
        assertThat(result.output()).isEqualTo("started\n");
        await("service", () -> cell.processes().size() == 2);
        // an operation beside it does not touch it
        cell.run(sh("sleep 600 & true"), LONG);
        assertThat(cell.processes()).hasSize(2);
        assertThat(containment.cells()).containsExactly("web:0/a.b");
        assertThat(cell.kill(SOON)).isTrue();
        assertThat(cell.processes()).isEmpty();
        assertThat(containment.cells()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void aStartThatTakesTooLongLeavesNothing(String kind) throws Exception {
        open(kind);
        assertThatThrownBy(() -> cell.runStart(sh("(setsid sleep 600 &); sleep 600"), Duration.ofMillis(300)))
                .isInstanceOf(ResourceException.class);
        await("death", () -> !cell.populated());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void aSpawnedServiceRunsOnUnderANewDaemonAndIsFoundAgain(String kind) throws Exception {
        open(kind);
        long pid = cell.spawn(sh("echo up; exec sleep 600"));
        await(
                "log",
                () -> Files.readString(base.resolve("log/resources/web:0%2Fa%2Eb.log"))
                        .contains("up"));
        containment.close();
        containment = new SystemContainment(
                base, "n1", Optional.of(cgroup.map(Path::toString).orElse("none")), loop);
        assertThat(containment.cells()).containsExactly("web:0/a.b");
        cell = containment.cell("web:0/a.b");
        assertThat(cell.processes()).containsExactly(pid);
        Semaphore deaths = new Semaphore(0);
        try (Registration watch = cell.watch(deaths::release)) {
            assertThat(watch).isNotNull();
            Thread.sleep(200);
            assertThat(deaths.availablePermits()).isZero();
            ProcessId.of(pid).kill();
            assertThat(deaths.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void tellsTheDeathOfAHeadAtOnceAndOfAHelperNot(String kind) throws Exception {
        open(kind);
        long head = cell.spawn(sh("sleep 600 & sleep 600 & wait; sleep 600"));
        await("all three", () -> cell.processes().size() == 3);
        Semaphore deaths = new Semaphore(0);
        try (Registration watch = cell.watch(deaths::release)) {
            assertThat(watch).isNotNull();
            Thread.sleep(200);
            long helper = cell.processes().stream()
                    .filter(id -> id != head)
                    .findFirst()
                    .orElseThrow();
            ProcessId.of(helper).kill();
            assertThat(deaths.tryAcquire(300, TimeUnit.MILLISECONDS)).isFalse();
            long killed = System.nanoTime();
            ProcessId.of(head).kill();
            assertThat(deaths.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
            System.out.println("death told after " + (System.nanoTime() - killed) / 1_000 + " us (" + kind + ")");
        }
        deaths.drainPermits();
        cell.kill(SOON);
        assertThat(deaths.tryAcquire(200, TimeUnit.MILLISECONDS))
                .as("nothing is told after the registration was closed")
                .isFalse();
    }

    @Test
    void leavesNoFileOpenWhenWatchAndContainmentEndInTheSameMoment() throws Exception {
        open("none");
        cell.spawn(sh("exec sleep 600")); // one process: a shell may keep itself beside it
        await("it runs", () -> cell.processes().size() == 1);
        long before = processFiles();
        for (int i = 0; i < 20; i++) {
            Registration watch = cell.watch(() -> {});
            await("it is watched", () -> processFiles() > before);
            watch.close();
            containment.close();
            containment = new SystemContainment(base, "n1", Optional.of("none"), loop);
            cell = containment.cell("web:0/a.b");
        }
        assertThat(processFiles()).isEqualTo(before);
    }

    private static long processFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString().contains("pidfd");
                        } catch (IOException e) {
                            return false; // closed meanwhile
                        }
                    })
                    .count();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void tellsAServiceThatWasDeadBeforeItWasWatched(String kind) throws Exception {
        open(kind);
        cell.spawn(sh("exit 1"));
        await("death", () -> cell.processes().isEmpty());
        Semaphore deaths = new Semaphore(0);
        try (Registration watch = cell.watch(deaths::release)) {
            assertThat(watch).isNotNull();
            assertThat(deaths.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void killRunsTheReleaseCommandsUntilEachSucceeds(String kind) throws Exception {
        open(kind);
        cell.spawn(sh("trap '' TERM; while :; do (setsid sleep 600 &); sleep 0.02; done"));
        Path tries = base.resolve("tries");
        cell.release(List.of(sh("echo a\\\\nb >> " + tries + "; [ $(wc -l < " + tries + ") -ge 3 ]"), sh("true")));
        assertThat(cell.kill(SOON)).isTrue();
        assertThat(cell.populated()).isFalse();
        assertThat(Files.readAllLines(tries)).hasSizeGreaterThanOrEqualTo(3);
        assertThat(containment.cells()).isEmpty();
        assertThat(cell.kill(SOON)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void killTriesAgainWhatCannotBeReadForAMoment(String kind) throws Exception {
        open(kind);
        cell.spawn(sh("exec sleep 600"));
        cell.release(List.of(sh("true")));
        Path file;
        try (var files = Files.list(base.resolve("run/release.d"))) {
            file = files.findFirst().orElseThrow();
        }
        Path away = Files.move(file, base.resolve("away"));
        Files.createDirectory(file); // it cannot be read, as if no file descriptor were left
        assertThat(cell.kill(Duration.ofMillis(200))).isFalse();
        loop.schedule(
                Duration.ofMillis(300),
                () -> assertThat(file.toFile().delete() && away.toFile().renameTo(file.toFile()))
                        .isTrue());
        assertThat(cell.kill(SOON)).isTrue();
        assertThat(containment.cells()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void killIsNotProvedWhileAReleaseCommandFails(String kind) throws Exception {
        open(kind);
        cell.release(List.of(sh("false")));
        assertThat(cell.kill(Duration.ofMillis(200))).isFalse();
        assertThat(containment.cells()).containsExactly("web:0/a.b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void aClosedGateRefusesEverything(String kind) throws Exception {
        open(kind);
        containment.cells.gate(false);
        assertThatThrownBy(() -> cell.run(sh("true"), LONG))
                .isInstanceOf(ResourceException.class)
                .hasMessageContaining("lease has ended");
        assertThatThrownBy(() -> cell.runStart(sh("true"), LONG)).hasMessageContaining("lease has ended");
        assertThatThrownBy(() -> cell.spawn(sh("true"))).hasMessageContaining("lease has ended");
        assertThat(cell.kill(SOON)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void aMissingProgramIsAPermanentFailure(String kind) throws Exception {
        open(kind);
        for (String program : List.of("/nowhere/agent", "no-such-program", "/etc")) {
            assertThatThrownBy(() -> cell.run(Command.of(program), LONG))
                    .isInstanceOfSatisfying(
                            ResourceException.class,
                            e -> assertThat(e.permanent()).isTrue())
                    .hasMessageContaining(program);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none"})
    void logsOfServicesAreBounded(String kind) throws Exception {
        open(kind);
        cell.spawn(sh("head -c 9000000 /dev/zero | tr '\\0' x; echo; sleep 2; echo more; sleep 600"));
        Path file = base.resolve("log/resources/web:0%2Fa%2Eb.log");
        await("trimmed", () -> Files.exists(Path.of(file + ".1")) && Files.size(file) < 100_000);
        await("more", () -> Files.readString(file).contains("more"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void startsNothingForACallerWhoseTimeIsOver(String kind) throws Exception {
        open(kind);
        Path trace = base.resolve("trace");
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> cell.spawn(sh("touch " + trace + "; sleep 60")))
                    .isInstanceOf(ResourceException.class)
                    .hasMessageContaining("was not started: its time was over");
            assertThatThrownBy(() -> cell.runStart(sh("touch " + trace), LONG))
                    .isInstanceOf(ResourceException.class)
                    .hasMessageContaining("was not started: its time was over");
        } finally {
            Thread.interrupted();
        }
        assertThat(cell.populated()).isFalse();
        assertThat(trace).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup", "none"})
    void startsNothingWhoseReleaseCommandsAreGone(String kind) throws Exception {
        open(kind);
        cell.release(List.of(Command.of("true")));
        cell.runStart(Command.of("true"), LONG);
        // somebody else stops it: the guard at the deadline, or the daemon after the start's time limit
        assertThat(containment.cell(cell.instance()).kill(SOON)).isTrue();
        assertThatThrownBy(() -> cell.spawn(sh("sleep 60")))
                .isInstanceOf(ResourceException.class)
                .hasMessageContaining("was not started: it was stopped meanwhile");
        // and another start, which registered anew, does not make it good
        Cell next = containment.cell(cell.instance());
        next.release(List.of(Command.of("true")));
        assertThatThrownBy(() -> cell.runStart(Command.of("true"), LONG))
                .hasMessageContaining("it was stopped meanwhile");
        next.runStart(Command.of("true"), LONG);
        assertThat(cell.populated()).isFalse();
    }
}
