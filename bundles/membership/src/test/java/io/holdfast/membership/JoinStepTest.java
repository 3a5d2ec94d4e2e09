package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.NodeRecord.Terms;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pcollections.TreePMap;

class JoinStepTest {
    private static final NodeIdentity HERE = new NodeIdentity("m1", "b", 5);

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
        return JoinStep.next("n1", record, NOW, HERE, stopped);
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
            assertThat(JoinStep.next("n1", record(Phase.JOINED, 77, 5, "m1"), weaker, HERE, true))
                    .isInstanceOf(JoinStep.GiveUp.class);
            assertThat(JoinStep.next("n1", record(Phase.JOINED, 77, 5, "m1"), weaker, HERE, false))
                    .isInstanceOf(JoinStep.Wait.class);
        }
        assertThat(JoinStep.next(
                        "n1", record(Phase.JOINED, 77, 5, "m1"), terms("strong", 100, true, false), HERE, false))
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
        assertThat(JoinStep.next("n1", record(Phase.JOINED, 78, 4, ""), NOW, new NodeIdentity("", "b", 5), true))
                .isInstanceOf(JoinStep.Wait.class);
    }
}
