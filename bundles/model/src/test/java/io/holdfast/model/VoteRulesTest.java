package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command.Proof;
import java.util.List;
import org.junit.jupiter.api.Test;

class VoteRulesTest {
    private final TestCluster cluster = TestCluster.with();

    @Test
    void theFirstVotersHaveNobodyBeforeThem() {
        cluster.done("", new Command.VotersChanged(List.of("n3", "n1", "n2")));
        assertThat(cluster.state.votes().voting()).containsExactly("n1", "n2", "n3");
        assertThat(cluster.state.votes().earlier()).isEmpty();
        assertThat(cluster.state.votes().index()).isEqualTo(cluster.state.index());
    }

    @Test
    void aNewTermWithTheSameVotersChangesNothing() {
        long index = cluster.done("", new Command.VotersChanged(List.of("n1", "n2", "n3")));
        assertThat(cluster.done("", new Command.VotersChanged(List.of("n1", "n2", "n3"))))
                .isEqualTo(index);
        assertThat(cluster.state.votes().index()).isEqualTo(index);
    }

    @Test
    void earlierVotersCountUntilTheChangeIsSettled() {
        cluster.done("", new Command.VotersChanged(List.of("n1", "n2", "n3")));
        cluster.done("", new Command.VotersChanged(List.of("n1", "n2", "n4")));
        long index = cluster.done("", new Command.VotersChanged(List.of("n1", "n4", "n5")));
        assertThat(cluster.state.votes().earlier())
                .containsExactly(List.of("n1", "n2", "n3"), List.of("n1", "n2", "n4"));
        cluster.refused("n1", new Command.VotersSettled(index - 1), "changed again");
        assertThat(cluster.state.events()).noneMatch(event -> event.text().startsWith("The voters"));
        cluster.done("n1", new Command.VotersSettled(index));
        assertThat(cluster.state.votes().earlier()).isEmpty();
        assertThat(cluster.lastEvent()).isEqualTo("The voters are now n1, n4, n5");
        int events = cluster.state.events().size();
        cluster.done("n1", new Command.VotersSettled(index));
        assertThat(cluster.state.events()).as("told once").hasSize(events);
        assertThat(cluster.state.votes().index()).isEqualTo(index);
    }

    @Test
    void nobodyButTheLedgerSaysWhoVotes() {
        cluster.refused("n1", new Command.VotersChanged(List.of("n1")), "only the ledger");
    }

    @Test
    void aWaitWithTheWordOfEarlierVotersAloneProvesNothing() {
        long old = cluster.done("", new Command.VotersChanged(List.of("n1", "n2", "n3")));
        cluster.done("n2", new Command.Expel("n1", 1, "silent"));
        long index = cluster.done("", new Command.VotersChanged(List.of("n1", "n3", "n4")));
        cluster.refused("n2", new Command.Fenced("n1", 1, new Proof.LeaseOver("", old)), "others vote");
        cluster.done("n2", new Command.Fenced("n1", 1, new Proof.LeaseOver("", index)));
    }

    private final TestCluster blocked = TestCluster.with("web");

    /** {@return the token under which expelled n1 said that it cannot stop web} */
    private long block() {
        long token = blocked.done("n2", new Command.Allow("web", "n1", 1, ""));
        blocked.done("n1", new Command.Reported("web", "n1", 1, token, InstanceRecord.State.BLOCKED, "in D state"));
        blocked.done("n2", new Command.Expel("n1", 1, "silent"));
        blocked.refused("n2", new Command.Fenced("n1", 1, new Proof.LeaseOver("", 0)), "cannot stop web");
        return token;
    }

    @Test
    void theEndOfALeaseProvesNothingForWhatItsHolderCannotStop() {
        block();
        blocked.done("n2", new Command.Fenced("n1", 1, new Proof.Manual("ann")));
    }

    @Test
    void theEndOfALeaseProvesAgainOnceItsHolderSaidThatItIsStopped() {
        long token = block();
        blocked.done("n1", new Command.Reported("web", "n1", 1, token, InstanceRecord.State.STOPPING, "it ended"));
        blocked.done("n2", new Command.Fenced("n1", 1, new Proof.LeaseOver("", 0)));
    }
}
