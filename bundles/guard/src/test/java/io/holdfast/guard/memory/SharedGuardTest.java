package io.holdfast.guard.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon's watch over the guard, in virtual time; the guard is any process. */
class SharedGuardTest {
    private static final long MS = Duration.ofMillis(1).toNanos();

    @TempDir
    Path base;

    private final List<Runnable> replacing = new ArrayList<>();
    private long now = Duration.ofDays(1).toNanos();
    private GuardMemory memory;
    private Process process;
    private SharedGuard guard;

    @BeforeEach
    void attach() throws Exception {
        process = new ProcessBuilder("sleep", "600").start();
        memory = GuardMemory.create(base);
        memory.session(5);
        memory.guard(ProcessId.of(process.pid()));
        memory.guardBeat(now);
        guard = SharedGuard.attach(base, () -> now, replacing::add);
    }

    @AfterEach
    void remove() throws Exception {
        process.destroyForcibly();
        GuardMemory.remove(base);
    }

    private void die() throws Exception {
        process.destroyForcibly().waitFor();
    }

    /** Looks as often as it is told to. */
    private void watchFor(long nanos) {
        long end = now + nanos;
        while (now < end) {
            long pause = guard.watch();
            assertThat(pause).isBetween(1L, 100 * MS);
            now += pause;
        }
    }

    @Test
    void leavesALivingGuardAlone() {
        for (int i = 0; i < 1_000; i++) {
            memory.guardBeat(now);
            watchFor(50 * MS);
        }
        assertThat(replacing).isEmpty();
    }

    @Test
    void replacesADeadGuardWithinATenthOfASecondOfItsLastSign() throws Exception {
        die();
        watchFor(80 * MS);
        assertThat(replacing).isEmpty();
        watchFor(18 * MS);
        assertThat(replacing).hasSize(1);
        watchFor(5_000 * MS);
        assertThat(replacing).as("one at a time").hasSize(1);
    }

    @Test
    void findsADeadGuardAsFastWhenItLookedJustBefore() throws Exception {
        watchFor(40 * MS);
        memory.guardBeat(now);
        die();
        watchFor(99 * MS);
        assertThat(replacing).hasSize(1);
    }

    @Test
    void replacesAStoppedGuardAsFast() throws Exception {
        new ProcessBuilder("kill", "-STOP", Long.toString(process.pid()))
                .start()
                .waitFor();
        while (ProcessId.stat(process.pid()).orElseThrow().state() != 'T') {
            Thread.onSpinWait();
        }
        watchFor(99 * MS);
        assertThat(replacing).hasSize(1);
    }

    @Test
    void leavesItToAReadySpareOnceAndStartsAnotherGuardIfThatDoesNothing() throws Exception {
        Process spare = new ProcessBuilder("sleep", "600").start();
        memory.spare(ProcessId.of(spare.pid()));
        Files.writeString(SharedGuard.commandFile(base), "true");
        Files.createDirectories(base.resolve("log"));
        die();
        watchFor(99 * MS);
        replacing.remove(0).run();
        assertThat(guard.replacements()).isZero();
        assertThat(spare.isAlive()).isTrue();
        watchFor(700 * MS);
        replacing.remove(0).run();
        assertThat(guard.replacements()).isEqualTo(1);
        spare.waitFor(); // it is in the way of the one that was started
    }

    @Test
    void givesABusyGuardASecond() {
        watchFor(950 * MS);
        assertThat(replacing).isEmpty();
        watchFor(100 * MS);
        assertThat(replacing).hasSize(1);
    }

    @Test
    void tellsTheGuardThatItsLoopStands() {
        for (int i = 0; i < 40; i++) {
            guard.loopRuns();
            memory.guardBeat(now);
            watchFor(50 * MS);
        }
        assertThat(now - memory.daemonBeat()).isLessThan(100 * MS);
        long stands = now;
        while (now < stands + 3_000 * MS) {
            memory.guardBeat(now);
            watchFor(50 * MS);
        }
        assertThat(memory.daemonBeat() - stands).isBetween(800 * MS, 1_000 * MS);
    }

    @Test
    void isForsakenOnlyWhenTheLeaseIsOverAndNoGuardActs() {
        guard.begin(7);
        guard.extend(7, now + 200 * MS);
        memory.gateOpen(true);
        now += 100 * MS;
        assertThat(guard.forsaken()).as("the lease runs").isFalse();
        now += 100 * MS;
        memory.guardBeat(now);
        assertThat(guard.forsaken()).as("a guard acts").isFalse();
        now += 90 * MS;
        assertThat(guard.forsaken()).isTrue();
    }
}
