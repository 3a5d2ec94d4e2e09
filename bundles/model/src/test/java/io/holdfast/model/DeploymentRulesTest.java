package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.DeploymentRecord.Artifact;
import io.holdfast.model.DeploymentRecord.Stage;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeploymentRulesTest {
    private static final String NAME = "com.example.web";
    private static final String ONE = "1".repeat(64);
    private static final String TWO = "2".repeat(64);

    private final TestCluster cluster = TestCluster.with("web");

    @BeforeEach
    void witnessAndThird() {
        cluster.done("n3", new Command.Join("n3", TestCluster.TERMS));
        cluster.done("w", new Command.Join("w", TestCluster.WITNESS));
        cluster.allow("web", "n1");
    }

    private long deploy(String version, String digest) {
        return cluster.done("n1", new Command.Deploy(NAME, version, digest, 9, "ann"));
    }

    private Command said(String node, long index, String digest, boolean well, String detail) {
        return new Command.Deployed(
                node,
                cluster.incarnation(node),
                NAME,
                index,
                digest,
                well,
                detail,
                well ? List.of("webby") : List.of());
    }

    private void well(String node, long index, String digest) {
        cluster.done(node, said(node, index, digest, true, ""));
    }

    private DeploymentRecord record() {
        return cluster.state.deployments().get(NAME);
    }

    private void deployEverywhere(String version, String digest) {
        long index = deploy(version, digest);
        for (String node : List.of("n2", "n1", "n3")) {
            well(node, index, digest);
        }
    }

    private String digestOn(String node) {
        return record().target(node).map(Artifact::digest).orElse("none");
    }

    @Test
    void oneNodeWithoutResourcesTriesItThenAllTakeItThenItIsDone() {
        long index = deploy("1.0.0", ONE);
        assertThat(record().first()).isEqualTo("n2");
        assertThat(List.of(digestOn("n1"), digestOn("n2"), digestOn("n3"))).containsExactly("none", ONE, "none");
        well("n2", index, ONE);
        assertThat(record().stage()).isEqualTo(Stage.ALL);
        assertThat(digestOn("n1")).isEqualTo(ONE);
        well("n1", index, ONE);
        assertThat(record().stage()).isEqualTo(Stage.ALL);
        well("n3", index, ONE);
        assertThat(record().stage()).isEqualTo(Stage.DONE);
        assertThat(cluster.lastEvent()).contains("com.example.web 1.0.0 is deployed", "n1, n2, n3");
        assertThat(record().wanted().types()).containsExactly("webby");
    }

    @Test
    void whatFailsOnTheFirstIsKeptByNoNode() {
        long index = deploy("1.0.0", ONE);
        cluster.done("n2", said("n2", index, ONE, false, "its activator threw: no"));
        assertThat(record().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(List.of(digestOn("n1"), digestOn("n2"))).containsExactly("none", "none");
        assertThat(cluster.lastEvent())
                .isEqualTo("com.example.web 1.0.0 is rolled back: on n2: its activator threw: no. No node keeps it");
    }

    @Test
    void whatFailsOnALaterNodeIsTakenBackFromAllToTheVersionOfBefore() {
        deployEverywhere("1.0.0", ONE);
        long index = deploy("1.1.0", TWO);
        assertThat(List.of(digestOn("n1"), digestOn("n2"), digestOn("n3"))).containsExactly(ONE, TWO, ONE);
        well("n2", index, TWO);
        cluster.done("n3", said("n3", index, TWO, false, "no"));
        assertThat(List.of(digestOn("n1"), digestOn("n2"), digestOn("n3"))).containsExactly(ONE, ONE, ONE);
        assertThat(cluster.lastEvent()).contains("on n3: no", "All nodes go back to 1.0.0");
        well("n2", index, ONE);
        assertThat(record().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(deploy("1.1.1", TWO)).isGreaterThan(index);
        assertThat(record().previous().orElseThrow().digest()).isEqualTo(ONE);
    }

    @Test
    void aFirstNodeThatIsLostInTheMiddleRollsItBackAndALaterOneIsNotWaitedFor() {
        deploy("1.0.0", ONE);
        cluster.expel("n2");
        assertThat(record().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(cluster.lastEvent()).contains("n2 was lost while it tried it");

        long index = deploy("1.0.0", ONE);
        assertThat(record().first()).isEqualTo("n3");
        well("n3", index, ONE);
        cluster.done("n3", new Command.Leave("n3", cluster.incarnation("n3")));
        assertThat(record().stage()).isEqualTo(Stage.ALL);
        well("n1", index, ONE);
        assertThat(record().stage()).isEqualTo(Stage.DONE);
    }

    @Test
    void whoWasNotThereIsHeardOfAfterwardsAndTakesNothingBack() {
        deployEverywhere("1.0.0", ONE);
        cluster.done("n4", new Command.Join("n4", TestCluster.TERMS));
        assertThat(digestOn("n4")).isEqualTo(ONE);
        cluster.done("n4", said("n4", record().index(), ONE, false, "its disk is full"));
        assertThat(record().stage()).isEqualTo(Stage.DONE);
        assertThat(cluster.lastEvent()).contains("is not well on n4: its disk is full");
    }

    @Test
    void oneAtATimeTheSameAgainIsNothingNewAndOldWordsDoNotCount() {
        long index = deploy("1.0.0", ONE);
        cluster.refused("n1", new Command.Deploy(NAME, "1.1.0", TWO, 9, "ann"), "still on its way", "ha deployments");
        cluster.refused("n1", said("n2", index, ONE, true, ""), "only n2 can say this");
        cluster.done("n1", new Command.RollBack(NAME, index, "no word from n2"));
        assertThat(cluster.lastEvent()).contains("no word from n2");
        cluster.refused("n1", new Command.RollBack(NAME, index, "again"), "not under way any more");
        long second = deploy("1.0.0", ONE);
        cluster.refused("n2", said("n2", index, ONE, true, ""), "another deployment");
        for (String node : List.of("n2", "n1", "n3")) {
            well(node, second, ONE);
        }
        assertThat(deploy("1.0.0", ONE)).isEqualTo(second);
        cluster.refused("n1", new Command.Deploy("../x", "1", ONE, 9, "ann"), "no symbolic name");
        cluster.refused("n1", new Command.Deploy(NAME, "1", "ABC", 9, "ann"), "no SHA-256");
    }

    @Test
    void undeployingIsRefusedWhileTheDocumentUsesItsTypesAndNamesTheResource() {
        long index = deploy("1.0.0", ONE);
        for (String node : List.of("n2", "n1", "n3")) {
            cluster.done(
                    node,
                    new Command.Deployed(
                            node, cluster.incarnation(node), NAME, index, ONE, true, "", List.of("process")));
        }
        cluster.refused("n1", new Command.Undeploy(NAME, "ann"), "it offers process", "uses in web");
        cluster.refused("n1", new Command.Undeploy("other", "ann"), "nothing of that name", NAME);
        cluster.done("n1", new Command.Apply(TestCluster.configuration(), "text", -1, "ann"));
        cluster.refused("n1", new Command.Undeploy(NAME, "ann"), "web is being stopped");
        cluster.takeBack("web");
        cluster.done("n1", new Command.Undeploy(NAME, "ann"));
        assertThat(cluster.state.deployments()).isEmpty();
    }

    @Test
    void copiesThatTheDocumentKnowsAreNothingThatIsBeingStopped() {
        deployEverywhere("1.0.0", ONE);
        cluster.done("n1", new Command.Apply(PromotedRulesTest.promotable(2, 1), "text", -1, "ann"));
        cluster.takeBack("web");
        cluster.allow("a:0", "n1");
        cluster.refused("n1", new Command.Undeploy(NAME, "ann"), "a:0 is being stopped"); // as a version of before says
        cluster.done("n1", new Command.RaiseLevel(3, "0.3.0", List.of("n1", "n2", "n3", "w"), "ann"));
        cluster.done("n1", new Command.Undeploy(NAME, "ann"));
    }

    @Test
    void aFamilyIsUsedByEachOfItsTypes() {
        long index = deploy("1.0.0", ONE);
        cluster.done(
                "n2",
                new Command.Deployed(
                        "n2", cluster.incarnation("n2"), NAME, index, ONE, true, "", List.of("proc:", "process")));
        cluster.refused("n1", new Command.Undeploy(NAME, "ann"), "proc:, process");
    }

    @Test
    void aDeploymentNeedsANodeThatRunsResources() {
        TestCluster witnesses = new TestCluster();
        witnesses.done("w", new Command.Join("w", TestCluster.WITNESS));
        witnesses.refused("w", new Command.Deploy(NAME, "1.0.0", ONE, 9, "ann"), "no node that runs resources");
    }
}
