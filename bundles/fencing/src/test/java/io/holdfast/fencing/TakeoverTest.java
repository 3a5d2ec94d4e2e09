package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.runtime.GuardLink.Strength;
import io.holdfast.fencing.LeaseMessage.Answer;
import io.holdfast.fencing.LeaseMessage.Ask;
import io.holdfast.model.Command;
import io.holdfast.model.Command.Proof;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.FenceSetting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TakeoverTest {
    private final Lab lab = Lab.three();

    @Test
    void threeNodesJoinAndGetTheirLeases() {
        assertThat(lab.count(Command.Join.class)).isEqualTo(3);
        lab.pass(60_000);
        assertThat(lab.count(Command.Expel.class)).isZero();
    }

    @Test
    void aKilledNodeIsFencedAboutALeaseAndAKillTimeAfterItsLastBreath() {
        lab.node("n3").kill();
        lab.pass(1500);
        assertThat(lab.phase("n3")).isEqualTo(Phase.JOINED);
        lab.pass(2300 - 1500);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
        assertThat(lab.last(Command.Fenced.class).orElseThrow().proof().toString())
                .contains("lease 2 s + kill time 250 ms + 1 % are over, by the clocks of n1 and n2");
    }

    @Test
    void clocksThatRunApartByOnePercentAreCoveredFor() {
        for (double[] rates : new double[][] {{1.0, 0.99}, {0.99, 1.0}, {1.009, 1.0}}) {
            Lab other = new Lab(Duration.ofSeconds(2), 1, "n1", "n2", "n3");
            other.rate("n1", rates[0]);
            other.rate("n2", rates[0]);
            other.rate("n3", rates[1]);
            Lab.started(other);
            other.isolate("n3");
            other.pass(3000);
            assertThat(other.phase("n3")).isEqualTo(Phase.FENCED);
        }
    }

    @Test
    void aFaultShorterThanTheLeaseMovesNothing() {
        for (int i = 0; i < 20; i++) {
            lab.node("n3").loop.pause(lab.time.now() + 1_550_000_000L);
            lab.pass(3000);
        }
        for (int i = 0; i < 20; i++) {
            lab.isolate("n3");
            lab.pass(1450);
            lab.heal();
            lab.pass(1000 + lab.random.nextInt(400));
        }
        assertThat(lab.count(Command.Expel.class)).isZero();
        assertThat(lab.node("n3").guard.closings()).isZero();
    }

    @Test
    void oneLinkDownMovesNothing() {
        lab.cut("n3", "n1");
        lab.cut("n1", "n3");
        lab.pass(30_000);
        assertThat(lab.count(Command.Expel.class)).isZero();
        assertThat(lab.node("n3").fencing.active()).isTrue();
    }

    @Test
    void oneVoterWithoutAnswerIsTakenForOneThatRenews() {
        lab.cut("n3", "n1"); // n2 carries the lease of n3, and the leader cannot ask n2
        lab.cut("n1", "n3");
        lab.drop = (link, message) -> message instanceof Ask && link.equals("n1>n2");
        lab.pass(10_000);
        assertThat(lab.count(Command.Expel.class)).isZero();
    }

    @Test
    void lostAnswersAreAskedForAgain() {
        int[] lost = {0};
        lab.drop = (link, message) -> message instanceof Answer && lost[0]++ % 3 != 0;
        lab.node("n3").kill();
        lab.pass(5000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
    }

    @Test
    void aNewLeaderAsksAgain() {
        Lab five = Lab.started(new Lab(Duration.ofSeconds(2), 1, "n1", "n2", "n3", "n4", "n5"));
        five.node("n3").kill();
        five.drop = (link, message) -> message instanceof Answer answer && answer.refused() && link.endsWith(">n1");
        five.pass(3000);
        assertThat(five.phase("n3")).isEqualTo(Phase.EXPELLED);
        five.node("n1").kill();
        five.lead("n2");
        five.pass(100);
        assertThat(five.phase("n3")).isEqualTo(Phase.FENCED);
        five.pass(3000);
        assertThat(five.phase("n1")).isEqualTo(Phase.FENCED);
    }

    @Test
    void oneAnswerIsNoMajority() {
        lab.drop = (link, message) -> message instanceof Answer answer && answer.refused() && link.equals("n2>n1");
        lab.node("n3").kill();
        lab.pass(20_000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
    }

    @Test
    void anAnswerThatRefusesNothingEndsNoWait() {
        lab.node("n2").ledger.lagging = true;
        lab.cut("n3", "n1");
        lab.cut("n1", "n3");
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 3, "test")));
        lab.pass(10_000); // n2 has not heard of it, and renews the lease of n3 on and on
        assertThat(lab.node("n3").guard.open()).isTrue();
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
    }

    @Test
    void fencesByWish() {
        CompletableFuture<String> done = lab.node("n1")
                .fencing
                .fence("n3", "ann", Duration.ofSeconds(10))
                .toCompletableFuture();
        lab.pass(3000);
        assertThat(done.join()).startsWith("n3 is fenced");
        assertThat(lab.last(Command.Expel.class).orElseThrow().reason()).contains("ann");
        assertThat(lab.node("n1")
                        .fencing
                        .fence("n9", "ann", Duration.ofSeconds(1))
                        .toCompletableFuture())
                .isCompletedExceptionally();
    }

    @Test
    void aPersonCannotConfirmThatALivingNodeIsOff() {
        CompletableFuture<String> refused = lab.node("n1")
                .fencing
                .confirmFenced("n3", "ann", Duration.ofSeconds(1))
                .toCompletableFuture();
        assertThatThrownBy(refused::join).hasMessageContaining("n3 is alive");
        lab.node("n3").kill();
        lab.pass(2050);
        CompletableFuture<String> done = lab.node("n1")
                .fencing
                .confirmFenced("n3", "ann", Duration.ofSeconds(1))
                .toCompletableFuture();
        lab.pass(20);
        assertThat(done.join()).contains("word of ann");
    }

    @Test
    void aLeaseThatProvesNothingIsNotWaitedOut() {
        Lab other = new Lab(Duration.ofSeconds(2), 1, "n1", "n2", "n3");
        other.node("n3").guard.strength = Strength.NONE;
        Lab.started(other);
        other.node("n3").kill();
        other.pass(20_000);
        assertThat(other.phase("n3")).isEqualTo(Phase.EXPELLED);
        assertThat(other.node("n1").fencing.problems().toString()).contains("guard=none", "ha confirm-fenced n3");
        other.node("n1").fencing.confirmFenced("n3", "ann", Duration.ofSeconds(1));
        other.pass(50);
        assertThat(other.phase("n3")).isEqualTo(Phase.FENCED);
    }

    @Test
    void aNodeThatWasFencedWhileItTriedToLeaveJoinsAnew() {
        lab.isolate("n3");
        CompletableFuture<String> left =
                lab.node("n3").membership.leave(Duration.ofSeconds(4)).toCompletableFuture();
        lab.pass(3000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
        lab.heal();
        lab.pass(3000);
        assertThat(left).isCompletedExceptionally();
        assertThat(lab.node("n3").incarnation()).isEqualTo(4);
    }

    // ---- devices

    private final List<String> asked = new ArrayList<>();

    private static FenceSetting device(String name, int level, int retries, String action) {
        return new FenceSetting(
                name,
                "fence_x",
                List.of("n3"),
                new TreeMap<>(),
                level,
                retries,
                Duration.ofMillis(name.equals("slow") ? 500 : 0),
                Duration.ofSeconds(20),
                action);
    }

    private void configure(FenceSetting... devices) {
        Configuration configuration = new Configuration(
                "test", new TreeMap<>(), new TreeMap<>(), List.of(), List.of(devices), Defaults.USUAL);
        lab.append(new Entry("n1", 0, new Command.Apply(configuration, "text", -1, "ann")));
        lab.pass(10);
    }

    @Test
    void aDeviceThatConfirmsFirstEndsTheWait() {
        configure(device("power", 1, 0, "reboot"));
        lab.devices = (setting, action, node) -> {
            asked.add(action + " " + node + " " + lab.phase("n3"));
            return CompletableFuture.completedFuture(null);
        };
        lab.drop = (link, message) -> message instanceof Answer answer && answer.refused();
        lab.node("n3").kill();
        lab.pass(2180 + 400);
        assertThat(lab.last(Command.Fenced.class).orElseThrow().proof())
                .isEqualTo(new Proof.Device(
                        "power", lab.state().node("n3").orElseThrow().expelIndex()));
        assertThat(asked).containsExactly("OFF n3 EXPELLED", "ON n3 FENCED");
    }

    @Test
    void allOfALevelMustConfirmAndThenComesTheNext() {
        configure(device("a", 1, 2, "off"), device("b", 1, 0, "off"), device("slow", 2, 0, "off"));
        lab.node("n3").guard.strength = Strength.NONE;
        lab.devices = (setting, action, node) -> {
            asked.add(setting.name());
            if (setting.name().equals("a")) {
                return CompletableFuture.failedFuture(new FenceException("no answer"));
            }
            lab.node("n3").kill();
            return CompletableFuture.completedFuture(null);
        };
        lab.node("n1").fencing.fence("n3", "ann", Duration.ofSeconds(1));
        lab.pass(550);
        assertThat(asked).containsExactlyInAnyOrder("a", "a", "a", "b");
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
        lab.pass(500);
        assertThat(lab.last(Command.Fenced.class).orElseThrow().proof().toString())
                .contains("slow");
    }

    @Test
    void aDeviceThatFailsIsToldAndAskedAgain() {
        configure(device("power", 1, 0, "off"));
        int[] tries = {0};
        lab.devices = (setting, action, node) -> tries[0]++ == 0
                ? CompletableFuture.failedFuture(new FenceException("connection refused"))
                : CompletableFuture.completedFuture(null);
        lab.drop = (link, message) -> message instanceof Answer answer && answer.refused();
        lab.node("n3").kill();
        lab.pass(5000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
        assertThat(lab.last(Command.Announce.class).orElseThrow().text()).contains("power: connection refused");
        assertThat(lab.node("n1").fencing.problems().toString()).contains("connection refused");
        lab.pass(10_000);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
    }

    @Test
    void aLateConfirmationForAnEarlierIncarnationProvesNothing() {
        configure(device("power", 1, 0, "off"));
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        lab.devices = (setting, action, node) -> {
            assertThat(action).isEqualTo(FenceAction.OFF);
            answers.add(new CompletableFuture<>());
            return answers.get(answers.size() - 1);
        };
        lab.node("n1").fencing.fence("n3", "ann", Duration.ofSeconds(1));
        lab.pass(5000); // its lease ran out, and it joined anew
        assertThat(lab.node("n3").incarnation()).isEqualTo(4);
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 4, "test")));
        lab.drop = (link, message) -> message instanceof Answer answer && answer.refused();
        lab.pass(110);
        lab.node("n3").kill();
        answers.get(0).complete(null);
        lab.pass(500);
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
        answers.get(1).complete(null);
        lab.pass(500);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
    }

    // ---- devices that lie

    private void expelAndBelieveOnlyDevices() {
        lab.node("n3").guard.strength = Strength.NONE;
        lab.drop = (link, message) -> message instanceof Answer answer && answer.refused();
        lab.node("n1").fencing.fence("n3", "ann", Duration.ofSeconds(1));
    }

    @Test
    void aDeviceThatCallsALivingNodeOffIsNotBelieved() {
        configure(device("liar", 1, 0, "off"), device("honest", 2, 0, "off"));
        lab.devices = (setting, action, node) -> {
            asked.add(setting.name());
            if (setting.name().equals("honest")) {
                lab.node("n3").kill();
            }
            return CompletableFuture.completedFuture(null);
        };
        expelAndBelieveOnlyDevices();
        lab.pass(1000);
        assertThat(asked).containsExactly("liar", "honest");
        assertThat(lab.last(Command.Lied.class)).contains(new Command.Lied("n3", 3, List.of("liar")));
        assertThat(lab.last(Command.Fenced.class).orElseThrow().proof())
                .isInstanceOfSatisfying(
                        Proof.Device.class, proof -> assertThat(proof.device()).isEqualTo("honest"));
    }

    @Test
    void aLiarIsNotAskedAgainAndPeopleAreToldOnce() {
        configure(device("liar", 1, 0, "off"));
        lab.devices = (setting, action, node) -> {
            asked.add(setting.name());
            return CompletableFuture.completedFuture(null);
        };
        expelAndBelieveOnlyDevices();
        lab.pass(25_000);
        assertThat(asked).containsExactly("liar");
        assertThat(lab.count(Command.Fenced.class)).isZero();
        assertThat(lab.count(Command.Lied.class)).isOne();
        assertThat(lab.node("n1").fencing.problems().toString()).contains("still answered", "ha confirm-fenced n3");
    }

    @Test
    void aLiarIsNotBelievedByTheNextLeaderThoughTheNodeIsSilentThen() {
        configure(device("liar", 1, 0, "off"), device("beside", 1, 0, "off"), device("slow", 2, 0, "off"));
        lab.devices = (setting, action, node) -> {
            asked.add(setting.name());
            return setting.level() == 1 ? CompletableFuture.completedFuture(null) : new CompletableFuture<>();
        };
        expelAndBelieveOnlyDevices();
        lab.pass(1500);
        assertThat(asked).containsExactly("liar", "beside", "slow");
        lab.node("n3").kill(); // as by the second level, whose answer is lost with the one that led
        lab.lead("n2");
        lab.pass(8000);
        assertThat(asked).containsExactly("liar", "beside", "slow", "slow");
        assertThat(lab.phase("n3")).isEqualTo(Phase.EXPELLED);
    }

    @Test
    void whileALieIsNotNotedTheNextLevelIsNotAsked() {
        configure(device("liar", 1, 0, "off"), device("next", 2, 0, "off"));
        lab.devices = (setting, action, node) -> {
            asked.add(setting.name());
            if (setting.name().equals("liar")) {
                lab.node("n1").ledger.answersLost = true;
            }
            return CompletableFuture.completedFuture(null);
        };
        expelAndBelieveOnlyDevices();
        lab.pass(4000);
        assertThat(asked).containsExactly("liar");
        lab.node("n1").ledger.answersLost = false;
        lab.pass(13_000);
        assertThat(asked).startsWith("liar", "next");
    }

    @Test
    void theLeaderThatDoesNotReachTheNodeAsksByWayOfTheOthers() {
        configure(device("liar", 1, 0, "off"));
        lab.devices = (setting, action, node) -> CompletableFuture.completedFuture(null);
        lab.cut("n1", "n3");
        lab.cut("n3", "n1");
        expelAndBelieveOnlyDevices();
        lab.pass(3000);
        assertThat(lab.count(Command.Fenced.class)).isZero();
        assertThat(lab.count(Command.Lied.class)).isOne();
        lab.isolate("n3"); // silence proves nothing any more
        lab.pass(12_000);
        assertThat(lab.count(Command.Fenced.class)).isZero();
    }

    @Test
    void anAnswerUnderAnotherIncarnationShowsNothing() {
        RollCall call = new RollCall(lab.node("n1").world(), lab.random);
        call.start();
        CompletableFuture<Boolean> wrong = call.answers(new Member("n3", 999)).toCompletableFuture();
        CompletableFuture<Boolean> right =
                call.answers(new Member("n3", lab.node("n3").incarnation())).toCompletableFuture();
        lab.pass(500);
        assertThat(List.of(wrong.join(), right.join())).containsExactly(false, true);
    }

    @Test
    void aNodeThatAsksItselfMayProveItselfBeforeItsDevicesAreAsked() {
        configure(device("power", 1, 0, "reboot"));
        lab.devices = (setting, action, node) -> {
            asked.add(action + " " + node);
            return new CompletableFuture<>();
        };
        lab.append(new Entry("n3", 0, new Command.Expel("n3", 3, "its machine was booted since")));
        lab.lead("n2"); // whoever leads knows who asked
        lab.pass(900);
        assertThat(asked).isEmpty();
        lab.pass(600);
        assertThat(asked).containsExactly("OFF n3");
    }

    @Test
    void aNewLeaderLetsProveThemselvesWhomTheEarlierOneExpelled() {
        configure(device("power", 1, 0, "reboot"));
        lab.devices = (setting, action, node) -> {
            asked.add(action + " " + node);
            return new CompletableFuture<>();
        };
        lab.drop = (link, message) -> message instanceof Answer;
        lab.append(new Entry("n1", 0, new Command.Expel("n3", 3, "test")));
        lab.pass(90);
        assertThat(asked).isEmpty();
        lab.pass(20);
        assertThat(asked).containsExactly("OFF n3");
        lab.lead("n2");
        lab.pass(900);
        assertThat(asked).containsExactly("OFF n3");
        lab.pass(600);
        assertThat(asked).containsExactly("OFF n3", "OFF n3");
    }
}
