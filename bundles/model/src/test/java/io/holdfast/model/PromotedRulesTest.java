package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Defaults;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Who may be promoted. */
class PromotedRulesTest {
    private final TestCluster cluster = TestCluster.with("a", "ab");

    static Configuration promotable(int instances, int promoted) {
        return promotable(instances, 1, promoted);
    }

    private static Configuration promotable(int instances, int perNode, int promoted) {
        return clone(instances, perNode, true, promoted);
    }

    private static Configuration plain(int instances) {
        return clone(instances, 1, false, 0);
    }

    private static Configuration clone(int instances, int perNode, boolean promotable, int promoted) {
        Configuration plain = TestCluster.configuration("a", "ab");
        CloneSetting clone = new CloneSetting(
                "a", OptionalInt.of(instances), perNode, 0, false, false, perNode > 1, promotable, promoted, 1);
        return new Configuration(
                "test",
                plain.resources(),
                new TreeMap<>(),
                List.of(),
                List.of(),
                Defaults.USUAL,
                new TreeMap<>(Map.of("as", clone)),
                new TreeMap<>(),
                new TreeMap<>(),
                List.of());
    }

    private void document(Configuration configuration) {
        cluster.done("n1", new Command.Apply(configuration, "text", -1, "ann"));
    }

    private Command.Allow allow(String instance, String node) {
        return new Command.Allow(instance, node, cluster.incarnation(node), "it is the best place");
    }

    private void says(String instance, State state) {
        Grant grant = cluster.state.grants().get(instance);
        cluster.done(
                grant.node(),
                new Command.Reported(instance, grant.node(), grant.incarnation(), grant.token(), state, ""));
    }

    private Command.Release release(String instance) {
        Grant grant = cluster.state.grants().get(instance);
        return new Command.Release(instance, grant.node(), grant.incarnation(), grant.token());
    }

    private void twoCopies(int promoted) {
        document(promotable(2, promoted));
        cluster.allow("a:0", "n1");
        cluster.allow("a:1", "n2");
        says("a:0", State.ACTIVE);
        says("a:1", State.ACTIVE);
    }

    @Test
    void thereAreAsManyRightsAsMayBePromoted() {
        document(promotable(3, 2));
        assertThat(cluster.state.instances())
                .containsOnlyKeys("ab", "a:0", "a:1", "a:2", "a:promoted:0", "a:promoted:1");
        Instances instances = Instances.of(cluster.state);
        assertThat(instances.of("a")).containsExactly("a:0", "a:1", "a:2");
        assertThat(instances.rights("a")).containsExactly("a:promoted:0", "a:promoted:1");
        assertThat(instances.rights("ab")).isEmpty();
        assertThat(instances.expand("as")).containsExactly("a:0", "a:1", "a:2");
        assertThat(instances.all()).containsOnlyKeys("ab", "a:0", "a:1", "a:2");
        assertThat(instances.withRights()).hasSize(6);
        assertThat(instances.definition("a:promoted:1")).isPresent();
        assertThat(instances.definition("a:promoted:2")).isEmpty();
        assertThat(instances.definition("ab:promoted:0")).isEmpty();
        document(promotable(3, 1));
        assertThat(cluster.state.instances()).doesNotContainKey("a:promoted:1");
    }

    @Test
    void onlyACopyThatIsActiveIsPromoted() {
        document(promotable(2, 1));
        cluster.refused("n1", allow("a:promoted:0", "n1"), "n1 holds no copy of a");
        cluster.allow("a:0", "n1");
        cluster.refused("n1", allow("a:promoted:0", "n1"), "a:0 is not active there");
        says("a:0", State.STARTING);
        cluster.refused("n1", allow("a:promoted:0", "n1"), "a:0 is not active there");
        says("a:0", State.ACTIVE);
        cluster.refused("n1", allow("a:promoted:1", "n1"), "not in the cluster document");
        cluster.refused("n1", allow("a:promoted:0", "n2"), "n2 holds no copy of a");
        long token = cluster.allow("a:promoted:0", "n1");
        assertThat(token).isGreaterThan(cluster.state.grants().get("a:0").token());
        assertThat(cluster.lastEvent())
                .isEqualTo("a is to be promoted on n1 under token " + token + ": it is the best place");
    }

    @Test
    void nobodyElseIsPromotedBeforeTheFirstIsProvedDemoted() {
        twoCopies(1);
        cluster.allow("a:promoted:0", "n1");
        cluster.refused("n1", allow("a:promoted:0", "n2"), "n1 incarnation", "it must release it or be fenced first");
        cluster.refused("n1", release("a:promoted:0"), "is not revoked");
        cluster.takeBack("a:promoted:0");
        assertThat(cluster.lastEvent()).startsWith("a is not promoted on n1, token ");
        cluster.allow("a:promoted:0", "n2");
    }

    @Test
    void aCopyIsReleasedOnlyAfterItsRight() {
        twoCopies(1);
        cluster.allow("a:promoted:0", "n1");
        Grant copy = cluster.state.grants().get("a:0");
        cluster.done("n1", new Command.Revoke("a:0", copy.token(), "n1 is to be empty"));
        assertThat(cluster.state.grants().get("a:promoted:0").revoked()).isTrue();
        cluster.refused("n1", release("a:0"), "it still holds a:promoted:0", "release that first");
        cluster.done("n1", release("a:promoted:0"));
        cluster.refused("n1", allow("a:promoted:0", "n1"), "a:0 is to stop there");
        cluster.done("n1", release("a:0"));
        cluster.allow("a:promoted:0", "n2");
    }

    @Test
    void fencingFreesBoth() {
        twoCopies(1);
        cluster.allow("a:promoted:0", "n1");
        cluster.expel("n1");
        cluster.refused("n2", allow("a:promoted:0", "n2"), "may run it");
        cluster.done(
                "n2",
                new Command.Fenced(
                        "n1",
                        cluster.incarnation("n1"),
                        new Command.Proof.LeaseOver(
                                "waited", cluster.state.votes().index())));
        assertThat(cluster.state.grants()).containsOnlyKeys("a:1");
        cluster.allow("a:promoted:0", "n2");
    }

    @Test
    void doesNotLeaveWhilePromoted() {
        twoCopies(1);
        cluster.allow("a:promoted:0", "n1");
        cluster.refused("n1", new Command.Leave("n1", cluster.incarnation("n1")), "a:promoted:0");
    }

    @Test
    void twoMayBePromotedButNotOnOneNode() {
        twoCopies(2);
        cluster.allow("a:promoted:1", "n1");
        cluster.refused("n1", allow("a:promoted:0", "n1"), "a:0 may be promoted already, by a:promoted:1");
        cluster.allow("a:promoted:0", "n2");
    }

    @Test
    void aRightOfADocumentOfBeforeCounts() {
        twoCopies(2);
        cluster.allow("a:promoted:1", "n1");
        document(promotable(2, 1));
        assertThat(cluster.state.grants()).containsKey("a:promoted:1");
        cluster.refused("n1", allow("a:promoted:0", "n2"), "n1 still holds a:promoted:1", "at most 1");
        cluster.takeBack("a:promoted:1");
        assertThat(cluster.state.instances()).doesNotContainKey("a:promoted:1");
        cluster.allow("a:promoted:0", "n2");
    }

    private boolean outdated(String instance) {
        return cluster.state.instances().get(instance).definedAt()
                > cluster.state.grants().get(instance).token();
    }

    @Test
    void whatWasStartedAsOneOfManyEqualsIsStartedAgainBeforeItsRight() {
        document(plain(2));
        cluster.allow("a:0", "n1");
        says("a:0", State.ACTIVE);
        document(promotable(2, 1));
        assertThat(outdated("a:0")).isTrue();
        cluster.refused("n1", allow("a:promoted:0", "n1"), "a:0 runs there as an earlier document says");
        cluster.takeBack("a:0");
        cluster.allow("a:0", "n1");
        says("a:0", State.ACTIVE);
        cluster.allow("a:promoted:0", "n1");
        document(promotable(2, 2));
        assertThat(outdated("a:0")).as("it can be promoted still").isFalse();
    }

    @Test
    void whatWasPromotedIsStartedAgainWhereNobodyIs() {
        twoCopies(1);
        document(plain(1));
        assertThat(outdated("a:0")).isTrue();
        document(plain(2));
        assertThat(outdated("a:1")).as("it was out of the document meanwhile").isTrue();
    }

    @Test
    void aSingleOneWaitsForTheRightToo() {
        twoCopies(1);
        cluster.allow("a:promoted:0", "n1");
        document(TestCluster.configuration("a", "ab"));
        cluster.allow("ab", "n2");
        cluster.refused("n1", allow("a", "n2"), "still holds a:");
        cluster.takeBack("a:1");
        cluster.refused("n1", allow("a", "n2"), "n1 still holds a:");
    }

    @Test
    void whichOfTwoCopiesOnANodeIsNotGuessed() {
        document(promotable(2, 2, 1));
        cluster.allow("a:0", "n1");
        cluster.allow("a:1", "n1");
        says("a:0", State.ACTIVE);
        says("a:1", State.ACTIVE);
        cluster.refused("n1", allow("a:promoted:0", "n1"), "n1 holds 2 copies of a");
    }

    @Test
    void noOtherCopyComesToWhereARightIs() {
        document(promotable(2, 2, 1));
        cluster.allow("a:0", "n1");
        says("a:0", State.ACTIVE);
        cluster.allow("a:promoted:0", "n1");
        cluster.refused("n1", allow("a:1", "n1"), "n1 holds a:promoted:0 for the copy that it has");
        cluster.takeBack("a:promoted:0");
        cluster.allow("a:1", "n1");
    }

    @Test
    void aWishIsForCopiesAndRights() {
        document(promotable(2, 1));
        cluster.done("n1", new Command.Stop("as", "ann"));
        assertThat(cluster.state.instances().get("a:promoted:0").wanted().stopped())
                .isTrue();
        cluster.done("n1", new Command.Start("a", "ann"));
        assertThat(cluster.state.instances().get("a:promoted:0").wanted().stopped())
                .isFalse();
        cluster.done("n1", new Command.Maintenance("as", true, "ann"));
        assertThat(cluster.state.instances().get("a:promoted:0").wanted().maintenance())
                .isTrue();
        cluster.refused("n1", new Command.Stop("a:promoted:0", "ann"), "clone as");
    }

    @Test
    void needsEveryNodeToKnowPromotion() {
        Command.Apply clone = new Command.Apply(promotable(2, 1), "", -1, "ann");
        assertThat(Levels.THIS.refusal(cluster.state, clone).orElse("")).contains("level 3", "ha upgrade-level");
    }

    @Test
    void aClusterOfBeforePromotesOnceItsLevelIsRaised() throws IOException {
        cluster.done("n1", new Command.RaiseLevel(2, "0.2.0", List.of("n1", "n2"), "ann"));
        document(plain(2));
        cluster.allow("a:0", "n1");
        says("a:0", State.ACTIVE);
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        Codec.write(cluster.state, snapshot);
        cluster.state = Codec.readState(new ByteArrayInputStream(snapshot.toByteArray()));
        Command.Apply apply = new Command.Apply(promotable(2, 1), "", -1, "ann");
        assertThat(Levels.THIS.refusal(cluster.state, apply)).isPresent();
        cluster.done("n1", new Command.RaiseLevel(3, "0.3.0", List.of("n1", "n2"), "ann"));
        assertThat(Levels.THIS.refusal(cluster.state, apply)).isEmpty();
        cluster.done("n1", apply);
        cluster.takeBack("a:0"); // it is outdated
        cluster.allow("a:0", "n1");
        says("a:0", State.ACTIVE);
        cluster.allow("a:promoted:0", "n1");
    }
}
