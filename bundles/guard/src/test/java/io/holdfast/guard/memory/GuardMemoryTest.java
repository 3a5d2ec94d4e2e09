package io.holdfast.guard.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.guard.memory.GuardMemory.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardMemoryTest {
    @TempDir
    Path base;

    private GuardMemory guard;
    private GuardMemory daemon;

    @BeforeEach
    void open() throws IOException {
        guard = GuardMemory.create(base);
        daemon = GuardMemory.open(base);
    }

    @AfterEach
    void remove() throws IOException {
        GuardMemory.remove(base);
    }

    @Test
    void beginsWithNothing() {
        assertThat(daemon.lease()).isEqualTo(new Lease(0, GuardMemory.ENDED));
        assertThat(daemon.gateOpen()).isFalse();
        assertThat(daemon.proved()).isFalse();
        assertThat(daemon.session()).isZero();
        assertThat(guard.daemon().alive()).isFalse();
    }

    @Test
    void eachReadsWhatTheOtherWrote() {
        daemon.lease(7, 123);
        assertThat(guard.lease()).isEqualTo(new Lease(7, 123));
        daemon.lease(7, 100);
        assertThat(guard.lease()).isEqualTo(new Lease(7, 100));
        guard.session(-5);
        daemon.leaving(true);
        assertThat(guard.leaving()).isTrue();
        guard.session(6); // another session: said to the earlier one
        assertThat(guard.leaving()).isFalse();
        daemon.daemon(ProcessId.self());
        assertThat(guard.daemon()).isEqualTo(ProcessId.self());
        assertThat(guard.daemon().alive()).isTrue();
    }

    @Test
    void aSpoiltLeaseIsAnEndedOne() {
        for (int word = 1; word <= 3; word++) {
            for (int slot = 0; slot < 2; slot++) {
                daemon.lease(7, 5_000);
                daemon.lease(7, 4_000); // a shorter one: the older must not come back
                daemon.lease(7, 3_000);
                int newest = guard.lease().deadline() == 3_000 ? slot : 0;
                guard.spoil(newest, word);
                Lease lease = guard.lease();
                assertThat(lease).isIn(new Lease(7, 3_000), new Lease(0, GuardMemory.ENDED));
                guard.spoil(newest, word);
                assertThat(guard.lease()).isEqualTo(new Lease(7, 3_000));
            }
        }
    }

    @Test
    void aReaderNeverSeesHalfALease() throws Exception {
        AtomicBoolean end = new AtomicBoolean();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            for (long i = 1; !end.get(); i++) {
                daemon.lease(i, i * 1_000);
            }
        });
        long last = 0;
        for (int i = 0; i < 1_000_000 || (last == 0 && i < 1_000_000_000); i++) { // the writer may begin late
            Lease lease = guard.lease();
            if (lease.incarnation() != 0) { // none: overtaken a hundred times in a row, which counts as ended
                assertThat(lease.deadline()).isEqualTo(lease.incarnation() * 1_000);
                assertThat(lease.incarnation()).isGreaterThanOrEqualTo(last);
                last = lease.incarnation();
            }
        }
        end.set(true);
        writer.get();
        assertThat(last).isPositive();
    }

    @Test
    void isNotOnADiskWhereThereIsMemory() throws IOException {
        Path place = GuardMemory.file(base).toRealPath();
        if (Files.getFileStore(Path.of("/dev/shm")).type().equals("tmpfs")) {
            assertThat(Files.getFileStore(place).type()).isEqualTo("tmpfs");
        }
        GuardMemory.remove(base);
        assertThat(place).doesNotExist();
        assertThat(GuardMemory.file(base)).doesNotExist();
    }

    @Test
    void refusesWhatIsNoMemoryOfAGuardOfThisBoot() throws IOException {
        assertThatThrownBy(() -> GuardMemory.open(base.resolve("elsewhere"))).isInstanceOf(NoSuchFileException.class);
        Path place = GuardMemory.file(base).toRealPath();
        byte[] page = Files.readAllBytes(place);
        page[16] ^= 1;
        Files.write(place, page);
        assertThatThrownBy(() -> GuardMemory.open(base)).hasMessageContaining("earlier boot");
        page[16] ^= 1;
        page[8] = 9;
        Files.write(place, page);
        assertThatThrownBy(() -> GuardMemory.open(base)).hasMessageContaining("version 9");
        page[0] = 0;
        Files.write(place, page);
        assertThatThrownBy(() -> GuardMemory.open(base)).hasMessageContaining("not the memory of a guard");
    }

    @Test
    void onlyOneDaemonAttaches() throws Exception {
        guard.session(1);
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            guard.daemon(ProcessId.of(other.pid()));
            assertThatThrownBy(() -> SharedGuard.attach(base, () -> 1, Runnable::run))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("process " + other.pid());
        } finally {
            other.destroyForcibly().waitFor();
        }
        SharedGuard shared = SharedGuard.attach(base, () -> 1, Runnable::run);
        assertThat(guard.daemon()).isEqualTo(ProcessId.self());
        // a second time by the same process: the bundle was updated
        SharedGuard.attach(base, () -> 1, Runnable::run);
        shared.begin(5);
        shared.extend(4, 9_000);
        assertThat(shared.deadline()).isEqualTo(GuardMemory.ENDED);
        shared.extend(5, 9_000);
        shared.extend(5, 8_000);
        assertThat(guard.lease()).isEqualTo(new Lease(5, 9_000));
        shared.shorten(5, 9_500);
        shared.shorten(4, 1);
        assertThat(guard.lease()).isEqualTo(new Lease(5, 9_000));
        shared.shorten(5, 8_000);
        assertThat(guard.lease()).isEqualTo(new Lease(5, 8_000));
    }

    @Test
    void whatRunsInTheJvmIsNotForgottenWhenTheSameProcessAttachesAgain() throws Exception {
        Path node = Files.createDirectory(base.resolve("another"));
        try (GuardMemory memory = GuardMemory.create(node)) {
            memory.inDaemon(true); // of a daemon that is gone
            SharedGuard.attach(node, System::nanoTime, Runnable::run).inDaemon(true);
            SharedGuard.attach(
                    node, System::nanoTime, Runnable::run); // this layer was replaced under a running resource
            assertThat(memory.inDaemon()).isTrue();
            memory.daemon(ProcessId.NONE);
            SharedGuard.attach(node, System::nanoTime, Runnable::run);
            assertThat(memory.inDaemon()).isFalse();
        } finally {
            GuardMemory.remove(node);
        }
    }
}
