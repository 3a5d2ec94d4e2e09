package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.transport.RemoteException;
import io.holdfast.ratis.ParameterRpcType;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcReplyProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is added to Ratis' calls. The server grants every vote; the folder of the vote file cannot be forced until it is there. */
class TransportRpcTest {
    @TempDir
    Path folder;

    private final FakeNetwork network = new FakeNetwork();
    private final AtomicBoolean failed = new AtomicBoolean();
    private final Object snapshots = new Object();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final CompletableFuture<AppendEntriesReplyProto> disk = new CompletableFuture<>();
    private final ExecutorService calls = Executors.newCachedThreadPool();
    private volatile Runnable beforeStoring = () -> {};
    private TransportRpc rpc;

    @BeforeEach
    void start() {
        RaftServer granting = (RaftServer) Proxy.newProxyInstance(
                RaftServer.class.getClassLoader(), new Class<?>[] {RaftServer.class}, (proxy, method, arguments) -> {
                    asked.add(method.getName());
                    return switch (method.getName()) {
                        case "requestVote" ->
                            RequestVoteReplyProto.newBuilder()
                                    .setServerReply(
                                            RaftRpcReplyProto.newBuilder().setSuccess(true))
                                    .build();
                        case "appendEntriesAsync" -> {
                            beforeStoring.run();
                            yield disk;
                        }
                        case "installSnapshot" -> InstallSnapshotReplyProto.getDefaultInstance();
                        default -> throw new AssertionError(method.getName());
                    };
                });
        rpc = new TransportRpc(
                granting,
                new ParameterRpcType(),
                network.join("n1"),
                calls,
                RaftGroupId.valueOf(UUID.randomUUID()),
                folder,
                TestCluster.TUNING,
                failed::get,
                cause -> {},
                peer -> {},
                snapshots);
        rpc.start();
    }

    @AfterEach
    void stop() {
        rpc.close();
        network.close();
        calls.shutdownNow();
    }

    private static RequestVoteRequestProto vote(boolean pre) {
        return RequestVoteRequestProto.newBuilder()
                .setServerRequest(to("n1"))
                .setPreVote(pre)
                .build();
    }

    private CompletableFuture<byte[]> send(String topic, byte[] request) {
        return network.join("n2")
                .request("n1", topic, request, Duration.ofSeconds(10))
                .toCompletableFuture();
    }

    private static AppendEntriesRequestProto entries() {
        return AppendEntriesRequestProto.newBuilder()
                .setServerRequest(to("n1"))
                .addEntries(LogEntryProto.getDefaultInstance())
                .build();
    }

    private static InstallSnapshotRequestProto snapshot(String to) {
        return InstallSnapshotRequestProto.newBuilder()
                .setServerRequest(to(to).toBuilder().setCallId(2))
                .build();
    }

    private static RaftRpcRequestProto to(String node) {
        return RaftRpcRequestProto.newBuilder()
                .setRequestorId(ByteString.copyFromUtf8("n2"))
                .setReplyId(ByteString.copyFromUtf8(node))
                .build();
    }

    private RequestVoteReplyProto ask(RequestVoteRequestProto request) throws IOException {
        byte[] answer = TestCluster.await(network.join("n2")
                .request("n1", "raft.vote", request.toByteArray(), Duration.ofSeconds(2))
                .toCompletableFuture());
        return RequestVoteReplyProto.parseFrom(answer);
    }

    @Test
    @DisplayName("a granted vote does not leave before the folder of the vote file is on disk")
    void forcesTheVote() throws IOException {
        assertThat(ask(vote(true)).getServerReply().getSuccess()).isTrue(); // a preliminary one binds nobody
        assertThatThrownBy(() -> ask(vote(false))).isInstanceOf(RemoteException.class);
        Files.createDirectory(folder.resolve("current"));
        assertThat(ask(vote(false)).getServerReply().getSuccess()).isTrue();
    }

    @Test
    @DisplayName("a node does not ask for votes before its own vote is on disk")
    void forcesItsOwnVote() throws IOException {
        assertThatThrownBy(() -> rpc.requestVote(vote(false))).isInstanceOf(IOException.class);
        assertThat(network.traffic()).doesNotContainKey("raft.vote");
        Files.createDirectory(folder.resolve("current"));
        rpc.requestVote(vote(false));
        assertThat(network.traffic()).containsEntry("raft.vote", 1L);
    }

    @Test
    @DisplayName("after a failed write nothing is answered and nothing is sent any more")
    void isSilentAfterAFailure() throws IOException {
        Files.createDirectory(folder.resolve("current"));
        failed.set(true);
        assertThatThrownBy(() -> ask(vote(false))).hasMessageContaining("failed");
        long before = network.traffic().get("raft.vote");
        assertThatThrownBy(() -> rpc.requestVote(vote(true))).hasMessageContaining("failed");
        assertThat(network.traffic()).containsEntry("raft.vote", before);
    }

    @Test
    @DisplayName("a snapshot is not installed while entries are on their way to the disk")
    void installsBetweenEntries() {
        CompletableFuture<byte[]> stored = send("raft.append", entries().toByteArray());
        TestCluster.until("entries are taken", () -> asked.contains("appendEntriesAsync"));
        CompletableFuture<byte[]> installed =
                send("raft.snapshot", snapshot("n1").toByteArray());
        TestCluster.await(send("raft.vote", vote(true).toByteArray())); // came later and is answered
        assertThat(asked).doesNotContain("installSnapshot");
        disk.complete(AppendEntriesReplyProto.getDefaultInstance());
        TestCluster.await(stored);
        TestCluster.await(installed);
        assertThat(asked).contains("installSnapshot");
    }

    @Test
    @DisplayName("no snapshot is installed while this node writes one of its own: Ratis exchanges the folder")
    void installsBetweenOwnSnapshots() {
        CompletableFuture<byte[]> installed;
        synchronized (snapshots) { // as the machine holds it
            installed = send("raft.snapshot", snapshot("n1").toByteArray());
            untilBlocked("install");
            assertThat(asked).doesNotContain("installSnapshot");
        }
        TestCluster.await(installed);
        assertThat(asked).contains("installSnapshot");
    }

    @Test
    @DisplayName("nobody gets a vote between the check of a leader's term and the storing of its entries")
    void votesAroundStoring() throws InterruptedException {
        CountDownLatch store = stopBeforeStoring();
        CompletableFuture<byte[]> voted = send("raft.vote", vote(true).toByteArray());
        untilBlocked("vote");
        assertThat(asked).doesNotContain("requestVote");
        store.countDown();
        TestCluster.await(voted);
    }

    @Test
    @DisplayName("a node asks for no votes between the check of a leader's term and the storing of its entries")
    void asksForVotesAfterStoring() throws InterruptedException, IOException {
        Files.createDirectory(folder.resolve("current"));
        CountDownLatch store = stopBeforeStoring();
        CompletableFuture<RequestVoteReplyProto> won = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return rpc.requestVote(vote(false));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                calls);
        untilBlocked("requestVote");
        assertThat(network.traffic()).doesNotContainKey("raft.vote");
        store.countDown();
        TestCluster.await(won);
        assertThat(network.traffic()).containsEntry("raft.vote", 1L);
    }

    /** {@return what lets the entries, whose leader's term is checked now, be stored} */
    private CountDownLatch stopBeforeStoring() throws InterruptedException {
        CountDownLatch checked = new CountDownLatch(1);
        CountDownLatch store = new CountDownLatch(1);
        beforeStoring = () -> {
            checked.countDown();
            try {
                store.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        send("raft.append", entries().toByteArray());
        assertThat(checked.await(10, TimeUnit.SECONDS)).isTrue();
        return store;
    }

    private static void untilBlocked(String method) {
        TestCluster.until(
                method + " waits",
                () -> Thread.getAllStackTraces().entrySet().stream()
                        .anyMatch(each -> each.getKey().getState() == Thread.State.BLOCKED
                                && Arrays.stream(each.getValue())
                                        .anyMatch(frame -> frame.getMethodName().equals(method))));
    }

    @Test
    @DisplayName("a snapshot that got lost is known to be lost soon: the follower says that it has none under way")
    void asksAfterASnapshot() {
        network.join("n3")
                .answer(
                        "raft.alive",
                        (from, bytes) -> CompletableFuture.completedFuture(Wire.write(out -> out.writeBoolean(false))));
        network.lose("raft.snapshot");
        assertThatThrownBy(() -> rpc.installSnapshot(snapshot("n3")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("got lost");
    }

    @Test
    @DisplayName("an interrupted call ends as the one exception that stops Ratis' senders")
    void endsWhenInterrupted() throws InterruptedException {
        network.join("n3");
        network.cutOneWay("n1", "n3");
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread sender = new Thread(() -> {
            try {
                rpc.appendEntries(AppendEntriesRequestProto.newBuilder()
                        .setServerRequest(to("n3"))
                        .build());
            } catch (IOException e) {
                thrown.set(e);
            }
        });
        sender.start();
        sender.interrupt();
        sender.join(5_000);
        assertThat(thrown.get()).isInstanceOf(InterruptedIOException.class);
    }
}
