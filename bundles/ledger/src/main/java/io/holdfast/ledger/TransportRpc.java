package io.holdfast.ledger;

import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexReplyProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * Ratis' calls between servers, as requests of the transport. Every call has a time limit; nodes are called by name, whatever the
 * view says.
 *
 * <p>What is added to Ratis for safety: the folder of the vote file is forced to disk before a vote leaves; an installed snapshot is
 * forced before it is acknowledged; entries and snapshots are taken in one call after the other (see {@link Intake}); no vote is
 * given between the check of a leader's term and the storing of its entries; and when the log failed, nothing is answered any more.
 */
final class TransportRpc implements RaftServerRpc, RaftServerAsynchronousProtocol {
    private static final String VOTE = "raft.vote";
    private static final String APPEND = "raft.append";
    private static final String SNAPSHOT = "raft.snapshot";
    private static final String ELECT = "raft.elect";
    private static final String READ = "raft.read";
    private static final String ALIVE = "raft.alive";
    private static final String TERM = "raft.term";
    private static final long NO_TERM = -1;

    /** A disk that takes longer for one write is as good as broken. */
    private static final Duration SLOWEST = Duration.ofSeconds(30);

    private final RaftServer server;
    private final RpcType type;
    private final Transport transport;
    private final Executor executor;
    private final RaftGroupId group;
    private final Path groupFolder;
    private final Duration voteLimit;
    private final Duration appendLimit;
    private final Duration pause;
    private final Supplier<Boolean> failed;
    private final Intake intake;
    private final Consumer<String> responded;
    private final Object snapshots;
    private final List<Registration> registrations = new ArrayList<>();

    /**
     * Ratis checks a leader's term under its lock and stores the entries after it: a vote in between would be given to somebody
     * whose log was compared with less than what the old leader then counts as stored here. Nor may this node win in between: it
     * would put its own entry, as the new leader, where the old one counts another as stored.
     */
    private final Object step = new Object();

    /** Grows with everything that another node sends about the log, and with each answer. */
    private final AtomicLong contacts = new AtomicLong();

    /** Grows with each vote, or vote before the vote, that this node asks another for. */
    private final AtomicLong asked = new AtomicLong();

    private volatile long heardLeader = System.nanoTime() - Duration.ofDays(1).toNanos();

    TransportRpc(
            RaftServer server,
            RpcType type,
            Transport transport,
            Executor executor,
            RaftGroupId group,
            Path groupFolder,
            Tuning tuning,
            Supplier<Boolean> failed,
            Consumer<Throwable> logFailed,
            Consumer<String> responded,
            Object snapshots) {
        this.server = server;
        this.type = type;
        this.transport = transport;
        this.executor = executor;
        this.group = group;
        this.groupFolder = groupFolder;
        this.failed = failed;
        this.responded = responded;
        this.snapshots = snapshots;
        // A lost call must leave time for a second one before the follower asks for votes.
        this.appendLimit = tuning.rpcMin().multipliedBy(2).dividedBy(3);
        this.pause = tuning.rpcMin().dividedBy(2);
        this.voteLimit = tuning.rpcMax();
        this.intake = new Intake(logFailed);
    }

    /** {@return how long ago a leader last sent something, nanoseconds} */
    long sinceLeader() {
        return System.nanoTime() - heardLeader;
    }

    /** {@return a number that grows whenever another node is heard} */
    long contacts() {
        return contacts.get();
    }

    /** {@return a number that grows whenever this node asks another for its vote} */
    long asked() {
        return asked.get();
    }

    // Outgoing, on Ratis' threads

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
        asked.incrementAndGet();
        if (!request.getPreVote()) {
            forceVote(); // the vote for itself
            synchronized (step) {
                // What was checked under the old term is in the log now, and no more of it comes.
            }
        }
        return RequestVoteReplyProto.parseFrom(
                call(request.getServerRequest().getReplyId(), VOTE, request.toByteArray(), voteLimit));
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) throws IOException {
        return AppendEntriesReplyProto.parseFrom(
                store(APPEND, request.getServerRequest(), request.getLeaderTerm(), request.toByteArray()));
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
        return InstallSnapshotReplyProto.parseFrom(
                store(SNAPSHOT, request.getServerRequest(), request.getLeaderTerm(), request.toByteArray()));
    }

    /**
     * Waits as long as the follower says that its disk is at work on it: a slow disk is no lost follower. Otherwise the call counts
     * as lost soon, and Ratis sends it again; until then nothing else goes to that follower.
     */
    private byte[] store(String topic, RaftRpcRequestProto header, long term, byte[] payload) throws IOException {
        ByteString to = header.getReplyId();
        Intake.Id id = Intake.Id.of(header, term);
        byte[] alive = Wire.write(out -> {
            Wire.writeText(out, id.leader());
            out.writeLong(id.term());
            out.writeLong(id.call());
        });
        long began = System.nanoTime();
        CompletableFuture<byte[]> answer = send(to, topic, payload, SLOWEST);
        try {
            while (true) {
                try {
                    return answer.get(appendLimit.toNanos(), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    if (!Wire.read(call(to, ALIVE, alive, appendLimit), in -> in.readBoolean())) {
                        throw new CallFailed(topic + " to " + to.toStringUtf8() + " got lost");
                    }
                    responded.accept(to.toStringUtf8());
                }
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            rest(began);
            throw new CallFailed(topic + " to " + to.toStringUtf8() + ": " + e.getCause());
        } finally {
            answer.cancel(false);
        }
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
            throws IOException {
        return StartLeaderElectionReplyProto.parseFrom(
                call(request.getServerRequest().getReplyId(), ELECT, request.toByteArray(), voteLimit));
    }

    @Override
    public CompletableFuture<AppendEntriesReplyProto> appendEntriesAsync(AppendEntriesRequestProto request) {
        return send(request.getServerRequest().getReplyId(), APPEND, request.toByteArray(), appendLimit)
                .thenApply(bytes -> parse(() -> AppendEntriesReplyProto.parseFrom(bytes)));
    }

    @Override
    public CompletableFuture<ReadIndexReplyProto> readIndexAsync(ReadIndexRequestProto request) {
        return send(request.getServerRequest().getReplyId(), READ, request.toByteArray(), voteLimit)
                .thenApply(bytes -> parse(() -> ReadIndexReplyProto.parseFrom(bytes)));
    }

    @Override
    public RaftServerAsynchronousProtocol async() {
        return this;
    }

    private CompletableFuture<byte[]> send(ByteString to, String topic, byte[] payload, Duration limit) {
        if (failed.get()) {
            return CompletableFuture.failedFuture(new IOException("the log of this node failed"));
        }
        CompletableFuture<byte[]> answer =
                transport.request(to.toStringUtf8(), topic, payload, limit).toCompletableFuture();
        answer.thenRun(contacts::incrementAndGet);
        return answer;
    }

    private byte[] call(ByteString to, String topic, byte[] payload, Duration limit) throws IOException {
        long began = System.nanoTime();
        CompletableFuture<byte[]> answer = send(to, topic, payload, limit);
        try {
            // The transport keeps the limit; the second one is for a transport that was closed under us.
            return answer.get(limit.multipliedBy(2).toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            rest(began);
            throw new CallFailed(topic + " to " + to.toStringUtf8() + ": " + e.getCause());
        } catch (TimeoutException e) {
            throw new CallFailed(topic + " to " + to.toStringUtf8() + ": no answer in time");
        } finally {
            answer.cancel(false);
        }
    }

    /** Ratis calls a node that is down again and again; that must not cost more than calling one that is up. */
    private void rest(long began) throws InterruptedIOException {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos() - (System.nanoTime() - began));
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Ratis stops its senders by interrupting them, and knows it by this type only. */
    private static InterruptedIOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted = new InterruptedIOException("interrupted");
        interrupted.initCause(e);
        return interrupted;
    }

    /** A call that failed as calls fail: Ratis logs every one, and where it was made says nothing. */
    private static final class CallFailed extends IOException {
        private static final long serialVersionUID = 1;

        private CallFailed(String message) {
            super(message);
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    // Incoming

    @Override
    public void start() {
        answer(VOTE, this::vote);
        registrations.add(transport.answer(APPEND, (from, bytes) -> {
            AppendEntriesRequestProto request = parse(() -> AppendEntriesRequestProto.parseFrom(bytes));
            Intake.Id id = Intake.Id.of(request.getServerRequest(), request.getLeaderTerm());
            return store(id, request.getEntriesCount() > 0, () -> append(request));
        }));
        registrations.add(transport.answer(SNAPSHOT, (from, bytes) -> {
            InstallSnapshotRequestProto request = parse(() -> InstallSnapshotRequestProto.parseFrom(bytes));
            Intake.Id id = Intake.Id.of(request.getServerRequest(), request.getLeaderTerm());
            return store(id, false, () -> install(request));
        }));
        registrations.add(transport.answer(ALIVE, this::alive));
        answer(
                TERM,
                bytes -> CompletableFuture.completedFuture(
                        encode(bytes.length > 0 && Wire.read(bytes, this::asksOther) ? NO_TERM : currentTerm())));
        answer(
                ELECT,
                bytes -> CompletableFuture.completedFuture(
                        server.startLeaderElection(StartLeaderElectionRequestProto.parseFrom(bytes))
                                .toByteArray()));
        answer(
                READ,
                bytes -> server.readIndexAsync(ReadIndexRequestProto.parseFrom(bytes))
                        .thenApply(ReadIndexReplyProto::toByteArray));
    }

    private interface Work {
        CompletableFuture<byte[]> answer(byte[] request) throws IOException;
    }

    private void answer(String topic, Work work) {
        RequestHandler handler = (from, bytes) -> {
            contacts.incrementAndGet();
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            try {
                executor.execute(() -> run(work, bytes, answer));
            } catch (RuntimeException closed) {
                answer.completeExceptionally(closed);
            }
            return answer;
        };
        registrations.add(transport.answer(topic, handler));
    }

    private void run(Work work, byte[] bytes, CompletableFuture<byte[]> answer) {
        try {
            checkLog();
            work.answer(bytes).whenComplete((done, failure) -> {
                if (failure != null) {
                    answer.completeExceptionally(failure);
                } else if (failed.get()) {
                    answer.completeExceptionally(new IOException("the log of this node failed"));
                } else {
                    answer.complete(done);
                }
            });
        } catch (IOException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private CompletableFuture<byte[]> vote(byte[] bytes) throws IOException {
        RequestVoteRequestProto request = RequestVoteRequestProto.parseFrom(bytes);
        RequestVoteReplyProto reply;
        synchronized (step) {
            reply = server.requestVote(request);
        }
        if (!request.getPreVote() && reply.getServerReply().getSuccess()) {
            forceVote();
        }
        return CompletableFuture.completedFuture(reply.toByteArray());
    }

    private void forceVote() throws IOException {
        Disk.force(groupFolder.resolve("current"));
    }

    private CompletionStage<byte[]> store(Intake.Id id, boolean entries, Intake.Work work) {
        contacts.incrementAndGet();
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        try {
            executor.execute(() -> intake.add(id, entries, work, reply));
        } catch (RuntimeException closed) {
            reply.completeExceptionally(closed);
        }
        return reply;
    }

    private CompletionStage<byte[]> alive(String from, byte[] bytes) {
        boolean underWay = Wire.read(bytes, in -> {
            Intake.Id id = new Intake.Id(Wire.readText(in), in.readLong(), in.readLong());
            return intake.underWay(id) && currentTerm() == id.term() && !failed.get();
        });
        if (underWay) {
            heardLeader = System.nanoTime();
        }
        return CompletableFuture.completedFuture(Wire.write(out -> out.writeBoolean(underWay)));
    }

    /**
     * Asks voters which term they are in, which none of them ever leaves for an earlier one: when a majority is in the term that this
     * node leads, nobody led a later one before it was asked.
     *
     * @param sets of voters; an empty one counts for nothing
     * @return completes with whether a majority of each set is in the term; within the time for a vote
     */
    CompletableFuture<Boolean> inTerm(long term, List<Set<String>> sets) {
        Set<String> inIt = ConcurrentHashMap.newKeySet();
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        CompletableFuture<?>[] asked = sets.stream()
                .flatMap(Set::stream)
                .distinct()
                .map(voter -> isInTerm(voter, term).thenAccept(is -> {
                    if (is && inIt.add(voter) && sets.stream().allMatch(voters -> majority(voters, inIt))) {
                        result.complete(true);
                    }
                }))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(asked).whenComplete((x, failure) -> result.complete(false));
        return result;
    }

    private static boolean majority(Set<String> voters, Set<String> of) {
        return voters.isEmpty() || voters.stream().filter(of::contains).count() * 2 > voters.size();
    }

    private CompletableFuture<Boolean> isInTerm(String voter, long term) {
        if (voter.equals(transport.self())) {
            return CompletableFuture.completedFuture(true); // it leads in that term
        }
        byte[] ask = Wire.write(out -> Wire.writeText(out, group.getUuid().toString()));
        return send(ByteString.copyFromUtf8(voter), TERM, ask, voteLimit)
                .thenApply(bytes -> Wire.read(bytes, in -> in.readLong()) == term)
                .exceptionally(failure -> false);
    }

    /** A term of another history says nothing. */
    private boolean asksOther(DataInputStream in) throws IOException {
        return !Wire.readText(in).equals(group.getUuid().toString());
    }

    private static byte[] encode(long term) {
        return Wire.write(out -> out.writeLong(term));
    }

    private long currentTerm() throws IOException {
        return server.getDivision(group).getInfo().getCurrentTerm();
    }

    private CompletableFuture<byte[]> append(AppendEntriesRequestProto request) throws IOException {
        checkLog();
        CompletableFuture<AppendEntriesReplyProto> reply;
        synchronized (step) {
            reply = server.appendEntriesAsync(request); // stored in memory when it returns, on disk when it completes
        }
        return reply.thenApply(done -> {
            if (done.getResult() != AppendEntriesReplyProto.AppendResult.NOT_LEADER) {
                heardLeader = System.nanoTime();
            }
            return done.toByteArray();
        });
    }

    private CompletableFuture<byte[]> install(InstallSnapshotRequestProto request) throws IOException {
        checkLog();
        heardLeader = System.nanoTime();
        InstallSnapshotReplyProto reply;
        synchronized (snapshots) {
            reply = server.installSnapshot(request);
        }
        if (request.getSnapshotChunk().getDone()) {
            // Ratis deletes the log that the snapshot replaces, and forces nothing.
            Disk.forceTree(groupFolder.resolve("sm"));
            Disk.force(groupFolder);
        }
        return CompletableFuture.completedFuture(reply.toByteArray());
    }

    private void checkLog() throws IOException {
        if (failed.get()) {
            throw new IOException("the log of this node failed");
        }
    }

    private interface Parser<T> {
        T parse() throws IOException;
    }

    private static <T> T parse(Parser<T> parser) {
        try {
            return parser.parse();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        registrations.forEach(Registration::close);
        intake.close();
    }

    // What Ratis asks for and we have no use for

    @Override
    public RpcType getRpcType() {
        return type;
    }

    @Override
    public InetSocketAddress getInetSocketAddress() {
        return InetSocketAddress.createUnresolved(transport.self(), 0); // nodes are called by name
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {}

    @Override
    public void handleException(RaftPeerId peer, Exception e, boolean reconnect) {}

    @Override
    public void notifyNotLeader(RaftGroupId group) {}
}
