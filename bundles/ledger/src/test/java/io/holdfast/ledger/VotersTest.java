package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.ReplicatedLog;
import io.holdfast.model.ledger.ReplicatedLog.VoterChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who votes, who only listens, and how that changes. */
class VotersTest {
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

    private ReplicatedLog.Voters voters(String name) {
        TestCluster.Node node = cluster.node(name);
        return node.loop.call(node.ledger::voters);
    }

    @Test
    @DisplayName("a node that does not vote gets the log, reads, appends, and hears of the leader")
    void listens() {
        three().leader().append("before");
        TestCluster.Node extra = cluster.start("n4");
        extra.read();
        assertThat(extra.announced()).containsExactly("before");
        extra.append("from the listener");
        TestCluster.until("it is admitted", () -> extra.health().well());
        TestCluster.until(
                "it has applied its admission", () -> voters("n4").listening().equals(List.of("n4")));
        assertThat(voters("n4").voting()).containsExactly("n1", "n2", "n3");
        assertThat(voters("n4").index()).as("the voters did not change").isZero();
        // after a restart too
        cluster.stop("n4");
        cluster.leaderAmong(cluster.voters).append("while it was away");
        TestCluster.Node back = cluster.start("n4");
        back.read();
        assertThat(back.announced()).containsExactly("before", "from the listener", "while it was away");
        // and after the leader went
        TestCluster.Node leader = cluster.leaderAmong(cluster.voters);
        cluster.stop(leader.name);
        cluster.leaderAmong(List.copyOf(cluster.nodes.keySet()));
        back.append("under another leader");
    }

    @Test
    @DisplayName("a node without a vote whose disk was wiped gets the log again, though nothing is written")
    void listensAgainAfterAWipe() throws IOException {
        three().leader().append("before");
        cluster.start("n4");
        TestCluster.until("it is admitted", () -> voters("n4").listening().equals(List.of("n4")));
        for (int round = 0; round < 2; round++) {
            cluster.stop("n4");
            Disk.deleteTree(base.resolve("n4"));
            TestCluster.Node back = cluster.start("n4");
            TestCluster.until("it has the log", () -> back.announced().equals(List.of("before")));
            TestCluster.until("it takes part", () -> back.health().well());
        }
    }

    @Test
    @DisplayName("voters are added and removed at run time; the removed one goes on as a listener")
    void addsAndRemoves() {
        three().leader().append("before");
        TestCluster.Node extra = cluster.start("n4");
        extra.read();
        TestCluster.Node asked = cluster.follower();
        ReplicatedLog.Voters four = asked.change(new VoterChange.Add("n4", "127.0.0.1:7800"));
        assertThat(four.voting()).containsExactly("n1", "n2", "n3", "n4");
        assertThat(four.index()).isPositive();
        extra.append("as a voter");
        TestCluster.Node gone = cluster.follower();
        ReplicatedLog.Voters less = cluster.leader().change(new VoterChange.Remove(gone.name));
        assertThat(less.voting()).hasSize(3).doesNotContain(gone.name);
        TestCluster.until(
                "it listens",
                () -> gone.health().well() && voters(gone.name).listening().contains(gone.name));
        gone.read();
        gone.append("as a listener");
        assertThat(gone.announced()).contains("before", "as a voter", "as a listener");
        assertThat(gone.texts).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("the leader itself is removed: another leads, and it goes on as a listener")
    void removesTheLeader() {
        TestCluster.Node leader = three().leader();
        leader.append("before");
        leader.change(new VoterChange.Remove(leader.name));
        List<String> rest =
                cluster.voters.stream().filter(n -> !n.equals(leader.name)).toList();
        cluster.leaderAmong(rest).append("after");
        TestCluster.until(
                "it listens",
                () -> leader.health().well() && voters(leader.name).listening().contains(leader.name));
        leader.read();
        assertThat(leader.announced()).containsExactly("before", "after");
    }

    @Test
    @DisplayName("a voter removed while it was away learns of it when it is back")
    void removedWhileAway() {
        three().leader().append("before");
        String away = cluster.follower().name;
        cluster.stop(away);
        cluster.leaderAmong(List.copyOf(cluster.nodes.keySet())).change(new VoterChange.Remove(away));
        TestCluster.Node back = cluster.start(away);
        TestCluster.until(
                "it listens",
                () -> back.health().well() && voters(away).listening().contains(away));
        assertThat(back.announced()).containsExactly("before");
    }

    @Test
    @DisplayName("a replacement that has begun is carried through, though whoever asked waits no longer")
    void replacesAsAWhole() {
        TestCluster.Node leader = three().leader();
        leader.append("before");
        TestCluster.Node replaced = cluster.follower();
        LedgerException said = catchThrowableOfType(
                LedgerException.class,
                () -> TestCluster.await(leader.loop
                        .call(() -> leader.ledger.change(new VoterChange.Replace(replaced.name), Duration.ofMillis(10)))
                        .toCompletableFuture()));
        assertThat(said.kind()).isEqualTo(LedgerException.Kind.UNKNOWN);
        TestCluster.until(
                "its log began anew, and it votes again",
                () -> replaced.health().well()
                        && voters(leader.name).index() > 0
                        && voters(leader.name).voting().contains(replaced.name));
        assertThat(replaced.announced()).containsExactly("before");
    }

    @Test
    @DisplayName("whoever cannot be reached when it is removed, to be replaced, is asked to begin anew until it can be")
    void replacesWhomItDoesNotReachAtFirst() {
        TestCluster.Node leader = three().leader();
        leader.append("before");
        TestCluster.Node replaced = cluster.follower();
        cluster.network.isolate(replaced.name);
        leader.loop.call(() -> leader.ledger.change(new VoterChange.Replace(replaced.name), Duration.ofMillis(10)));
        TestCluster.until("it is asked", () -> resets() > 0);
        TestCluster.until("it is asked again", () -> resets() > 1);
        cluster.network.heal();
        TestCluster.until(
                "its log began anew, and it votes again",
                () -> replaced.health().well()
                        && voters(leader.name).index() > 0
                        && voters(leader.name).voting().contains(replaced.name));
        assertThat(replaced.announced()).containsExactly("before");
    }

    @Test
    @DisplayName(
            "a replacement whose leader is lost in the middle is completed by the next, though nobody waits for it")
    void replacesUnderTheNextLeader() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1", "n2", "n3", "n4", "n5");
        TestCluster.Node leader = cluster.startAll().leader();
        leader.append("before");
        TestCluster.Node replaced = cluster.follower();
        List<String> rest = cluster.voters.stream()
                .filter(name -> !name.equals(leader.name) && !name.equals(replaced.name))
                .toList();
        TestCluster.Node asked = cluster.node(rest.get(0));
        cluster.network.lostMessages = (to, topic, payload) -> topic.equals("ledger.reset");
        asked.loop.call(() -> asked.ledger.change(new VoterChange.Replace(replaced.name), Duration.ofMillis(10)));
        TestCluster.until(
                "it is removed",
                () -> rest.stream().noneMatch(name -> voters(name).voting().contains(replaced.name)));
        cluster.network.isolate(leader.name);
        cluster.network.lostMessages = (to, topic, payload) -> false;
        TestCluster.until(
                "its log began anew, and it votes again",
                () -> replaced.health().well()
                        && rest.stream().allMatch(name -> voters(name).voting().contains(replaced.name)));
        TestCluster.until("it has all", () -> replaced.announced().equals(List.of("before")));
    }

    @Test
    @DisplayName(
            "a replacement whose leader, which was asked too, stops in the middle is completed by whoever leads then")
    void replacesThoughWhoWasAskedIsGone() {
        TestCluster.Node leader = three().leader();
        leader.append("before");
        TestCluster.Node replaced = cluster.follower();
        String other = cluster.voters.stream()
                .filter(name -> !name.equals(leader.name) && !name.equals(replaced.name))
                .findFirst()
                .orElseThrow();
        cluster.network.lostMessages = (to, topic, payload) -> topic.equals("ledger.reset");
        leader.loop.call(() -> leader.ledger.change(new VoterChange.Replace(replaced.name), Duration.ofMillis(10)));
        TestCluster.until("it is removed", () -> !voters(other).voting().contains(replaced.name));
        cluster.stop(leader.name);
        cluster.network.lostMessages = (to, topic, payload) -> false;
        cluster.start(leader.name);
        TestCluster.until(
                "its log began anew, and it votes again",
                () -> replaced.health().well() && voters(other).voting().contains(replaced.name));
        TestCluster.until("it has all", () -> replaced.announced().equals(List.of("before")));
    }

    private static boolean endsChange(byte[] append) {
        try {
            return AppendEntriesRequestProto.parseFrom(append).getEntriesList().stream()
                    .anyMatch(entry -> entry.hasConfigurationEntry()
                            && entry.getConfigurationEntry().getOldPeersCount() == 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long resets() {
        return cluster.network.traffic().getOrDefault("ledger.reset", 0L);
    }

    @Test
    @DisplayName("a voter that has only the first half of its removal in its log finds out, and goes on as a listener")
    void findsOutThatItWasRemoved() {
        TestCluster.Node leader = three().leader();
        leader.append("before");
        String gone = cluster.follower().name;
        cluster.network.lostMessages =
                (to, topic, payload) -> to.equals(gone) && topic.equals("raft.append") && endsChange(payload);
        cluster.network.lose("ledger.reset");
        cluster.network.lose("raft.vote");
        leader.change(new VoterChange.Remove(gone));
        cluster.stop(gone);
        cluster.network.heal();
        TestCluster.Node back = cluster.start(gone);
        TestCluster.until("it listens", () -> voters(leader.name).listening().contains(gone));
        leader.append("after");
        back.read();
        assertThat(back.announced()).containsExactly("before", "after");
    }

    @Test
    @DisplayName("whom a leader removed that lost the lead in the middle can be added by the next")
    void addsWhomAnotherLeaderRemoved() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1", "n2", "n3", "n4", "n5");
        TestCluster.Node leader = cluster.startAll().leader();
        leader.append("before");
        String gone = cluster.follower().name;
        List<String> rest = cluster.voters.stream()
                .filter(name -> !name.equals(leader.name) && !name.equals(gone))
                .toList();
        cluster.network.lostMessages = (to, topic, payload) -> topic.equals("raft.append") && endsChange(payload);
        CompletionStage<ReplicatedLog.Voters> removed =
                leader.loop.call(() -> leader.ledger.change(new VoterChange.Remove(gone), Duration.ofSeconds(30)));
        TestCluster.until(
                "whoever can lead next has the first half",
                () -> rest.stream()
                                .filter(name -> cluster.node(name).inTransition())
                                .count()
                        >= 2);
        cluster.network.isolate(leader.name);
        cluster.network.isolate(gone);
        cluster.network.lostMessages = (to, topic, payload) -> false;
        cluster.leaderAmong(rest).append("under the next leader");
        cluster.network.heal();
        TestCluster.await(removed.toCompletableFuture());
        ReplicatedLog.Voters again = leader.change(new VoterChange.Add(gone, "127.0.0.1:7800"));
        assertThat(again.voting()).containsExactly("n1", "n2", "n3", "n4", "n5");
    }

    @Test
    @DisplayName("what cannot be done is refused with the reason")
    void refuses() {
        TestCluster.Node leader = three().leader();
        assertThat(refusal(LedgerException.Kind.REFUSED, leader, new VoterChange.Add("n2", "x")))
                .hasMessageContaining("already");
        assertThat(refusal(LedgerException.Kind.REFUSED, leader, new VoterChange.Remove("n9")))
                .hasMessageContaining("no voter");
        assertThat(refusal(LedgerException.Kind.REFUSED, leader, new VoterChange.Replace(leader.name)))
                .hasMessageContaining("is well");
        assertThat(refusal(LedgerException.Kind.REFUSED, cluster.follower(), new VoterChange.Add("n2", "x")))
                .as("told by the leader to another")
                .hasMessageContaining("already");
        assertThat(refusal(LedgerException.Kind.NOT_DONE, cluster.follower(), new VoterChange.Add("n9", "127.0.0.1:1")))
                .hasMessageContaining("n9 does not answer");
    }

    private static LedgerException refusal(LedgerException.Kind kind, TestCluster.Node node, VoterChange change) {
        LedgerException e = catchThrowableOfType(LedgerException.class, () -> node.change(change));
        assertThat(e.kind()).isEqualTo(kind);
        return e;
    }

    @Test
    @DisplayName("a witness that starts late for the first time joins; it is not taken for a wiped one")
    void joinsLate() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1", "n2", "w");
        cluster.start("n1");
        cluster.start("n2");
        cluster.leader().append("early");
        TestCluster.Node late = cluster.start("w");
        late.read();
        assertThat(late.announced()).containsExactly("early");
    }
}
