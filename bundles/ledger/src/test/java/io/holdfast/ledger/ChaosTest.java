package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.ReplicatedLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leaders are cut off, stopped and started while everybody appends. */
class ChaosTest {
    @TempDir
    Path base;

    @Test
    @DisplayName("what was acknowledged is there, what was refused is not, nothing is there twice, and all agree")
    void keepsItsWord() throws InterruptedException {
        Random random = new Random(7);
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        List<String> refused = Collections.synchronizedList(new ArrayList<>());
        List<CompletableFuture<?>> asked = new ArrayList<>();
        try (TestCluster cluster = new TestCluster(base, TestCluster.SMALL, "n1", "n2", "n3")) {
            cluster.startAll().leader();
            for (int round = 0; round < 8; round++) {
                String victim = cluster.voters.get(random.nextInt(3));
                boolean stop = random.nextBoolean();
                cluster.network.loss = random.nextInt(3) == 0 ? 0.05 : 0;
                cluster.network.repeats = 0.1;
                if (stop) {
                    cluster.stop(victim);
                } else {
                    cluster.network.isolate(victim);
                }
                for (int i = 0; i < 40; i++) {
                    for (TestCluster.Node node : cluster.nodes.values()) {
                        asked.add(append(node, node.name + "." + round + "." + i, done, refused));
                    }
                    Thread.sleep(10);
                }
                if (stop) {
                    cluster.start(victim);
                } else {
                    cluster.network.heal();
                }
            }
            cluster.network.loss = 0;
            for (CompletableFuture<?> each : asked) { // what is acknowledged later may come after what is read now
                TestCluster.await(each);
            }
            cluster.leader();
            cluster.nodes.values().forEach(TestCluster.Node::read);
            List<String> there = cluster.node("n1").announced();
            assertThat(there).doesNotHaveDuplicates();
            assertThat(done)
                    .as("acknowledged and not there")
                    .filteredOn(text -> !there.contains(text))
                    .isEmpty();
            assertThat(refused)
                    .as("refused and there")
                    .filteredOn(there::contains)
                    .isEmpty();
            assertThat(done).hasSizeGreaterThan(100);
            for (TestCluster.Node node : cluster.nodes.values()) {
                node.read();
                assertThat(node.announced()).isEqualTo(there);
                assertThat(node.indexes).isSorted().doesNotHaveDuplicates();
            }
        }
    }

    /** {@return completes when the outcome is noted} */
    private static CompletableFuture<?> append(
            TestCluster.Node node, String text, List<String> done, List<String> refused) {
        CompletionStage<ReplicatedLog.Appended> appended =
                node.loop.call(() -> node.ledger.append(TestCluster.announce(text), Duration.ofMillis(400)));
        return appended.handle((result, failure) -> {
                    if (failure == null) {
                        done.add(text);
                    } else if (failure instanceof LedgerException e && e.kind() == LedgerException.Kind.NOT_DONE) {
                        refused.add(text);
                    }
                    return text;
                })
                .toCompletableFuture();
    }
}
