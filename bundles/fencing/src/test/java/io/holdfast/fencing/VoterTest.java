package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.LeaseMessage.Ack;
import io.holdfast.fencing.LeaseMessage.Answer;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord.Phase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VoterTest {
    private final Lab lab = Lab.three();
    private final List<String> acks = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();

    private void listen() {
        lab.drop = (link, message) -> {
            if (message instanceof Ack) {
                acks.add(link);
            } else if (message instanceof Answer answer && answer.refused()) {
                refusals.add(link);
            }
            return false;
        };
    }

    @Test
    void acknowledgesNothingBeforeTheLeaderSaidHowFarTheLogGoes() {
        lab.node("n2").kill();
        lab.cut("n1", "n2");
        lab.cut("n2", "n1");
        listen();
        lab.node("n2").start();
        lab.pass(3000);
        assertThat(acks).contains("n3>n3").doesNotContain("n2>n3").doesNotContain("n2>n2");
        lab.heal();
        lab.pass(1000);
        assertThat(acks).contains("n2>n3");
    }

    @Test
    void acknowledgesNothingWhileALogIsAppliedAgain() {
        int before = lab.entries.size();
        lab.node("n3").ledger.lagging = true; // it does not know that it is expelled, and goes on asking
        lab.append(new Entry("n1", 0, new Command.Expel("n3", lab.node("n3").incarnation(), "test")));
        lab.pass(10);
        lab.cut("n1", "n2");
        lab.cut("n2", "n1");
        lab.node("n2").ledger.applyAgainFrom(before);
        listen();
        lab.pass(1000);
        assertThat(acks).contains("n3>n3").doesNotContain("n2>n3").doesNotContain("n2>n2");
        lab.heal();
        lab.pass(3000);
        assertThat(acks).doesNotContain("n2>n3").contains("n2>n2");
    }

    @Test
    void acknowledgesNothingWhileALogIsAppliedAgainFromItsBeginning() {
        int before = lab.entries.size();
        lab.node("n3").ledger.lagging = true;
        lab.append(new Entry("n1", 0, new Command.Expel("n3", lab.node("n3").incarnation(), "test")));
        lab.pass(10);
        lab.cut("n1", "n2");
        lab.cut("n2", "n1");
        lab.node("n2").ledger.applyOneAgainFrom(before - 1);
        listen();
        lab.pass(1000);
        assertThat(acks).contains("n3>n3").doesNotContain("n2>n3").doesNotContain("n2>n2");
        lab.heal();
        lab.pass(3000);
        assertThat(acks).doesNotContain("n2>n3").contains("n2>n2");
    }

    @Test
    void refusesForEverWhomItExpelled() {
        long incarnation = lab.node("n3").incarnation();
        lab.node("n3").ledger.lagging = true; // it does not know, and goes on asking
        lab.append(new Entry("n1", 0, new Command.Expel("n3", incarnation, "test")));
        lab.pass(10);
        listen();
        lab.pass(5000);
        assertThat(lab.node("n3").guard.open()).isFalse();
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
        assertThat(acks).doesNotContain("n1>n3").doesNotContain("n2>n3").contains("n3>n3");
        assertThat(acks).contains("n1>n2");
    }

    @Test
    void promisesNothingBeforeItAppliedTheExpel() {
        lab.node("n2").ledger.lagging = true;
        lab.node("n3").kill();
        listen();
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 3, "test")));
        lab.pass(10_000);
        assertThat(refusals).contains("n1>n1").doesNotContain("n2>n1");
        assertThat(lab.phase("n3")).as("one answer of three is no majority").isEqualTo(Phase.EXPELLED);
        lab.node("n2").ledger.lagging = false;
        lab.node("n2").ledger.pump();
        lab.pass(500);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
    }

    @Test
    void aVoterThatForgotCountsFromItsStart() {
        lab.cut("n3", "n1");
        lab.cut("n1", "n3");
        lab.pass(3000); // n2 alone, and n3 itself, carry the lease of n3
        assertThat(lab.node("n3").fencing.active()).isTrue();
        lab.isolate("n3");
        lab.node("n2").kill();
        lab.node("n2").start();
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 3, "test")));
        lab.pass(2200);
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
        lab.pass(400);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
    }

    @Test
    void aFrozenLedgerLetsItVoteNoMore() {
        lab.node("n2").kill();
        lab.node("n2").start();
        lab.pass(500);
        listen();
        lab.node("n2").ledger.fail();
        lab.pass(1000);
        assertThat(acks).contains("n1>n3").doesNotContain("n2>n3");
    }
}
