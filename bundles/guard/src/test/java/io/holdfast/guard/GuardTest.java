package io.holdfast.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.cells.ReleaseCommand;
import io.holdfast.guard.cells.ReleaseFiles;
import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real guard on real processes in real cgroups. */
class GuardTest {
    @TempDir
    Path folder;

    Node node;

    @BeforeEach
    void make() throws Exception {
        Assumptions.assumeTrue(Node.cgroups(), "needs a writable cgroup v2");
        node = new Node(folder.resolve("n1"), false);
    }

    @AfterEach
    void end() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void killsEverythingAtTheDeadline() throws Exception {
        GuardMemory memory = node.running(500);
        node.start(
                "tree", "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sh -c 'sleep 600 & sleep 601 & wait' & done; wait");
        node.start(
                "escapee", "sh", "-c", "(setsid sh -c '(setsid sleep 602 &) ; sleep 603' >/dev/null 2>&1 &) ; exit 0");
        node.start("breeder", "sh", "-c", "while :; do (sleep 0.05 &) ; (setsid sleep 5 &) ; sleep 0.01; done");
        node.start("deaf", "sh", "-c", "trap '' TERM INT HUP; while :; do sleep 1; done");
        // each lives for a millisecond and leaves a child: who kills by a list is always late
        Path chain = node.base.resolve("chain");
        Files.writeString(chain, "sh \"$0\" &\n");
        node.start("chain", "sh", chain.toString());
        node.await(
                "processes",
                () -> node.processes("tree").size() > 20
                        && node.processes("escapee").size() == 3
                        && node.processes("breeder").size() > 10);
        List<Long> escaped = node.processes("escapee");
        node.stopRenewing();
        node.await("closing", () -> memory.closings() == 1);
        node.await("proof", memory::proved);
        long late = (node.clock.nanos() - memory.lease().deadline()) / 1_000_000;
        System.out.println("everything proved stopped " + late + " ms after the deadline");
        assertThat(late).isLessThan(1_000);
        assertThat(node.cells().instances()).isEmpty();
        assertThat(escaped).noneMatch(id -> ProcessId.of(id).alive());
        assertThat(memory.gateOpen()).isFalse();
    }

    /** What forks on while it is listed lives through a kill of each on the list; the kernel's kill of the cgroup leaves none. */
    @Test
    void oneKillIsEnoughForWhatForksOnMeanwhile() throws Exception {
        node.running(3_000);
        node.start(
                "hoppers",
                "perl",
                "-e",
                // takes in and forgets the dead of those whose parent has gone (157, 36: as a subreaper, on amd64)
                "syscall(157, 36, 1, 0, 0, 0); $SIG{CHLD} = 'IGNORE';"
                        + "for (1..6) { unless (fork) { for (1..300) { exit if fork; select(undef, undef, undef, 0.001) } sleep 600 } }"
                        + "sleep 600");
        node.await("processes", () -> node.processes("hoppers").size() > 6);
        node.cells().kill("hoppers", Cells.Part.RUN);
        node.await("their end", () -> node.processes("hoppers").isEmpty());
    }

    @Test
    void stopsNothingWhileTheLeaseIsRenewed() throws Exception {
        GuardMemory memory = node.running(300);
        Process process = node.start("web", "sleep", "600");
        Thread.sleep(1_500);
        assertThat(process.isAlive()).isTrue();
        assertThat(memory.closings()).isZero();
    }

    @Test
    void refusesALateStart() throws Exception {
        GuardMemory memory = node.running(400);
        node.start("web", "sleep", "600");
        Path trace = node.base.resolve("trace");
        // stalled between its check of the lease and its entry into the cell
        Process late =
                node.enter("web", List.of("sh", "-c", "sleep 1.5; exec \"$@\"", "late"), "touch", trace.toString());
        node.stopRenewing();
        node.await("proof", () -> memory.closings() == 1 && memory.proved());
        assertThat(late.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(late.exitValue()).isEqualTo(Cells.REFUSED);
        assertThat(new String(late.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains(Cells.REFUSAL);
        assertThat(trace).doesNotExist();
        assertThatThrownBy(() -> node.start("web", "sleep", "1")).hasMessageContaining("lease has ended");
    }

    @Test
    void opensAgainUnderANewLease() throws Exception {
        GuardMemory memory = node.running(400);
        node.start("web", "sleep", "600");
        node.stopRenewing();
        node.await("proof", () -> memory.closings() == 1 && memory.proved());
        node.renew(400);
        node.await("open", memory::gateOpen);
        Process again = node.start("web", "sleep", "600");
        Thread.sleep(200);
        assertThat(again.isAlive()).isTrue();
        assertThat(memory.closings()).isEqualTo(1);
    }

    @Test
    void aGuardThatIsKilledIsReplacedAndNothingStops() throws Exception {
        GuardMemory memory = node.running(1_000);
        long session = memory.session();
        Process process = node.start("web", "sleep", "600");
        ProcessId first = memory.guard();
        long killed = System.nanoTime();
        node.signal("KILL", first);
        node.await(
                "another guard",
                () -> !memory.guard().equals(first) && memory.guard().alive());
        System.out.println("guard replaced after " + (System.nanoTime() - killed) / 1_000_000 + " ms");
        node.await("log", () -> node.log().contains("Took over"));
        Thread.sleep(300);
        assertThat(memory.session()).isEqualTo(session);
        assertThat(memory.closings()).isZero();
        assertThat(memory.gateOpen()).isTrue();
        assertThat(process.isAlive()).isTrue();
        node.stopRenewing();
        node.await("proof by the new guard", () -> memory.closings() == 1 && memory.proved());
        assertThat(node.cells().instances()).isEmpty(); // this JVM hears of the end of its child a moment later
    }

    @Test
    void aGuardThatIsStoppedIsReplaced() throws Exception {
        GuardMemory memory = node.running(1_000);
        ProcessId first = memory.guard();
        Process process = node.start("web", "sleep", "600");
        node.signal("STOP", first);
        node.await(
                "another guard",
                () -> !memory.guard().equals(first) && memory.guard().alive());
        assertThat(first.alive()).isFalse();
        Thread.sleep(200);
        assertThat(process.isAlive()).isTrue();
        assertThat(memory.gateOpen()).isTrue();
    }

    private ProcessId withSpare(GuardMemory memory) throws Exception {
        node.await("a spare", () -> memory.spare().alive());
        assertThat(memory.spare()).isNotEqualTo(memory.guard());
        return memory.spare();
    }

    @Test
    void aSpareTakesOverFromAGuardThatIsKilled() throws Exception {
        node.options.addAll(List.of("--spare-ms", "0"));
        GuardMemory memory = node.running(1_000);
        Process process = node.start("web", "sleep", "600");
        long session = memory.session();
        ProcessId spare = withSpare(memory);
        long killed = System.nanoTime();
        node.signal("KILL", memory.guard());
        node.await("the spare as guard", () -> memory.guard().equals(spare) && memory.gateOpen());
        System.out.println("a spare took over after " + (System.nanoTime() - killed) / 1_000_000 + " ms");
        withSpare(memory); // it keeps one too
        assertThat(memory.session()).isEqualTo(session);
        assertThat(memory.closings()).isZero();
        assertThat(process.isAlive()).isTrue();
        node.stopRenewing();
        node.await("proof by the new guard", () -> memory.closings() == 1 && memory.proved());
        assertThat(memory.guard()).as("no other guard was started beside it").isEqualTo(spare);
        assertThat(node.cells().instances()).isEmpty();
    }

    @Test
    void aSpareTakesOverFromAGuardThatIsStopped() throws Exception {
        node.options.addAll(List.of("--spare-ms", "0"));
        GuardMemory memory = node.running(1_000);
        ProcessId spare = withSpare(memory);
        ProcessId first = memory.guard();
        node.signal("STOP", first);
        node.await("the spare as guard", () -> memory.guard().equals(spare));
        assertThat(first.alive()).isFalse();
        node.await("open", memory::gateOpen);
        assertThat(memory.closings()).isZero();
    }

    @Test
    void aGuardIsStartedWhereTheSpareIsStoppedToo() throws Exception {
        node.options.addAll(List.of("--spare-ms", "0"));
        GuardMemory memory = node.running(3_000);
        ProcessId spare = withSpare(memory);
        ProcessId first = memory.guard();
        node.signal("STOP", spare);
        node.signal("KILL", first);
        node.await(
                "another guard",
                () -> !memory.guard().equals(first) && memory.guard().alive());
        assertThat(memory.guard()).isNotEqualTo(spare);
        assertThat(spare.alive()).isFalse();
        assertThat(memory.closings()).isZero();
    }

    @Test
    void aSpareStopsEverythingWhenGuardAndDaemonAreKilledAtOnce() throws Exception {
        node.options.addAll(List.of("--spare-ms", "0"));
        GuardMemory memory = node.running(30_000); // a long lease, so that nobody waits for its end
        Process process = node.start("web", "sleep", "600");
        long session = memory.session();
        ProcessId daemon = memory.daemon();
        ProcessId spare = withSpare(memory);
        node.signal("STOP", memory.guard()); // so that it does not start a daemon in between
        node.signal("KILL", daemon);
        node.await("the daemon's death", () -> !daemon.alive());
        node.signal("KILL", memory.guard());
        node.await("the spare as guard", () -> memory.guard().equals(spare));
        node.await("end", () -> !process.isAlive());
        assertThat(memory.session()).isNotEqualTo(session);
        node.await("another daemon", () -> memory.daemon().alive());
        assertThat(memory.daemon()).isNotEqualTo(daemon);
    }

    @Test
    void aSpareThatDiesIsReplacedAndNoneOutlivesItsGuard() throws Exception {
        node.options.addAll(List.of("--spare-ms", "0"));
        GuardMemory memory = node.running(1_000);
        ProcessId first = withSpare(memory);
        node.signal("KILL", first);
        node.await(
                "another spare",
                () -> !memory.spare().equals(first) && memory.spare().alive());
        ProcessId second = memory.spare();
        ProcessId guard = memory.guard();
        guard.terminate();
        node.await("end", () -> !guard.alive() && !second.alive());
        assertThat(node.base.resolve("run/guard.shm")).doesNotExist();
    }

    /** A node under a guard that feeds a watchdog which bites after 3 s: a busy machine starts no guard in much less. */
    private GuardMemory withWatchdog(Path device) throws Exception {
        Node.run("mkfifo", device.toString());
        node.options.addAll(List.of("--watchdog", device.toString(), "--watchdog-ms", "3000"));
        return node.running(1_000);
    }

    @Test
    void aSuccessorGoesOnAndTheWatchdogIsFedAllTheTime() throws Exception {
        Path device = node.base.resolve("watchdog");
        GuardMemory memory = withWatchdog(device);
        try (RandomAccessFile both = new RandomAccessFile(device.toFile(), "rw");
                Feeding feeding = new Feeding(device)) {
            assertThat(both.getFD().valid()).isTrue();
            Process process = node.start("web", "sleep", "600");
            long session = memory.session();
            ProcessId first = memory.guard();
            Process successor = node.successor();
            node.await("the successor as guard", () -> memory.guard().pid() == successor.pid());
            node.await("the end of the first", () -> !first.alive());
            assertThat(memory.spare().alive()).as("it has a spare by then").isTrue();
            assertThat(memory.session()).isEqualTo(session);
            assertThat(memory.closings()).isZero();
            assertThat(memory.gateOpen()).isTrue();
            assertThat(memory.strong()).isTrue();
            assertThat(process.isAlive()).isTrue();
            assertThat(feeding.longestMillis()).isLessThan(3_000);
            assertThat(feeding.all()).doesNotContain("V");
            ProcessId second = memory.guard();
            second.terminate();
            node.await("end", () -> !second.alive());
            node.await("disarmed", () -> feeding.all().endsWith("V"));
            assertThat(node.base.resolve("run/guard.shm")).doesNotExist();
        }
    }

    @Test
    void theGuardIsBackWhenItsSuccessorDiesInItsPlace() throws Exception {
        Path device = node.base.resolve("watchdog");
        GuardMemory memory = withWatchdog(device);
        try (RandomAccessFile both = new RandomAccessFile(device.toFile(), "rw");
                Feeding feeding = new Feeding(device)) {
            assertThat(both.getFD().valid()).isTrue();
            Process process = node.start("web", "sleep", "600");
            ProcessId first = memory.guard();
            Process successor = node.successor();
            node.await("the successor as guard", () -> memory.guard().pid() == successor.pid());
            successor.destroyForcibly();
            node.await("the first as guard", () -> memory.guard().equals(first) && memory.gateOpen());
            Thread.sleep(1_000);
            assertThat(memory.guard()).isEqualTo(first);
            assertThat(memory.closings()).isZero();
            assertThat(process.isAlive()).isTrue();
            assertThat(feeding.longestMillis()).isLessThan(3_000);
            assertThat(feeding.all()).doesNotContain("V");
            node.stopRenewing();
            node.await("proof", () -> memory.closings() == 1 && memory.proved());
            assertThat(node.cells().instances()).isEmpty();
        }
    }

    @Test
    void theGuardTakesItsPlaceBackFromASuccessorThatDoesNotTakeIt() throws Exception {
        node.options.addAll(List.of("--spare-ms", "0"));
        Path device = node.base.resolve("watchdog");
        GuardMemory memory = withWatchdog(device);
        try (RandomAccessFile both = new RandomAccessFile(device.toFile(), "rw");
                Feeding feeding = new Feeding(device)) {
            assertThat(both.getFD().valid()).isTrue();
            Process process = node.start("web", "sleep", "600");
            ProcessId first = memory.guard();
            ProcessId spare = withSpare(memory);
            Process idle = new ProcessBuilder("sleep", "600").start();
            memory.successor(ProcessId.of(idle.pid()));
            assertThat(idle.waitFor(10, TimeUnit.SECONDS)).as("it is ended").isTrue();
            node.await(
                    "a spare", () -> memory.spare().alive() && !memory.spare().equals(spare));
            assertThat(memory.guard()).isEqualTo(first);
            assertThat(memory.successor()).isEqualTo(ProcessId.NONE);
            assertThat(memory.closings()).isZero();
            assertThat(process.isAlive()).isTrue();
            assertThat(feeding.longestMillis()).isLessThan(3_000);
            assertThat(feeding.all()).doesNotContain("V");
        }
    }

    @Test
    void aLeaseThatEndsInTheMiddleOfAHandOverIsKept() throws Exception {
        GuardMemory memory = node.running(60_000);
        node.start("web", "sleep", "600");
        ProcessId first = memory.guard();
        Process idle = new ProcessBuilder("sleep", "600").start();
        node.stopRenewing();
        Thread.sleep(100); // the stand-in has read the file for the last time
        long deadline = node.clock.nanos() + 500_000_000L; // enough to give the place up, less than a successor has
        memory.lease(7, deadline);
        memory.successor(ProcessId.of(idle.pid()));
        node.await("proof", () -> memory.closings() == 1 && memory.proved());
        assertThat(node.clock.nanos() - deadline)
                .as("well before its patience ends")
                .isLessThan(1_000_000_000L);
        assertThat(memory.guard()).isEqualTo(first);
        assertThat(node.cells().instances()).isEmpty();
        idle.destroyForcibly();
    }

    @Test
    void aSuccessorThatWouldGuardLessIsRefused() throws Exception {
        GuardMemory memory = node.running(1_000);
        ProcessId first = memory.guard();
        memory.terms(true, memory.contained(), memory.killNanos()); // as if there had been a watchdog
        Process successor = node.successor();
        assertThat(successor.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(successor.exitValue()).isEqualTo(4);
        assertThat(Files.readString(node.base.resolve("guard.out"))).contains("cannot arm the watchdog");
        node.await("the first as guard", () -> memory.guard().equals(first) && memory.gateOpen());
        assertThat(memory.closings()).isZero();
    }

    @Test
    void aSuccessorIsRefusedWhereThereIsNoGuardAndForARestartThatWouldEndSomething() throws Exception {
        Process lonely = node.successor();
        assertThat(lonely.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(lonely.exitValue()).isEqualTo(3);
        assertThat(Files.readString(node.base.resolve("guard.out"))).contains("no guard runs for " + node.base);
        GuardMemory memory = node.running(1_000);
        Files.createFile(node.base.resolve("injvm"));
        node.await("declared", memory::inDaemon);
        Process restarting = node.successor("--restart");
        assertThat(restarting.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(restarting.exitValue()).isEqualTo(3);
        assertThat(Files.readString(node.base.resolve("guard.out"))).contains("run inside the daemon");
        Files.delete(node.base.resolve("injvm"));
    }

    /** Reads what a watchdog is fed, and when. */
    private static final class Feeding implements AutoCloseable {
        private final InputStream fed;
        private final StringBuilder all = new StringBuilder();
        private final Thread reader = new Thread(this::read, "feeding");
        private long last = System.nanoTime();
        private long longest;
        private volatile boolean closed;

        Feeding(Path device) throws IOException {
            fed = new FileInputStream(device.toFile());
            reader.start();
        }

        private void read() {
            try {
                while (!closed) {
                    String more = drain(fed);
                    synchronized (this) {
                        long now = System.nanoTime();
                        longest = Math.max(longest, now - last);
                        last = more.isEmpty() ? last : now;
                        all.append(more);
                    }
                    Thread.sleep(5);
                }
            } catch (Exception e) {
                all.append(e);
            }
        }

        synchronized String all() {
            return all.toString();
        }

        synchronized long longestMillis() {
            return longest / 1_000_000;
        }

        @Override
        public void close() throws IOException {
            closed = true;
            try {
                reader.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            fed.close();
        }
    }

    @Test
    void aGuardIsReplacedThoughNothingCanBeWritten() throws Exception {
        GuardMemory memory = node.running(1_000);
        node.start("web", "sleep", "600");
        ProcessId first = memory.guard();
        // as on a full disk: neither file can be written
        Path run = node.base.resolve("run");
        Files.delete(run.resolve("guard.pid"));
        Files.createDirectory(run.resolve("guard.pid"));
        Files.createDirectory(run.resolve("guard.command.new"));
        node.signal("KILL", first);
        node.await(
                "another guard",
                () -> !memory.guard().equals(first) && memory.guard().alive());
        ProcessId second = memory.guard();
        node.stopRenewing();
        node.await("closing", () -> memory.closings() >= 1 && memory.proved());
        assertThat(node.cells().instances()).isEmpty();
        assertThat(memory.guard()).isEqualTo(second);
        Files.delete(run.resolve("guard.command.new"));
        Files.delete(run.resolve("guard.pid")); // there is room again
        node.await("its number in guard.pid", () -> Files.isRegularFile(run.resolve("guard.pid")));
        assertThat(run.resolve("guard.pid")).hasContent(Long.toString(second.pid()));
    }

    @Test
    void theDaemonStopsEverythingWhereNoGuardCanBeStarted() throws Exception {
        Files.writeString(node.base.resolve("deputy"), node.cgroup);
        GuardMemory memory = node.running(1_000);
        Path undone = node.base.resolve("undone");
        new ReleaseFiles(node.base)
                .write("web", List.of(new ReleaseCommand(List.of("touch", undone.toString()), Map.of(), "")));
        Process process = node.start("web", "sleep", "600");
        Files.writeString(node.base.resolve("run").resolve("guard.command"), "false");
        ProcessId guard = memory.guard();
        node.signal("KILL", guard);
        Thread.sleep(200);
        assertThat(process.isAlive()).isTrue(); // the lease runs on
        node.stopRenewing();
        node.await("end", () -> !process.isAlive() && Files.exists(undone));
        assertThat(node.clock.nanos() - memory.lease().deadline()).isLessThan(250_000_000L);
        assertThat(memory.guard()).isEqualTo(guard);
        assertThat(new ReleaseFiles(node.base).instances()).containsExactly("web"); // the next guard does it once more
    }

    @Test
    void aGuardThatTakesOverTooLateStopsEverything() throws Exception {
        GuardMemory memory = node.running(600);
        node.start("web", "sleep", "600");
        ProcessId first = memory.guard();
        node.signal("STOP", memory.daemon()); // so that nobody replaces the guard at once
        node.signal("KILL", first);
        Thread.sleep(900);
        assertThat(node.processes("web")).isNotEmpty();
        node.signal("CONT", memory.daemon());
        node.stopRenewing();
        node.await("closing", () -> memory.closings() >= 1 && memory.proved());
        assertThat(node.cells().instances()).isEmpty();
    }

    @Test
    void aDaemonThatIsKilledIsStartedAgainInTheSameSession() throws Exception {
        GuardMemory memory = node.running(3_000);
        long session = memory.session();
        Process process = node.start("web", "sleep", "600");
        ProcessId first = memory.daemon();
        long killed = System.nanoTime();
        node.signal("KILL", first);
        node.await(
                "start",
                () -> node.log().indexOf("Started the daemon") != node.log().lastIndexOf("Started the daemon"));
        System.out.println("daemon started again after " + (System.nanoTime() - killed) / 1_000_000 + " ms");
        node.await(
                "another daemon",
                () -> !memory.daemon().equals(first) && memory.daemon().alive());
        Thread.sleep(200);
        assertThat(memory.session()).isEqualTo(session);
        assertThat(memory.lease().incarnation()).isEqualTo(7);
        assertThat(process.isAlive()).isTrue();
        assertThat(memory.closings()).isZero();
    }

    @Test
    void aDaemonThatCrashesAgainAndAgainIsGivenPauses() throws Exception {
        Files.createFile(node.base.resolve("crash"));
        node.guard();
        node.await("three starts", () -> node.log().split("Started the daemon", -1).length > 3);
        Thread.sleep(1_500);
        assertThat(node.log().split("Started the daemon", -1).length).isLessThan(6);
    }

    @Test
    void aDaemonThatStandsStillLosesEverythingAtTheDeadlineAndComesBack() throws Exception {
        GuardMemory memory = node.running(500);
        node.start("web", "sleep", "600");
        node.signal("STOP", memory.daemon());
        node.await("proof", () -> memory.closings() == 1 && memory.proved());
        assertThat(node.cells().instances()).isEmpty();
        node.signal("CONT", memory.daemon());
        node.await("open", memory::gateOpen);
    }

    @Test
    void whenBothWereKilledANewStartStopsEverythingFirst() throws Exception {
        GuardMemory memory = node.running(60_000);
        long session = memory.session();
        node.start("web", "sleep", "600");
        new ReleaseFiles(node.base)
                .write(
                        "web",
                        List.of(new ReleaseCommand(
                                List.of("touch", node.base.resolve("released").toString()), Map.of(), "")));
        node.signal("KILL", memory.guard());
        node.signal("KILL", memory.daemon());
        node.await("dead", () -> !memory.guard().alive() && !memory.daemon().alive());
        node.stopRenewing();
        node.guard();
        node.await(
                "proof",
                () -> node.memory().session() != session && node.memory().proved());
        assertThat(node.memory().gateOpen()).isFalse();
        assertThat(node.cells().instances()).isEmpty();
        assertThat(node.base.resolve("released")).exists();
    }

    @Test
    void runsReleaseCommandsUntilEachSucceeds() throws Exception {
        String namespace = "guard-test-" + ProcessHandle.current().pid();
        assertThat(Node.run("ip", "netns", "add", namespace)).isZero();
        try {
            Node.run("ip", "-n", namespace, "addr", "add", "10.99.0.1/24", "dev", "lo");
            GuardMemory memory = node.running(400);
            node.start("ip", "sleep", "600");
            Path tries = node.base.resolve("tries");
            new ReleaseFiles(node.base)
                    .write(
                            "ip",
                            List.of(
                                    command("echo x >> " + tries + "; [ $(wc -l < " + tries + ") -ge 4 ]"),
                                    command("ip -n " + namespace
                                            + " addr del 10.99.0.1/24 dev lo 2>/dev/null || ! ip -n " + namespace
                                            + " addr | grep -q 10.99.0.1")));
            node.stopRenewing();
            node.await("closing", () -> memory.closings() == 1);
            assertThat(memory.proved()).isFalse();
            node.await("proof", memory::proved);
            Process show = new ProcessBuilder("ip", "-n", namespace, "addr").start();
            assertThat(new String(show.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .doesNotContain("10.99.0.1");
            assertThat(Files.readAllLines(tries)).hasSize(4);
            assertThat(new ReleaseFiles(node.base).instances()).isEmpty();
        } finally {
            Node.run("ip", "netns", "del", namespace);
        }
    }

    @Test
    void detachesAMount() throws Exception {
        Path mount = Files.createDirectory(folder.resolve("mnt"));
        // a namespace of the test's own: nothing of the machine is touched
        Process holder = new ProcessBuilder(
                        "unshare",
                        "-m",
                        "sh",
                        "-c",
                        "mount -t tmpfs t " + mount + " && touch " + mount + "/in; exec sleep 600")
                .start();
        try {
            node.await(
                    "mounted",
                    () -> Node.run("nsenter", "-m", "-t", Long.toString(holder.pid()), "test", "-e", mount + "/in")
                            == 0);
            GuardMemory memory = node.running(400);
            // a service that sits in the mount
            node.start(
                    "fs",
                    "nsenter",
                    "-m",
                    "-t",
                    Long.toString(holder.pid()),
                    "sh",
                    "-c",
                    "cd " + mount + " && exec sleep 600");
            node.await("in the mount", () -> node.processes("fs").size() == 1);
            new ReleaseFiles(node.base)
                    .write(
                            "fs",
                            List.of(command("nsenter -m -t " + holder.pid() + " sh -c 'umount " + mount
                                    + " 2>/dev/null; ! mountpoint -q " + mount + "'")));
            node.stopRenewing();
            node.await("proof", () -> memory.closings() == 1 && memory.proved());
            assertThat(Node.run("nsenter", "-m", "-t", Long.toString(holder.pid()), "test", "-e", mount + "/in"))
                    .isNotZero();
        } finally {
            holder.destroyForcibly();
        }
    }

    private static ReleaseCommand command(String script) {
        return new ReleaseCommand(List.of("sh", "-c", script), Map.of(), "");
    }

    @Test
    void feedsTheWatchdogOnlyWhileTheLeaseRunsOrEverythingIsProvedStopped() throws Exception {
        Path device = node.base.resolve("watchdog");
        Node.run("mkfifo", device.toString());
        try (RandomAccessFile both =
                        new RandomAccessFile(device.toFile(), "rw"); // or opening for reading waits for a writer
                InputStream fed = new FileInputStream(device.toFile())) {
            assertThat(both.getFD().valid()).isTrue();
            node.options.addAll(List.of("--watchdog", device.toString(), "--watchdog-ms", "800"));
            GuardMemory memory = node.running(400);
            assertThat(memory.strong()).isTrue();
            assertThat(memory.killNanos()).isEqualTo(1_050_000_000L);
            drain(fed);
            Thread.sleep(600);
            assertThat(drain(fed)).as("while the lease runs").contains(".");
            Path may = node.base.resolve("may");
            new ReleaseFiles(node.base).write("web", List.of(command("test -e " + may)));
            node.start("web", "sleep", "600");
            node.stopRenewing();
            node.await("closing", () -> memory.closings() == 1);
            drain(fed);
            Thread.sleep(800);
            assertThat(drain(fed)).as("while something is not proved stopped").isEmpty();
            Files.createFile(may);
            node.await("proof", memory::proved);
            assertThat(memory.daemon().alive()).isTrue();
            Thread.sleep(400);
            assertThat(drain(fed)).as("when everything is proved stopped").contains(".");
            memory.guard().terminate();
            node.await("end", () -> node.log().contains("the guard ends"));
            assertThat(drain(fed)).endsWith("V");
        }
    }

    @Test
    void aGuardThatTakesOverTooLateLeavesTheWatchdogAloneUntilEverythingIsProvedStopped() throws Exception {
        Path device = Files.createDirectories(node.base).resolve("watchdog");
        Node.run("mkfifo", device.toString());
        node.options.addAll(List.of("--watchdog", device.toString(), "--watchdog-ms", "800"));
        GuardMemory memory = node.running(400);
        ProcessId first = memory.guard();
        node.await("armed", () -> holds(first, device));
        Path may = node.base.resolve("may");
        new ReleaseFiles(node.base).write("web", List.of(command("test -e " + may)));
        node.start("web", "sleep", "600");
        node.stopRenewing();
        node.signal("STOP", memory.daemon()); // so that nobody replaces the guard at once
        node.signal("KILL", first);
        Thread.sleep(600);
        node.signal("CONT", memory.daemon());
        node.await("closing", () -> memory.closings() == 1);
        Thread.sleep(300);
        ProcessId second = memory.guard();
        assertThat(second).isNotEqualTo(first);
        assertThat(memory.proved()).isFalse();
        assertThat(memory.strong()).isTrue();
        assertThat(holds(second, device)).as("opening it feeds it").isFalse();
        Files.createFile(may);
        node.await("proof", memory::proved);
        node.await("armed again", () -> holds(second, device));
    }

    private static boolean holds(ProcessId process, Path device) throws Exception {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return open.map(file -> file.toFile()).anyMatch(file -> {
                try {
                    return file.getCanonicalPath().equals(device.toFile().getCanonicalPath());
                } catch (IOException e) {
                    return false; // closed meanwhile
                }
            });
        }
    }

    private static String drain(InputStream fed) throws Exception {
        byte[] bytes = new byte[4096];
        int length = fed.available() == 0 ? 0 : fed.read(bytes);
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    @Test
    void killsTheJvmWhoseResourcesAreNotConfirmedAsStopped() throws Exception {
        GuardMemory memory = node.running(500);
        Files.createFile(node.base.resolve("injvm"));
        node.await("declared", memory::inDaemon);
        ProcessId daemon = memory.daemon();
        Files.delete(node.base.resolve("injvm").resolveSibling("renew"));
        node.await("death of the JVM", () -> !daemon.alive());
        node.await("proof", memory::proved);
        node.await("told", () -> node.log().contains("not confirmed as stopped")); // the log is written behind
        Files.delete(node.base.resolve("injvm"));
    }

    @Test
    void endsAfterACleanLeave() throws Exception {
        GuardMemory memory = node.running(2_000);
        node.start("forgotten", "sleep", "600");
        ProcessId guard = memory.guard();
        ProcessId daemon = memory.daemon();
        guard.terminate();
        node.await("end", () -> !guard.alive() && !daemon.alive());
        assertThat(node.log()).contains("the node leaves").contains("the guard ends");
        assertThat(node.base.resolve("run/guard.shm")).doesNotExist();
        assertThat(Path.of(node.cgroup))
                .satisfiesAnyOf(
                        folder -> assertThat(folder).doesNotExist(),
                        folder -> assertThat(folder).isDirectoryNotContaining("glob:**/n1-*"));
    }

    @Test
    void theDaemonMayLeaveByItself() throws Exception {
        GuardMemory memory = node.running(2_000);
        ProcessId guard = memory.guard();
        memory.daemon().terminate();
        node.await("end", () -> !guard.alive());
        assertThat(node.log()).contains("the guard ends");
    }

    @Test
    void aSecondGuardIsRefused() throws Exception {
        node.running(1_000);
        Process second = node.guard();
        assertThat(second.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(3);
        assertThat(Files.readString(node.base.resolve("guard.out"))).contains("guards " + node.base + " already");
    }
}
