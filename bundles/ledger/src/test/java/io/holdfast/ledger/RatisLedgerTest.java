package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.model.Result;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.ReplicatedLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three ledgers: what goes in on one comes out on all. */
class RatisLedgerTest {
    @TempDir
    Path base;

    private TestCluster cluster;

    private TestCluster three() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1", "n2", "n3");
        return cluster.startAll();
    }

    @AfterEach
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @DisplayName("Ratis' watch for pauses, of no use here, does not cost CPU time")
    void noPauseMonitorRuns() {
        three().leader();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("JvmPauseMonitor"));
    }

    @Test
    @DisplayName("what one appends, all apply, in the same order and with the same result")
    void appendsEverywhere() {
        three().leader();
        for (int i = 0; i < 20; i++) {
            String name = "n" + (i % 3 + 1);
            ReplicatedLog.Appended appended = cluster.node(name).append("entry " + i);
            assertThat(appended.result()).isInstanceOf(Result.Done.class);
            assertThat(cluster.node(name).announced()).last().isEqualTo("entry " + i); // applied here when it completes
        }
        for (String name : cluster.voters) {
            cluster.node(name).read();
            assertThat(cluster.node(name).texts)
                    .containsExactlyElementsOf(
                            IntStream.range(0, 20).mapToObj(i -> "entry " + i).toList());
            assertThat(cluster.node(name).indexes).isSorted().doesNotHaveDuplicates();
            assertThat(cluster.node(name)
                            .loop
                            .call(cluster.node(name).ledger::state)
                            .votes()
                            .voting())
                    .as("the state knows who votes")
                    .containsExactly("n1", "n2", "n3");
            assertThat(cluster.node(name).health().well()).isTrue();
            assertThat(cluster.node(name).loop.call(cluster.node(name).ledger::voters))
                    .isEqualTo(new ReplicatedLog.Voters(0, List.of("n1", "n2", "n3"), List.of()));
        }
    }

    @Test
    @DisplayName("a copy of a refused request is not taken: refused is refused")
    void takesARequestOnce() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1", "n2", "n3");
        cluster.start("n1"); // alone: no majority, no leader
        byte[] request = Wire.write(out -> {
            out.writeLong(1);
            out.writeLong(2);
            out.writeLong(3);
            out.writeInt(1);
            out.write(new byte[] {1});
        });
        assertThat(ask(request)).isInstanceOf(Engine.Attempt.Refused.class);
        assertThat(ask(request)).isInstanceOf(Engine.Attempt.Maybe.class);
    }

    private Engine.Attempt ask(byte[] request) {
        byte[] answer = TestCluster.await(cluster.network
                .join("n9")
                .request("n1", "ledger.append", request, Duration.ofSeconds(10))
                .toCompletableFuture());
        return Wire.read(answer, AttemptCodec::read);
    }

    @Test
    @DisplayName("many at once from all nodes: each happens once")
    void appendsConcurrently() {
        three().leader();
        List<CompletableFuture<ReplicatedLog.Appended>> all = new ArrayList<>();
        for (String name : cluster.voters) {
            TestCluster.Node node = cluster.node(name);
            for (int i = 0; i < 200; i++) {
                String text = name + " " + i;
                all.add(node.loop
                        .call(() -> node.ledger.append(TestCluster.announce(text), Duration.ofSeconds(20)))
                        .toCompletableFuture());
            }
        }
        all.forEach(TestCluster::await);
        cluster.node("n1").read();
        assertThat(cluster.node("n1").texts).hasSize(600).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("a read on any node shows what was appended before on another")
    void readsWhatWasAppended() {
        three().leader();
        for (int i = 0; i < 10; i++) {
            cluster.node("n1").append("first " + i);
            for (String name : cluster.voters) {
                cluster.node(name).read();
                assertThat(cluster.node(name).announced()).last().isEqualTo("first " + i);
            }
        }
    }

    @Test
    @DisplayName("the leader stops: another leads soon, and nothing is lost")
    void survivesTheLeader() {
        TestCluster.Node leader = three().leader();
        leader.append("before");
        cluster.stop(leader.name);
        List<String> rest = List.copyOf(cluster.nodes.keySet());
        TestCluster.Node next = cluster.leaderAmong(rest);
        next.append("after");
        assertThat(next.announced()).containsExactly("before", "after");
        TestCluster.Node again = cluster.start(leader.name);
        again.read();
        assertThat(again.announced()).containsExactly("before", "after");
    }

    @Test
    @DisplayName("a follower appends through the leader, though messages come twice: once")
    void forwardsOnce() {
        three();
        cluster.network.repeats = 0.5;
        TestCluster.Node follower = cluster.follower();
        for (int i = 0; i < 30; i++) {
            follower.append("entry " + i);
        }
        cluster.network.repeats = 0;
        assertThat(follower.texts).hasSize(30).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("messages get lost: what is acknowledged happened once, what is not at most once")
    void losesMessages() {
        three().leader();
        cluster.network.loss = 0.1;
        List<CompletionStage<ReplicatedLog.Appended>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            TestCluster.Node node = cluster.node("n" + (i % 3 + 1));
            String text = "entry " + i;
            all.add(node.loop.call(() -> node.ledger.append(TestCluster.announce(text), Duration.ofSeconds(20))));
        }
        for (CompletionStage<ReplicatedLog.Appended> each : all) {
            TestCluster.await(each.toCompletableFuture());
        }
        cluster.network.loss = 0;
        cluster.leader();
        cluster.node("n1").read();
        assertThat(cluster.node("n1").texts).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("{leader} {n, n}  =>  the cut-off leader confirms nothing, reads nothing certain, and says so")
    void isolatedLeaderIsHonest() {
        TestCluster.Node old = three().leader();
        old.append("before");
        old.read(); // what was certain once is not certain for ever
        cluster.network.isolate(old.name);
        CompletionStage<ReplicatedLog.Appended> lost =
                old.loop.call(() -> old.ledger.append(TestCluster.announce("lost?"), Duration.ofSeconds(2)));
        CompletionStage<?> read = old.loop.call(() -> old.ledger.barrier(Duration.ofSeconds(2)));
        LedgerException append =
                catchThrowableOfType(LedgerException.class, () -> TestCluster.await(lost.toCompletableFuture()));
        assertThat(append.kind()).isEqualTo(LedgerException.Kind.UNKNOWN);
        assertThat(append).hasMessageContaining("may still take effect");
        LedgerException barrier =
                catchThrowableOfType(LedgerException.class, () -> TestCluster.await(read.toCompletableFuture()));
        assertThat(barrier.kind()).isEqualTo(LedgerException.Kind.NOT_DONE);
        TestCluster.until(
                "the cut-off leader knows that it leads no more",
                () -> old.loop.call(old.ledger::leadership).leader().isEmpty());

        CompletionStage<ReplicatedLog.Appended> none =
                old.loop.call(() -> old.ledger.append(TestCluster.announce("no"), Duration.ofMillis(300)));
        LedgerException refused =
                catchThrowableOfType(LedgerException.class, () -> TestCluster.await(none.toCompletableFuture()));
        assertThat(refused.kind()).isEqualTo(LedgerException.Kind.NOT_DONE);
        assertThat(refused).hasMessageContaining("no leader");

        List<String> rest =
                cluster.voters.stream().filter(n -> !n.equals(old.name)).toList();
        cluster.leaderAmong(rest).append("after");
        cluster.network.heal();
        cluster.leader();
        old.read();
        assertThat(old.announced()).containsExactly("before", "after");
    }

    @Test
    @DisplayName("a cut-off leader that goes on appending steps down all the same")
    void busyIsolatedLeaderStepsDown() {
        TestCluster.Node old = three().leader();
        old.append("before");
        cluster.network.isolate(old.name);
        TestCluster.until("it leads no more", () -> {
            old.loop.call(() -> old.ledger.append(TestCluster.announce("busy"), Duration.ofSeconds(1)));
            Engine.Look look = old.loop.call(() -> old.ledger.engine().look());
            return look.leader().isEmpty() && !look.alone();
        });
    }

    @Test
    @DisplayName("the leader is cut off while a follower waits: the follower's command goes to the next leader")
    void retriesAtTheNextLeader() {
        TestCluster.Node old = three().leader();
        TestCluster.Node follower = cluster.follower();
        cluster.network.isolate(old.name);
        assertThat(follower.append("through").result()).isInstanceOf(Result.Done.class);
        cluster.network.heal();
        cluster.leader();
        old.read();
        assertThat(old.texts).containsExactly("through");
    }

    @Test
    @DisplayName("leadership: ready only with everything applied; terms only grow")
    void tellsOfLeadership() {
        TestCluster.Node first = three().leader();
        first.append("x");
        cluster.stop(first.name);
        cluster.leaderAmong(List.copyOf(cluster.nodes.keySet()));
        for (TestCluster.Node node : cluster.nodes.values()) {
            assertThat(node.led).extracting(ReplicatedLog.Leadership::term).isSorted();
            assertThat(node.led)
                    .allSatisfy(
                            l -> assertThat(!l.ready() || l.self()).as("%s", l).isTrue());
            assertThat(node.led.stream().map(ReplicatedLog.Leadership::leader).distinct())
                    .contains(first.name);
        }
    }

    @Test
    @DisplayName("no majority: nobody leads, and everybody says so")
    void saysNoLeader() {
        three().leader();
        cluster.stop("n1");
        cluster.stop("n2");
        TestCluster.Node last = cluster.node("n3");
        TestCluster.until(
                "no leader",
                () -> last.loop.call(last.ledger::leadership).leader().isEmpty());
        cluster.start("n2");
        cluster.leaderAmong(List.of("n2", "n3"));
    }

    @Test
    @DisplayName("an entry that no message can carry is refused at once")
    void refusesTheTooLarge() {
        TestCluster.Node leader = three().leader();
        LedgerException e =
                catchThrowableOfType(LedgerException.class, () -> leader.append("x".repeat(Engine.LARGEST_ENTRY + 1)));
        assertThat(e.kind()).isEqualTo(LedgerException.Kind.NOT_DONE);
        assertThat(leader.append("x".repeat(Engine.LARGEST_ENTRY - 10_000)).result())
                .isInstanceOf(Result.Done.class);
        assertThat(leader.append("small").result()).isInstanceOf(Result.Done.class);
        TestCluster.Node follower = cluster.follower();
        assertThat(follower.append("y".repeat(Engine.LARGEST_ENTRY - 10_000)).result())
                .isInstanceOf(Result.Done.class);
    }

    @Test
    @DisplayName("the first start of all: two of three begin after a while, the third joins")
    void beginsWithAMajority() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1", "n2", "n3");
        cluster.start("n1");
        cluster.start("n2");
        TestCluster.until(
                "it says whom it waits for",
                () -> cluster.node("n1").health().problem().contains("n3"));
        cluster.leader().append("early");
        cluster.start("n3").read();
        assertThat(cluster.node("n3").announced()).containsExactly("early");
    }

    @Test
    @DisplayName("disks that take longer than an election: slow, and the leader stays the leader")
    void bearsSlowDisks() {
        cluster = new TestCluster(base, TestCluster.SLOW, "n1", "n2", "n3");
        TestCluster.Node leader = cluster.startAll().leader();
        leader.append("first");
        long term = leader.loop.call(leader.ledger::leadership).term();
        leader.append("second");
        leader.append("third");
        assertThat(leader.loop.call(leader.ledger::leadership))
                .isEqualTo(new ReplicatedLog.Leadership(leader.name, term, true, true));
        leader.read();
    }

    @Test
    @DisplayName("one voter alone is a cluster")
    void worksAlone() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1");
        cluster.startAll();
        cluster.leader().append("alone");
        cluster.node("n1").read();
        assertThat(cluster.node("n1").announced()).containsExactly("alone");
    }
}
