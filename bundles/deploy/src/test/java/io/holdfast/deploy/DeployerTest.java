package io.holdfast.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.deploy.Bundles.Look;
import io.holdfast.deploy.TestCluster.Node;
import io.holdfast.model.Command;
import io.holdfast.model.ledger.LedgerException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeployerTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    private Path folder;

    private TestCluster cluster;
    private Node n1;
    private Node n2;
    private Node n3;

    @BeforeEach
    void three() {
        cluster = new TestCluster(folder);
        n1 = cluster.join("n1", false);
        n2 = cluster.join("n2", false);
        n3 = cluster.join("n3", false);
        cluster.loop.run(100);
    }

    private CompletableFuture<String> deploy(Node on, byte[] jar) throws IOException {
        String digest = on.assembly.desk().keep(new ByteArrayInputStream(jar));
        return on.assembly.desk().deploy(digest, "ann", LIMIT).toCompletableFuture();
    }

    private void deployed(String version) throws IOException {
        CompletableFuture<String> done = deploy(n3, TestCluster.jar(version));
        cluster.loop.run(2000);
        assertThat(done.join()).contains(version + " is deployed");
    }

    private List<String> active() {
        return cluster.nodes.values().stream().map(Node::active).toList();
    }

    private static String refusal(CompletableFuture<String> failed) {
        assertThat(failed).isCompletedExceptionally();
        try {
            return failed.join();
        } catch (CompletionException e) {
            assertThat(((ClusterException) e.getCause()).kind()).isEqualTo(ClusterException.Kind.REFUSED);
            return e.getCause().getMessage();
        }
    }

    private String lastEvent() {
        return cluster.ledger
                .state()
                .events()
                .get(cluster.ledger.state().events().size() - 1)
                .text();
    }

    @Test
    void oneTriesItThenAllHaveItAndItIsSaid() throws IOException {
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(20);
        assertThat(active()).containsExactly("1.0.0", "", "");
        cluster.loop.run(1000);
        assertThat(active()).containsExactly("1.0.0", "1.0.0", "1.0.0");
        assertThat(done.join())
                .isEqualTo(
                        "com.example.web 1.0.0 is deployed: it is well on n1, n2, n3 (n1 tried it first) and offers web.");
        assertThat(n2.on("n3").state()).isEqualTo("active");
        int said = cluster.ledger.commands.size();
        cluster.loop.run(Duration.ofMinutes(30));
        assertThat(cluster.ledger.commands)
                .as("a cluster at rest writes nothing")
                .hasSize(said);
    }

    @Test
    void aFeatureGoesToAllAsItsKar() throws IOException {
        String digest = n3.assembly.desk().keepFeature(TestCluster.NAME);
        CompletableFuture<String> done =
                n3.assembly.desk().deploy(digest, "ann", LIMIT).toCompletableFuture();
        cluster.loop.run(1000);
        assertThat(done).isCompleted();
        assertThat(done.join())
                .contains("com.example.web 1.0.0 is deployed: it is well on n1, n2, n3 (n1 tried it first)");
        assertThat(n1.bundles.installed.get(TestCluster.NAME).digest()).isEqualTo(digest);
        assertThatThrownBy(() -> n3.assembly.desk().keepFeature("nowhere"))
                .hasMessage("no feature nowhere is known here");
        CompletableFuture<String> gone =
                n1.assembly.desk().undeploy(TestCluster.NAME, "ann", LIMIT).toCompletableFuture();
        cluster.loop.run(1000);
        assertThat(gone).isCompleted();
        assertThat(n1.bundles.installed).isEmpty();
    }

    @Test
    void whatThrowsOnTheFirstReachesNoOther() throws IOException {
        n1.bundles.throwing.add("1.0.0");
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(1000);
        assertThat(refusal(done))
                .contains("rolled back: on n1: its activator failed: no")
                .contains("No node keeps it");
        assertThat(n1.bundles.installed).isEmpty();
        assertThat(n2.bundles.calls).isEmpty();
        assertThat(n1.on("n1").detail()).contains("its activator failed");
    }

    @Test
    void whatFailsOnALaterNodeIsTakenBackEverywhereToTheVersionOfBefore() throws IOException {
        deployed("1.0.0");
        n2.bundles.looks.put("1.1.0", new Look.Broken("component Web failed: no disk"));
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.1.0"));
        cluster.loop.run(2000);
        assertThat(refusal(done)).contains("on n2: component Web failed: no disk", "All nodes go back to 1.0.0");
        assertThat(active()).containsExactly("1.0.0", "1.0.0", "1.0.0");
        assertThat(n1.bundles.calls).containsExactly("put 1.0.0", "put 1.1.0", "put 1.0.0");
    }

    @Test
    void aTypeThatIsRegisteredAndNotOnOfferDoesNotPass() throws IOException {
        n1.bundles.offered = Set.of();
        n1.bundles.looks.put("1.0.0", new Look.Well(List.of("web")));
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(Duration.ofSeconds(40));
        assertThat(refusal(done)).contains("not on offer: [web]");
    }

    @Test
    void whatIsWorseThanBeforeIsTakenBack() throws IOException {
        deployed("1.0.0");
        assertThat(n1.trials.calls)
                .as("a new type has nothing to be compared with")
                .isEmpty();
        n2.trials.calls.clear();
        n2.trials.troubles.add("site does not pass its validation any more: no folder");
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.1.0"));
        cluster.loop.run(2000);
        assertThat(refusal(done)).contains("on n2: site does not pass its validation any more: no folder");
        assertThat(active()).containsExactly("1.0.0", "1.0.0", "1.0.0");
        assertThat(n2.trials.calls)
                .as("what runs is left alone until the version of before is back, which is not judged")
                .containsExactly("begin [web]", "begin [web]", "end");
    }

    @Test
    void whatRunsMustPassItsMonitorBeforeTheRestFollow() throws IOException {
        deployed("1.0.0");
        n1.trials.waiting.add("site was not monitored yet");
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.1.0"));
        cluster.loop.run(Duration.ofSeconds(10));
        assertThat(active()).containsExactly("1.1.0", "1.0.0", "1.0.0");
        n1.trials.waiting.clear();
        cluster.loop.run(2000);
        assertThat(done.join()).contains("1.1.0 is deployed");
        n1.trials.waiting.add("site was not monitored yet");
        CompletableFuture<String> late = deploy(n3, TestCluster.jar("1.2.0"));
        cluster.loop.run(Duration.ofSeconds(40));
        assertThat(refusal(late)).contains("on n1: site was not monitored yet, 30 s after its start");
    }

    @Test
    void whatNobodySignedIsRefusedWhereItIsGivenAndWhereItArrives() throws IOException {
        n3.signatures.refusal = "it is not signed";
        CompletableFuture<String> refused = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(1000);
        assertThat(refusal(refused)).contains("Not deployed: it is not signed");
        assertThatThrownBy(() -> n3.assembly.desk().keepFeature(TestCluster.NAME))
                .hasMessageContaining("takes only signed code (deploy.keys)")
                .hasMessageContaining("it is packed in ")
                .hasMessageContaining(TestCluster.NAME + "-1.0.0.kar: sign that file with jarsigner");
        assertThat(cluster.ledger.state().deployments()).isEmpty();
        CompletableFuture<String> arrived = deploy(n1, TestCluster.jar("1.0.0"));
        cluster.loop.run(2000);
        assertThat(refusal(arrived)).contains("rolled back: on n3: it is not signed");
        assertThat(n3.bundles.calls).doesNotContain("put 1.0.0");
    }

    @Test
    void whatIsNotSatisfiedIsWaitedForAWhile() throws IOException {
        n1.bundles.looks.put("1.0.0", new Look.NotYet("component Web lacks database"));
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(Duration.ofSeconds(20));
        assertThat(done).isNotDone();
        n1.bundles.looks.clear();
        cluster.loop.run(1000);
        assertThat(done.join()).contains("is deployed");

        n1.bundles.looks.put("1.1.0", new Look.NotYet("component Web lacks database"));
        CompletableFuture<String> late = deploy(n3, TestCluster.jar("1.1.0"));
        cluster.loop.run(Duration.ofSeconds(40));
        assertThat(refusal(late)).contains("on n1: component Web lacks database, 30 s after its start");
        assertThat(active()).containsExactly("1.0.0", "1.0.0", "1.0.0");
    }

    @Test
    void anActivationThatHangsIsGivenUp() throws IOException {
        n1.bundles.hanging.add("1.0.0");
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(Duration.ofSeconds(61));
        assertThat(refusal(done)).contains("did not end within 60 s");
    }

    @Test
    void whatEndsTheDaemonIsNotTriedAgain() throws IOException {
        n1.bundles.ending.add("1.0.0");
        n1.bundles.end = n1::end;
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(500);
        assertThat(done).isNotDone();
        n1.begin(); // as its guard does
        cluster.loop.run(1000);
        assertThat(refusal(done)).contains("on n1: the daemon ended while it was being activated");
        assertThat(n1.bundles.calls).containsExactly("put 1.0.0", "remove");
    }

    @Test
    void aFirstNodeThatIsLostTakesItBack() throws IOException {
        n1.bundles.hanging.add("1.0.0");
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(500);
        cluster.ledger.put("n2", new Command.Expel("n1", n1.incarnation, "silent"));
        cluster.loop.run(500);
        assertThat(refusal(done)).contains("n1 was lost while it tried it");
        assertThat(n2.bundles.calls).isEmpty();
    }

    @Test
    void aNodeThatIsSilentThoughItIsThereHoldsItUpForAWhileOnly() throws IOException {
        n2.end();
        deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(Deployer.OVERDUE.plusSeconds(20));
        assertThat(lastEvent()).contains("rolled back: no word from n2 within 3 min");
        assertThat(n1.active() + n3.active()).isEmpty();
    }

    @Test
    void whoComesLaterTakesItAndAWitnessDoesNot() throws IOException {
        deployed("1.0.0");
        n3.reachable = false; // where it was given; the others have it as well
        Node n4 = cluster.join("n4", false);
        Node witness = cluster.join("w", true);
        cluster.loop.run(1000);
        assertThat(n4.active()).isEqualTo("1.0.0");
        assertThat(n4.on("n4").state()).isEqualTo("active");
        assertThat(witness.bundles.calls).isEmpty();
        CompletableFuture<String> nothing =
                witness.assembly.desk().deploy("0".repeat(64), "ann", LIMIT).toCompletableFuture();
        cluster.loop.run(100);
        assertThat(refusal(nothing)).contains("Not deployed: ");
        CompletableFuture<String> same = deploy(witness, TestCluster.jar("1.0.0"));
        cluster.loop.run(100);
        assertThat(same.join()).as("it is there already").contains("is deployed");
    }

    @Test
    void bytesThatNobodyHasAnyMoreAreLookedForAndThenItIsTakenBack() throws IOException {
        n3.reachable = false;
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(3000);
        assertThat(done).as("it may come back").isNotDone();
        cluster.loop.run(3000);
        assertThat(refusal(done)).contains("on n1: it cannot be fetched: n3: no answer in time; n2: it is not here");
    }

    @Test
    void aRestartAtAnyPointDoesNoHarm() throws IOException {
        for (int millis = 1; millis < 60; millis += 3) {
            String version = "1." + millis + ".0";
            CompletableFuture<String> done = deploy(n3, TestCluster.jar(version));
            cluster.loop.run(millis);
            n2.end();
            n2.bundles.installed.computeIfPresent(
                    TestCluster.NAME, (name, one) -> new Bundles.Installed(one.digest(), false)); // started transiently
            cluster.loop.run(50);
            n2.begin();
            cluster.loop.run(Duration.ofSeconds(20));
            List<String> now = active();
            assertThat(Set.copyOf(now)).as("after %s ms: %s", millis, now).hasSize(1);
            assertThat(done).isDone();
        }
    }

    @Test
    void nothingIsStartedBeforeTheNodeHasJoined() throws IOException {
        deployed("1.0.0");
        n2.end();
        n2.bundles.installed.put(
                TestCluster.NAME,
                new Bundles.Installed(n2.bundles.installed.get(TestCluster.NAME).digest(), false));
        n2.here = false;
        n2.begin();
        cluster.loop.run(Duration.ofSeconds(20));
        assertThat(n2.active()).isEmpty();
        n2.here = true;
        List.copyOf(n2.changed).forEach(Runnable::run);
        cluster.loop.run(100);
        assertThat(n2.active()).isEqualTo("1.0.0");
    }

    @Test
    void whatSomebodyRemovedByHandComesBackAndWhatIsUndeployedGoes() throws IOException {
        deployed("1.0.0");
        n2.bundles.installed.clear();
        cluster.loop.run(Duration.ofSeconds(6));
        assertThat(n2.active()).isEqualTo("1.0.0");
        n1.assembly.desk().undeploy(TestCluster.NAME, "ann", LIMIT);
        cluster.loop.run(500);
        assertThat(active()).containsExactly("", "", "");
        assertThat(n1.assembly.desk().deployments()).isEmpty();
        CompletableFuture<String> again =
                n1.assembly.desk().undeploy(TestCluster.NAME, "ann", LIMIT).toCompletableFuture();
        cluster.loop.run(100);
        assertThat(refusal(again)).contains("nothing of that name is deployed");
    }

    @Test
    void aLateFailureIsTriedAgainWithGrowingPausesAndSaidOnce() throws IOException {
        deployed("1.0.0");
        Node n4 = cluster.join("n4", false);
        n4.bundles.throwing.add("1.0.0");
        cluster.loop.run(Duration.ofMinutes(5));
        assertThat(n4.bundles.calls).hasSizeBetween(4, 7);
        assertThat(cluster.ledger.state().events().stream()
                        .filter(event -> event.text().contains("is not well on n4"))
                        .count())
                .isOne();
        n4.bundles.throwing.clear();
        cluster.loop.run(Duration.ofMinutes(6));
        assertThat(n4.active()).isEqualTo("1.0.0");
        assertThat(n1.on("n4").state()).isEqualTo("active");
    }

    @Test
    void withoutALeaderItIsSaidAgainLater() throws IOException {
        CompletableFuture<String> done = deploy(n3, TestCluster.jar("1.0.0"));
        cluster.loop.run(8);
        cluster.ledger.failing = LedgerException.Kind.NOT_DONE;
        cluster.loop.run(Duration.ofSeconds(10));
        cluster.ledger.failing = null;
        cluster.loop.run(Duration.ofSeconds(20));
        assertThat(done.join()).contains("is deployed");
    }

    @Test
    void bytesCanBeHadWithoutBeingDeployed() throws IOException {
        String digest = n3.assembly.desk().keep(new ByteArrayInputStream(TestCluster.jar("1.0.0")));
        CompletableFuture<Path> had =
                n2.assembly.desk().have(digest, List.of("n1", "n3")).toCompletableFuture();
        cluster.loop.run(100);
        assertThat(had.join()).hasBinaryContent(TestCluster.jar("1.0.0"));
        CompletableFuture<Path> nobody =
                n1.assembly.desk().have("0".repeat(64), List.of("n2")).toCompletableFuture();
        cluster.loop.run(100);
        assertThat(nobody).isCompletedExceptionally();
        assertThat(active()).containsExactly("", "", "");
    }

    @Test
    void whatIsNoBundleIsRefusedAtOnceAndLeavesNothing() {
        for (byte[] wrong : List.of(
                "text".getBytes(StandardCharsets.UTF_8),
                java.util.Arrays.copyOf(TestCluster.jar("1.0.0"), 150),
                TestCluster.jar("1.0.0", "Fragment-Host=other"))) {
            assertThatThrownBy(() -> n1.assembly.desk().keep(new ByteArrayInputStream(wrong)))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("it is ");
        }
        try (Stream<Path> left = Files.list(folder.resolve("n1"))) {
            assertThat(left).isEmpty();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
