package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node does with a right to be promoted. */
class RoleTest {
    private static final String RIGHT = "a:promoted:0";

    private final TestCluster cluster = new TestCluster();
    private TestCluster.Node node;

    @BeforeEach
    void oneCopyThatIsActive() {
        node = cluster.new Node("n1").reconcile();
        cluster.clone(1, TestCluster.resource("a"));
        run(1);
        node.grant("a:0");
        run(100);
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
        assertThat(node.operations.calls).containsExactly("start a:0", "monitor a:0");
        node.operations.calls.clear();
    }

    @AfterEach
    void neverTwoOperationsOfOneInstanceAtATime() {
        assertThat(node.operations.overlaps).isZero();
    }

    /** What is promoted here has the right throughout, and the copy. */
    private void run(long millis) {
        for (long i = 0; i < millis; i++) {
            cluster.loop.run(1);
            if (!node.operations.promoted.isEmpty()) {
                assertThat(cluster.grant(RIGHT)).as("the right").isPresent();
                assertThat(cluster.grant("a:0")).as("the copy").isPresent();
            }
        }
    }

    private long promote() {
        long token = node.grant(RIGHT);
        run(50);
        assertThat(node.operations.promoted).containsExactly("a:0");
        node.operations.calls.clear();
        return token;
    }

    @Test
    void promotesUnderTheRightAndSaysSo() {
        long token = promote();
        assertThat(node.operations.tokens.get("a:0")).isEqualTo(token);
        assertThat(cluster.report(RIGHT)).isEqualTo("ACTIVE");
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
        assertThat(node.reconciler.report()).hasSize(1);
    }

    @Test
    void givesTheRightBackAfterAMonitorThatFindsItDemoted() {
        promote();
        cluster.revoke(RIGHT);
        run(100);
        assertThat(node.operations.calls).containsExactly("demote a:0", "monitor a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
        promote();
    }

    @Test
    void aMonitorThatIsToProveTheDemotionDoesNotSuggestThePromotion() {
        promote();
        run(10_500);
        assertThat(node.operations.given.get("monitor a:0").promotedToken()).isPresent();
        cluster.revoke(RIGHT);
        run(100);
        assertThat(node.operations.given.get("demote a:0").promotedToken()).isPresent();
        assertThat(node.operations.given.get("monitor a:0").promotedToken()).isEmpty();
    }

    @Test
    void stopsWhatSaysThatItIsDemotedAndIsNot() {
        promote();
        node.operations.answers.put("demote a:0", new Outcome.Ok());
        cluster.revoke(RIGHT);
        run(45);
        assertThat(cluster.grant(RIGHT)).isPresent();
        run(55);
        assertThat(node.operations.calls).startsWith("demote a:0", "monitor a:0", "stop a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(cluster.ledger.all(Command.Failure.class))
                .singleElement()
                .matches(failure -> failure.reason().contains("the monitor finds it promoted still"));
    }

    @Test
    void stopsWhatCannotBeDemotedAndKillsWhatCannotBeStopped() {
        promote();
        node.operations.answers.put("demote a:0", new Outcome.Unknown("no end"));
        node.operations.answers.put("stop a:0", new Outcome.Failed("no", false));
        cluster.revoke(RIGHT);
        run(100);
        assertThat(node.operations.calls).startsWith("demote a:0", "stop a:0", "kill a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
        run(2000);
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
    }

    @Test
    void keepsTheRightWhileNothingIsProved() {
        promote();
        node.operations.answers.put("demote a:0", new Outcome.Unknown("no end"));
        node.operations.answers.put("stop a:0", new Outcome.Failed("no", false));
        node.operations.unkillable.add("a:0");
        cluster.revoke(RIGHT);
        run(20_000);
        assertThat(cluster.report("a:0")).isEqualTo("BLOCKED");
        assertThat(cluster.grant(RIGHT)).isPresent();
        node.operations.unkillable.clear();
        run(6000);
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void demotesBeforeItStopsAndGivesBackTheRightFirst() {
        promote();
        cluster.revoke("a:0");
        run(200);
        assertThat(node.operations.calls).containsExactly("demote a:0", "stop a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(cluster.grant("a:0")).isEmpty();
        List<Command.Release> releases = cluster.ledger.all(Command.Release.class);
        assertThat(releases).extracting(Command.Release::instance).containsExactly(RIGHT, "a:0");
        assertThat(node.reconciler.empty()).isTrue();
    }

    @Test
    void aPromotionThatFailsEndsTheCopyAndIsTriedAgain() {
        node.operations.answers.put("promote a:0", new Outcome.Failed("no", false));
        node.grant(RIGHT);
        run(60);
        assertThat(node.operations.calls).startsWith("promote a:0", "demote a:0");
        assertThat(cluster.ledger.all(Command.Failure.class))
                .singleElement()
                .matches(failure -> failure.operation().equals("promote")
                        && failure.instance().equals("a:0"));
        node.operations.answers.clear();
        run(3000);
        assertThat(node.operations.promoted).containsExactly("a:0");
        assertThat(cluster.report(RIGHT)).isEqualTo("ACTIVE");
    }

    @Test
    void aPromotedCopyThatFailsIsRestartedAndItsRightIsNotActiveMeanwhile() {
        promote();
        node.operations.answers.put("start a:0", new Outcome.Failed("no", false));
        node.operations.die("a:0");
        run(300);
        assertThat(cluster.report("a:0")).isEqualTo("FAILED");
        assertThat(cluster.report(RIGHT)).isEqualTo("STARTING");
        node.operations.answers.clear();
        run(5000);
        assertThat(cluster.report(RIGHT)).isEqualTo("ACTIVE");
        assertThat(node.operations.promoted).containsExactly("a:0");
    }

    @Test
    void aRightThatIsRevokedWhileItsCopyIsDownIsGivenBack() {
        promote();
        node.operations.answers.put("start a:0", new Outcome.Failed("no", true));
        node.operations.die("a:0");
        run(200);
        cluster.revoke(RIGHT);
        run(100);
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(cluster.grant("a:0")).isPresent();
    }

    @Test
    void oneThatIsPromotedNoMoreHasFailed() {
        promote();
        node.operations.promoted.clear();
        run(11_000);
        assertThat(cluster.ledger.all(Command.Failure.class))
                .singleElement()
                .matches(failure -> failure.reason().contains("not promoted any more"));
        assertThat(node.operations.promoted).containsExactly("a:0");
    }

    @Test
    void aPromotedCopyThatFailsIsOnlyDemotedWhereTheDocumentSaysSo() {
        document("", "demote");
        promote();
        node.operations.answers.put("monitor a:0", new Outcome.Failed("it writes no more", false));
        run(2010);
        node.operations.answers.clear();
        run(200);
        assertThat(node.operations.calls).containsExactly("monitor a:0", "demote a:0", "monitor a:0", "promote a:0");
        assertThat(cluster.record("a:0").failures().get("n1").operation()).isEqualTo("monitor-promoted");
        assertThat(cluster.report(RIGHT)).isEqualTo("ACTIVE");
    }

    /** One promoted copy, with what the failure of a monitor leads to, and of one while it is promoted; empty: nothing is said. */
    private void document(String monitor, String whilePromoted) {
        Resource plain = TestCluster.resource("a");
        TreeMap<String, OperationSetting> operations = new TreeMap<>();
        if (!whilePromoted.isEmpty()) {
            Optional<Duration> each = Optional.of(Duration.ofSeconds(2));
            operations.put("monitor-promoted", new OperationSetting(each, Optional.empty(), whilePromoted));
        }
        cluster.clone(
                1,
                new Resource(
                        plain.name(),
                        plain.type(),
                        plain.parameters(),
                        plain.start(),
                        plain.stop(),
                        new OperationSetting(Optional.empty(), Optional.empty(), monitor),
                        plain.stickiness(),
                        plain.migrationThreshold(),
                        plain.failureTimeout(),
                        0,
                        plain.uses(),
                        operations,
                        plain.options()));
    }

    @Test
    void aFailureThatIsIgnoredLeavesItPromotedAndNotOneOfItsDemotion() {
        document("ignore", "");
        promote();
        node.operations.answers.put("monitor a:0", new Outcome.Failed("slow", false));
        node.operations.answers.put("demote a:0", new Outcome.Failed("no", false));
        run(10_100);
        assertThat(node.operations.calls).containsExactly("monitor a:0");
        assertThat(cluster.record("a:0").failures()).isEmpty();
        node.operations.answers.remove("monitor a:0");
        cluster.revoke(RIGHT);
        run(100);
        assertThat(node.operations.calls).containsSubsequence("demote a:0", "stop a:0");
        assertThat(node.operations.count("demote a:0")).isEqualTo(1);
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void theWrongRoleIsNotIgnored() {
        document("ignore", "");
        promote();
        node.operations.promoted.clear();
        run(10_500);
        assertThat(cluster.record("a:0").failures().get("n1").reason()).contains("not promoted any more");
    }

    @Test
    void whatADaemonThatComesBackCannotSeeIsNotIgnored() {
        document("ignore", "");
        promote();
        node.operations.answers.put("monitor a:0", new Outcome.Failed("slow", false));
        node.restart();
        run(30);
        assertThat(cluster.ledger.all(Command.Failure.class)).hasSize(1);
        assertThat(cluster.report("a:0")).isNotEqualTo("ACTIVE");
    }

    @Test
    void whatIsBlockedKeepsItsRightUntilThatIsRevoked() {
        document("block", "");
        promote();
        node.operations.answers.put("monitor a:0", new Outcome.Failed("it writes rubbish", false));
        run(60_000);
        assertThat(node.operations.calls).containsExactly("monitor a:0");
        assertThat(cluster.report("a:0")).isEqualTo("BLOCKED");
        assertThat(node.operations.promoted).containsExactly("a:0");
        cluster.revoke(RIGHT);
        run(20);
        assertThat(node.operations.calls).contains("demote a:0");
        run(200);
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void theFailureOfWhatIsPromotedIsToldByTheOperationThatTheDocumentNames() {
        document("stop", "restart");
        promote();
        node.operations.answers.put("monitor a:0", new Outcome.Failed("slow", false));
        run(2100);
        assertThat(cluster.ledger.all(Command.Failure.class).get(0).operation()).isEqualTo("monitor-promoted");
    }

    @Test
    void aPromotionThatOutlivesItsDaemonEndsWithItsCopy() {
        node.operations.takes.put("promote a:0", Duration.ofSeconds(1));
        node.grant(RIGHT);
        run(100);
        node.reconciler.close();
        cluster.revoke(RIGHT);
        node.restart();
        run(100);
        assertThat(node.operations.calls).startsWith("promote a:0", "kill a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
        run(3000);
        assertThat(node.operations.promoted).isEmpty();
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
    }

    @Test
    void aPromotionThatOutlivesItsDaemonIsBegunAnewAfterItsEnd() {
        node.operations.takes.put("promote a:0", Duration.ofSeconds(1));
        node.grant(RIGHT);
        run(100);
        node.restart();
        run(900);
        assertThat(node.operations.calls)
                .containsExactly("promote a:0", "kill a:0", "start a:0", "monitor a:0", "promote a:0");
        run(1000);
        assertThat(cluster.report(RIGHT)).isEqualTo("ACTIVE");
    }

    @Test
    void ofWhatCannotBePromotedNobodyKnowsThatItIsNot() {
        cluster.clone(-1, TestCluster.resource("a"));
        cluster.revoke("a:0");
        run(100);
        assertThat(node.reconciler.nonePromoted("a:0"))
                .as("nothing of it is here")
                .isTrue();
        node.grant("a:0");
        run(100);
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
        assertThat(node.reconciler.nonePromoted("a:0")).isFalse();
        run(11_000);
        assertThat(node.reconciler.nonePromoted("a:0")).isFalse();
        node.restart();
        run(100);
        assertThat(node.reconciler.nonePromoted("a:0")).isFalse();
        assertThat(node.operations.calls).doesNotContain("demote a:0");
    }

    @Test
    void demotesWhatHoldsARightThoughNothingSaysThatItCouldBePromoted() {
        promote();
        cluster.clone(-1, TestCluster.resource("a"));
        node.operations.started.clear();
        node.restart();
        run(100);
        cluster.revoke(RIGHT);
        run(200);
        assertThat(node.operations.promoted).isEmpty();
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void demotesWhatWentOutOfTheDocumentDuringMaintenance() {
        promote();
        cluster.ledger.put("n1", new Command.Maintenance("", true, "ann"));
        run(100);
        cluster.configure(TestCluster.resource("b"));
        cluster.ledger.put("n1", new Command.Maintenance("", false, "ann"));
        cluster.revoke(RIGHT);
        run(200);
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(node.operations.promoted).isEmpty();
        assertThat(cluster.grant("a:0")).isPresent();
    }

    @Test
    void endsWhatNobodyCanLookAtBeforeItGivesTheRightBack() {
        promote();
        node.operations.offered.clear();
        node.restart();
        run(20_000);
        assertThat(node.operations.calls).isEmpty();
        cluster.revoke(RIGHT);
        run(9000);
        assertThat(node.operations.calls).isEmpty();
        run(2000);
        assertThat(node.operations.calls).containsExactly("kill a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void looksAgainWhereTheTypeWasReplacedAtTheMomentOfTheProof() {
        promote();
        node.operations.answers.put("monitor a:0", new Outcome.Unknown("its bundle is gone"));
        cluster.revoke(RIGHT);
        run(35);
        node.operations.typesChanged();
        run(10);
        node.operations.answers.clear();
        run(100);
        assertThat(node.operations.calls).containsExactly("demote a:0", "monitor a:0", "monitor a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
    }

    @Test
    void looksAgainWhereTheTypeWasReplacedAfterTheStart() {
        cluster.revoke("a:0");
        run(100);
        node.operations.calls.clear();
        node.operations.answers.put("monitor a:0", new Outcome.Unknown("its bundle is gone"));
        node.grant("a:0");
        run(35);
        node.operations.typesChanged();
        run(10);
        node.operations.answers.clear();
        run(100);
        assertThat(node.operations.calls).containsExactly("start a:0", "monitor a:0", "monitor a:0");
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
    }

    @Test
    void oneThatPromotesItselfIsDemotedAtOnce() {
        node.operations.promoted.add("a:0");
        cluster.loop.run(11_000);
        assertThat(node.operations.promoted).isEmpty();
        assertThat(node.operations.calls).contains("demote a:0");
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
    }

    @Test
    void oneThatIsFoundPromotedAfterItsStartIsDemotedBeforeAnythingElse() {
        cluster.revoke("a:0");
        run(100);
        node.operations.answers.put("start a:0", new Outcome.Ok());
        node.operations.running.add("a:0");
        node.operations.promoted.add("a:0");
        node.operations.calls.clear();
        node.grant("a:0");
        cluster.loop.run(100);
        assertThat(node.operations.calls).startsWith("start a:0", "monitor a:0", "demote a:0", "monitor a:0");
        assertThat(node.operations.promoted).isEmpty();
    }

    @Test
    void aDaemonThatComesBackGoesOnWithBoth() {
        promote();
        node.restart();
        run(100);
        assertThat(node.operations.calls).containsExactly("monitor a:0");
        assertThat(cluster.report(RIGHT)).isEqualTo("ACTIVE");
        node.operations.calls.clear();
        cluster.revoke(RIGHT);
        run(100);
        assertThat(node.operations.calls).containsExactly("demote a:0", "monitor a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void aDaemonThatComesBackDemotesWhatWasRevokedMeanwhile() {
        promote();
        node.reconciler.close();
        cluster.revoke(RIGHT);
        node.restart();
        run(200);
        assertThat(node.operations.promoted).isEmpty();
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(cluster.report("a:0")).isEqualTo("ACTIVE");
    }

    @Test
    void aDaemonThatComesBackTrustsNoMonitorAfterAPromotionThatFailed() {
        node.operations.answers.put("promote a:0", new Outcome.Failed("not yet", false));
        node.operations.takes.put("stop a:0", Duration.ofSeconds(5));
        node.grant(RIGHT);
        run(300);
        assertThat(node.operations.calls).contains("stop a:0");
        node.reconciler.close();
        cluster.revoke(RIGHT);
        node.restart();
        node.operations.calls.clear();
        run(300);
        assertThat(node.operations.calls).startsWith("kill a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void aDaemonThatComesBackDemotesBeforeItStops() {
        promote();
        node.reconciler.close();
        cluster.revoke("a:0");
        node.restart();
        run(200);
        assertThat(node.operations.calls).containsExactly("demote a:0", "stop a:0");
        assertThat(cluster.grant("a:0")).isEmpty();
    }

    @Test
    void keepsTheRightWhileAnotherCopyHereMayBePromoted() {
        promote();
        node.reconciler.close();
        node.operations.running.add("a:1");
        node.operations.started.put("a:1", new Instance("a:1", "t", Map.of(), 2, Map.of()));
        node.operations.unkillable.add("a:1");
        node.restart();
        cluster.revoke(RIGHT);
        run(1000);
        assertThat(node.operations.promoted).isEmpty();
        assertThat(cluster.grant(RIGHT)).isPresent();
        node.operations.unkillable.clear();
        run(6000);
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void promotesNothingWithoutALease() {
        node.lease.active = false;
        node.grant(RIGHT);
        run(1000);
        assertThat(node.operations.calls).isEmpty();
        node.renew();
        run(100);
        assertThat(cluster.report(RIGHT)).isEqualTo("ACTIVE");
    }

    @Test
    void thePromotionThatTheGuardInterruptedCountsForNothing() {
        node.operations.takes.put("promote a:0", Duration.ofSeconds(1));
        node.grant(RIGHT);
        run(500);
        node.closeGate();
        node.lease.changed();
        run(1000);
        assertThat(cluster.report(RIGHT)).isEmpty();
        cluster.revoke(RIGHT);
        run(100);
        assertThat(cluster.grant(RIGHT)).as("nothing is proved yet").isPresent();
        node.guardDone();
        node.renew();
        run(200);
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(node.operations.calls).contains("kill a:0");
    }

    @Test
    void promotesAgainAfterTheGuardStoppedEverything() {
        promote();
        node.closeGate();
        node.lease.changed();
        run(100);
        assertThat(cluster.report(RIGHT)).isEqualTo("STARTING");
        node.guardDone();
        node.renew();
        run(300);
        assertThat(node.operations.calls).containsExactly("start a:0", "monitor a:0", "promote a:0");
        assertThat(cluster.report(RIGHT)).isEqualTo("ACTIVE");
    }

    @Test
    void leavesTheRoleAloneInMaintenance() {
        promote();
        cluster.ledger.put("n1", new Command.Maintenance("a", true, "ann"));
        cluster.revoke(RIGHT);
        run(20_000);
        assertThat(node.operations.calls).isEmpty();
        assertThat(cluster.grant(RIGHT)).isPresent();
        cluster.ledger.put("n1", new Command.Maintenance("a", false, "ann"));
        run(200);
        assertThat(cluster.grant(RIGHT)).isEmpty();
        assertThat(node.operations.promoted).isEmpty();
    }

    @Test
    void demotesWhatMayBePromotedNoMoreByTheDocument() {
        promote();
        cluster.clone(-1, TestCluster.resource("a"));
        cluster.revoke(RIGHT);
        run(200);
        assertThat(node.operations.calls).containsExactly("demote a:0", "monitor a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void waitsForTheTypeBeforeItKillsWhatItCannotDemote() {
        promote();
        node.operations.offered.clear();
        node.operations.typesChanged();
        cluster.revoke(RIGHT);
        run(9000);
        assertThat(node.operations.calls).isEmpty();
        run(2000);
        assertThat(node.operations.calls).containsExactly("kill a:0");
        assertThat(cluster.grant(RIGHT)).isEmpty();
    }

    @Test
    void reportsNothingOfARightThatWasNeverActive() {
        node.operations.answers.put("promote a:0", new Outcome.Failed("no", false));
        node.grant(RIGHT);
        run(30);
        assertThat(cluster.ledger.all(Command.Reported.class))
                .filteredOn(report -> report.instance().equals(RIGHT) && report.state() == State.ACTIVE)
                .isEmpty();
    }
}
