package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command.Allow;
import io.holdfast.model.Command.Release;
import io.holdfast.model.Command.Reported;
import io.holdfast.model.Command.Revoke;
import io.holdfast.model.InstanceRecord.State;
import org.junit.jupiter.api.Test;

class GrantRulesTest {
    private final TestCluster cluster = TestCluster.with("web");

    @Test
    void grantsUnderItsLedgerIndex() {
        long token = cluster.allow("web", "n1");
        assertThat(token).isEqualTo(cluster.state.index());
        assertThat(cluster.state.instances().get("web").lastToken()).isEqualTo(token);
        assertThat(cluster.lastEvent()).isEqualTo("web goes to n1 under token " + token + ": it is the best place");
    }

    @Test
    void grantsNothingTwice() {
        long token = cluster.allow("web", "n1");
        cluster.refused("n1", new Allow("web", "n2", 2, ""), "n1 incarnation 1", "token " + token);
        cluster.refused("n1", new Allow("web", "n1", 1, ""), "n1 incarnation 1");
        cluster.done("n1", new Revoke("web", token, "moved"));
        cluster.refused("n1", new Allow("web", "n2", 2, ""), "must release it");
    }

    @Test
    void grantsOnlyWhatIsConfiguredToWhoIsHere() {
        cluster.refused("n1", new Allow("mail", "n1", 1, ""), "mail is not in the cluster document");
        cluster.refused("n1", new Allow("web", "n9", 1, ""), "no node n9", "n1, n2");
        cluster.refused("n1", new Allow("web", "n1", 2, ""), "incarnation 2");
        cluster.done("w", new Command.Join("w", TestCluster.WITNESS));
        cluster.refused("n1", new Allow("web", "w", 3, ""), "witness");
        cluster.expel("n2");
        cluster.refused("n1", new Allow("web", "n2", 2, ""), "expelled");
        cluster.done("n1", new Command.Leave("n1", 1));
        cluster.refused("n1", new Allow("web", "n1", 1, ""), "left");
    }

    @Test
    void releasesOnlyFromTheHolderUnderItsToken() {
        long token = cluster.allow("web", "n1");
        cluster.refused("n1", new Release("web", "n1", 1, token - 1), "token " + (token - 1), "void", "" + token);
        cluster.refused("n2", new Release("web", "n2", 2, token), "belongs to n1 incarnation 1");
        cluster.refused("n2", new Release("web", "n1", 1, token), "comes from n2");
        cluster.refused("n1", new Release("web", "n1", 2, token), "not to n1 incarnation 2");
        cluster.done("n1", new Reported("web", "n1", 1, token, State.ACTIVE, ""));
        cluster.refused("n1", new Release("web", "n1", 1, token), "not revoked", "may be starting it");
        cluster.done("n1", new Revoke("web", token, "ann wants it"));
        cluster.done("n1", new Release("web", "n1", 1, token));
        assertThat(cluster.state.grants()).isEmpty();
        assertThat(cluster.state.instances().get("web").report()).isEmpty();
        cluster.refused("n1", new Release("web", "n1", 1, token), "granted to nobody");
    }

    @Test
    void revokesOnlyThePresentToken() {
        long token = cluster.allow("web", "n1");
        cluster.refused("n1", new Revoke("web", token + 1, ""), "void");
        cluster.done("n1", new Revoke("web", token, "ann wants it"));
        assertThat(cluster.state.grants().get("web").revoked()).isTrue();
        int events = cluster.state.events().size();
        cluster.done("n1", new Revoke("web", token, "again"));
        assertThat(cluster.state.events()).hasSize(events);
    }
}
