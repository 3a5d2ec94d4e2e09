package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.Resource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.pcollections.TreePMap;

class JoinStepTest {
    private static final NodeIdentity HERE = new NodeIdentity("m1", "b", 5);

    private static final Configuration WEB = new Configuration(
            "demo",
            new TreeMap<>(Map.of("web", Resource.of("web", "process", Map.of("command", "sleep")))),
            new TreeMap<>(),
            List.of(),
            List.of(),
            Defaults.USUAL);

    private static final Terms NOW = terms("process", 250, true, false);

    private static Terms terms(String guard, long kill, boolean contained, boolean weakClock) {
        return new Terms(false, 2000, kill, guard, contained, 77, 5, "m1", weakClock, "0.1.0");
    }

    private static Optional<NodeRecord> record(Phase phase, long session, long boot, String machine) {
        Terms terms = new Terms(false, 2000, 250, "process", true, session, boot, machine, false, "0.1.0");
        return Optional.of(
                new NodeRecord("n1", 7, phase, terms, 0, TreePMap.empty(), false, false, TreePMap.empty(), List.of()));
    }

    private static JoinStep next(Optional<NodeRecord> record, boolean stopped) {
        return next(record, NOW, HERE, stopped);
    }

    private static JoinStep next(Optional<NodeRecord> record, Terms now, NodeIdentity here, boolean stopped) {
        return JoinStep.next("n1", state(record), now, here, stopped);
    }

    private static ClusterState state(Optional<NodeRecord> record) {
        ClusterState empty = ClusterState.empty();
        return new ClusterState(
                empty.index(),
                empty.nextIncarnation(),
                record.map(one -> empty.nodes().plus(one.name(), one)).orElse(empty.nodes()),
                empty.grants(),
                empty.instances(),
                empty.configuration(),
                empty.document(),
                empty.revision(),
                empty.history(),
                empty.maintenance(),
                empty.events(),
                empty.votes(),
                empty.deployments(),
                empty.level());
    }

    @Test
    void whoWasNeverHereJoins() {
        assertThat(next(Optional.empty(), true)).isEqualTo(new JoinStep.Join());
        assertThat(next(record(Phase.FENCED, 1, 0, ""), true)).isEqualTo(new JoinStep.Join());
        assertThat(next(record(Phase.LEFT, 1, 0, ""), true)).isEqualTo(new JoinStep.Join());
    }

    @Test
    void nobodyJoinsWhileSomethingIsNotProvedStopped() {
        assertThat(next(Optional.empty(), false)).isInstanceOf(JoinStep.Wait.class);
        assertThat(next(record(Phase.FENCED, 77, 0, ""), false).toString()).contains("still stopping");
    }

    @Test
    void underTheSameGuardSessionItGoesOnWithWhatRuns() {
        assertThat(next(record(Phase.JOINED, 77, 5, "m1"), false)).isEqualTo(new JoinStep.Resume(7));
    }

    @Test
    void whatIsWeakerThanDeclaredIsGivenUpOnceEverythingIsStopped() {
        for (Terms weaker : List.of(
                terms("none", 250, true, false),
                terms("process", 251, true, false),
                terms("process", 250, false, false),
                terms("process", 250, true, true))) {
            assertThat(next(record(Phase.JOINED, 77, 5, "m1"), weaker, HERE, true))
                    .isInstanceOf(JoinStep.GiveUp.class);
            assertThat(next(record(Phase.JOINED, 77, 5, "m1"), weaker, HERE, false))
                    .isInstanceOf(JoinStep.Wait.class);
        }
        assertThat(next(record(Phase.JOINED, 77, 5, "m1"), terms("strong", 100, true, false), HERE, false))
                .isEqualTo(new JoinStep.Resume(7));
    }

    @Test
    void underAnotherOneItWaitsToBeFenced() {
        assertThat(next(record(Phase.JOINED, 78, 5, "m1"), true).toString()).contains("incarnation 7 is not fenced");
        assertThat(next(record(Phase.EXPELLED, 77, 5, "m1"), true)).isInstanceOf(JoinStep.Wait.class);
    }

    @Test
    void onlyALaterBootOfTheSameMachineIsAProof() {
        assertThat(next(record(Phase.JOINED, 78, 4, "m1"), true)).isEqualTo(new JoinStep.Rebooted(7));
        assertThat(next(record(Phase.EXPELLED, 78, 4, "m1"), true)).isEqualTo(new JoinStep.Rebooted(7));
        assertThat(next(record(Phase.JOINED, 78, 5, "m1"), true)).isInstanceOf(JoinStep.Wait.class);
        assertThat(next(record(Phase.JOINED, 78, 4, "m2"), true)).isInstanceOf(JoinStep.Wait.class);
        assertThat(next(record(Phase.JOINED, 78, 0, "m1"), true)).isInstanceOf(JoinStep.Wait.class);
        assertThat(next(record(Phase.JOINED, 78, 4, ""), NOW, new NodeIdentity("", "b", 5), true))
                .isInstanceOf(JoinStep.Wait.class);
    }

    @Test
    void whatCouldNotBeStoppedIsSaidToBeStoppedByTheGuardThatWatchedIt() {
        ClusterState state = blocked(NOW);
        long token = state.grant("web").orElseThrow().token();
        assertThat(JoinStep.next("n1", state, NOW, HERE, true))
                .isEqualTo(new JoinStep.Unblock(state.grant("web").orElseThrow()));
        Terms otherGuard = new Terms(false, 2000, 250, "process", true, 78, 5, "m1", false, "0.1.0");
        for (JoinStep step : List.of(
                JoinStep.next("n1", state, NOW, HERE, false),
                JoinStep.next("n1", state, otherGuard, HERE, true),
                JoinStep.next("n1", state, terms("process", 250, false, false), HERE, true),
                JoinStep.next("n1", state, terms("none", 250, true, false), HERE, true))) {
            assertThat(step.toString()).contains("cannot stop web", "ha confirm-fenced n1");
        }
        state = after(state, new Command.Reported("web", "n1", 1, token, InstanceRecord.State.STOPPING, ""));
        assertThat(JoinStep.next("n1", state, NOW, HERE, true).toString()).contains("lease and kill time");
    }

    @Test
    void aStrongerContainmentDoesNotSeeWhatAWeakOneCouldNotStop() {
        ClusterState state = blocked(terms("process", 250, false, false));
        assertThat(JoinStep.next("n1", state, NOW, HERE, true).toString())
                .contains("cannot stop web", "ha confirm-fenced n1");
    }

    /** {@return n1 joined under these terms, said that it cannot stop web, and was expelled} */
    private static ClusterState blocked(Terms terms) {
        ClusterState state = ClusterState.empty();
        state = after(state, new Command.Apply(WEB, "cluster: demo", -1, "ann"));
        state = after(state, new Command.Join("n1", terms));
        state = after(state, new Command.Allow("web", "n1", 1, ""));
        long token = state.grant("web").orElseThrow().token();
        state = after(state, new Command.Reported("web", "n1", 1, token, InstanceRecord.State.BLOCKED, "in D state"));
        return after(state, new Command.Expel("n1", 1, "silent"));
    }

    private static ClusterState after(ClusterState state, Command command) {
        Rules.Applied applied = Rules.apply(state, state.index() + 1, new Entry("n1", 1000, command));
        assertThat(applied.result()).isInstanceOf(Result.Done.class);
        return applied.state();
    }
}
