package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command.Failure;
import io.holdfast.model.Command.Forget;
import io.holdfast.model.Command.Note;
import io.holdfast.model.Command.Reported;
import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.InstanceRecord.State;
import org.junit.jupiter.api.Test;

class InstanceRulesTest {
    private final TestCluster cluster = TestCluster.with("web");
    private final long token = cluster.allow("web", "n1");

    @Test
    void hearsOnlyTheHolderUnderThePresentToken() {
        cluster.refused("n1", new Reported("web", "n1", 1, token - 1, State.ACTIVE, ""), "void");
        cluster.refused("n2", new Reported("web", "n2", 2, token, State.ACTIVE, ""), "belongs to n1");
        cluster.refused("n2", new Reported("web", "n1", 1, token, State.ACTIVE, ""), "comes from n2");
        cluster.refused("n1", new Reported("mail", "n1", 1, token, State.ACTIVE, ""), "granted to nobody");
        cluster.refused("n1", new Failure("web", "n1", 1, token - 1, "start", "x", false), "void");
        cluster.refused("n1", new Note("web", token - 1, "k", "v"), "void");
        cluster.refused("n2", new Note("web", token, "k", "v"), "comes from n2");
    }

    @Test
    void tellsAStateOnce() {
        cluster.done("n1", new Reported("web", "n1", 1, token, State.STARTING, ""));
        cluster.done("n1", new Reported("web", "n1", 1, token, State.ACTIVE, ""));
        int events = cluster.state.events().size();
        assertThat(cluster.lastEvent()).isEqualTo("web is active on n1");
        cluster.done("n1", new Reported("web", "n1", 1, token, State.ACTIVE, ""));
        assertThat(cluster.state.events()).hasSize(events);
        cluster.done("n1", new Reported("web", "n1", 1, token, State.FAILED, "exit code 7"));
        assertThat(cluster.lastEvent()).isEqualTo("web does not serve on n1: exit code 7");
        cluster.done("n1", new Reported("web", "n1", 1, token, State.BLOCKED, "stop failed"));
        assertThat(cluster.state.events().get(events + 1).severity()).isEqualTo("error");
    }

    @Test
    void tellsAFailureOnce() {
        cluster.done("n1", new Failure("web", "n1", 1, token, "start", "exit code 7", false));
        assertThat(cluster.lastEvent()).isEqualTo("web: start failed on n1 (1 failure there): exit code 7");
        int events = cluster.state.events().size();
        cluster.done("n1", new Reported("web", "n1", 1, token, State.FAILED, "start: exit code 7"));
        assertThat(cluster.state.events()).hasSize(events);
        cluster.done(
                "n1", new Reported("web", "n1", 1, token, State.FAILED, "given up on n1 after start: exit code 7"));
        assertThat(cluster.lastEvent()).isEqualTo("web is given up on n1 after that");
        cluster.done("n1", new Reported("web", "n1", 1, token, State.FAILED, "something else"));
        assertThat(cluster.lastEvent()).isEqualTo("web does not serve on n1: something else");
    }

    @Test
    void countsFailuresUntilTheyAreForgotten() {
        cluster.done("n1", new Failure("web", "n1", 1, token, "monitor", "timed out", false));
        cluster.done("n1", new Failure("web", "n1", 1, token, "start", "not installed", true));
        FailureRecord failure = cluster.state.instances().get("web").failures().get("n1");
        assertThat(failure.count()).isEqualTo(2);
        assertThat(failure.permanent()).isTrue();
        assertThat(failure.lastWallMillis()).isGreaterThan(failure.firstWallMillis());
        assertThat(cluster.lastEvent()).contains("start failed on n1 (2 failures there", "useless", "not installed");

        cluster.refused("n1", new Forget("web", "n1", failure.firstWallMillis()), "meanwhile");
        cluster.refused("n1", new Forget("web", "n2", 0), "there is none");
        cluster.refused("n1", new Forget("mail", "n1", 0), "no resource mail");
        cluster.done("n1", new Forget("web", "n1", failure.lastWallMillis()));
        assertThat(cluster.state.instances().get("web").failures()).isEmpty();
    }

    @Test
    void failuresOutliveTheGrant() {
        cluster.done("n1", new Failure("web", "n1", 1, token, "start", "x", false));
        cluster.takeBack("web");
        cluster.allow("web", "n2");
        assertThat(cluster.state.instances().get("web").failures()).containsOnlyKeys("n1");
    }

    @Test
    void notesAreSmallAndOutliveTheGrant() {
        cluster.done("n1", new Note("web", token, "clients", "10.0.0.1"));
        cluster.refused("n1", new Note("web", token, "big", "x".repeat(20_000)), "16384", "notes");
        cluster.done("n1", new Note("web", token, "other", "y"));
        cluster.done("n1", new Note("web", token, "other", ""));
        cluster.takeBack("web");
        assertThat(cluster.state.instances().get("web").notes()).hasSize(1).containsEntry("clients", "10.0.0.1");
    }
}
