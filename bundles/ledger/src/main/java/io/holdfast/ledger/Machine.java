package io.holdfast.ledger;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.ledger.ReplicatedLog.Voters;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the cluster state, applies entries in order, and takes and installs snapshots.
 *
 * <p>Everything but {@link #startTransaction(RaftClientRequest)} runs on the thread with which Ratis applies entries.
 */
final class Machine extends BaseStateMachine {
    private static final Logger log = LoggerFactory.getLogger(Machine.class);

    /** Submissions that are remembered to be able to say for certain that one was never begun. */
    private static final int SUBMISSIONS = 20_000;

    /** Hears of what the machine does; called on Ratis' threads. */
    interface Listener {
        /** A command was applied. */
        void applied(long index, Envelope.Ordered envelope, Entry entry, Result result, ClusterState state);

        /** The ledger itself told the state something. */
        void told(long index, Entry entry, Result result, ClusterState state);

        /** An entry was passed that changes no cluster state: everything up to {@code index} is applied. */
        void passed(long index);

        /** A snapshot took the place of the state. */
        void replaced(long index, Snapshot snapshot, Map<Long, Sessions.Outcome> own);

        /** The voters of the newest applied configuration. */
        void voters(Voters voters);

        /** This voter is known to have stored something. */
        void seated(SortedSet<String> seated);

        /** Something about the leader may have changed. */
        void leadership();

        /** The log could not be written. */
        void logFailed(Throwable cause);

        /** The log has something that this version cannot read. */
        void newer(String what);
    }

    private final Model model;
    private final UUID session;
    private final Listener listener;
    private final Tuning tuning;
    private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage() {
        @Override
        public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) throws IOException {
            synchronized (snapshots()) {
                super.cleanupOldSnapshots(policy);
            }
        }
    };
    /** Ratis puts another folder in the place of the one with the snapshots when it installs one. */
    private final Object snapshots = new Object();

    private final Recent<String> begun = new Recent<>(SUBMISSIONS);
    private ClusterState state;
    private Voters voters;
    private SortedSet<String> seated = new TreeSet<>();
    private Sessions sessions = new Sessions();
    private final AtomicLong sinceSnapshot = new AtomicLong();
    private volatile long snapshotIndex = -1;

    Machine(Model model, UUID session, Voters initial, Tuning tuning, Listener listener) {
        this.model = model;
        this.session = session;
        this.listener = listener;
        this.tuning = tuning;
        this.state = model.initial();
        this.voters = initial;
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage raftStorage) throws IOException {
        super.initialize(server, groupId, raftStorage);
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            storage.init(raftStorage);
                            load();
                        },
                        IOException.class);
    }

    /** Ratis demands the two steps, or it closes the node in the middle of installing a snapshot. */
    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            storage.loadLatestSnapshot();
                            load();
                        },
                        IOException.class);
    }

    @Override
    public void close() {
        getLifeCycle().checkStateAndClose();
    }

    private void load() throws IOException {
        SingleFileSnapshotInfo latest = storage.getLatestSnapshot();
        if (latest == null) {
            return;
        }
        Path file = latest.getFile().getPath();
        if (!latest.hasMd5()) {
            throw new IOException("the snapshot " + file + " has no digest");
        }
        MD5FileUtil.verifySavedMD5(file.toFile(), MD5FileUtil.computeMd5ForFile(file.toFile()));
        Snapshot snapshot;
        try {
            snapshot = Snapshot.decode(model, Files.readAllBytes(file));
        } catch (NewerFormat e) {
            listener.newer(e.what());
            throw new IOException("the snapshot " + file + " cannot be read: " + e.getMessage(), e);
        }
        checkLevel("the snapshot " + file, snapshot.state());
        state = snapshot.state();
        voters = snapshot.voters();
        seated = snapshot.seated();
        sessions = snapshot.sessions();
        sinceSnapshot.set(0);
        snapshotIndex = latest.getIndex();
        setLastAppliedTermIndex(latest.getTermIndex());
        listener.replaced(latest.getIndex(), snapshot, sessions.of(session));
    }

    private void checkLevel(String what, ClusterState read) throws IOException {
        Optional<String> tooOld = model.levels().tooOldFor(read);
        if (tooOld.isPresent()) {
            listener.newer(tooOld.get());
            throw new IOException(what + " cannot be taken over: " + tooOld.get());
        }
    }

    /** Called on the leader between its last refusal and the append: from here on the command may happen. */
    @Override
    public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
        begun.add(key(request.getClientId(), request.getCallId()));
        return super.startTransaction(request);
    }

    /** {@return whether this node, as the leader, ever began to append this command} */
    boolean begun(ClientId client, long call) {
        return begun.contains(key(client, call));
    }

    private static String key(ClientId client, long call) {
        return client + ":" + call;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        byte[] data = entry.getStateMachineLogEntry().getLogData().toByteArray();
        try {
            apply(entry.getIndex(), Envelope.decode(data));
        } catch (NewerFormat e) {
            listener.newer("entry " + entry.getIndex() + ": " + e.getMessage());
            throw new IllegalStateException(e.getMessage(), e);
        }
        sinceSnapshot.addAndGet(data.length);
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    private void apply(long index, Envelope envelope) throws NewerFormat {
        if (envelope instanceof Envelope.Ordered ordered) {
            if (!sessions.admit(ordered)) {
                listener.passed(index); // it happened before, or nobody waits for it any more
                return;
            }
            Entry entry = model.decode(ordered.entry());
            Rules.Applied applied = carryOut(index, entry);
            Optional<String> tooOld = model.levels().tooOldFor(applied.state());
            if (tooOld.isPresent()) {
                throw new NewerFormat(tooOld.get());
            }
            state = applied.state();
            sessions.note(ordered, new Sessions.Outcome(index, applied.result()));
            listener.applied(index, ordered, entry, applied.result(), state);
        } else if (envelope instanceof Envelope.Seated newSeat) {
            SortedSet<String> more = new TreeSet<>(seated);
            more.add(newSeat.node());
            seated = more;
            listener.seated(more);
            listener.passed(index);
        }
    }

    /** A rule that throws does so on every node; stopping them all would help nobody. */
    private Rules.Applied carryOut(long index, Entry entry) {
        try {
            return model.apply(state, index, entry);
        } catch (RuntimeException e) {
            log.error("Applying {} at index {} failed; it changes nothing", entry, index, e);
            return new Rules.Applied(state, new Result.Refused("this is an error in Holdfast: " + e));
        }
    }

    /** After each entry that is no command, the same ones on every node: here the state learns who votes. */
    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        List<String> voting = voters.voting();
        if (index > state.index()
                && !voting.isEmpty()
                && !voting.equals(state.votes().voting())) {
            Entry entry = new Entry("", lastEventTime(), new Command.VotersChanged(voting));
            Rules.Applied applied = carryOut(index, entry);
            state = applied.state();
            listener.told(index, entry, applied.result(), state);
        }
        super.notifyTermIndexUpdated(term, index);
        listener.passed(index);
    }

    /** No node's clock may be read here: the same everywhere. */
    private long lastEventTime() {
        return state.events().isEmpty()
                ? 0
                : state.events().get(state.events().size() - 1).wallMillis();
    }

    @Override
    public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto proto) {
        // The other caller is a snapshot's installation, on another thread; the snapshot has its voters itself.
        if (!Thread.currentThread().getName().contains("StateMachineUpdater") || proto.getOldPeersCount() > 0) {
            return;
        }
        List<String> voting = names(proto.getPeersList());
        List<String> listening = names(proto.getListenersList());
        if (voting.equals(voters.voting()) && listening.equals(voters.listening())) {
            return; // each leader begins its term with the present configuration
        }
        SortedSet<String> present = new TreeSet<>(seated);
        present.retainAll(voting);
        seated = present;
        voters = new Voters(voting.equals(voters.voting()) ? voters.index() : index, voting, listening);
        listener.seated(present);
        listener.voters(voters);
    }

    private static List<String> names(List<RaftPeerProto> peers) {
        return peers.stream().map(peer -> peer.getId().toStringUtf8()).sorted().toList();
    }

    /** {@return what to hold while the folder with the snapshots is changed} */
    Object snapshots() {
        return snapshots;
    }

    @Override
    public long takeSnapshot() throws IOException {
        synchronized (snapshots) {
            return getLifeCycleState() == LifeCycle.State.RUNNING ? writeSnapshot() : snapshotIndex;
        }
    }

    private long writeSnapshot() throws IOException {
        TermIndex at = getLastAppliedTermIndex();
        if (at.getIndex() <= snapshotIndex) {
            return snapshotIndex;
        }
        byte[] bytes = new Snapshot(state, voters, seated, sessions).encode(model);
        File file = storage.getSnapshotFile(at.getTerm(), at.getIndex());
        Path folder = folder(file);
        Disk.replace(file.toPath(), bytes);
        var digest = MD5FileUtil.computeAndSaveMd5ForFile(file);
        // Log files are deleted after this: what replaces them must be on disk, the voters' file too.
        Disk.force(folder);
        Disk.force(folder.resolveSibling("current"));
        storage.updateLatestSnapshot(new SingleFileSnapshotInfo(new FileInfo(file.toPath(), digest), at));
        sinceSnapshot.set(0);
        snapshotIndex = at.getIndex();
        log.debug("Snapshot at index {}: {} bytes", at.getIndex(), bytes.length);
        return at.getIndex();
    }

    private static Path folder(File file) {
        return file.getAbsoluteFile().getParentFile().toPath();
    }

    /** Ratis forces the log to disk when this is done. */
    @Override
    public CompletableFuture<Void> flush(long index) {
        return tuning.diskDelay().isZero()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.runAsync(
                        () -> {},
                        CompletableFuture.delayedExecutor(tuning.diskDelay().toMillis(), TimeUnit.MILLISECONDS));
    }

    /** {@return whether the entries since the last snapshot have grown too large} */
    boolean wantsSnapshot() {
        return sinceSnapshot.get() > tuning.snapshotBytes();
    }

    /** {@return whether this log never had an entry} */
    boolean untouched() {
        return getLastAppliedTermIndex().getIndex() < 0;
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return storage;
    }

    @Override
    public @Nullable SingleFileSnapshotInfo getLatestSnapshot() {
        return storage.getLatestSnapshot();
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
        listener.leadership();
    }

    @Override
    public void notifyLeaderReady() {
        listener.leadership();
    }

    @Override
    public void notifyNotLeader(java.util.Collection<TransactionContext> pending) {
        listener.leadership();
    }

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto failed) {
        listener.logFailed(cause);
    }
}
