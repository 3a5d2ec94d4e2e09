package io.holdfast.model;

import static io.holdfast.model.TestCluster.TERMS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Command.Join;
import io.holdfast.model.Command.Leave;
import io.holdfast.model.Command.Resume;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.NodeRecord.Terms;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemberRulesTest {
    private final TestCluster cluster = TestCluster.with("web");

    @Test
    void numbersIncarnationsOverAllNodes() {
        assertThat(cluster.incarnation("n1")).isEqualTo(1);
        assertThat(cluster.incarnation("n2")).isEqualTo(2);
        assertThat(cluster.done("n3", new Join("n3", TERMS))).isEqualTo(3);
        assertThat(cluster.lastEvent()).contains("n3 joined as incarnation 3", "lease 2000 ms", "guard process");
    }

    @Test
    void refusesAJoinWhileAnEarlierIncarnationMayRun() {
        cluster.refused("n1", new Join("n1", TERMS), "n1", "incarnation 1", "still joined", "fenced first");
        cluster.expel("n1");
        cluster.refused("n1", new Join("n1", TERMS), "expelled, but not yet fenced");
        cluster.done("n2", new Command.Fenced("n1", 1, new Command.Proof.LeaseOver("", 0)));
        assertThat(cluster.done("n1", new Join("n1", TERMS))).isEqualTo(3);
    }

    @Test
    void keepsWhatPeopleSaidOfANodeOverItsReturn() {
        cluster.done("n2", new Command.Standby("n1", true, "ann"));
        cluster.done("n2", new Command.Attribute("n1", "rack", "7", "ann"));
        cluster.done("n1", new Leave("n1", 1));
        cluster.done("n1", new Join("n1", TERMS));
        assertThat(cluster.state.nodes().get("n1").standby()).isTrue();
        assertThat(cluster.state.nodes().get("n1").attributes()).containsEntry("rack", "7");
    }

    @Test
    void refusesAnotherLeaseThanTheOthers() {
        Terms other = terms(500, 250, "process", 77, 5, "m1", false);
        cluster.refused("n3", new Join("n3", other), "n3", "500 ms", "2000 ms of n1", "same 'lease'");
        cluster.done("n1", new Leave("n1", 1));
        cluster.expel("n2");
        cluster.refused("n3", new Join("n3", other), "2000 ms of n2");
        cluster.done("n1", new Command.Fenced("n2", 2, new Command.Proof.Manual("ann")));
        cluster.done("n3", new Join("n3", other));
    }

    @Test
    void refusesNamesAndTermsThatAreNone() {
        cluster.refused("a b", new Join("a b", TERMS), "name");
        cluster.refused("n3", new Join("n3", terms(0, 250, "process", 1, 1, "m", false)), "lease");
        cluster.refused("n3", new Join("n3", terms(2000, 250, "dog", 1, 1, "m", false)), "'dog'");
        cluster.refused("n1", new Join("n3", TERMS), "speaks for n3", "comes from n1");
    }

    @Test
    void resumesOnlyUnderTheSameGuardSession() {
        assertThat(cluster.done("n1", new Resume("n1", 1, TERMS))).isEqualTo(1);
        cluster.refused(
                "n1",
                new Resume("n1", 1, terms(2000, 250, "process", 78, 5, "m1", false)),
                "guard's session",
                "fenced");
        cluster.refused("n1", new Resume("n1", 2, TERMS), "incarnation 2", "not its present one");
        cluster.refused("n9", new Resume("n9", 2, TERMS), "no node n9");
        cluster.refused("n2", new Resume("n1", 1, TERMS), "comes from n2");
    }

    @Test
    void resumesOnlyUnderTheTermsThatOthersReckonWith() {
        cluster.refused(
                "n1", new Resume("n1", 1, terms(2000, 100, "process", 77, 5, "m1", false)), "kill=250ms", "kill=100ms");
    }

    @Test
    void resumesNoExpelledIncarnation() {
        cluster.expel("n1");
        cluster.refused("n1", new Resume("n1", 1, TERMS), "expelled", "stop everything");
        cluster.done("n2", new Command.Fenced("n1", 1, new Command.Proof.LeaseOver("", 0)));
        cluster.refused("n1", new Resume("n1", 1, TERMS), "fenced", "join anew");
    }

    @Test
    void leavesOnlyWithEmptyHands() {
        long token = cluster.allow("web", "n1");
        cluster.refused("n1", new Leave("n1", 1), "web (token " + token + ")", "release");
        cluster.takeBack("web");
        cluster.refused("n2", new Leave("n1", 1), "comes from n2");
        cluster.refused("n1", new Leave("n1", 7), "incarnation 7");
        cluster.done("n1", new Leave("n1", 1));
        assertThat(cluster.state.nodes().get("n1").phase()).isEqualTo(Phase.LEFT);
        cluster.refused("n1", new Leave("n1", 1), "out already");
    }

    @Test
    void anExpelledNodeThatStoppedEverythingMayLeaveAndJoinAtOnce() {
        cluster.allow("web", "n1");
        cluster.expel("n1");
        cluster.takeBack("web");
        cluster.done("n1", new Leave("n1", 1));
        cluster.done("n1", new Join("n1", TERMS));
    }

    @Test
    void insistsOnTheOrderOfTheLedger() {
        Entry entry = new Entry("n1", 0, new Command.Unmove("web", "ann"));
        assertThatThrownBy(() -> Rules.apply(cluster.state, cluster.state.index(), entry))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("after index");
    }

    private static Terms terms(
            long lease, long kill, String guard, long session, long boot, String machine, boolean weakClock) {
        return new Terms(false, lease, kill, guard, true, session, boot, machine, weakClock, "0.1.0");
    }

    @Test
    void theLevelIsRaisedWhenAllWhoAreHereUnderstandIt() {
        cluster.done("", new Command.VotersChanged(List.of("n1", "n2", "n3")));
        Command.RaiseLevel raise = new Command.RaiseLevel(2, "0.2.0", List.of("n1", "n2"), "ann");
        cluster.refused("n1", raise, "n3 votes and is not here");
        cluster.done("n3", new Command.Join("n3", TERMS));
        cluster.refused("n1", raise, "n3", "install Holdfast 0.2.0 or later");
        cluster.done("n1", new Command.RaiseLevel(2, "0.2.0", List.of("n1", "n2", "n3"), "ann"));
        assertThat(cluster.state.level()).isEqualTo(new ClusterState.Level(2, "0.2.0"));
        cluster.done("n1", new Command.RaiseLevel(1, "0.1.0", List.of("n1", "n2", "n3"), "ann"));
        assertThat(cluster.state.level().number()).as("it never falls").isEqualTo(2);
    }

    @Test
    void aNodeThatIsTooOldIsToldWhatToInstall() {
        cluster.done("n1", new Command.RaiseLevel(2, "0.2.0", List.of("n1", "n2"), "ann"));
        cluster.refused(
                "n3", new Command.Join("n3", TERMS), "functional level 2", "install Holdfast 0.2.0 or later on n3");
        cluster.refused("n1", new Command.Resume("n1", 1, TERMS), "install Holdfast 0.2.0");
        cluster.done("n3", new Command.Join("n3", TERMS, 2));
    }
}
