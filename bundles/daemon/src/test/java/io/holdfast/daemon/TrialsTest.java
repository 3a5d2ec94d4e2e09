package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.runtime.TypeTrials.Verdict;
import io.holdfast.model.Command;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrialsTest {
    private static final Outcome NO = new Outcome.Failed("there is no folder", false);

    private final TestCluster cluster = new TestCluster();
    private TestCluster.Node node;

    @BeforeEach
    void oneRunsOneDoesNot() {
        node = cluster.new Node("n1").reconcile();
        cluster.configure(TestCluster.resource("a"), TestCluster.resource("b"));
        run(1);
        node.grant("a");
        run(50);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    private void run(long millis) {
        cluster.loop.run(millis);
    }

    private Trials trials() {
        return node.reconciler.trials();
    }

    private void begin() {
        CompletableFuture<Void> begun = trials().begin(Set.of("t")).toCompletableFuture();
        run(50);
        assertThat(begun).isCompleted();
    }

    /** The bundle of before goes, the next one comes. */
    private void replace() {
        node.operations.offered.clear();
        node.operations.typesChanged();
        run(30);
        node.operations.offered.add("t");
        node.operations.typesChanged();
    }

    private Verdict look() {
        CompletableFuture<Verdict> verdict = trials().look().toCompletableFuture();
        run(50);
        assertThat(verdict).isCompleted();
        return verdict.join();
    }

    @Test
    void whatIsAsGoodAsBeforePasses() {
        begin();
        replace();
        assertThat(look().troubles()).isEmpty();
        run(100);
        assertThat(look()).isEqualTo(new Verdict(List.of(), List.of()));
        assertThat(node.operations.count("monitor a")).isEqualTo(1);
        assertThat(node.operations.count("validate b")).as("before and after").isEqualTo(2);
    }

    @Test
    void itWaitsForAMonitorUnderTheNewVersion() {
        begin();
        replace();
        node.operations.takes.put("monitor a", Duration.ofSeconds(2));
        assertThat(look().waiting()).containsExactly("a, which runs here, was not monitored yet");
        run(3000);
        assertThat(look().waiting()).isEmpty();
    }

    @Test
    void whatDoesNotPassItsValidationAnyMoreIsTold() {
        begin();
        replace();
        node.operations.answers.put("validate b", NO);
        assertThat(look().troubles()).containsExactly("b does not pass its validation any more: there is no folder");
    }

    @Test
    void whatDidNotPassBeforeIsNotTheNewVersionsFault() {
        node.operations.answers.put("validate b", NO);
        begin();
        replace();
        assertThat(look().troubles()).isEmpty();
    }

    @Test
    void aMonitorThatFailsIsToldAndNothingIsDoneAboutItUntilTheEnd() {
        begin();
        replace();
        node.operations.answers.put("monitor a", NO);
        run(1500);
        assertThat(look().troubles())
                .containsExactly("the monitor of a, which runs here, fails now: there is no folder");
        run(10_000);
        assertThat(node.operations.calls).doesNotContain("stop a");
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
        replace(); // the version of before is back
        node.operations.answers.clear();
        trials().end();
        run(5000);
        assertThat(node.operations.calls).doesNotContain("stop a");
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void whatRanInTheDaemonEndedWithItsBundleAndIsStartedAnewAtOnce() {
        Duration limit = Duration.ofSeconds(5);
        node.operations.descriptions.put(
                "t", new TypeDescription("t", "", List.of(), limit, limit, limit, limit, true));
        cluster.revoke("a");
        run(100);
        node.grant("a");
        run(100);
        begin();
        replace();
        node.operations.running.remove("a");
        assertThat(look().troubles()).isEmpty();
        run(3000);
        assertThat(node.operations.count("start a")).isEqualTo(3);
        assertThat(look()).isEqualTo(new Verdict(List.of(), List.of()));
    }

    @Test
    void whatIsReallyDeadIsSeenToAfterTheEnd() {
        begin();
        replace();
        run(100);
        node.operations.die("a");
        run(5000);
        assertThat(node.operations.calls).doesNotContain("stop a");
        trials().end();
        run(2000);
        assertThat(cluster.ledger.all(Command.Failure.class)).hasSize(1);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void aTrialThatNobodyEndsIsOverAfterTwoMinutes() {
        begin();
        replace();
        run(100);
        node.operations.die("a");
        run(119_000);
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
        run(5000);
        assertThat(cluster.ledger.all(Command.Failure.class)).hasSize(1);
    }

    @Test
    void withoutATrialNothingIsJudged() {
        node.operations.answers.put("validate b", NO);
        assertThat(look().troubles()).isEmpty();
        assertThat(node.operations.calls).doesNotContain("validate b");
    }
}
