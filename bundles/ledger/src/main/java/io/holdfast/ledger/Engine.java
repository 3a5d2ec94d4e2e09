package io.holdfast.ledger;

import io.holdfast.api.transport.Transport;
import io.holdfast.ratis.ParameterRpcType;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.JavaUtils;
import org.apache.ratis.util.JvmPauseMonitor;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running server of Ratis: built, asked, closed. Made anew for each start. */
final class Engine {
    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    /** The largest entry: with its frame it must fit into one message of the transport. */
    static final int LARGEST_ENTRY = 3 << 20;

    private static final SizeInBytes LARGEST_BATCH = SizeInBytes.valueOf((3 << 20) + (512 << 10));
    /** It takes a lock, which may be held by an entry that waits for the disk. */
    private static final Duration FORGETTING = Duration.ofSeconds(1);

    /** What became of one try to append a command. */
    sealed interface Attempt {
        /** It is on a majority's disks at this index. */
        record Done(long index) implements Attempt {}

        /** This try certainly did nothing. */
        record Refused(String reason) implements Attempt {}

        /** It may have been appended. */
        record Maybe(String reason) implements Attempt {}
    }

    /**
     * What is to be seen of the server at one moment.
     *
     * @param leader empty while none is known to have a majority
     * @param self whether this node leads, with a majority
     * @param alone whether this node takes itself for the leader and has no majority
     * @param silence since a leader last sent something
     */
    record Look(
            String leader,
            long term,
            boolean self,
            boolean ready,
            boolean alone,
            boolean alive,
            boolean running,
            Duration silence) {}

    private final String node;
    private final RaftPeerId id;
    private final RaftGroupId group;
    private final Transport transport;
    private final ExecutorService pool;
    private final Path folder;
    private final Tuning tuning;
    private final Machine machine;
    private final Consumer<Throwable> logFailed;
    private final AtomicBoolean failed = new AtomicBoolean();
    private final AtomicLong calls = new AtomicLong(1);
    private final Map<RaftPeerId, FollowerInfo> followers = new ConcurrentHashMap<>();
    private volatile long ledTerm = -1;
    private volatile long ledSince;
    private final RaftServer server;
    final RaftServer.Division division;
    private final TransportRpc rpc;

    /**
     * Builds the server and starts it; blocks.
     *
     * @param voters the first voters, used only by a log that knows no later ones; empty on a node that is yet to be added
     * @throws IOException if the log cannot be read
     */
    Engine(
            UUID group,
            List<RaftPeer> voters,
            Transport transport,
            ExecutorService pool,
            Path folder,
            Tuning tuning,
            Machine machine,
            Consumer<Throwable> logFailed)
            throws IOException {
        this.node = transport.self();
        this.id = RaftPeerId.valueOf(node);
        this.group = RaftGroupId.valueOf(group);
        this.transport = transport;
        this.pool = pool;
        this.folder = folder;
        this.tuning = tuning;
        this.machine = machine;
        this.logFailed = logFailed;
        Parameters parameters = new Parameters();
        Factory factory = new Factory();
        parameters.put(ParameterRpcType.FACTORY, factory, RpcFactory.class);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(RaftServer.class.getClassLoader()); // where Ratis finds its own classes by name
        RaftServer built = null;
        try {
            built = RaftServer.newBuilder()
                    .setServerId(id)
                    .setGroup(RaftGroup.valueOf(this.group, voters))
                    .setStateMachineRegistry(any -> machine)
                    .setProperties(properties())
                    .setParameters(parameters)
                    .setOption(RaftStorage.StartupOption.RECOVER)
                    .build();
            server = built;
            division = server.getDivision(this.group);
            server.start();
            endPauseMonitor(server);
            rpc = (TransportRpc) server.getServerRpc();
        } catch (IOException | RuntimeException e) {
            if (built != null) {
                closeQuietly(built);
            }
            throw e instanceof RuntimeException runtime ? new IOException(runtime) : (IOException) e;
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /**
     * Ratis looks twice a second whether the JVM was stopped, and would give up the lead or close then. Nothing here relies on that (see
     * {@link #answered}), it cannot be switched off, and it is a twentieth of what an idle node costs.
     */
    private static void endPauseMonitor(RaftServer server) {
        try {
            Field monitor = server.getClass().getDeclaredField("pauseMonitor");
            monitor.setAccessible(true);
            if (monitor.get(server) instanceof JvmPauseMonitor running) {
                running.stop();
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            log.debug("The pause monitor of Ratis goes on", e);
        }
    }

    private RaftProperties properties() {
        RaftProperties p = new RaftProperties();
        RaftConfigKeys.Rpc.setType(p, new ParameterRpcType());
        RaftServerConfigKeys.setStorageDir(p, List.of(folder.toFile()));
        RaftServerConfigKeys.setRemovedGroupsDir(p, folder.resolve("removed").toFile());
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, time(tuning.rpcMin()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, time(tuning.rpcMax()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(
                p, time(tuning.rpcMin().dividedBy(2)));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, time(tuning.rpcMin()));
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, TimeDuration.ONE_SECOND);
        // A pause of the JVM endangers nothing here: no read relies on the leader's clock.
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(1, TimeUnit.DAYS));
        RaftServerConfigKeys.setStagingTimeout(p, TimeDuration.valueOf(10, TimeUnit.SECONDS));
        RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(p, false);
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, TimeDuration.valueOf(2, TimeUnit.MINUTES));
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf(tuning.segmentBytes()));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(
                p, Integer.MAX_VALUE); // by size alone, so that it forgets rarely
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, SizeInBytes.valueOf(tuning.cacheBytes()));
        RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("64KB"));
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf("4MB"));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, LARGEST_BATCH);
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(p, SizeInBytes.ONE_MB);
        RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(p, false); // see Intake
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(p, false); // both acknowledge what is not on disk
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(p, false);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        RaftServerConfigKeys.Log.setPurgePreservationLogNum(p, tuning.keepEntries());
        RaftServerConfigKeys.Log.setPurgeGap(p, tuning.purgeGap());
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, tuning.snapshotEntries());
        RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(p, false);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, 2);
        return p;
    }

    private void responded(String peer) {
        FollowerInfo follower = followers.get(RaftPeerId.valueOf(peer));
        if (follower != null) {
            follower.updateLastRpcResponseTime();
        }
    }

    /** A server that is being closed fails too, and acknowledges nothing any more anyway. */
    private void appendFailed(Throwable cause) {
        if (look().alive()) {
            fail();
            logFailed.accept(cause);
        }
    }

    private static TimeDuration time(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }

    private final class Factory implements ServerFactory {
        private final RpcType type = new ParameterRpcType();

        @Override
        public RpcType getRpcType() {
            return type;
        }

        @Override
        public RaftServerRpc newRaftServerRpc(RaftServer raftServer) {
            Path groupFolder = folder.resolve(group.getUuid().toString());
            return new TransportRpc(
                    raftServer,
                    type,
                    transport,
                    pool,
                    group,
                    groupFolder,
                    tuning,
                    failed::get,
                    Engine.this::appendFailed,
                    Engine.this::responded,
                    machine.snapshots());
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division leader, LeaderState state, FollowerInfo follower) {
            followers.put(follower.getId(), follower);
            return LogAppender.newLogAppenderDefault(leader, state, follower);
        }
    }

    /** From now on this node answers nothing: what it has in memory is not on disk. */
    void fail() {
        failed.set(true);
    }

    boolean isFailed() {
        return failed.get();
    }

    Machine machine() {
        return machine;
    }

    /** {@return what the server knows now} Any thread; takes no lock. */
    Look look() {
        DivisionInfo info = division.getInfo();
        LifeCycle.State state = info.getLifeCycleState();
        RaftPeerId leader = info.getLeaderId();
        boolean first = info.isLeader() && !failed.get();
        boolean self = first && answered(info.getCurrentTerm());
        Duration silence = Duration.ofNanos(rpc.sinceLeader());
        boolean heard = !info.isLeader()
                && leader != null
                && !leader.equals(id)
                && silence.compareTo(tuning.rpcMax().multipliedBy(2)) < 0;
        return new Look(
                self ? node : heard ? String.valueOf(leader) : "",
                info.getCurrentTerm(),
                self,
                self && info.isLeaderReady(),
                first && !self,
                !state.isClosingOrClosed(),
                state.isRunning(),
                silence);
    }

    /** Ratis itself does not look for a majority as long as entries are appended on the leader. */
    private boolean answered(long term) {
        long now = System.nanoTime();
        if (term != ledTerm) {
            ledTerm = term;
            ledSince = now;
        }
        Duration grace = tuning.rpcMax().multipliedBy(3).dividedBy(2);
        if (now - ledSince < grace.toNanos()) {
            return true;
        }
        List<RaftPeer> voters = peers(RaftPeerRole.FOLLOWER);
        long near = voters.stream()
                .filter(peer -> peer.getId().equals(id)
                        || silenceOf(peer.getId().toString()).compareTo(grace) < 0)
                .count();
        return near * 2 > voters.size();
    }

    /**
     * {@return whether the server stands for election now, in which it asks for votes at least once in {@link Tuning#rpcMax}, until it
     * is over}
     */
    boolean isCandidate() {
        return division.getInfo().isCandidate();
    }

    /** {@return whether a thread is at work on an election, perhaps waiting for its disk} Looks at all threads. */
    boolean electionRuns() {
        String name = division.getMemberId() + "-LeaderElection";
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith(name));
    }

    /** {@return a number that grows whenever this node asks another for its vote} */
    long asked() {
        return rpc.asked();
    }

    /** {@return a number that grows whenever another node is heard about the log} */
    long contacts() {
        return rpc.contacts();
    }

    /** {@return whether all that is in the log was applied} */
    boolean complete() {
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        return last == null
                || last.getIndex() <= machine.getLastAppliedTermIndex().getIndex();
    }

    /** {@return the data of the entries behind what was applied} */
    List<byte[]> ahead() throws IOException {
        RaftLog raftLog = division.getRaftLog();
        TermIndex last = raftLog.getLastEntryTermIndex();
        List<byte[]> all = new ArrayList<>();
        for (long index = machine.getLastAppliedTermIndex().getIndex() + 1;
                last != null && index <= last.getIndex();
                index++) {
            LogEntryProto entry = raftLog.get(index);
            if (entry != null && entry.hasStateMachineLogEntry()) {
                all.add(entry.getStateMachineLogEntry().getLogData().toByteArray());
            }
        }
        return all;
    }

    /** Gives up the lead. */
    void stepDown() {
        TransferLeadershipRequest request = new TransferLeadershipRequest(
                ClientId.randomId(),
                id,
                group,
                calls.getAndIncrement(),
                null,
                tuning.rpcMax().toMillis());
        run(
                () -> server.transferLeadershipAsync(request),
                failure -> log.debug("{} does not step down: {}", node, failure.toString()));
    }

    /** Appends on this node if it leads; the stage never fails. */
    CompletableFuture<Attempt> submit(UUID session, long seq, byte[] data) {
        CompletableFuture<Attempt> result = new CompletableFuture<>();
        ClientId client = ClientId.valueOf(session);
        RaftClientRequest request = request(client, seq)
                .setMessage(Message.valueOf(ByteString.copyFrom(data)))
                .setType(RaftClientRequest.writeRequestType())
                .build();
        run(
                () -> {
                    if (failed.get()) {
                        result.complete(new Attempt.Refused("the log of " + node + " failed"));
                        return;
                    }
                    server.submitClientRequestAsync(request)
                            .whenComplete((reply, failure) -> result.complete(attempt(client, seq, reply, failure)));
                },
                failure -> result.complete(attempt(client, seq, null, failure)));
        return result;
    }

    private Attempt attempt(
            ClientId client,
            long seq,
            @org.jspecify.annotations.Nullable RaftClientReply reply,
            @org.jspecify.annotations.Nullable Throwable failure) {
        if (reply != null && reply.isSuccess()) {
            return new Attempt.Done(reply.getLogIndex());
        }
        String why = String.valueOf(failure != null ? failure : reply == null ? null : reply.getException());
        return machine.begun(client, seq) ? new Attempt.Maybe(why) : new Attempt.Refused(why);
    }

    private RaftClientRequest.Builder request(ClientId client, long call) {
        return RaftClientRequest.newBuilder()
                .setServerId(id)
                .setGroupId(group)
                .setClientId(client)
                .setCallId(call);
    }

    /**
     * Asks a majority whether this node still leads. Ratis alone would not ask again for an index that a majority has confirmed once,
     * and a leader that does not know yet of the next one would call old what is new.
     *
     * @param asker learns of the leader's commits at once
     * @return completes with the index up to which everything was committed when it was asked; fails if this node does not lead
     */
    CompletableFuture<Long> readIndex(String asker) {
        RaftRpcRequestProto header = RaftRpcRequestProto.newBuilder()
                .setRequestorId(ByteString.copyFromUtf8(asker))
                .setReplyId(id.toByteString())
                .setRaftGroupId(RaftGroupIdProto.newBuilder().setId(group.toByteString()))
                .setCallId(calls.getAndIncrement())
                .build();
        RaftClientRequest read = request(ClientId.randomId(), calls.getAndIncrement())
                .setMessage(Message.EMPTY)
                .setType(RaftClientRequest.readRequestType())
                .build();
        ReadIndexRequestProto proto = ReadIndexRequestProto.newBuilder()
                .setServerRequest(header)
                .setClientRequest(ClientProtoUtils.toRaftClientRequestProto(read))
                .build();
        CompletableFuture<Long> index = new CompletableFuture<>();
        run(
                () -> {
                    if (failed.get()) {
                        throw new IOException("the log of " + node + " failed");
                    }
                    long term = division.getInfo().getCurrentTerm();
                    server.readIndexAsync(proto).whenComplete((reply, failure) -> {
                        if (failure != null) {
                            index.completeExceptionally(failure);
                        } else if (!reply.getServerReply().getSuccess()) {
                            index.completeExceptionally(new IOException(node + " does not lead"));
                        } else {
                            confirm(term, reply.getReadIndex(), index);
                        }
                    });
                },
                index::completeExceptionally);
        return index;
    }

    private void confirm(long term, long read, CompletableFuture<Long> index) {
        RaftConfiguration now = configuration();
        rpc.inTerm(term, List.of(Set.copyOf(names(now.getCurrentPeers())), Set.copyOf(names(now.getPreviousPeers()))))
                .thenAccept(sure -> {
                    if (sure) {
                        index.complete(read);
                    } else {
                        index.completeExceptionally(
                                new IOException("no majority confirms that " + node + " leads in term " + term));
                    }
                });
    }

    /** {@return the present configuration, perhaps not committed yet} */
    RaftConfiguration configuration() {
        return division.getRaftConf();
    }

    List<RaftPeer> peers(RaftPeerRole role) {
        return List.copyOf(configuration().getAllPeers(role));
    }

    /**
     * Who votes by the newest configuration in this log, committed or not.
     *
     * @param earlier who also has to agree, while the voters are being changed
     */
    record Seats(List<String> voting, List<String> earlier) {
        /** {@return the other one if nobody but {@code node} and one other has a seat, else empty} */
        String other(String node) {
            List<String> others = Stream.concat(voting.stream(), earlier.stream())
                    .distinct()
                    .filter(name -> !name.equals(node))
                    .toList();
            return voting.contains(node) && others.size() == 1 ? others.get(0) : "";
        }

        /** {@return whether {@code node} is the only voter, or was until it began to add the other} */
        boolean aloneOrWas(String node) {
            return (earlier.isEmpty() ? voting : earlier).equals(List.of(node)) && voting.contains(node);
        }
    }

    /** {@return who votes by the newest configuration in this log} */
    Seats seats() {
        RaftConfiguration now = configuration();
        return new Seats(names(now.getCurrentPeers()), names(now.getPreviousPeers()));
    }

    private static List<String> names(Collection<RaftPeer> peers) {
        return peers.stream().map(peer -> peer.getId().toString()).sorted().toList();
    }

    /** {@return whether the node has this part in the present configuration} */
    boolean has(RaftPeerRole role, String peer) {
        return peers(role).stream().anyMatch(each -> each.getId().toString().equals(peer));
    }

    /** Changes the configuration, on the leader; one change at a time. */
    CompletableFuture<Void> configure(List<RaftPeer> voting, List<RaftPeer> listening) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        SetConfigurationRequest.Arguments arguments = SetConfigurationRequest.Arguments.newBuilder()
                .setServersInNewConf(voting)
                .setListenersInNewConf(listening)
                .setServersInCurrentConf(peers(RaftPeerRole.FOLLOWER))
                .setListenersInCurrentConf(peers(RaftPeerRole.LISTENER))
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .build();
        SetConfigurationRequest request =
                new SetConfigurationRequest(ClientId.randomId(), id, group, calls.getAndIncrement(), arguments);
        run(
                () -> server.setConfigurationAsync(request).whenComplete((reply, failure) -> {
                    if (failure != null) {
                        done.completeExceptionally(failure);
                    } else if (reply.isSuccess()) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(reply.getException());
                    }
                }),
                done::completeExceptionally);
        return done;
    }

    /** {@return how long the follower has not answered this leader; a day if it never did} */
    Duration silenceOf(String peer) {
        FollowerInfo follower = followers.get(RaftPeerId.valueOf(peer));
        return follower == null
                ? Duration.ofDays(1)
                : Duration.ofMillis(follower.getLastRpcResponseTime().elapsedTimeMs());
    }

    /** {@return whether the follower has stored something of this leader's log} */
    boolean stored(String peer) {
        FollowerInfo follower = followers.get(RaftPeerId.valueOf(peer));
        return peer.equals(node) || (follower != null && follower.getMatchIndex() > 0);
    }

    /** {@return whether this leader believes that the follower has stored the whole log} */
    boolean sentAll(String peer) {
        FollowerInfo follower = followers.get(RaftPeerId.valueOf(peer));
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        return follower != null && last != null && follower.getMatchIndex() >= last.getIndex();
    }

    /** {@return up to where the follower, or this node, has committed} */
    long committed(String peer) {
        FollowerInfo follower = followers.get(RaftPeerId.valueOf(peer));
        return peer.equals(node)
                ? division.getRaftLog().getLastCommittedIndex()
                : follower == null ? -1 : follower.getCommitIndex();
    }

    /** {@return whether this log never held an entry} */
    boolean untouched() {
        return division.getRaftLog().getLastEntryTermIndex() == null && machine.untouched();
    }

    /** Asks for a snapshot; Ratis counts entries, not bytes. */
    void snapshot() {
        SnapshotManagementRequest request = SnapshotManagementRequest.newCreate(
                ClientId.randomId(),
                id,
                group,
                calls.getAndIncrement(),
                Duration.ofMinutes(1).toMillis(),
                1);
        run(
                () -> server.snapshotManagementAsync(request),
                failure -> log.debug("No snapshot now: {}", failure.toString()));
    }

    private interface Work {
        void run() throws IOException;
    }

    private interface Failure {
        void accept(Throwable failure);
    }

    /** Ratis locks and waits for its disk in every call: not on the caller's thread. */
    private void run(Work work, Failure onFailure) {
        try {
            pool.execute(() -> {
                try {
                    work.run();
                } catch (IOException | RuntimeException e) {
                    onFailure.accept(e);
                }
            });
        } catch (RuntimeException closed) {
            onFailure.accept(closed);
        }
    }

    /** Closes the server; blocks, well below a second. A leader asks a follower that has everything to take over first. */
    void close() {
        try {
            if (look().self()) {
                handOver();
            }
        } catch (RuntimeException e) {
            log.debug("{} does not hand over: {}", node, e.toString()); // Ratis closed the log itself
        }
        endForgetting();
        Thread hurry = new Thread(this::wakeLogWriter, "ledger-" + node + "-close");
        hurry.setDaemon(true);
        hurry.start();
        closeQuietly(server);
        hurry.interrupt();
    }

    private void closeQuietly(RaftServer opened) {
        try {
            opened.close();
        } catch (IOException | RuntimeException e) {
            log.warn("Closing the log of {} failed", node, e);
        }
    }

    private void handOver() {
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        if (last == null) {
            return;
        }
        Optional<FollowerInfo> best = followers.values().stream()
                .filter(follower -> division.getRaftConf().getPeer(follower.getId(), RaftPeerRole.FOLLOWER) != null)
                .filter(follower -> follower.getMatchIndex() >= last.getIndex()
                        && follower.getLastRpcResponseTime().elapsedTimeMs()
                                < tuning.rpcMax().toMillis())
                .max(Comparator.comparingLong(FollowerInfo::getMatchIndex));
        best.ifPresent(follower -> ask(follower.getId(), last));
    }

    private void ask(RaftPeerId follower, TermIndex last) {
        StartLeaderElectionRequestProto request = StartLeaderElectionRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder()
                        .setRequestorId(id.toByteString())
                        .setReplyId(follower.toByteString())
                        .setRaftGroupId(RaftGroupIdProto.newBuilder().setId(group.toByteString()))
                        .setCallId(calls.getAndIncrement()))
                .setLeaderLastEntry(last.toProto())
                .build();
        try {
            rpc.startLeaderElection(request);
            long end = System.nanoTime() + tuning.rpcMin().toNanos();
            while (look().self() && System.nanoTime() < end) {
                Thread.sleep(5);
            }
        } catch (InterruptedException | InterruptedIOException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.debug("{} did not take over: {}", follower, e.toString());
        }
    }

    /**
     * Ratis keeps the name of each class that it ever named, for as long as its own bundle stays: with them every ledger that was
     * replaced would stay in memory. Removes ours, and what an earlier ledger left.
     */
    static void forgetClasses(boolean own) {
        ClassLoader loader = Engine.class.getClassLoader();
        String ours = Engine.class.getPackageName();
        JavaUtils.CLASS_SIMPLE_NAMES
                .keySet()
                .removeIf(named -> named.getName().startsWith(ours) && (own || named.getClassLoader() != loader));
    }

    /** Ratis' log writer looks only once a second whether it is to end. It holds nothing when the log is closed: wake it. */
    private void wakeLogWriter() {
        try {
            while (division.getRaftLog().isOpened()) {
                Thread.sleep(2);
            }
            Thread.sleep(5);
            threads("-SegmentedRaftLogWorker")
                    .filter(thread -> thread.getState() == Thread.State.TIMED_WAITING)
                    .forEach(Thread::interrupt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.debug("The log writer of {} ends by itself", node, e);
        }
    }

    /**
     * Ratis' log is locked while it waits that its thread ends which makes it forget entries, and that thread may wait for the lock: it
     * has to end before.
     */
    private void endForgetting() {
        try {
            for (Thread thread : threads("-cacheEviction").toList()) {
                thread.interrupt();
                thread.join(FORGETTING.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Stream<Thread> threads(String of) {
        String name = division.getMemberId() + of;
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(name));
    }
}
