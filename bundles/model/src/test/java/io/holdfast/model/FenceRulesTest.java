package io.holdfast.model;

import static io.holdfast.model.TestCluster.TERMS;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command.Fenced;
import io.holdfast.model.Command.Hold;
import io.holdfast.model.Command.Proof;
import io.holdfast.model.Command.Unhold;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.NodeRecord.Terms;
import java.util.List;
import org.junit.jupiter.api.Test;

class FenceRulesTest {
    private static final Proof LEASE = new Proof.LeaseOver("2270 ms", 0);
    private final TestCluster cluster = TestCluster.with("web", "db");

    @Test
    void fencesOnlyWhatIsExpelled() {
        cluster.refused("n2", new Fenced("n1", 1, LEASE), "not expelled", "expel it first");
        cluster.expel("n1");
        cluster.refused("n2", new Fenced("n1", 2, LEASE), "incarnation 2");
        cluster.done("n2", new Fenced("n1", 1, LEASE));
        cluster.refused("n2", new Fenced("n1", 1, LEASE), "fenced already");
        cluster.refused("n2", new Command.Expel("n1", 1, ""), "fenced already");
    }

    @Test
    void onlyFencedFreesTheGrantsOfALostNode() {
        long web = cluster.allow("web", "n1");
        cluster.allow("db", "n2");
        cluster.expel("n1");
        assertThat(cluster.state.grants()).containsKeys("web", "db");
        cluster.refused(
                "n2", new Command.Allow("web", "n2", 2, ""), "n1 incarnation 1", "token " + web, "fenced first");
        cluster.done("n2", new Fenced("n1", 1, LEASE));
        assertThat(cluster.state.grants()).containsOnlyKeys("db");
        assertThat(cluster.lastEvent())
                .isEqualTo("web is free to start elsewhere: n1, which held token " + web + ", is fenced");
        assertThat(cluster.allow("web", "n2")).isGreaterThan(web);
    }

    @Test
    void expellingTwiceIsOnce() {
        long first = cluster.expel("n1");
        assertThat(cluster.expel("n1")).isEqualTo(first);
        assertThat(cluster.state.nodes().get("n1").expelIndex()).isEqualTo(first);
    }

    @Test
    void aWeakClockOrNoGuardMakesTheLeaseProveNothing() {
        for (Terms terms : new Terms[] {
            new Terms(false, 2000, 250, "strong", true, 1, 1, "m", true, "v"),
            new Terms(false, 2000, 250, "NONE", false, 1, 1, "m", false, "v")
        }) {
            long e = cluster.done("n3", new Command.Join("n3", terms));
            long expel = cluster.expel("n3");
            cluster.refused("n1", new Fenced("n3", e, LEASE), "proves nothing", "confirm-fenced");
            cluster.done("n1", new Fenced("n3", e, new Proof.Device("power", expel)));
        }
    }

    @Test
    void aWitnessIsFencedByItsLeaseWhateverItsGuard() {
        long e = cluster.done("w", new Command.Join("w", TestCluster.WITNESS));
        cluster.expel("w");
        cluster.done("n1", new Fenced("w", e, LEASE));
    }

    @Test
    void aDeviceProvesOnlyForTheExpellingThatItWasAskedAfter() {
        long expel = cluster.expel("n1");
        cluster.refused("n2", new Fenced("n1", 1, new Proof.Device("power", expel - 1)), "power", "index " + expel);
        cluster.refused("n2", new Fenced("n1", 1, new Proof.Device("", expel)), "name the device");
        cluster.done("n2", new Fenced("n1", 1, new Proof.Device("power", expel)));
    }

    @Test
    void aDeviceThatLiedProvesNothingAboutThatIncarnationAnyMore() {
        cluster.refused("n2", new Command.Lied("n1", 1, List.of("disk")), "no device has to prove anything");
        long expel = cluster.expel("n1");
        cluster.done("n2", new Command.Lied("n1", 1, List.of("disk")));
        assertThat(cluster.lastEvent())
                .contains("disk said that n1 is off, but it still answers", "ha confirm-fenced n1");
        cluster.done("n2", new Command.Lied("n1", 1, List.of("disk", "plug")));
        for (String devices : List.of("disk", "plug", "power, plug")) {
            cluster.refused(
                    "n2", new Fenced("n1", 1, new Proof.Device(devices, expel)), "while it ran", "confirm-fenced");
        }
        cluster.done("n2", new Fenced("n1", 1, new Proof.Device("power", expel)));
        long next = cluster.done("n1", new Command.Join("n1", TERMS));
        cluster.done("n2", new Fenced("n1", next, new Proof.Device("disk", cluster.expel("n1"))));
    }

    @Test
    void aRebootProvesOnlyFromTheSameMachineLater() {
        cluster.expel("n1");
        cluster.refused("n2", new Fenced("n1", 1, new Proof.Reboot(6, "m1")), "comes from n2");
        cluster.refused("n1", new Fenced("n1", 1, new Proof.Reboot(5, "m1")), "boot 5 is not later");
        cluster.refused("n1", new Fenced("n1", 1, new Proof.Reboot(6, "m2")), "machine 'm2'");
        cluster.refused("n1", new Fenced("n1", 1, new Proof.Reboot(0, "m1")), "boot counter");
        cluster.done("n1", new Fenced("n1", 1, new Proof.Reboot(6, "m1")));
        cluster.done("n1", new Command.Join("n1", TERMS));
    }

    @Test
    void aRebootProvesNothingWhereBootsAreNotCounted() {
        long e = cluster.done(
                "n3", new Command.Join("n3", new Terms(false, 2000, 250, "process", true, 1, 0, "", false, "v")));
        cluster.expel("n3");
        cluster.refused("n3", new Fenced("n3", e, new Proof.Reboot(6, "")), "boot counter");
    }

    @Test
    void aPersonIsNamed() {
        cluster.expel("n1");
        cluster.refused("n2", new Fenced("n1", 1, new Proof.Manual(" ")), "name");
        cluster.done("n2", new Fenced("n1", 1, new Proof.Manual("ann")));
        assertThat(cluster.state.nodes().get("n1").phase()).isEqualTo(Phase.FENCED);
        assertThat(cluster.lastEvent()).contains("ann confirmed");
    }

    @Test
    void holdsAreBoundedAndEndWithTheExpelling() {
        cluster.refused("n1", new Hold("n1", 1, 600_001, 9, 1), "10 minutes");
        cluster.refused("n1", new Hold("n1", 1, 0, 9, 1), "1 ms");
        cluster.done("n1", new Hold("n1", 1, 60_000, 9, 1));
        cluster.refused("n1", new Hold("n1", 1, 60_000, 9, 1), "new number");
        cluster.refused("n2", new Hold("n1", 1, 60_000, 9, 2), "comes from n2");
        cluster.expel("n1");
        cluster.refused("n1", new Hold("n1", 1, 60_000, 9, 3), "expelled");
        assertThat(cluster.state.nodes().get("n1").holds()).containsOnlyKeys("9:1");
    }

    @Test
    void releasesOneHoldAndNoOther() {
        cluster.done("n1", new Hold("n1", 1, 60_000, 9, 1));
        cluster.done("n1", new Hold("n1", 1, 60_000, 9, 2));
        cluster.refused("n1", new Unhold("n1", 1, 8, 1), "no hold");
        cluster.refused("n2", new Unhold("n1", 1, 9, 1), "comes from n2");
        cluster.done("n1", new Unhold("n1", 1, 9, 1));
        assertThat(cluster.state.nodes().get("n1").holds()).containsOnlyKeys("9:2");
    }

    @Test
    void keepsABoundedNumberOfHolds() {
        for (int seq = 0; seq < 64; seq++) {
            cluster.done("n1", new Hold("n1", 1, 1000, 9, seq));
        }
        cluster.refused("n1", new Hold("n1", 1, 1000, 9, 64), "64 holds");
    }
}
