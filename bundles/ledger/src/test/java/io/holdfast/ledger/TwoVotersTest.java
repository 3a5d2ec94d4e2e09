package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.ReplicatedLog.Solitude;
import io.holdfast.model.ledger.ReplicatedLog.Solitude.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two voters and nobody else: one goes on alone, the other gives way. */
class TwoVotersTest {
    @TempDir
    Path base;

    private TestCluster cluster;

    @BeforeEach
    void two() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1", "n2").startAll();
        cluster.leader().append("together");
        cluster.nodes.values().forEach(TestCluster.Node::read);
        settled();
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    private void settled() {
        cluster.nodes
                .values()
                .forEach(node -> TestCluster.until("it was with its peer", () -> {
                    node.read();
                    return kind(node) == Kind.NONE;
                }));
    }

    private static Kind kind(TestCluster.Node node) {
        return node.loop.call(node.ledger::solitude).kind();
    }

    private static Solitude awaits(TestCluster.Node node, Kind kind) {
        TestCluster.until(node.name + " sees " + kind, () -> kind(node) == kind);
        return node.loop.call(node.ledger::solitude);
    }

    private static void goAlone(TestCluster.Node node, Solitude seen) {
        TestCluster.await(node.loop
                .call(() -> node.ledger.goAlone(seen, "a test says so"))
                .toCompletableFuture());
    }

    private static List<String> announced(TestCluster.Node node) {
        return node.announced().stream()
                .filter(text -> !text.contains("took over"))
                .toList();
    }

    private void bothVote(TestCluster.Node... nodes) {
        for (TestCluster.Node node : nodes) {
            TestCluster.until(
                    "both vote, says " + node.name,
                    () -> node.loop.call(node.ledger::voters).voting().equals(List.of("n1", "n2")));
        }
    }

    @Test
    @DisplayName("the survivor keeps what was acknowledged, goes on, and the other takes that over when it is back")
    void survivorGoesOn() {
        TestCluster.Node leader = cluster.leader();
        leader.append("acknowledged by the leader alone");
        String gone = leader.name;
        cluster.stop(gone); // the survivor may not know yet that it was committed
        TestCluster.Node alive = cluster.nodes.values().iterator().next();
        goAlone(alive, awaits(alive, Kind.LOST));
        alive.append("alone");
        assertThat(announced(alive)).containsExactly("together", "acknowledged by the leader alone", "alone");
        assertThat(alive.loop.call(alive.ledger::voters).voting()).containsExactly(alive.name);

        TestCluster.Node back = cluster.start(gone);
        bothVote(alive, back);
        back.append("together again");
        assertThat(announced(back))
                .containsExactly("together", "acknowledged by the leader alone", "alone", "together again");
        assertThat(base.resolve(gone).resolve("ledger.before-1")).isDirectory();
        TestCluster.until(
                "an event says so",
                () -> alive.announced().stream().anyMatch(text -> text.contains("took over what " + alive.name)));
        // and once more, the other way round
        cluster.stop(alive.name);
        goAlone(back, awaits(back, Kind.LOST));
        back.append("alone the other way round");
        TestCluster.Node again = cluster.start(alive.name);
        bothVote(again, back);
        again.read();
        assertThat(announced(again)).endsWith("together again", "alone the other way round");
    }

    @Test
    @DisplayName("what the other one had written and nobody had acknowledged is given up")
    void losesWhatWasNeverAcknowledged() throws Exception {
        TestCluster.Node leader = cluster.leader();
        TestCluster.Node other = cluster.follower();
        cluster.network.isolate(leader.name);
        var never = leader.loop.call(() -> leader.ledger.append(TestCluster.announce("never"), Duration.ofSeconds(1)));
        assertThatThrownBy(() -> TestCluster.await(never.toCompletableFuture())).isInstanceOf(LedgerException.class);
        awaits(leader, Kind.LOST);
        goAlone(other, awaits(other, Kind.LOST));
        other.append("alone");
        cluster.network.heal();
        bothVote(leader, other);
        leader.read();
        assertThat(announced(leader)).containsExactly("together", "alone");
    }

    @Test
    @DisplayName("a node that has not seen its peer since its start says so; who went on alone holds its history")
    void startsAlone() {
        cluster.stop("n1");
        TestCluster.Node alive = cluster.node("n2");
        goAlone(alive, awaits(alive, Kind.LOST));
        alive.append("alone");
        cluster.stop("n2");

        TestCluster.Node fenced = cluster.start("n1");
        awaits(fenced, Kind.UNSEEN);
        cluster.stop("n1");

        TestCluster.Node survivor = cluster.start("n2");
        Solitude holds = awaits(survivor, Kind.HOLDS);
        assertThat(survivor.loop.call(survivor.ledger::leadership).leader())
                .as("it serves nobody before it knows of its peer")
                .isEmpty();
        goAlone(survivor, holds);
        survivor.append("still alone");
        assertThat(announced(survivor)).containsExactly("together", "alone", "still alone");
        cluster.stop("n2");

        // both: who held it learns that the other one did not go on, and goes on at once
        TestCluster.Node first = cluster.start("n1");
        TestCluster.Node second = cluster.start("n2");
        bothVote(first, second);
        first.read();
        assertThat(announced(first)).containsExactly("together", "alone", "still alone");
    }

    @Test
    @DisplayName(
            "of two histories that parted one gives way when nothing runs there any more, and only then the other goes on")
    void partedHistories() {
        cluster.stop("n1");
        TestCluster.Node n2 = cluster.node("n2");
        goAlone(n2, awaits(n2, Kind.LOST));
        cluster.stop("n2");
        n2 = cluster.start("n2");
        goAlone(n2, awaits(n2, Kind.HOLDS));
        n2.append("by n2");
        cluster.stop("n2");
        TestCluster.Node n1 = cluster.start("n1");
        goAlone(n1, awaits(n1, Kind.UNSEEN)); // a person takes the loss of what n2 decided on himself
        n1.append("by n1");
        cluster.stop("n1");

        n1 = cluster.start("n1");
        n2 = cluster.start("n2");
        long enough = System.nanoTime() + Duration.ofSeconds(4).toNanos(); // they ask each other each second
        TestCluster.until("they have asked each other", () -> System.nanoTime() > enough);
        assertThat(awaits(n1, Kind.HOLDS).peer()).isEqualTo("n2");
        assertThat(awaits(n2, Kind.HOLDS).peer()).isEqualTo("n1");
        TestCluster.Node givesWay = n1;
        n1.loop.execute(() -> givesWay.ledger.mayRun(false));
        bothVote(n1, n2);
        n1.read();
        assertThat(announced(n1)).containsExactly("together", "by n2");
    }

    @Test
    @DisplayName("what is in the log and not applied yet can be looked at")
    void ahead() {
        TestCluster.Node leader = cluster.leader();
        TestCluster.Node other = cluster.follower();
        assertThat(other.loop.call(other.ledger::ahead)).isEmpty();
        cluster.network.isolate(leader.name);
        leader.loop.call(() -> leader.ledger.append(TestCluster.announce("ahead"), Duration.ofSeconds(1)));
        TestCluster.until(
                "it is in the log",
                () -> leader.loop.call(leader.ledger::ahead).contains(TestCluster.announce("ahead")));
        cluster.network.heal();
        TestCluster.until(
                "it is applied", () -> leader.loop.call(leader.ledger::ahead).isEmpty());
    }

    @Test
    @DisplayName("refused when the peer was heard since the proof was asked for, and when it is there")
    void refusedWhenHeard() {
        TestCluster.Node n1 = cluster.node("n1");
        assertThatThrownBy(() -> goAlone(n1, new Solitude(Kind.LOST, "n2", 0, true)))
                .isInstanceOf(LedgerException.class)
                .hasMessageContaining("n2 is not missing");
        cluster.network.isolate("n2");
        Solitude before = awaits(n1, Kind.LOST);
        cluster.network.heal();
        TestCluster.until("together", () -> kind(n1) == Kind.NONE);
        cluster.network.isolate("n2");
        awaits(n1, Kind.LOST);
        assertThatThrownBy(() -> goAlone(n1, before))
                .isInstanceOf(LedgerException.class)
                .hasMessageContaining("n2 was heard meanwhile");
        cluster.network.heal();
        TestCluster.until("nothing was changed", () -> kind(n1) == Kind.NONE);
        cluster.leader().append("after");
    }

    @Test
    @DisplayName("killed in the middle, it goes on with the old history or with the new one, whole")
    void crashes() throws Exception {
        cluster.stop("n1");
        TestCluster.Node alive = cluster.node("n2");
        Path old = base.resolve("n2").resolve("ledger");
        goAlone(alive, awaits(alive, Kind.LOST));
        alive.append("alone");
        cluster.stop("n2");
        // as it is after the decision was written and before the folders were exchanged
        Files.move(old, base.resolve("n2").resolve("ledger.next"));
        Files.move(base.resolve("n2").resolve("ledger.before-1"), old);
        TestCluster.Node again = cluster.start("n2");
        goAlone(again, awaits(again, Kind.HOLDS));
        again.read();
        assertThat(announced(again)).containsExactly("together", "alone");
        assertThat(base.resolve("n2").resolve("ledger.before-1")).isDirectory();
        cluster.stop("n2");
        // before the decision was written: what was prepared is thrown away
        Files.createDirectories(
                base.resolve("n2").resolve("ledger.next").resolve("x").resolve("current"));
        TestCluster.Node last = cluster.start("n2");
        awaits(last, Kind.HOLDS);
        assertThat(base.resolve("n2").resolve("ledger.next")).doesNotExist();
    }

    @Test
    @DisplayName("a snapshot and no entry behind it is enough to go on from")
    void fromASnapshot() {
        cluster.close();
        Path other = base.resolve("small");
        cluster = new TestCluster(other, TestCluster.SMALL, "n1", "n2").startAll();
        for (int i = 0; i < 130; i++) {
            cluster.leader().append("text " + i);
        }
        cluster.nodes.values().forEach(TestCluster.Node::read);
        cluster.stop("n1");
        TestCluster.Node alive = cluster.node("n2");
        goAlone(alive, awaits(alive, Kind.LOST));
        for (int i = 0; i < 130; i++) {
            alive.append("alone " + i);
        }
        cluster.stop("n2");
        TestCluster.Node again = cluster.start("n2");
        goAlone(again, awaits(again, Kind.HOLDS));
        again.append("last");
        TestCluster.Node back = cluster.start("n1");
        bothVote(again, back);
        back.read();
        assertThat(announced(back)).endsWith("alone 129", "last");
    }
}
