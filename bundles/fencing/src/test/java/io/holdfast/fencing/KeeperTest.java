package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.LeaseMessage.Ack;
import io.holdfast.fencing.LeaseMessage.Renew;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeeperTest {
    private final Lab lab = Lab.three();
    private final Lab.Node n3 = lab.node("n3");

    private long leaseMillis() {
        return (n3.fencing.leaseUntil() - n3.clock.nanos()) / 1_000_000;
    }

    @Test
    void theLeaseCountsFromTheSendingAndNotFromTheAnswer() {
        lab.delayMicros = 300_000;
        for (int i = 0; i < 100; i++) {
            lab.pass(20);
            assertThat(leaseMillis()).isLessThanOrEqualTo(i < 40 ? 2000 : 1400);
        }
        assertThat(n3.fencing.active()).isTrue();
    }

    @Test
    void theRenewalsOfAllVotersTravelTogetherAndNotMoreOften() {
        Map<String, List<Long>> sent = new TreeMap<>();
        for (Lab.Node each : List.of(lab.node("n2"), n3)) { // out of step
            each.kill();
            lab.pass(130);
            each.start();
            lab.pass(1_000);
        }
        lab.drop = (link, message) -> {
            if (message instanceof Renew && !link.endsWith(">n1")) { // one of the two or three that each renewal is
                String from = link.substring(0, 2);
                List<Long> times = sent.computeIfAbsent(from, any -> new ArrayList<>());
                if (times.isEmpty() || times.get(times.size() - 1) != lab.time.now()) {
                    times.add(lab.time.now());
                }
            }
            return false;
        };
        lab.pass(20_000);
        assertThat(sent).containsOnlyKeys("n1", "n2", "n3");
        sent.values().forEach(times -> assertThat(times).hasSizeBetween(48, 52));
        for (long time : sent.get("n1")) {
            for (List<Long> times : sent.values()) {
                assertThat(times).anyMatch(other -> Math.abs(other - time) < 5_000_000);
            }
        }
    }

    @Test
    void needsAMajority() {
        lab.isolate("n3");
        lab.pass(2300);
        assertThat(n3.fencing.active()).isFalse();
        assertThat(n3.guard.open()).isFalse();
    }

    @Test
    void theDeadlineNeverGoesBack() {
        long latest = n3.fencing.leaseUntil();
        for (int i = 0; i < 3000; i++) {
            lab.delayMicros = lab.random.nextInt(900_000); // acknowledgements overtake each other
            lab.pass(1);
            assertThat(n3.fencing.leaseUntil()).isGreaterThanOrEqualTo(latest);
            latest = n3.fencing.leaseUntil();
        }
    }

    @Test
    void aDaemonThatRestartsGoesOnAsTheSameIncarnationAndStopsNothing() {
        long incarnation = n3.incarnation();
        long closings = n3.guard.closings();
        n3.kill();
        lab.pass(300);
        n3.start();
        lab.pass(500);
        assertThat(n3.incarnation()).isEqualTo(incarnation);
        assertThat(n3.guard.closings()).isEqualTo(closings);
        assertThat(lab.count(Command.Resume.class)).isEqualTo(1);
        lab.pass(5000);
        assertThat(n3.guard.closings()).isEqualTo(closings);
    }

    @Test
    void acknowledgementsOfAnEarlierSessionDoNotCount() {
        List<Renew> old = new ArrayList<>();
        lab.drop = (link, message) -> {
            if (message instanceof Renew renew && link.equals("n3>n1")) {
                old.add(renew);
            }
            return message instanceof Ack && link.endsWith(">n3");
        };
        lab.pass(400);
        long session = old.get(0).session();
        n3.kill();
        n3.start();
        lab.pass(300);
        long deadline = n3.fencing.leaseUntil();
        Renew now = old.get(old.size() - 1);
        assertThat(now.session()).isNotEqualTo(session);
        for (long seq = 1; seq <= now.seq(); seq++) {
            inject("n1", new Ack(now.member(), session, seq, votes()));
            inject("n2", new Ack(now.member(), session, seq, votes()));
        }
        lab.pass(1);
        assertThat(n3.fencing.leaseUntil()).isEqualTo(deadline);
        inject("n1", new Ack(now.member(), now.session(), now.seq(), votes()));
        inject("n2", new Ack(now.member(), now.session(), now.seq(), votes()));
        lab.pass(1);
        assertThat(n3.fencing.leaseUntil()).isGreaterThan(deadline);
    }

    @Test
    void onlyWhatMatchesOnAllFourCounts() {
        List<Renew> sent = new ArrayList<>();
        lab.drop = (link, message) -> {
            if (message instanceof Renew renew && link.equals("n3>n1")) {
                sent.add(renew);
            }
            return message instanceof Ack && link.endsWith(">n3");
        };
        lab.pass(1000);
        long deadline = n3.fencing.leaseUntil();
        Renew last = sent.get(sent.size() - 1);
        Member earlier = new Member("n3", last.member().incarnation() - 1);
        both(new Ack(earlier, last.session(), last.seq(), votes()));
        both(new Ack(new Member("n2", last.member().incarnation()), last.session(), last.seq(), votes()));
        both(new Ack(last.member(), last.session() + 1, last.seq(), votes()));
        both(new Ack(last.member(), last.session(), last.seq() + 1, votes()));
        both(new Ack(last.member(), last.session(), last.seq(), votes() + 1));
        inject("n1", new Ack(last.member(), last.session(), last.seq(), votes()));
        inject("n2", new Ack(last.member(), last.session(), last.seq(), votes() + 1));
        inject("n9", new Ack(last.member(), last.session(), last.seq(), votes()));
        lab.pass(1);
        assertThat(n3.fencing.leaseUntil()).isEqualTo(deadline);
        inject("n2", new Ack(last.member(), last.session(), last.seq(), votes()));
        lab.pass(1);
        assertThat(n3.fencing.leaseUntil()).isGreaterThan(deadline);
    }

    private void both(Ack ack) {
        inject("n1", ack);
        inject("n2", ack);
    }

    private void inject(String from, Ack ack) {
        n3.wire.deliver(from, LeaseMessage.ACK, ack.encoded());
    }

    private long votes() {
        return lab.state().votes().index();
    }

    @Test
    void aNewIncarnationStartsNothingBeforeALeaseOfItsOwn() {
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 3, "test")));
        lab.append(new Entry("n1", 0, new Command.Fenced("n3", 3, new Command.Proof.Manual("ann"))));
        lab.drop = (link, message) -> message instanceof Ack && link.endsWith(">n3");
        lab.pass(1500); // by the old lease everything would still run
        assertThat(n3.incarnation()).isGreaterThan(3);
        assertThat(n3.guard.incarnation()).isEqualTo(n3.incarnation());
        assertThat(n3.guard.deadline()).isEqualTo(Long.MIN_VALUE);
        assertThat(n3.guard.open()).isFalse();
        assertThat(n3.fencing.active()).isFalse();
        lab.drop = (link, message) -> false;
        lab.pass(500);
        assertThat(n3.fencing.active()).isTrue();
    }

    @Test
    void underAnotherGuardSessionItWaitsUntilItIsFencedAndJoinsAnew() {
        n3.kill();
        n3.guard.reboot(78);
        n3.start();
        lab.pass(500);
        assertThat(n3.incarnation()).isZero();
        assertThat(n3.membership.standing()).contains("not fenced");
        lab.pass(2000);
        assertThat(n3.incarnation()).isEqualTo(4);
        assertThat(lab.count(Command.Resume.class)).isZero();
    }

    @Test
    void aLaterBootOfTheSameMachineIsProofEnough() {
        Lab other = new Lab(Duration.ofSeconds(2), 1, "n1", "n2", "n3");
        other.node("n3").identity = new io.holdfast.api.runtime.NodeIdentity("machine", "boot1", 5);
        Lab.started(other);
        Lab.Node node = other.node("n3");
        node.kill();
        node.guard.reboot(78);
        node.identity = new io.holdfast.api.runtime.NodeIdentity("machine", "boot2", 6);
        node.start();
        other.pass(200);
        assertThat(node.incarnation()).isEqualTo(4);
        assertThat(other.last(Command.Fenced.class).orElseThrow().proof())
                .isEqualTo(new Command.Proof.Reboot(6, "machine"));
    }

    @Test
    void aLostAnswerToTheJoinIsTakenUpAgain() {
        Lab other = new Lab(Duration.ofSeconds(2), 1, "n1", "n2", "n3");
        Lab.Node node = other.node("n3");
        other.nodes.values().forEach(Lab.Node::start);
        node.ledger.answersLost = true;
        other.lead("n1");
        other.pass(3500);
        node.ledger.answersLost = false;
        other.pass(1000);
        assertThat(node.incarnation()).isEqualTo(3);
        assertThat(node.fencing.active()).isTrue();
        assertThat(other.count(Command.Expel.class)).isZero();
    }

    @Test
    void nobodyJoinsAnewWhileADeadGuardLeftTheGateOpen() {
        n3.guard.die();
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 3, "test")));
        lab.pass(5000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
        assertThat(n3.incarnation()).isZero();
        n3.guard.comeBack();
        lab.pass(2000);
        assertThat(n3.incarnation()).isEqualTo(4);
    }

    @Test
    void anExpelledNodeStartsNothingThoughItsLeaseRuns() {
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 3, "test")));
        lab.pass(5);
        assertThat(leaseMillis()).isPositive();
        assertThat(n3.fencing.active()).isFalse();
        lab.pass(2900);
        assertThat(lab.phase("n3")).isEqualTo(Phase.JOINED);
        assertThat(n3.incarnation()).isEqualTo(4);
    }

    @Test
    void whoseGuardBecomesWeakerJoinsAnewUnderTrueTerms() {
        n3.guard.strength = io.holdfast.api.runtime.GuardLink.Strength.STRONG;
        lab.pass(1000);
        assertThat(n3.incarnation()).as("a stronger guard breaks no promise").isEqualTo(3);
        n3.guard.killTime = Duration.ofMillis(900);
        lab.pass(5000);
        assertThat(lab.last(Command.Expel.class).orElseThrow().reason())
                .contains("kill time 250 ms", "kill time 900 ms");
        assertThat(n3.incarnation()).isEqualTo(4);
        assertThat(lab.state().node("n3").orElseThrow().terms().killMillis()).isEqualTo(900);
    }

    @Test
    void whoLeavesIsNeitherExpelledNorFencedNorBack() {
        n3.membership.leave(Duration.ofSeconds(1));
        lab.pass(5000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.LEFT);
        assertThat(n3.incarnation()).isZero();
        assertThat(n3.guard.open()).isFalse();
        assertThat(lab.count(Command.Expel.class)).isZero();
    }
}
