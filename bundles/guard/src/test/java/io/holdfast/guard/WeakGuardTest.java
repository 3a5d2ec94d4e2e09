package io.holdfast.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real guard where there is no cgroup v2, or no right to use it. */
class WeakGuardTest {
    @TempDir
    Path folder;

    private Node node;

    @BeforeEach
    void make() throws Exception {
        node = new Node(folder.resolve("n1"), true);
    }

    @AfterEach
    void end() throws Exception {
        node.close();
    }

    @Test
    void killsWhatCarriesTheMarkAndSaysThatThisIsNoProof() throws Exception {
        GuardMemory memory = node.running(600);
        assertThat(memory.contained()).isFalse();
        node.start("tree", "sh", "-c", "sleep 600 & sleep 601 & wait");
        node.start(
                "escapee", "sh", "-c", "(setsid sh -c '(setsid sleep 602 &) ; sleep 603' >/dev/null 2>&1 &) ; exit 0");
        // its mark is gone, but its parent and its session are not
        node.start("clean", "sh", "-c", "env -i sleep 604 & wait");
        node.await(
                "processes",
                () -> node.processes("tree").size() == 3
                        && node.processes("escapee").size() == 3
                        && node.processes("clean").size() == 2);
        List<Long> clean = node.processes("clean");
        Process neighbour = new ProcessBuilder("sleep", "605").start();
        node.stopRenewing();
        node.await("proof", () -> memory.closings() == 1 && memory.proved());
        assertThat(node.cells().instances()).isEmpty();
        assertThat(clean).noneMatch(id -> ProcessId.of(id).alive());
        assertThat(neighbour.isAlive()).isTrue();
        neighbour.destroyForcibly();
        node.await("told", () -> node.log().contains("a process can escape from"));
    }

    /** A gate that is open for one round would let a launcher in that waited for it. */
    @Test
    void aGuardThatTakesOverTooLateOpensTheGateForNoMoment() throws Exception {
        Options options = new Options(
                node.base,
                "n1",
                Optional.of("none"),
                Optional.empty(),
                Optional.empty(),
                Duration.ofMillis(250),
                Options.SPARE_AFTER,
                List.of());
        try (GuardLog log = new GuardLog(node.base)) {
            for (long ahead : new long[] {60_000_000_000L, -1_000_000}) {
                GuardMemory memory = GuardMemory.create(node.base);
                memory.session(7); // a guard that is dead, beside a daemon that lives
                memory.daemon(ProcessId.self());
                memory.gateOpen(true);
                memory.lease(1, node.clock.nanos() + ahead);
                Guard guard = new Guard(options, node.clock, memory, node.cells(), log, List.of(), ProcessId.NONE);
                guard.prepare();
                guard.begin();
                assertThat(node.cells().gateOpen()).isEqualTo(ahead > 0);
                assertThat(memory.gateOpen()).isEqualTo(ahead > 0);
            }
        }
    }

    @Test
    void refusesALateStart() throws Exception {
        GuardMemory memory = node.running(400);
        Path trace = node.base.resolve("trace");
        Process late = node.enter(
                "web", List.of("env", "-i", "sh", "-c", "sleep 1.5; exec \"$@\"", "late"), "touch", trace.toString());
        node.stopRenewing();
        node.await("proof", () -> memory.closings() == 1 && memory.proved());
        assertThat(late.waitFor()).isEqualTo(Cells.REFUSED);
        assertThat(trace).doesNotExist();
        assertThatThrownBy(() -> node.start("web", "sleep", "1")).hasMessageContaining("lease has ended");
    }
}
