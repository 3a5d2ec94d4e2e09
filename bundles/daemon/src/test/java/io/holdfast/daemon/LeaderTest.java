package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.ledger.LedgerException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Leader, planner and reconcilers of three nodes together. */
class LeaderTest {
    private final TestCluster cluster = new TestCluster();
    private TestCluster.Node n1;
    private TestCluster.Node n2;
    private TestCluster.Node n3;

    @BeforeEach
    void threeNodes() {
        n1 = cluster.new Node("n1").reconcile();
        n2 = cluster.new Node("n2").reconcile();
        n3 = cluster.new Node("n3").reconcile();
        n1.lead();
        n2.lead();
        n3.lead();
        run(1);
    }

    private void run(long millis) {
        cluster.loop.run(millis);
    }

    private String holder(String instance) {
        return cluster.grant(instance).map(grant -> grant.node()).orElse("");
    }

    private TestCluster.Node node(String name) {
        return List.of(n1, n2, n3).stream()
                .filter(node -> node.name.equals(name))
                .findFirst()
                .orElseThrow();
    }

    private long running(String instance) {
        return List.of(n1, n2, n3).stream()
                .filter(node -> node.operations.running.contains(instance))
                .count();
    }

    @Test
    void bringsUpWhatIsConfigured() {
        cluster.configure(TestCluster.resource("a"), TestCluster.resource("b"), TestCluster.resource("c"));
        run(50);
        for (String name : List.of("a", "b", "c")) {
            assertThat(cluster.report(name)).isEqualTo("ACTIVE");
            assertThat(running(name)).isEqualTo(1);
        }
        assertThat(cluster.ledger.refusals).isEmpty();
    }

    @Test
    void grantsEachOnceThoughManyThingsHappenMeanwhile() {
        cluster.configure(TestCluster.resource("a"), TestCluster.resource("b"));
        for (int i = 0; i < 20; i++) {
            cluster.ledger.put("n2", new Command.Announce("n2", "", "info", "news"));
            run(1);
        }
        run(100);
        assertThat(cluster.ledger.all(Command.Allow.class)).hasSize(2);
        assertThat(cluster.ledger.refusals).isEmpty();
    }

    @Test
    void bringsUpAThousandWithoutFloodingTheLedger() {
        cluster.configure(java.util.stream.IntStream.range(0, 1000)
                .mapToObj(i -> TestCluster.resource("r" + i))
                .toArray(io.holdfast.model.config.Resource[]::new));
        run(2);
        assertThat(cluster.ledger.all(Command.Allow.class)).isEmpty();
        run(2);
        assertThat(cluster.ledger.all(Command.Allow.class)).hasSize(256);
        run(200);
        assertThat(cluster.ledger.all(Command.Allow.class)).hasSize(1000);
        assertThat(cluster.report("r999")).isEqualTo("ACTIVE");
        assertThat(cluster.ledger.refusals).isEmpty();
    }

    @Test
    void warmsUpWithARealPlan() {
        assertThat(WarmUp.run()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void plansOnceInATurn() {
        cluster.configure(TestCluster.resource("a"));
        run(200);
        long before = n1.leader.plans();
        for (int i = 0; i < 20; i++) {
            cluster.ledger.put("n2", new Command.Announce("n2", "", "info", "news"));
        }
        run(1);
        assertThat(n1.leader.plans()).isEqualTo(before + 1);
        assertThat(n2.leader.plans()).isZero();
    }

    @Test
    void plansAnewForANodeThatWasAwayForOnePlanOnly() {
        cluster.configure(TestCluster.resource("a"));
        run(1000);
        n1.peers.silent.add("n3");
        cluster.ledger.put("n2", new Command.Announce("n2", "", "info", "news"));
        run(1); // a plan without n3, between two looks at who is heard
        n1.peers.silent.remove("n3");
        long plans = n1.leader.plans();
        run(1000);
        assertThat(n1.leader.plans()).isGreaterThan(plans);
    }

    @Test
    void takesOverWhatAFencedNodeHeldWithoutDelay() {
        cluster.configure(TestCluster.resource("a"));
        run(50);
        TestCluster.Node lost = node(holder("a"));
        lost.reconciler.close();
        n1.peers.silent.add(lost.name);
        n2.peers.silent.add(lost.name);
        n3.peers.silent.add(lost.name);
        String leader = List.of("n1", "n2", "n3").stream()
                .filter(name -> !name.equals(lost.name))
                .findFirst()
                .orElseThrow();
        cluster.ledger.lead(leader);
        run(1000);
        assertThat(holder("a")).isEqualTo(lost.name); // silence proves nothing
        cluster.ledger.put(leader, new Command.Expel(lost.name, lost.peers.incarnation, "silent"));
        run(1000);
        assertThat(holder("a")).isEqualTo(lost.name);
        lost.operations.killAll();
        cluster.ledger.put(
                leader, new Command.Fenced(lost.name, lost.peers.incarnation, new Command.Proof.Manual("test")));
        run(5);
        assertThat(holder("a")).isNotEqualTo(lost.name).isNotEmpty();
        run(25);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(running("a")).isEqualTo(1);
    }

    @Test
    void movesInTwoSteps() {
        cluster.configure(TestCluster.resource("a"));
        run(50);
        String from = holder("a");
        String to = from.equals("n3") ? "n2" : "n3";
        cluster.ledger.put("n1", new Command.Move("a", to, "me"));
        run(25); // the stop takes 20 ms
        assertThat(running("a")).isLessThanOrEqualTo(1);
        run(60);
        assertThat(holder("a")).isEqualTo(to);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(running("a")).isEqualTo(1);
        assertThat(node(from).operations.calls).containsExactly("start a", "stop a");
    }

    @Test
    void restartsWhatDependsOnWhatDied() {
        cluster.configure(
                List.of(new Constraint.Order("a", "b", true), new Constraint.Together("b", "a", Constraint.INFINITY)),
                TestCluster.resource("a"),
                TestCluster.resource("b"));
        run(100);
        assertThat(cluster.report("b")).isEqualTo("ACTIVE");
        TestCluster.Node node = node(holder("a"));
        assertThat(node.operations.calls).containsExactly("start a", "start b");
        node.operations.calls.clear();
        node.operations.die("a");
        run(300);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(cluster.report("b")).isEqualTo("ACTIVE");
        assertThat(node.operations.calls).contains("stop b", "start b");
        assertThat(node.operations.calls.indexOf("start b")).isGreaterThan(node.operations.calls.indexOf("start a"));
    }

    @Test
    void goesElsewhereAfterTooManyFailuresAndComesBackOnlyWhenAsked() {
        cluster.configure(TestCluster.resource("a"));
        run(50);
        TestCluster.Node first = node(holder("a"));
        first.operations.answers.put("start a", new Outcome.Failed("broken", false));
        first.operations.die("a");
        run(10_000);
        assertThat(holder("a")).isNotEqualTo(first.name).isNotEmpty();
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(running("a")).isEqualTo(1);
    }

    @Test
    void forgetsFailuresInTime() {
        cluster.configure(TestCluster.resource("a"));
        run(50);
        node(holder("a")).operations.die("a");
        run(1000);
        assertThat(cluster.record("a").failures()).hasSize(1);
        cluster.loop.run(Duration.ofMinutes(11));
        assertThat(cluster.record("a").failures()).isEmpty();
    }

    @Test
    void restartsWhatWasDefinedAnew() {
        cluster.configure(TestCluster.resource("a"));
        run(50);
        TestCluster.Node node = node(holder("a"));
        cluster.configure(TestCluster.resource("a", "k", "v"));
        run(100);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(node.operations.calls.subList(0, 2)).containsExactly("start a", "stop a");
        assertThat(node(holder("a")).operations.started.get("a").parameters()).containsEntry("k", "v");
    }

    @Test
    void triesAgainWhatTheLedgerDidNotTake() {
        cluster.ledger.failing = LedgerException.Kind.UNKNOWN;
        cluster.configure(TestCluster.resource("a"));
        run(2000);
        assertThat(holder("a")).isEmpty();
        cluster.ledger.failing = null;
        run(300);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
    }

    @Test
    void emptiesANodeThatLeaves() {
        cluster.configure(TestCluster.resource("a"));
        run(50);
        TestCluster.Node leaving = node(holder("a"));
        leaving.peers.tell(Peers.LEAVING, "true");
        n1.peers.changed();
        run(100);
        assertThat(holder("a")).isNotEqualTo(leaving.name).isNotEmpty();
        assertThat(leaving.operations.running).isEmpty();
    }

    @Test
    void grantsToANodeOnceItIsHeard() {
        for (TestCluster.Node node : List.of(n1, n2, n3)) {
            n1.peers.silent.add(node.name);
        }
        cluster.configure(TestCluster.resource("a"));
        run(1000);
        assertThat(holder("a")).isEmpty();
        n1.peers.silent.remove("n3");
        run(150);
        assertThat(holder("a")).isEqualTo("n3");
    }

    @Test
    void onlyTheReadyLeaderPlans() {
        cluster.ledger.lead("nobody");
        cluster.configure(TestCluster.resource("a"));
        run(1000);
        assertThat(holder("a")).isEmpty();
        cluster.ledger.lead("n2");
        run(50);
        assertThat(cluster.report("a")).isEqualTo("ACTIVE");
        assertThat(n1.leader.plans()).isLessThanOrEqualTo(1);
    }
}
