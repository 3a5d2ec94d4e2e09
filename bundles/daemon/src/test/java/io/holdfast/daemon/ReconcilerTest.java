package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.resource.TypeDescription;
import io.holdfast.model.Command;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import io.holdfast.model.ledger.LedgerException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
    private final TestCluster cluster = new TestCluster();
    private TestCluster.Node node;

    @BeforeEach
    void oneNodeWithOneResource() {
        node = cluster.new Node("n1").reconcile();
        cluster.configure(TestCluster.resource("a"), TestCluster.resource("b"));
        run(1);
    }

    @AfterEach
    void neverTwoOperationsOfOneInstanceAtATime() {
        assertThat(node.operations.overlaps).isZero();
    }

    private void run(long millis) {
        cluster.loop.run(millis);
    }

    private void activate(String instance) {
        node.grant(instance);
        run(50);
        assertThat(cluster.report(instance)).isEqualTo("ACTIVE");
    }

    @Test
    void startsWhatIsGrantedAndReportsIt() {
        long token = node.grant("a");
        run(50);
        assertThat(node.operations.started.get("a").token()).isEqualTo(token);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(cluster.ledger.all(Command.Reported.class)).hasSize(1);
    }

    @Test
    void startsSeveralAtOnce() {
        node.grant("a");
        node.grant("b");
        run(25);
        assertThat(node.operations.running).containsExactly("a", "b");
    }

    @Test
    void stopsAndReleasesWhatIsRevoked() {
        activate("a");
        cluster.revoke("a");
        run(50);
        assertThat(node.operations.calls).endsWith("stop a");
        assertThat(cluster.grant("a")).isEmpty();
        assertThat(node.reconciler.empty()).isTrue();
    }

    @Test
    void startsNothingWithoutALease() {
        node.lease.active = false;
        node.grant("a");
        run(5000);
        assertThat(node.operations.calls).isEmpty();
        node.renew();
        run(50);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void startsNothingUnderAGrantOfAnEarlierIncarnation() {
        node.grant("a");
        node.peers.incarnation++;
        run(1000);
        assertThat(node.operations.calls).isEmpty();
    }

    @Test
    void ignoresTheResultOfAStartAfterTheLeaseEndedInItsMiddle() {
        node.operations.takes.put("start a", Duration.ofSeconds(1));
        node.grant("a");
        run(500);
        node.closeGate();
        run(600);
        assertThat(cluster.report("a")).isNotEqualTo("ACTIVE");
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
        node.guardDone();
        node.renew();
        run(200);
        assertThat(node.operations.count("start a")).isEqualTo(2);
        assertThat(cluster.report("a")).isNotEqualTo("ACTIVE");
        run(1000);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void reportsAStartThatEndedWhileTheLeaseWasOverOnlyWithTheNextLease() {
        node.operations.takes.put("start a", Duration.ofMillis(100));
        node.grant("a");
        run(50);
        node.lease.active = false; // the guard has not seen it yet
        run(500);
        assertThat(cluster.report("a")).isEmpty();
        node.renew();
        run(50);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(node.operations.count("start a")).isEqualTo(1);
    }

    @Test
    void startsAgainUnderTheSameGrantOnceTheGuardProvedTheStop() {
        activate("a");
        long token = cluster.grant("a").orElseThrow().token();
        node.closeGate();
        node.lease.changed();
        run(1000);
        assertThat(node.operations.count("start a")).isEqualTo(1);
        assertThat(cluster.report("a")).isEqualTo("STARTING");
        node.renew(); // a lease alone is not enough
        run(1000);
        assertThat(node.operations.count("start a")).isEqualTo(1);
        node.guardDone();
        run(100);
        assertThat(node.operations.count("start a")).isEqualTo(2);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(cluster.grant("a").orElseThrow().token()).isEqualTo(token);
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
    }

    @Test
    void takesWhatAMonitorSawAfterTheLeaseForTheGuardsWork() {
        activate("a");
        node.lease.active = false;
        node.operations.die("a");
        run(200);
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
    }

    @Test
    void seesAClosingThatNobodyToldOf() {
        activate("a");
        node.closeGate();
        node.guardDone();
        node.lease.active = true;
        run(700);
        assertThat(node.operations.count("start a")).isEqualTo(2);
    }

    @Test
    void believesNoStartOverAClosingThatItHadNotNoticed() {
        node.operations.takes.put("start a", Duration.ofMillis(200));
        node.grant("a");
        run(150);
        node.closeGate();
        node.guardDone();
        node.lease.active = true; // all of that within the start
        run(60);
        assertThat(cluster.ledger.all(Command.Reported.class)).isEmpty();
        run(500);
        assertThat(node.operations.count("start a")).isEqualTo(2);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void killsWhatAStartLeftThatOutlivedAClosing() {
        node.operations.takes.put("start a", Duration.ofSeconds(3));
        node.grant("a");
        run(100);
        node.closeGate();
        node.lease.changed();
        node.guardDone();
        node.renew(); // the gate is open again, and the start goes on
        cluster.revoke("a");
        run(1000);
        assertThat(cluster.grant("a")).isPresent();
        run(3000);
        assertThat(node.operations.running).isEmpty();
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void killsWhatAStartLeftThoughItsEndIsHeardOfBeforeTheClosing() {
        node.operations.takes.put("start a", Duration.ofMillis(100));
        node.grant("a");
        run(50);
        node.closeGate();
        node.guardDone();
        node.lease.active = true; // open again, and nobody was told yet
        node.operations.running.add("a"); // which the start, going on, brought about
        run(150);
        assertThat(node.operations.calls).contains("kill a");
        cluster.revoke("a");
        run(1000);
        assertThat(node.operations.running).isEmpty();
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void stopsAfterAStartThatWasRevokedInItsMiddle() {
        node.operations.takes.put("start a", Duration.ofSeconds(1));
        node.grant("a");
        run(100);
        cluster.revoke("a");
        run(800);
        assertThat(node.operations.calls).containsExactly("start a");
        run(300);
        assertThat(node.operations.calls).containsExactly("start a", "stop a");
        assertThat(cluster.grant("a")).isEmpty();
        assertThat(cluster.ledger.all(Command.Reported.class)).isEmpty();
    }

    @Test
    void ignoresALateResultOfAnOlderToken() {
        node.operations.takes.put("start a", Duration.ofSeconds(3));
        node.grant("a");
        run(100);
        node.closeGate();
        node.lease.changed();
        node.guardDone();
        cluster.ledger.put("n2", new Command.Expel("n1", node.peers.incarnation, "silent"));
        cluster.ledger.put("n2", new Command.Fenced("n1", node.peers.incarnation, new Command.Proof.Manual("test")));
        node.join();
        node.lease.active = true;
        long token = node.grant("a");
        run(2000);
        assertThat(node.operations.calls).containsExactly("start a"); // the old one is not over yet
        node.operations.takes.put("start a", Duration.ofSeconds(1));
        run(1000);
        assertThat(cluster.report("a")).isEmpty(); // its success says nothing of the new grant
        run(1100);
        assertThat(node.operations.started.get("a").token()).isEqualTo(token);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void whatIsTakenOutOfTheDocumentHasTheTimeToStopThatItHad() {
        cluster.configure(stoppingWithin(Duration.ofMinutes(3)));
        activate("a");
        cluster.configure(TestCluster.resource("b"));
        cluster.revoke("a");
        run(50);
        assertThat(node.operations.limits).containsEntry("stop a", Duration.ofMinutes(3));
    }

    @Test
    void itHasThatTimeTooWhenTheDaemonRestartsMeanwhile() {
        cluster.configure(stoppingWithin(Duration.ofMinutes(3)));
        activate("a");
        cluster.configure(TestCluster.resource("b"));
        node.restart();
        cluster.revoke("a");
        run(50);
        assertThat(node.operations.limits).containsEntry("stop a", Duration.ofMinutes(3));
    }

    private static Resource stoppingWithin(Duration limit) {
        return with(new OperationSetting(Optional.empty(), Optional.of(limit)), OperationSetting.UNSET);
    }

    private static Resource with(OperationSetting stop, OperationSetting monitor) {
        Resource plain = TestCluster.resource("a");
        return new Resource(
                plain.name(),
                plain.type(),
                plain.parameters(),
                plain.start(),
                stop,
                monitor,
                plain.stickiness(),
                plain.migrationThreshold(),
                plain.failureTimeout(),
                plain.priority());
    }

    @Test
    void killsWhatDoesNotStop() {
        activate("a");
        node.operations.answers.put("stop a", new Outcome.Unknown("longer than 20 s"));
        cluster.revoke("a");
        run(50);
        assertThat(node.operations.calls).endsWith("stop a", "kill a");
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void keepsTheGrantOfWhatCannotBeProvedStopped() {
        activate("a");
        node.operations.answers.put("stop a", new Outcome.Failed("busy", false));
        node.operations.unkillable.add("a");
        cluster.revoke("a");
        run(20_000);
        assertThat(cluster.report("a")).isEqualTo("BLOCKED");
        assertThat(cluster.record("a").report().orElseThrow().detail()).contains("ha:confirm-fenced n1");
        assertThat(cluster.grant("a")).isPresent();
        assertThat(cluster.ledger.all(Command.Expel.class)).isEmpty(); // waiting its lease out would prove nothing
        node.operations.unkillable.clear();
        run(6000);
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void asksToBeExpelledWhenAWatchdogStandsBehindIt() {
        activate("a");
        activate("b");
        node.lease.strong = true;
        node.operations.answers.put("stop a", new Outcome.Failed("busy", false));
        node.operations.unkillable.add("a");
        cluster.revoke("a");
        run(100);
        assertThat(cluster.ledger.state().nodes().get("n1").phase()).isEqualTo(Phase.EXPELLED);
        assertThat(cluster.ledger.all(Command.Expel.class)).hasSize(1);
        run(100);
        assertThat(node.operations.calls).contains("stop b"); // what can stop in good order does
    }

    private void block() {
        activate("a");
        node.operations.answers.put("stop a", new Outcome.Failed("busy", false));
        node.operations.unkillable.add("a");
        node.operations.die("a");
        run(100);
        assertThat(cluster.report("a")).isEqualTo("BLOCKED");
    }

    @Test
    void whatCouldNotBeStoppedIsSaidToBeSoUntilTheGuardHasProvedThatItIs() {
        block();
        node.lease.active = false;
        node.lease.proved = false;
        node.lease.closings++;
        node.lease.changed();
        run(2000);
        assertThat(cluster.report("a")).isEqualTo("BLOCKED");
        node.lease.proved = true;
        node.lease.changed();
        run(2000);
        assertThat(cluster.report("a")).isNotEqualTo("BLOCKED");
    }

    @Test
    void whatAnEarlierDaemonCouldNotStopIsKilledWhateverAMonitorSays() {
        block();
        node.operations.answers.put("monitor a", new Outcome.Ok());
        node.restart();
        run(2000);
        assertThat(cluster.report("a")).isEqualTo("BLOCKED");
        node.operations.unkillable.clear();
        run(6000);
        assertThat(node.operations.calls).endsWith("kill a", "start a");
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void monitorsAtItsInterval() {
        activate("a");
        run(35_000);
        assertThat(node.operations.count("monitor a")).isEqualTo(3);
    }

    @Test
    void takesTheIntervalOfTheType() {
        node.operations.descriptions.put(
                "t",
                new TypeDescription(
                        "t",
                        "",
                        List.of(),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        false));
        activate("a");
        run(5200);
        assertThat(node.operations.count("monitor a")).isEqualTo(5);
    }

    @Test
    void restartsAtOnceWhatDied() {
        activate("a");
        node.operations.die("a");
        run(100);
        assertThat(node.operations.calls).containsExactly("start a", "monitor a", "stop a", "start a");
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(cluster.record("a").failures().get("n1").count()).isEqualTo(1);
        assertThat(cluster.record("a").failures().get("n1").operation()).isEqualTo("monitor");
    }

    @Test
    void noticesTheSecondDeathAsSoonAsTheFirst() {
        activate("a");
        run(300);
        node.operations.die("a");
        run(300);
        node.operations.die("a");
        run(50);
        assertThat(node.operations.count("monitor a")).isEqualTo(2);
        assertThat(cluster.record("a").failures().get("n1").count()).isEqualTo(2);
    }

    @Test
    void tellsOfTheFailureBeforeItRestarts() {
        activate("a");
        node.operations.die("a");
        run(100);
        List<State> states = cluster.ledger.all(Command.Reported.class).stream()
                .map(Command.Reported::state)
                .toList();
        assertThat(states).containsExactly(State.ACTIVE, State.FAILED, State.STARTING, State.ACTIVE);
    }

    @Test
    void doesNotMonitorWithoutEndWhenAWatchCallsWithoutCause() {
        activate("a");
        for (int i = 0; i < 20; i++) {
            Runnable died = node.operations.watches.get("a");
            if (died != null) {
                died.run();
            }
            run(30);
        }
        assertThat(node.operations.count("monitor a")).isLessThanOrEqualTo(2);
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
    }

    @Test
    void backsOffAndThenGivesUp() {
        node.operations.answers.put("start a", new Outcome.Failed("no such share", false));
        node.grant("a");
        run(500);
        assertThat(node.operations.count("start a")).isEqualTo(2); // at once
        run(1000);
        assertThat(node.operations.count("start a")).isEqualTo(3); // after 1 s
        run(60_000);
        assertThat(node.operations.count("start a")).isEqualTo(3); // threshold 3
        assertThat(cluster.record("a").failures().get("n1").count()).isEqualTo(3);
        assertThat(cluster.report("a")).isEqualTo("FAILED");
        assertThat(cluster.record("a").report().orElseThrow().detail()).contains("no such share");
        cluster.revoke("a");
        run(10);
        assertThat(cluster.grant("a")).isEmpty(); // it stopped long ago
    }

    @Test
    void aBackOffThatARevocationOvertookStartsNothingUnderTheNextGrant() {
        node.operations.answers.put("start a", new Outcome.Failed("no", false));
        node.grant("a");
        run(500); // it failed twice, and waits
        cluster.revoke("a");
        run(50);
        assertThat(cluster.grant("a")).isEmpty();
        node.operations.answers.clear();
        activate("a");
        long starts = node.operations.count("start a");
        run(5000);
        assertThat(node.operations.count("start a")).isEqualTo(starts);
    }

    @Test
    void triesAgainWhenTheFailuresAreForgotten() {
        node.operations.answers.put("start a", new Outcome.Failed("no such share", true));
        node.grant("a");
        run(60_000);
        assertThat(node.operations.count("start a")).isEqualTo(1); // permanent
        node.operations.answers.clear();
        cluster.ledger.put("n2", new Command.Retry("a", "me"));
        run(100);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    private void activateWithOnFail(String word) {
        cluster.configure(with(OperationSetting.UNSET, new OperationSetting(Optional.empty(), Optional.empty(), word)));
        activate("a");
    }

    @Test
    void aFailureToBeIgnoredIsToldAndNothingElse() {
        activateWithOnFail("ignore");
        node.operations.die("a");
        run(25_000);
        assertThat(node.operations.calls).doesNotContain("stop a").hasSize(4); // start, monitor at once and each 10 s
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(cluster.record("a").report().orElseThrow().detail())
                .isEqualTo("monitor failed, which is ignored (on-fail: ignore): it does not run");
        node.operations.running.add("a");
        run(10_000);
        assertThat(cluster.record("a").report().orElseThrow().detail()).isEmpty();
    }

    @Test
    void whatIsBlockedByAFailureStaysAsItIsUntilPeopleAskForATry() {
        activateWithOnFail("block");
        node.operations.die("a");
        run(60_000);
        assertThat(node.operations.calls).containsExactly("start a", "monitor a");
        assertThat(cluster.report("a")).isEqualTo("BLOCKED");
        assertThat(cluster.record("a").report().orElseThrow().detail())
                .contains("(on-fail: block): mend it on n1, then 'ha retry a'");
        node.operations.running.add("a");
        cluster.ledger.put("n2", new Command.Retry("a", "me"));
        run(100);
        assertThat(node.operations.calls).containsExactly("start a", "monitor a", "monitor a");
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void whatIsBlockedByAFailureStaysSoOverARestartOfTheDaemonAndStopsWithItsGrant() {
        activateWithOnFail("block");
        node.operations.die("a");
        run(100);
        node.restart();
        run(5000);
        assertThat(cluster.report("a")).isEqualTo("BLOCKED");
        assertThat(node.operations.calls).containsExactly("start a", "monitor a", "monitor a");
        cluster.revoke("a");
        run(100);
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void aFailureToBeFencedForAsksForIt() {
        activateWithOnFail("fence");
        node.operations.die("a");
        run(50);
        assertThat(cluster.ledger.all(Command.Expel.class)).hasSize(1);
        assertThat(cluster.ledger.all(Command.Expel.class).get(0).reason())
                .contains("a failed (monitor: it does not run)")
                .contains("on-fail: fence");
        assertThat(cluster.ledger.state().nodes().get("n1").phase()).isEqualTo(Phase.EXPELLED);
        assertThat(cluster.record("a").failures().get("n1").count()).isEqualTo(1);
    }

    @Test
    void doublesTheBackOffUpToItsBound() {
        assertThat(List.of(1, 2, 3, 4, 5, 6, 7, 50).stream()
                        .map(Failures::backoff)
                        .map(Duration::toSeconds))
                .containsExactly(0L, 1L, 2L, 4L, 8L, 16L, 30L, 30L);
    }

    @Test
    void goesOnWithWhatRunsAfterARestartOfTheDaemon() {
        activate("a");
        long token = cluster.grant("a").orElseThrow().token();
        node.restart();
        run(100);
        assertThat(node.operations.calls).containsExactly("start a", "monitor a");
        assertThat(cluster.grant("a").orElseThrow().token()).isEqualTo(token);
        run(10_000);
        assertThat(node.operations.count("monitor a")).isEqualTo(2);
        node.operations.die("a");
        run(100);
        assertThat(node.operations.count("start a")).isEqualTo(2);
    }

    @Test
    void touchesNothingBeforeItIsAMember() {
        activate("a");
        long incarnation = node.peers.incarnation;
        node.reconciler.close();
        node.peers.incarnation = 0;
        node.reconcile();
        run(5000);
        assertThat(node.operations.calls).containsExactly("start a");
        node.peers.incarnation = incarnation;
        node.peers.changed();
        run(50);
        assertThat(node.operations.calls).containsExactly("start a", "monitor a");
    }

    @Test
    void startsWhatDiedWhileTheDaemonWasAway() {
        activate("a");
        node.reconciler.close();
        node.operations.running.remove("a");
        node.reconcile();
        run(100);
        assertThat(node.operations.calls).containsExactly("start a", "monitor a", "kill a", "start a");
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
    }

    @Test
    void killsLeftoversThatAreNotGranted() {
        node.reconciler.close();
        node.operations.running.add("old");
        node.operations.started.put("old", new Instance("old", "t", Map.of(), 3, Map.of()));
        node.reconcile();
        run(50);
        assertThat(node.operations.calls).containsExactly("kill old");
        assertThat(node.operations.running).isEmpty();
    }

    @Test
    void killsLeftoversOfAnOlderTokenBeforeItStartsUnderTheNew() {
        node.reconciler.close();
        node.operations.running.add("a");
        node.operations.started.put("a", new Instance("a", "t", Map.of(), 1, Map.of()));
        node.grant("a");
        node.reconcile();
        run(100);
        assertThat(node.operations.calls).containsExactly("kill a", "start a");
    }

    @Test
    void stopsInGoodOrderALeftoverThatWasRevokedMeanwhile() {
        activate("a");
        node.reconciler.close();
        cluster.revoke("a");
        node.reconcile();
        run(100);
        assertThat(node.operations.calls).containsExactly("start a", "stop a");
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void takesNothingForRunningWhileTheGuardIsStillKilling() {
        activate("a");
        node.reconciler.close();
        node.closeGate();
        node.reconcile();
        run(1000);
        assertThat(node.operations.calls).containsExactly("start a");
        node.guardDone();
        node.renew();
        run(100);
        assertThat(node.operations.calls).containsExactly("start a", "start a");
    }

    @Test
    void leavesAloneWhatIsUnderMaintenance() {
        activate("a");
        cluster.ledger.put("n2", new Command.Maintenance("a", true, "me"));
        node.operations.die("a");
        run(60_000);
        assertThat(node.operations.calls).containsExactly("start a");
        cluster.ledger.put("n2", new Command.Maintenance("a", false, "me"));
        run(100);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty(); // people stopped it
    }

    @Test
    void leavesRunningWhatHasLostItsType() {
        activate("a");
        node.operations.offered.clear();
        node.operations.typesChanged();
        run(60_000);
        assertThat(node.operations.calls).containsExactly("start a");
        assertThat(cluster.record("a").report().orElseThrow().detail()).contains("not on offer");
        assertThat(cluster.attributes.get("n1")).containsEntry(Peers.TYPES, "");
        node.operations.offered.add("t");
        node.operations.typesChanged();
        run(50);
        assertThat(node.operations.calls).containsExactly("start a", "monitor a");
        assertThat(cluster.record("a").report().orElseThrow().detail()).isEmpty();
    }

    @Test
    void believesNoMonitorWhoseTypeWasReplacedMeanwhile() {
        activate("a");
        node.operations.takes.put("monitor a", Duration.ofMillis(200));
        node.operations.answers.put("monitor a", new Outcome.Failed("type t threw NoClassDefFoundError", false));
        run(10_100);
        node.operations.typesChanged();
        node.operations.answers.clear();
        run(500);
        assertThat(cluster.ledger.all(Command.Failure.class)).isEmpty();
        assertThat(node.operations.calls).containsOnly("start a", "monitor a");
    }

    @Test
    void looksAgainWhenTheTypeWasReplacedDuringTheFirstLook() {
        activate("a");
        node.operations.takes.put("monitor a", Duration.ofMillis(200));
        node.operations.answers.put("monitor a", new Outcome.NotRunning());
        node.restart();
        run(100);
        node.operations.typesChanged();
        run(150);
        node.operations.answers.clear();
        run(500);
        assertThat(node.operations.calls).doesNotContain("kill a");
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void waitsALittleForTheTypeBeforeItKills() {
        activate("a");
        node.operations.offered.clear();
        node.operations.typesChanged();
        cluster.revoke("a");
        run(9000);
        assertThat(node.operations.calls).containsExactly("start a");
        run(2000);
        assertThat(node.operations.calls).containsExactly("start a", "kill a");
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void startsOnlyWhatItsTypeIsOnOfferFor() {
        node.operations.offered.clear();
        node.grant("a");
        run(1000);
        assertThat(node.operations.calls).isEmpty();
        assertThat(cluster.report("a")).isEmpty();
        run(20_000);
        assertThat(cluster.report("a")).isEqualTo("FAILED"); // so that the leader looks for another node
        node.operations.offered.add("t");
        node.operations.typesChanged();
        run(50);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void startsNothingUnderAGrantForAnEarlierDefinition() {
        node.lease.active = false;
        node.grant("a");
        cluster.configure(TestCluster.resource("a", "k", "v"), TestCluster.resource("b"));
        node.renew();
        run(1000);
        assertThat(node.operations.calls).isEmpty();
        cluster.revoke("a");
        run(10);
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void repeatsWhatTheLedgerDidNotTake() {
        node.grant("a");
        run(10);
        cluster.ledger.failing = LedgerException.Kind.NOT_DONE;
        run(2000);
        assertThat(cluster.report("a")).isEmpty();
        cluster.ledger.failing = null;
        cluster.ledger.lead("n2"); // no need to wait for anything else
        run(10);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void countsAFailureOnceThoughItsOutcomeWasUnknown() {
        activate("a");
        cluster.ledger.failing = LedgerException.Kind.UNKNOWN;
        cluster.ledger.appliedAnyway = true;
        node.operations.die("a");
        run(1000);
        cluster.ledger.failing = null;
        run(1000);
        assertThat(cluster.ledger.all(Command.Failure.class)).hasSize(1);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    private void activateInThisProcess() {
        Duration limit = Duration.ofSeconds(1);
        node.operations.descriptions.put(
                "t", new TypeDescription("t", "", List.of(), limit, limit, limit, limit, true));
        activate("a");
    }

    @Test
    void whatRunsInThisProcessIsNotTakenForStoppedWhenTheGuardWasFirst() {
        activateInThisProcess();
        node.lease.active = false;
        node.lease.proved = false;
        node.lease.closings++;
        node.lease.changed();
        run(1000);
        assertThat(node.lease.inDaemon)
                .as("what the guard reads, and kills this process for")
                .isTrue();
        assertThat(node.operations.calls).as("nothing is tried any more").containsExactly("start a");
    }

    @Test
    void whatRanInTheProcessOfAnEarlierDaemonIsNotTakenForRunningInThisOne() {
        activateInThisProcess();
        cluster.revoke("a");
        node.operations.ofOtherProcesses.add("a");
        node.lease.inDaemon = false;
        node.operations.takes.put("stop a", Duration.ofSeconds(1));
        node.restart();
        run(500);
        assertThat(node.operations.calls).contains("stop a");
        assertThat(node.lease.inDaemon)
                .as("what the guard reads, and kills this process for")
                .isFalse();
    }

    @Test
    void whatEndedInThisProcessWithTheDaemonBeforeIsStoppedByItsTypeAndStartsAgain() {
        activateInThisProcess();
        node.operations.unkillable.add("a"); // as everything in this process
        node.operations.running.remove("a"); // nobody used its type for a moment
        node.restart();
        run(1000);
        assertThat(node.operations.calls).doesNotContain("kill a").endsWith("stop a", "start a");
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void whatCouldNotBeStoppedInThisProcessIsStoppedByItsTypeOnceThatCan() {
        activateInThisProcess();
        node.operations.unkillable.add("a");
        node.operations.answers.put("stop a", new Outcome.Failed("busy", false));
        cluster.revoke("a");
        run(6000);
        assertThat(cluster.report("a")).isEqualTo("BLOCKED");
        node.operations.answers.remove("stop a");
        run(6000);
        assertThat(cluster.grant("a")).isEmpty();
    }

    @Test
    void whatRunsInThisProcessIsKnownToWhenItsTypeIsGone() {
        activateInThisProcess();
        node.operations.descriptions.remove("t");
        node.operations.typesChanged();
        run(1000);
        assertThat(node.lease.inDaemon)
                .as("what the guard reads, and kills this process for")
                .isTrue();
    }

    @Test
    void aStopInThisProcessThatTheGuardOvertakesIsNoStop() {
        activateInThisProcess();
        node.operations.takes.put("stop a", Duration.ofMillis(500));
        node.lease.active = false;
        node.lease.changed();
        run(100);
        node.lease.proved = false;
        node.lease.closings++;
        node.lease.changed();
        run(100);
        assertThat(node.lease.inDaemon).isTrue();
    }

    @Test
    void stopsWhatRunsInThisProcessBeforeTheGuardMust() {
        activateInThisProcess();
        assertThat(node.lease.inDaemon).isTrue();
        node.lease.active = false;
        node.lease.changed();
        run(100);
        assertThat(node.operations.calls).endsWith("stop a");
        assertThat(node.lease.inDaemon).isFalse();
        node.renew();
        run(100);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void closingStopsNothingAndHearsNothingMore() {
        activate("a");
        node.reconciler.close();
        cluster.revoke("a");
        run(60_000);
        assertThat(node.operations.calls).containsExactly("start a");
        assertThat(node.operations.watches).isEmpty();
    }

    @Test
    void oneThatHangsHoldsUpNoOther() {
        node.operations.takes.put("start a", Duration.ofSeconds(20));
        node.grant("a");
        node.grant("b");
        run(50);
        assertThat(cluster.report("b")).isEqualTo("ACTIVE");
    }
}
