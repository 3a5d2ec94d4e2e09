package io.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Levels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clusters of two versions: they work at the level of the older one until all have the newer, and people raise it. */
final class MixedLevelsTest {
    private static final int SEEDS = 10;

    private static SimulatedCluster cluster(long seed) {
        SimulatedCluster cluster = new SimulatedCluster(seed, 3, Duration.ofSeconds(2));
        cluster.run(Duration.ofSeconds(5));
        return cluster;
    }

    private static void update(SimulatedCluster cluster, String node, Levels levels) {
        cluster.install(node, levels);
        cluster.killDaemon(node, Duration.ofMillis(300));
    }

    private static ClusterState at(SimulatedCluster cluster, String node) {
        return cluster.state(node).orElseThrow();
    }

    private static void later(SimulatedCluster cluster, String through) {
        cluster.command(through, new Command.Attribute("n1", Later.KEY + "rack", "7", "ann"));
    }

    private static String raised(SimulatedCluster cluster, String through) {
        CompletableFuture<String> said = cluster.raiseLevel(through);
        cluster.run(Duration.ofSeconds(6));
        return said.getNow("no answer");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void anOlderNodeIsNeverSentWhatItCannotRead(long batch) {
        for (long seed = batch * 1000; seed < batch * 1000 + SEEDS; seed++) {
            Random random = new Random(seed);
            SimulatedCluster cluster = cluster(seed);
            List<String> order = new ArrayList<>(cluster.names());
            Collections.shuffle(order, random);
            for (String next : order) {
                for (int step = 0; step < 12; step++) {
                    trouble(cluster, random);
                    later(cluster, any(cluster, random));
                    if (random.nextInt(3) == 0) {
                        cluster.raiseLevel(any(cluster, random));
                    }
                    cluster.run(Duration.ofMillis(random.nextInt(1500)));
                }
                for (String node : cluster.names()) {
                    assertThat(cluster.state(node)
                                    .map(state -> state.level().number())
                                    .orElse(1))
                            .as("seed %s, while %s is old", seed, next)
                            .isLessThan(Later.NEXT);
                }
                update(cluster, next, Later.at(Later.NEXT));
                cluster.run(Duration.ofSeconds(2));
            }
            cluster.network().heal();
            cluster.run(Duration.ofSeconds(20));
            assertThat(raised(cluster, any(cluster, random)))
                    .as("seed %s", seed)
                    .isEmpty();
            later(cluster, any(cluster, random));
            cluster.run(Duration.ofSeconds(5));
            for (String node : cluster.names()) {
                assertThat(at(cluster, node).level().number()).isEqualTo(Later.NEXT);
                assertThat(at(cluster, node).node("n1").orElseThrow().attributes())
                        .as("seed %s", seed)
                        .containsEntry(Later.KEY + "rack", "7");
            }
            assertThat(cluster.observer().violations()).as("seed %s", seed).isEmpty();
        }
    }

    private static String any(SimulatedCluster cluster, Random random) {
        return cluster.names().get(random.nextInt(cluster.names().size()));
    }

    private static void trouble(SimulatedCluster cluster, Random random) {
        String node = any(cluster, random);
        switch (random.nextInt(8)) {
            case 0 -> cluster.killDaemon(node, Duration.ofMillis(random.nextInt(2000)));
            case 1 -> cluster.powerCycle(node, Duration.ofMillis(random.nextInt(3000)));
            case 2 -> cluster.isolate(node, true);
            case 3 -> cluster.names().forEach(each -> cluster.isolate(each, false));
            default -> {}
        }
    }

    @Test
    void aNodeThatBeganIsToldSoonOfTheOthersThoughMessagesAreLost() {
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedCluster cluster = cluster(seed);
            SimulatedNetwork.Weather calm = cluster.network().weather();
            update(cluster, "n1", Later.at(Later.NEXT));
            cluster.network().weather(calm.losing(0.5, 0));
            cluster.run(Duration.ofMillis(600));
            cluster.network().weather(calm);
            cluster.run(Duration.ofMillis(1200));
            assertThat(raised(cluster, "n1"))
                    .as("seed %s", seed)
                    .doesNotContain("has not told")
                    .contains("n2 has 0.3.0")
                    .contains("n3 has 0.3.0");
        }
    }

    @Test
    void saysWhichNodeIsTooOldAndWhatToInstall() {
        SimulatedCluster cluster = cluster(1);
        update(cluster, "n1", Later.at(Later.NEXT));
        update(cluster, "n2", Later.at(Later.NEXT));
        cluster.run(Duration.ofSeconds(10));
        assertThat(raised(cluster, "n1"))
                .isEqualTo("The cluster stays at functional level 1, level 4 is not possible yet:"
                        + " n3 has 0.3.0, which understands level 3: install Holdfast 0.4.0 or later on it");
        cluster.powerCut("n3");
        cluster.run(Duration.ofSeconds(10));
        assertThat(raised(cluster, "n1")).contains("n3 is not heard: start it");
    }

    @Test
    void aNodeThatIsTooOldTakesNoPartAndIsToldWhatToInstall() {
        SimulatedCluster cluster = cluster(2);
        cluster.names().forEach(node -> {
            update(cluster, node, Later.at(Later.NEXT));
            cluster.run(Duration.ofSeconds(10));
        });
        assertThat(raised(cluster, "n1")).isEmpty();
        update(cluster, "n3", Later.at(Later.NEXT - 1));
        cluster.run(Duration.ofSeconds(10));
        later(cluster, "n1");
        cluster.run(Duration.ofSeconds(10));
        assertThat(cluster.ledgerProblem("n3"))
                .contains("level 4")
                .contains("install Holdfast 0.4.0 or later on this node");
        assertThat(at(cluster, "n1").node("n1").orElseThrow().attributes()).containsKey(Later.KEY + "rack");
        assertThat(cluster.observer().violations()).isEmpty();
    }

    @Test
    void aVersionThatSendsWithoutAskingIsCaught() {
        SimulatedCluster cluster = cluster(3);
        update(cluster, "n1", new Levels(Later.NEXT, command -> 1));
        cluster.run(Duration.ofSeconds(10));
        later(cluster, "n1");
        cluster.run(Duration.ofSeconds(5));
        assertThat(cluster.observer().violations())
                .extracting(Violation::invariant)
                .contains(Invariant.S19);
    }
}
