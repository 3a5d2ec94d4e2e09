package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord.Phase;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class VoterChangesTest {
    private final Lab lab = new Lab(Duration.ofSeconds(2), 1, "n1", "n2", "n3", "n4", "n5");

    private void vote(String... names) {
        lab.voting = List.of(names);
        lab.append(new Entry("", 0, new Command.VotersChanged(List.of(names))));
    }

    private void started() {
        vote("n1", "n2", "n3");
        Lab.started(lab);
        lab.pass(5000);
        assertThat(lab.state().votes().earlier()).isEmpty();
    }

    /** n3 hears of nobody but n2, and n2 stores the log without applying it. */
    private void leaveN3WithTheOldVoters() {
        lab.node("n2").ledger.lagging = true;
        for (String other : List.of("n1", "n4", "n5")) {
            lab.cut("n3", other);
            lab.cut(other, "n3");
        }
        lab.pass(1000);
        vote("n1", "n4", "n5");
    }

    @Test
    void whileAChangeIsOpenMajoritiesOfBothSetsMustAnswer() {
        started();
        leaveN3WithTheOldVoters();
        lab.append(new Entry("n1", 0, new Command.Expel("n3", lab.node("n3").incarnation(), "test")));
        lab.pass(20_000);
        assertThat(lab.node("n3").guard.open())
                .as("n2 and n3 are a majority of the old voters")
                .isTrue();
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
        lab.node("n2").ledger.lagging = false;
        lab.node("n2").ledger.pump();
        lab.pass(3000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
    }

    @Test
    void aChangeIsOpenUntilAMajorityOfTheOldVotersAppliedIt() {
        started();
        leaveN3WithTheOldVoters();
        lab.pass(20_000);
        assertThat(lab.state().votes().earlier()).hasSize(1);
        assertThat(lab.count(Command.Expel.class))
                .as("its lease runs, by the old voters")
                .isZero();
        lab.node("n2").ledger.lagging = false;
        lab.node("n2").ledger.pump();
        lab.pass(2200);
        assertThat(lab.state().votes().earlier())
                .as("leases of before still run")
                .hasSize(1);
        lab.pass(500);
        assertThat(lab.state().votes().earlier()).isEmpty();
    }

    @Test
    void aChangeIsOpenAsLongAsAHoldOfBeforeMayLast() {
        started();
        lab.node("n3").fencing.hold(Duration.ofSeconds(20), Duration.ofSeconds(2));
        lab.pass(500);
        assertThat(lab.state().node("n3").orElseThrow().holds()).hasSize(1);
        vote("n1", "n2", "n4");
        lab.pass(20_000);
        assertThat(lab.state().votes().earlier()).as("20 s + kill time + 1 %").hasSize(1);
        lab.pass(1000);
        assertThat(lab.state().votes().earlier()).isEmpty();
    }

    @Test
    void aNewLeaderClosesIt() {
        started();
        vote("n1", "n2", "n4");
        lab.pass(1000);
        lab.lead("n2");
        lab.pass(2500);
        assertThat(lab.state().votes().earlier()).isEmpty();
        assertThat(lab.count(Command.Expel.class)).isZero();
    }

    @Test
    void nobodyLosesItsLeaseWhenTheVotersChange() {
        started();
        vote("n1", "n4", "n5");
        lab.pass(10_000);
        lab.node("n2").kill();
        lab.node("n3").kill();
        lab.pass(10_000);
        for (String name : List.of("n1", "n4", "n5")) {
            assertThat(lab.node(name).fencing.active()).as(name).isTrue();
            assertThat(lab.node(name).guard.closings()).as(name).isZero();
        }
    }

    @Test
    void theMemoryOfANewVoterBeginsWhenItBecomesOne() {
        started();
        vote("n1", "n2", "n4");
        lab.pass(100);
        assertThat(lab.node("n4").fencing.voterQuiet(new Member("n9", 9))).isLessThan(200_000_000L);
    }
}
