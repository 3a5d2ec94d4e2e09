package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HoldsTest {
    private static final Duration LIMIT = Duration.ofSeconds(3);
    private final Lab lab = Lab.three();
    private final Lab.Node n3 = lab.node("n3");

    private CompletableFuture<String> hold(long seconds) {
        return n3.fencing.hold(Duration.ofSeconds(seconds), LIMIT).toCompletableFuture();
    }

    private long leaseMillis() {
        return (n3.fencing.leaseUntil() - n3.clock.nanos()) / 1_000_000;
    }

    @Test
    void aHeldNodeMayBeSilentForAsLongAsItIsHeld() {
        hold(20);
        lab.pass(10);
        assertThat(leaseMillis()).isBetween(19_900L, 20_000L);
        lab.isolate("n3");
        lab.pass(19_000);
        assertThat(n3.guard.open()).isTrue();
        assertThat(lab.phase("n3")).isEqualTo(Phase.JOINED);
        lab.pass(2000);
        assertThat(n3.guard.open()).isFalse();
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
    }

    @Test
    void whoIsFencedByWishWhileHeldIsWaitedForToo() {
        hold(20);
        lab.pass(10);
        lab.isolate("n3");
        CompletableFuture<String> done =
                lab.node("n1").fencing.fence("n3", "ann", Duration.ofMinutes(1)).toCompletableFuture();
        lab.pass(19_000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
        lab.pass(2000);
        assertThat(done.join()).contains("n3 is fenced");
    }

    @Test
    void theHoldCountsFromItsProposal() {
        n3.ledger.lagging = true;
        hold(20);
        lab.pass(4000);
        n3.ledger.lagging = false;
        n3.ledger.pump();
        lab.pass(1);
        assertThat(leaseMillis()).isLessThanOrEqualTo(18_500);
    }

    @Test
    void aRetryIsAHoldOfItsOwn() {
        n3.ledger.answersLost = true;
        CompletableFuture<String> done =
                n3.fencing.hold(Duration.ofSeconds(20), Duration.ofSeconds(10)).toCompletableFuture();
        lab.pass(3000);
        n3.ledger.answersLost = false;
        lab.pass(100);
        assertThat(done).isCompleted();
        assertThat(lab.state().node("n3").orElseThrow().holds()).hasSizeGreaterThan(1);
    }

    @Test
    void votersThatRestartCountTheHoldAnew() {
        hold(20);
        lab.pass(10);
        lab.isolate("n3");
        lab.pass(5000);
        for (String voter : new String[] {"n1", "n2"}) {
            lab.node(voter).kill();
            lab.node(voter).start();
        }
        lab.pass(100);
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 3, "test")));
        lab.pass(14_000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
        lab.pass(7000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
    }

    @Test
    void theGuardKnowsOfTheReleaseBeforeTheLedgerDoes() {
        hold(20);
        lab.pass(1000);
        long[] left = {-1};
        lab.onAppend = entry -> {
            if (entry.command() instanceof Command.Unhold) {
                left[0] = (n3.guard.deadline() - n3.clock.nanos()) / 1_000_000;
            }
        };
        CompletableFuture<String> done = n3.fencing.release(LIMIT).toCompletableFuture();
        lab.pass(500);
        assertThat(done.join()).contains("no longer held");
        assertThat(left[0]).isBetween(0L, 2000L);
        assertThat(lab.state().node("n3").orElseThrow().holds()).isEmpty();
        assertThat(leaseMillis()).isLessThanOrEqualTo(2000);
        assertThat(n3.guard.closings()).isZero();
    }

    @Test
    void isNotReleasedWhenTheGuardHeardOfItAfterTheLease() {
        hold(20);
        lab.pass(1000);
        n3.guard.beforeShorter = () -> { // the daemon looked whether its lease is renewed, and then stood still
            n3.guard.beforeShorter = () -> {};
            n3.loop.pause(lab.time.now() + 3_000_000_001L);
            lab.pass(3000);
        };
        List<Boolean> ahead = new ArrayList<>();
        lab.onAppend = entry -> {
            if (entry.command() instanceof Command.Unhold) {
                ahead.add(n3.guard.deadline() > n3.clock.nanos());
            }
        };
        n3.fencing.release(LIMIT);
        lab.pass(5000);
        assertThat(ahead).isNotEmpty().doesNotContain(false);
        assertThat(lab.state().node("n3").orElseThrow().holds()).isEmpty();
    }

    @Test
    void isNotReleasedWhileNoMajorityRenews() {
        hold(20);
        lab.pass(100);
        lab.isolate("n3");
        lab.pass(3000);
        CompletableFuture<String> done = n3.fencing.release(LIMIT).toCompletableFuture();
        lab.pass(3100);
        assertThat(done).isCompletedExceptionally();
        assertThat(n3.guard.open()).isTrue();
        lab.heal();
        lab.pass(2000);
        assertThat(lab.state().node("n3").orElseThrow().holds()).isEmpty();
    }

    @Test
    void aHoldThatComesAfterItsReleaseIsNotKept() {
        n3.ledger.lagging = true;
        hold(20);
        lab.pass(200);
        n3.fencing.release(LIMIT);
        n3.ledger.lagging = false;
        n3.ledger.pump();
        assertThat(leaseMillis()).isLessThanOrEqualTo(2000);
        lab.pass(1000);
        assertThat(lab.state().node("n3").orElseThrow().holds()).isEmpty();
    }

    @Test
    void theLateAnswerOfAReleasedHoldExtendsNothing() {
        n3.ledger.lagging = true;
        n3.ledger.answersLost = true;
        hold(20);
        lab.pass(100);
        n3.ledger.applyAgainFrom(lab.entries.size()); // it learns of the hold from a snapshot
        n3.ledger.lagging = false;
        n3.fencing.release(LIMIT);
        lab.pass(500);
        assertThat(lab.count(Command.Unhold.class)).isEqualTo(1);
        assertThat(lab.state().node("n3").orElseThrow().holds()).isEmpty();
        hold(3);
        n3.ledger.answersLost = false;
        lab.pass(100);
        assertThat(leaseMillis()).isBetween(2000L, 3000L);
    }

    @Test
    void theNextDaemonGivesUpTheHoldOfTheOneBefore() {
        hold(60);
        lab.pass(100);
        n3.kill();
        lab.pass(20_000);
        assertThat(n3.guard.closings()).isZero();
        n3.start();
        lab.pass(2000);
        assertThat(n3.fencing.active()).isTrue();
        assertThat(n3.guard.closings()).isZero();
        assertThat(lab.state().node("n3").orElseThrow().holds()).isEmpty();
        assertThat(leaseMillis()).isLessThanOrEqualTo(2000);
    }

    @Test
    void anUpdateOfThisCodeWithinAHoldStopsNothing() {
        hold(60);
        lab.pass(100);
        n3.fencing.stop();
        lab.pass(10_000);
        n3.fencing = new Fencing(n3.world(), n3.membership, FenceDevices.NONE, lab.random);
        n3.fencing.start();
        lab.pass(1000);
        assertThat(n3.fencing.active()).isTrue();
        assertThat(n3.guard.closings()).isZero();
        assertThat(lab.state().node("n3").orElseThrow().holds()).isEmpty();
    }

    @Test
    void withoutQuorumThereIsNoHold() {
        lab.isolate("n3");
        CompletableFuture<String> done = hold(20);
        lab.pass(3200);
        assertThatThrownBy(done::join)
                .hasCauseInstanceOf(ClusterException.class)
                .hasMessageContaining("not covered");
    }

    @Test
    void aHoldThatRanOutIsTakenOffTheBooks() {
        hold(5);
        lab.pass(6000);
        assertThat(lab.state().node("n3").orElseThrow().holds()).isEmpty();
        assertThat(n3.fencing.active()).isTrue();
    }

    @Test
    void nobodyIsToldOfAHoldThatTheGuardDoesNotKnow() {
        CompletableFuture<String> done = hold(20);
        n3.fencing.stop(); // its code is replaced before the answer comes
        lab.pass(100);
        assertThat(lab.count(Command.Hold.class)).isEqualTo(1);
        assertThat(done).isCompletedExceptionally();
        assertThat(n3.guard.deadline() - n3.clock.nanos()).isLessThan(2_000_000_000L);
    }

    @Test
    void aHoldThatTheLedgerHadAfterTheLeaseWasOverIsNone() {
        n3.ledger.lagging = true;
        CompletableFuture<String> done = hold(20);
        lab.pass(10);
        long awake = lab.time.now() + 3_000_000_001L;
        n3.loop.pause(awake);
        lab.time.at(awake - 1, () -> {
            n3.ledger.lagging = false;
            n3.ledger.pump();
        });
        lab.pass(3100);
        assertThat(n3.guard.closings()).isEqualTo(1);
        assertThat(leaseMillis()).isLessThanOrEqualTo(2000);
        assertThatThrownBy(done::join)
                .hasCauseInstanceOf(ClusterException.class)
                .hasMessageContaining("its lease was over");
    }

    /** A lease that is renewed in its last moment was not active just before, when nobody looked but who waits now. */
    @Test
    void whoWasToldThatTheLeaseIsNotActiveHearsWhenItIs() {
        int[] calls = new int[1];
        n3.fencing.onChange(() -> calls[0]++);
        int lapses = 0;
        for (int round = 0; round < 60; round++) {
            lab.pass(7000 + 7L * round);
            hold(4);
            lab.pass(100);
            lab.isolate("n3");
            while (n3.fencing.active()) {
                lab.pass(1);
            }
            int before = calls[0];
            long closings = n3.guard.closings();
            lab.heal();
            while (!n3.fencing.active()) {
                lab.pass(1);
            }
            assertThat(calls[0]).as("calls in round %s", round).isGreaterThan(before);
            lapses += n3.guard.closings() == closings ? 1 : 0;
        }
        assertThat(lapses).isPositive();
    }
}
