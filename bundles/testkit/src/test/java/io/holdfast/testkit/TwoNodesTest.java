package io.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Two voters, a fence device, and nobody else. */
class TwoNodesTest {
    private static final Duration LEASE = Duration.ofSeconds(1);
    /** By this one the device says at once what it did: else a node may be back before the other one hears that it was off. */
    private static final long SEED = 2;

    private SimulatedCluster cluster;

    @BeforeEach
    void together() {
        begin(true);
    }

    private void begin(boolean devices) {
        List<String> names = List.of("n1", "n2");
        cluster = new SimulatedCluster(
                SEED, new Layout(names, names, List.of(), List.of(), LEASE, false, true), Sabotage.NONE);
        cluster.run(Duration.ofSeconds(2));
        OperationSetting any = new OperationSetting(Optional.empty(), Optional.empty());
        Resource worker = new Resource(
                "worker",
                SimulatedOperations.TYPE,
                new TreeMap<>(),
                any,
                any,
                any,
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                0);
        FenceSetting power = new FenceSetting(
                "power", "fence_simulated", names, new TreeMap<>(), 1, 0, Duration.ZERO, Duration.ofSeconds(5), "off");
        cluster.apply(
                "n1",
                new Configuration(
                        "simulated",
                        new TreeMap<>(Map.of("worker", worker)),
                        new TreeMap<>(),
                        List.of(new Constraint.Prefer("worker", "n1", "", 100)),
                        devices ? List.of(power) : List.of(),
                        new Defaults(1, 0, Duration.ofSeconds(5))));
        cluster.run(Duration.ofSeconds(3));
        assertThat(cluster.observer().activeOn("worker")).containsExactly("n1");
    }

    @AfterEach
    void keepsEveryPromise() {
        cluster.finish();
        assertThat(cluster.observer().violations()).isEmpty();
    }

    private SimulatedProcess process(String node) {
        return Objects.requireNonNull(cluster.processOf(node), node);
    }

    private void run(int seconds) {
        cluster.run(Duration.ofSeconds(seconds));
    }

    private String problems(String node) {
        return String.join("\n", process(node).problems());
    }

    private List<String> voting(String node) {
        return cluster.state(node).orElseThrow().votes().voting();
    }

    private String[] confirm(String on, String node) {
        String[] said = {""};
        process(on)
                .loop()
                .execute(() -> process(on)
                        .confirmFenced(node)
                        .whenComplete((done, failure) ->
                                said[0] = failure == null ? done : String.valueOf(failure.getMessage())));
        return said;
    }

    @Test
    @DisplayName("one dies: the other one has it cut off, serves, and is joined by it again")
    void oneDies() {
        cluster.powerCut("n1");
        run(12);
        assertThat(cluster.observer().activeOn("worker")).isNotEmpty();
        assertThat(cluster.observer().newest().events().stream().map(event -> event.text()))
                .anyMatch(text -> text.equals("n2 goes on without n1: power confirmed that it is off"));
        cluster.powerOn("n1");
        run(12);
        assertThat(voting("n1")).containsExactly("n1", "n2");
        assertThat(cluster.observer().activeOn("worker")).containsExactly("n1");
    }

    @Test
    @DisplayName("cut off from each other, one of them is off and the other one serves")
    void cutOff() {
        cluster.isolate("n2", true);
        run(8);
        assertThat(cluster.observer().activeOn("worker")).containsExactly("n1");
        assertThat(voting("n1")).containsExactly("n1");
        cluster.isolate("n2", false);
        run(10);
        assertThat(voting("n2")).containsExactly("n1", "n2");
    }

    @Test
    @DisplayName("a fault shorter than the lease cuts off nobody")
    void shortFault() {
        int starts = cluster.observer().starts();
        cluster.isolate("n2", true);
        cluster.run(LEASE.dividedBy(2));
        cluster.isolate("n2", false);
        run(8);
        assertThat(cluster.observer().starts()).isEqualTo(starts);
        assertThat(voting("n1")).containsExactly("n1", "n2");
    }

    @Test
    @DisplayName("no device: nothing runs, a person is told what to do, and his word lets it go on")
    void noDevice() {
        begin(false);
        assertThat(problems("n2")).contains("no fence device cuts off n1");
        cluster.powerCut("n1");
        run(10);
        assertThat(cluster.observer().activeOn("worker")).isEmpty();
        assertThat(problems("n2"))
                .contains("n1 is lost, and two voters need each other")
                .contains("make sure that n1 is off, then 'ha confirm-fenced n1' on this node");
        String[] said = confirm("n2", "n1");
        run(5);
        assertThat(said[0]).contains("n2 goes on without n1 on the word of simulation");
        assertThat(cluster.observer().activeOn("worker")).containsExactly("n2");
    }

    @Test
    @DisplayName("a person's word on a node that answers is refused, and changes nothing")
    void wordOnALivingNode() {
        cluster.isolate("n2", true);
        cluster.deviceFailures(1);
        cluster.run(LEASE.dividedBy(2));
        String[] said = confirm("n1", "n2");
        run(1);
        assertThat(said[0]).contains("n2 is alive");
        cluster.isolate("n2", false);
        run(5);
        assertThat(voting("n1")).containsExactly("n1", "n2");
    }

    @Test
    @DisplayName("after a power cut of both, one alone starts nothing, and says so; both go on")
    void startsAlone() {
        cluster.powerCut("n1");
        run(12); // n2 may have switched it on again: it is cut off for good now
        cluster.powerCut("n1");
        cluster.powerCut("n2");
        cluster.powerOn("n1");
        run(20);
        assertThat(cluster.observer().activeOn("worker")).isEmpty();
        assertThat(problems("n1")).contains("n2 was not seen since this node started and may have gone on without it");
        cluster.powerOn("n2");
        run(12);
        assertThat(cluster.observer().activeOn("worker")).containsExactly("n1");
    }

    @Test
    @DisplayName("who went on alone and starts alone has the other one cut off anew, and goes on")
    void holderStartsAlone() {
        cluster.isolate("n2", true);
        run(8);
        cluster.command("n1", new Command.Standby("n2", true, "simulation"));
        run(1);
        cluster.powerCycle("n1", Duration.ofMillis(500));
        run(15);
        assertThat(cluster.observer().activeOn("worker")).containsExactly("n1");
        cluster.isolate("n2", false);
        run(10);
        assertThat(voting("n2")).containsExactly("n1", "n2");
        assertThat(cluster.state("n2").orElseThrow().node("n2").orElseThrow().standby())
                .isTrue();
    }

    @Test
    @DisplayName("a hold that the other one may know to be committed is waited for, though it is only in the log here")
    void holdNotAppliedYet() {
        String leader = cluster.leader("n1");
        String other = leader.equals("n1") ? "n2" : "n1";
        SimulatedProcess held = process(leader);
        held.loop().execute(() -> held.hold(Optional.of(Duration.ofSeconds(20))));
        int looks = 0;
        while (cluster.state(leader)
                .orElseThrow()
                .node(leader)
                .orElseThrow()
                .holds()
                .isEmpty()) {
            cluster.run(Duration.ofNanos(10_000));
            assertThat(++looks).isLessThan(1_000_000);
        }
        assertThat(process(other).ledger().ahead()).anyMatch(Command.Hold.class::isInstance);
        cluster.isolate(leader, true); // so the other one is not told that it is committed
        cluster.pause(leader, Duration.ofSeconds(12));
        run(10);
        cluster.isolate(leader, false);
        run(10);
        assertThat(process(leader)).as("it was not cut off").isSameAs(held);
        assertThat(voting(other)).containsExactly("n1", "n2");
    }

    @Test
    @DisplayName("who left in good order needs no device")
    void leftInGoodOrder() {
        cluster.deviceFailures(1);
        cluster.leave("n2", Duration.ofSeconds(15));
        run(10);
        assertThat(cluster.observer().activeOn("worker")).containsExactly("n1");
        assertThat(cluster.observer().newest().events().stream().map(event -> event.text()))
                .anyMatch(text -> text.equals("n1 goes on without n2: n2 left in good order"));
        run(15);
        assertThat(voting("n2")).containsExactly("n1", "n2");
    }
}
