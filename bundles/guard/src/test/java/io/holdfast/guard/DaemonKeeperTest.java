package io.holdfast.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonKeeperTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    @TempDir
    Path base;

    private GuardMemory memory;
    private GuardLog log;
    private Process daemon;
    private final CountDownLatch ended = new CountDownLatch(1);

    @BeforeEach
    void attach() throws Exception {
        memory = GuardMemory.create(base);
        memory.session(5);
        log = new GuardLog(base);
        daemon = new ProcessBuilder("sleep", "600").start();
        memory.daemon(ProcessId.of(daemon.pid()));
    }

    @AfterEach
    void remove() throws Exception {
        daemon.destroyForcibly();
        log.close();
        GuardMemory.remove(base);
    }

    private DaemonKeeper keeper(String script) {
        return new DaemonKeeper(base, List.of("sh", "-c", script), memory, log, ended::countDown);
    }

    private void die() throws Exception {
        daemon.destroyForcibly().waitFor();
    }

    @Test
    void startsADeadDaemonAgain() throws Exception {
        DaemonKeeper keeper = keeper("echo started; exec sleep 600");
        keeper.tick(SECOND, true);
        die();
        keeper.tick(2 * SECOND, true);
        assertThat(keeper.alive()).isTrue();
        keeper.kill();
    }

    @Test
    void doesNotStartADaemonThatSaidAtTheLastMomentThatItLeaves() throws Exception {
        DaemonKeeper keeper = keeper("exec sleep 600");
        keeper.tick(SECOND, true);
        memory.leaving(true); // after the guard looked, and before the daemon's death
        die();
        keeper.tick(2 * SECOND, true);
        assertThat(keeper.alive()).isFalse();
        keeper.tick(9 * SECOND, true);
        assertThat(keeper.alive()).isFalse();
    }

    @Test
    void givesUpOnBadSettings() throws Exception {
        die();
        DaemonKeeper keeper = keeper("exit 78");
        keeper.tick(SECOND, true);
        for (int i = 2; keeper.alive() && i < 500; i++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        keeper.tick(3 * SECOND, true);
        assertThat(keeper.hopeless()).isTrue();
        keeper.tick(60 * SECOND, true);
        assertThat(keeper.alive()).isFalse();
    }

    @Test
    void forgetsResourcesOfAJvmThatEnded() throws Exception {
        DaemonKeeper keeper = keeper("exec sleep 600");
        keeper.tick(SECOND, true);
        memory.inDaemon(true);
        die();
        keeper.tick(2 * SECOND, false);
        assertThat(memory.inDaemon()).isFalse();
    }

    @Test
    void isToldOfTheEndOfADaemonThatItStarted() throws Exception {
        die();
        DaemonKeeper keeper = keeper("exec sleep 600");
        keeper.tick(SECOND, true);
        assertThat(ended.getCount()).isEqualTo(1);
        keeper.kill();
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(keeper.alive()).isFalse();
    }

    @Test
    void keepsWhatTheDaemonPrints() throws Exception {
        die();
        DaemonKeeper keeper = keeper("echo hello; exec sleep 600");
        keeper.tick(SECOND, true);
        Path console = base.resolve("log/console.out");
        for (int i = 0;
                i < 1_000
                        && !(Files.exists(console) && Files.readString(console).contains("hello"));
                i++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(console).content().contains("hello");
        keeper.kill();
    }
}
