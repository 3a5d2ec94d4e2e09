package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.ledger.ReplicatedLog.Voters;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What {@link TransportRpc} relies on while it installs a leader's snapshot. */
class MachineTest {
    private final ExecutorService updater = Executors.newCachedThreadPool();
    private final Machine machine = new Machine(
            new HoldfastModel(),
            UUID.randomUUID(),
            new Voters(0, List.of("n1"), List.of()),
            TestCluster.TUNING,
            (Machine.Listener) Proxy.newProxyInstance(
                    Machine.Listener.class.getClassLoader(),
                    new Class<?>[] {Machine.Listener.class},
                    (proxy, method, arguments) -> null));

    @AfterEach
    void stop() {
        updater.shutdownNow();
    }

    private interface Step {
        void run() throws Exception;
    }

    private void waitsWhileOneIsInstalled(Step step) throws Exception {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Thread[] thread = new Thread[1];
        synchronized (machine.snapshots()) {
            updater.execute(() -> {
                thread[0] = Thread.currentThread();
                try {
                    step.run();
                    done.complete(true);
                } catch (Exception e) {
                    done.completeExceptionally(e);
                }
            });
            TestCluster.until(
                    "it waits, or is done",
                    () -> done.isDone() || (thread[0] != null && thread[0].getState() == Thread.State.BLOCKED));
            assertThat(done).as("done while a snapshot is installed").isNotDone();
        }
        assertThat(done.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @DisplayName("its own snapshot is not written while one is installed")
    void writesBetweenInstallations() throws Exception {
        waitsWhileOneIsInstalled(machine::takeSnapshot);
    }

    @Test
    @DisplayName("old snapshots are not removed while one is installed")
    void removesBetweenInstallations() throws Exception {
        waitsWhileOneIsInstalled(() -> machine.getStateMachineStorage().cleanupOldSnapshots(null));
    }
}
