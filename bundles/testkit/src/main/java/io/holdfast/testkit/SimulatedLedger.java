package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Levels;
import io.holdfast.model.Rules;
import io.holdfast.model.ledger.History;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import io.holdfast.testkit.SimulatedDisk.Item;
import io.holdfast.testkit.SimulatedDisk.Voting;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The replicated log of one simulated process: a small Raft (pre-vote, votes and entries synced before they count, reads confirmed
 * by a majority, changes of voters through joint majorities, snapshots) over the simulated network and disk. It stands in for the real
 * engine, with the same promises and the same delays.
 */
final class SimulatedLedger implements ReplicatedLog {
    private static final int MOST_AT_ONCE = 500;
    private static final int SNAPSHOT_EVERY = 20;
    /** Who lags behind by more gets a snapshot in the place of entries. */
    private static final int FAR_BEHIND = 150;

    /** Applies entries; the real rules, unless a test breaks them. */
    @FunctionalInterface
    interface Applier {
        Rules.Applied apply(ClusterState state, long index, Entry entry);
    }

    /**
     * What does not change while the process lives.
     *
     * @param everybody all nodes; those that do not vote store the log too
     * @param voters who votes before the log says otherwise
     * @param anyoneWins one voter counts as a majority: a broken ledger
     * @param levels what the software of this process understands
     * @param writesAgain what is proposed again is written again: another broken ledger
     * @param oldLogKept who takes over another history keeps its own log under that name: a broken ledger
     * @param epochForgotten a new history is not on disk when it is said to be: a broken ledger
     * @param encoded entries and snapshots are read from bytes of another version
     */
    record Setting(
            String self,
            List<String> everybody,
            List<String> voters,
            boolean anyoneWins,
            boolean writesAgain,
            boolean oldLogKept,
            boolean epochForgotten,
            boolean encoded,
            long electionNanos,
            Levels levels,
            ClusterState initial,
            Applier applier,
            LogObserver observer) {}

    private record Read(long round, String from, long id) {}

    /** What the leader knows of another node. */
    private static final class Peer {
        int match;
        int next;
        long round;
        long heard;
    }

    private enum Role {
        FOLLOWER,
        CANDIDATE,
        LEADER
    }

    private final Setting setting;
    private final SimulatedLoop loop;
    private final SimulatedNetwork network;
    private final SimulatedDisk disk;
    private final RandomGenerator random;
    private final InstantSource wall;
    private final Function<String, @Nullable SimulatedLedger> listening;
    private final List<LogListener> listeners = new ArrayList<>();
    private LogListener[] listenersNow = new LogListener[0];

    private Role role = Role.FOLLOWER;
    private String leader = "";
    private long heardLeader = Long.MIN_VALUE / 2;
    private long electionDue;
    private Set<String> votes = new HashSet<>();
    private boolean preVote;
    private int commit;
    private int applied;
    private ClusterState state;
    private Voting voting;
    private Voters told = new Voters(0, List.of(), List.of());
    private final Map<String, Peer> peers = new HashMap<>();
    private long round;
    private int termStart;
    private final List<Read> reads = new ArrayList<>();
    private final Map<String, Integer> known = new HashMap<>();
    private long counter;
    private final String session;
    private final Map<String, Runnable> proposals = new LinkedHashMap<>();
    private final Map<String, CompletableFuture<Appended>> pending = new HashMap<>();
    private final Map<Long, LongConsumer> pendingReads = new LinkedHashMap<>();
    private final List<BooleanSupplier> waitingForApply = new ArrayList<>();
    private Leadership leadership = new Leadership("", 0, false, false);
    private Health health = Health.WELL;
    private boolean closed;
    private boolean together;
    private boolean forking;
    private boolean mayRun = true;
    private long contacts;
    private long leaderSeen = Long.MIN_VALUE;
    private long nextHistories;

    SimulatedLedger(
            Setting setting,
            SimulatedLoop loop,
            SimulatedNetwork network,
            SimulatedDisk disk,
            RandomGenerator random,
            InstantSource wall,
            Function<String, @Nullable SimulatedLedger> listening) {
        this.setting = setting;
        this.loop = loop;
        this.network = network;
        this.disk = disk;
        this.random = random;
        this.wall = wall;
        this.listening = listening;
        this.session = setting.self() + '.' + Long.toHexString(random.nextLong());
        this.state = setting.initial();
        this.voting = new Voting(setting.voters(), List.of());
        setting.everybody().forEach(node -> peers.put(node, new Peer()));
        for (int i = 0; i < disk.items().size(); i++) {
            known.put(disk.items().get(i).id(), i + 1);
        }
        SimulatedDisk.Snapshot snapshot = disk.snapshot();
        if (snapshot != null) {
            state = snapshot.state();
            applied = snapshot.index();
            commit = snapshot.index();
        }
        votingChanged();
        postponeElection();
        checkLevel();
        commit = Math.max(commit, disk.committed());
        if (health.well()) {
            applyCommitted(); // what it noted as committed it needs no leader for
        }
        loop.execute(this::tick);
    }

    /** This object answers nothing any more; the process goes on with another. */
    void close() {
        closed = true;
        listeners.clear();
        listenersNow = new LogListener[0];
        List.copyOf(pending.values()).forEach(SimulatedLedger::unknown);
        pending.clear();
        proposals.clear();
        pendingReads.clear();
    }

    private static void unknown(CompletableFuture<Appended> done) {
        done.completeExceptionally(
                new LedgerException(LedgerException.Kind.UNKNOWN, "the ledger closed; it may still take effect"));
    }

    // ---- what the layers above see

    @Override
    public CompletionStage<Appended> append(Command command, Duration limit) {
        Optional<String> tooNew = setting.levels().refusal(state, command);
        if (tooNew.isPresent()) {
            return CompletableFuture.failedStage(new LedgerException(LedgerException.Kind.REFUSED, tooNew.get()));
        }
        String id = session + ':' + counter++;
        return propose(new Item(0, id, new Entry(setting.self(), wall.millis(), command), null), limit);
    }

    private CompletableFuture<Appended> propose(Item item, Duration limit) {
        CompletableFuture<Appended> done = new CompletableFuture<>();
        boolean[] sent = new boolean[1];
        setting.observer().proposed(item.id());
        pending.put(item.id(), done);
        Runnable propose = () -> {
            if (!leader.isEmpty()) {
                sent[0] = true;
                to(leader, false, other -> other.proposed(item));
            }
        };
        proposals.put(item.id(), propose);
        propose.run();
        loop.schedule(limit, () -> {
            proposals.remove(item.id());
            if (pending.remove(item.id()) != null) {
                done.completeExceptionally(
                        sent[0]
                                ? new LedgerException(
                                        LedgerException.Kind.UNKNOWN,
                                        "no answer from the ledger within " + limit.toMillis()
                                                + " ms; it may still take effect")
                                : new LedgerException(
                                        LedgerException.Kind.NOT_DONE, "no leader within " + limit.toMillis() + " ms"));
            }
        });
        return done;
    }

    @Override
    public CompletionStage<ClusterState> barrier(Duration limit) {
        CompletableFuture<ClusterState> done = new CompletableFuture<>();
        long id = random.nextLong(); // answers to an earlier process come too
        long atLeast = setting.observer().readBegins();
        pendingReads.put(id, index -> {
            BooleanSupplier check = () -> {
                if (applied < index || done.isDone()) {
                    return done.isDone();
                }
                setting.observer().readEnds(setting.self(), atLeast, state.index());
                done.complete(state);
                return true;
            };
            together = true;
            if (!check.getAsBoolean()) {
                waitingForApply.add(check);
            }
        });
        askRead(id);
        loop.schedule(limit, () -> {
            pendingReads.remove(id);
            if (!done.isDone()) {
                done.completeExceptionally(new LedgerException(
                        LedgerException.Kind.NOT_DONE,
                        "no leader confirmed the read within " + limit.toMillis() + " ms"));
            }
        });
        return done;
    }

    private void askRead(long id) {
        if (closed || !pendingReads.containsKey(id)) {
            return;
        }
        if (!leader.isEmpty()) {
            to(leader, false, other -> other.readAsked(setting.self(), id));
        }
        loop.schedule(Duration.ofMillis(100), () -> askRead(id));
    }

    @Override
    public ClusterState state() {
        return state;
    }

    @Override
    public Leadership leadership() {
        return leadership;
    }

    @Override
    public Voters voters() {
        return told;
    }

    @Override
    public Health health() {
        return health;
    }

    @Override
    public AutoCloseable listen(LogListener listener) {
        listeners.add(listener);
        listenersNow = listeners.toArray(LogListener[]::new);
        return () -> {
            listeners.remove(listener);
            listenersNow = listeners.toArray(LogListener[]::new);
        };
    }

    /** Adds or removes one voter; only here on the leader, and only when the change before it is settled. */
    @Override
    public CompletionStage<Voters> change(VoterChange change, Duration limit) {
        List<String> next = new ArrayList<>(voting.voting());
        if (change instanceof VoterChange.Add add) {
            next.add(add.node());
        } else if (change instanceof VoterChange.Remove remove) {
            next.remove(remove.node());
        }
        return changeTo(next.stream().sorted().distinct().toList(), limit);
    }

    /** Makes {@code next} the voters, in one step through joint majorities. */
    CompletionStage<Voters> changeTo(List<String> next, Duration limit) {
        boolean settled = voting.earlier().isEmpty()
                && state.votes().earlier().isEmpty()
                && state.votes().voting().equals(voting.voting());
        if (role != Role.LEADER || !settled || next.equals(voting.voting()) || !next.contains(setting.self())) {
            return CompletableFuture.failedStage(
                    new LedgerException(LedgerException.Kind.NOT_DONE, "not now, or not by this node"));
        }
        Voting joint = new Voting(next, voting.voting());
        return propose(new Item(0, session + ':' + counter++, null, joint), limit)
                .thenApply(appended -> told);
    }

    // ---- Raft

    /** Messages of one history are not for another. */
    private void to(String node, boolean big, Consumer<SimulatedLedger> message) {
        String history = disk.history().id();
        raw(node, big, other -> {
            other.contacts += node.equals(setting.self()) ? 0 : 1;
            if (other.disk.history().id().equals(history)) {
                message.accept(other);
            }
        });
    }

    private void raw(String node, boolean big, Consumer<SimulatedLedger> message) {
        network.send(setting.self(), node, true, big, () -> {
            SimulatedLedger other = listening.apply(node);
            if (other != null && !other.closed) {
                other.loop.enter(() -> {
                    if (!other.closed && !other.forking && other.health.well()) {
                        message.accept(other);
                    }
                });
            }
        });
    }

    // ---- two voters, one without the other

    private String otherOfTwo() {
        return setting.voters().size() == 2 && setting.voters().contains(setting.self())
                ? setting.voters().get(setting.voters().get(0).equals(setting.self()) ? 1 : 0)
                : "";
    }

    private boolean aloneOrWas() {
        return (voting.earlier().isEmpty() ? voting.voting() : voting.earlier()).equals(List.of(setting.self()))
                && voting.voting().contains(setting.self());
    }

    /** Went on alone before this process began, and does not know yet that nobody did so after it. */
    private boolean holds() {
        return !together && disk.history().epoch() > 0 && !otherOfTwo().isEmpty() && aloneOrWas();
    }

    @Override
    public Solitude solitude() {
        Set<String> others = new HashSet<>(voting.voting());
        others.addAll(voting.earlier());
        others.remove(setting.self());
        String peer = isVoter(setting.self()) && others.size() == 1
                ? others.iterator().next()
                : "";
        Solitude.Kind kind;
        if (closed || forking || !health.well()) {
            return Solitude.NONE;
        } else if (holds()) {
            kind = Solitude.Kind.HOLDS;
            peer = otherOfTwo();
        } else if (!leader.isEmpty() || peer.isEmpty()) {
            return Solitude.NONE;
        } else if (!aloneOrWas() && !voting.earlier().isEmpty()) {
            kind = Solitude.Kind.UNSETTLED;
        } else if (!together) {
            kind = Solitude.Kind.UNSEEN;
        } else {
            List<String> known = votingAt();
            kind = aloneOrWas() || known.equals(voting.voting()) || known.equals(List.of(setting.self()))
                    ? Solitude.Kind.LOST
                    : Solitude.Kind.UNSETTLED;
        }
        return new Solitude(kind, peer, contacts, applied == lastIndex());
    }

    @Override
    public CompletionStage<Void> goAlone(Solitude seen, String why) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Solitude now = solitude();
        if (now.kind() == Solitude.Kind.NONE
                || now.kind() == Solitude.Kind.UNSETTLED
                || !now.peer().equals(seen.peer())
                || now.contact() != seen.contact()) {
            done.completeExceptionally(
                    new LedgerException(LedgerException.Kind.NOT_DONE, seen.peer() + " was heard meanwhile"));
            return done;
        }
        forking = true;
        role = Role.FOLLOWER;
        leader = "";
        tell();
        long term = disk.term() + (setting.oldLogKept() ? 0 : 1);
        Item last = new Item(term, session + "!" + counter++, null, new Voting(List.of(setting.self()), List.of()));
        disk.fork(
                disk.history().next(last.id()),
                last,
                setting.self(),
                setting.epochForgotten(),
                () -> loop.execute(() -> {
                    forking = false;
                    together = true;
                    known.put(last.id(), lastIndex());
                    votingChanged();
                    electionDue = loop.nanos();
                    done.complete(null);
                }),
                () -> loop.execute(() -> {
                    forking = false;
                    failed();
                    done.completeExceptionally(new LedgerException(LedgerException.Kind.NOT_DONE, "the disk failed"));
                }));
        return done;
    }

    @Override
    public List<Command> ahead() {
        return disk.items().subList(applied, lastIndex()).stream()
                .flatMap(item -> Stream.ofNullable(item.entry()))
                .map(Entry::command)
                .toList();
    }

    @Override
    public void mayRun(boolean something) {
        mayRun = something;
    }

    private void lookForHistories(long now) {
        if (!leader.isEmpty() && !holds()) {
            leaderSeen = now;
            return;
        }
        leaderSeen = leaderSeen == Long.MIN_VALUE ? now : leaderSeen;
        if ((holds() || now - leaderSeen > 4 * setting.electionNanos()) && now >= nextHistories) {
            nextHistories = now + 2 * setting.electionNanos();
            for (String node : setting.everybody()) {
                if (!node.equals(setting.self())) {
                    raw(node, false, other -> other.historyAsked(setting.self(), session));
                }
            }
        }
    }

    private void historyAsked(String from, String asker) {
        History mine = disk.history();
        boolean serves = !leadership.leader().isEmpty();
        List<Item> all = List.copyOf(disk.items().subList(0, disk.durableItems()));
        int index = applied;
        ClusterState then = state;
        raw(from, true, other -> other.historyTold(setting.self(), asker, mine, serves, all, index, then));
    }

    private void historyTold(
            String from, String asker, History theirs, boolean serves, List<Item> all, int index, ClusterState then) {
        if (!asker.equals(session) || (!leader.isEmpty() && !holds())) {
            return;
        }
        if (disk.history().yieldsTo(theirs, serves)) {
            if (theirs.goesOnFrom(disk.history()) || !mayRun) {
                adopt(theirs, all, index, then);
            }
        } else if (holds() && from.equals(otherOfTwo()) && !disk.history().partedFrom(theirs)) {
            together = true;
        }
    }

    private void adopt(History theirs, List<Item> all, int index, ClusterState then) {
        role = Role.FOLLOWER;
        leader = "";
        together = false;
        reads.clear();
        if (setting.oldLogKept()) {
            disk.rename(theirs);
            return;
        }
        ClusterState read = setting.encoded() ? OtherVersion.read(then) : then;
        disk.adopt(theirs, all, index, read);
        known.clear();
        for (int i = 0; i < all.size(); i++) {
            known.put(all.get(i).id(), i + 1);
        }
        applied = index;
        commit = index;
        state = read;
        votingChanged();
        setting.observer().replaced(setting.self(), state);
        for (LogListener listener : listenersNow) {
            listener.replaced(state);
        }
        afterApplying();
    }

    /** Who went on alone makes the other one a voter again once it has the log. */
    private void takeBack() {
        Peer other = peers.get(otherOfTwo());
        if (role == Role.LEADER
                && disk.history().epoch() > 0
                && other != null
                && voting.voting().equals(List.of(setting.self()))
                && voting.earlier().isEmpty()
                && other.match >= commit
                && loop.nanos() - other.heard < setting.electionNanos()) {
            changeTo(setting.voters().stream().sorted().toList(), Duration.ofSeconds(10));
        }
    }

    private void others(Consumer<SimulatedLedger> message) {
        for (String node : setting.everybody()) {
            if (!node.equals(setting.self())) {
                to(node, false, message);
            }
        }
    }

    private void postponeElection() {
        electionDue = loop.nanos() + setting.electionNanos() + random.nextLong(setting.electionNanos());
    }

    private void tick() {
        if (closed) {
            return;
        }
        long now = loop.nanos();
        if (!health.well()) {
            return;
        }
        lookForHistories(now);
        takeBack();
        if (forking) {
            // the log is closed
        } else if (holds()) {
            if (voting.earlier().isEmpty() && commit < disk.durableItems()) {
                commit = disk.durableItems();
                applyCommitted();
            }
        } else if (role == Role.LEADER) {
            if (now - reached(peer -> peer.heard, now) > 2 * setting.electionNanos()) {
                follow(disk.term(), "");
            } else {
                replicate();
            }
        } else if (now >= electionDue && isVoter(setting.self())) {
            startPreVote();
        } else if (now - heardLeader > 2 * setting.electionNanos()) {
            leader = "";
        }
        if (!proposals.isEmpty()) {
            List.copyOf(proposals.values()).forEach(Runnable::run);
        }
        tell();
        loop.schedule(Duration.ofNanos(setting.electionNanos() / 3), this::tick);
    }

    private boolean isVoter(String node) {
        return voting.voting().contains(node) || voting.earlier().contains(node);
    }

    /** {@return the greatest value that a majority (of each set that counts) has reached} */
    private long reached(ToLongFunction<Peer> value, long own) {
        long newest = reachedIn(voting.voting(), value, own);
        return voting.earlier().isEmpty() ? newest : Math.min(newest, reachedIn(voting.earlier(), value, own));
    }

    private long reachedIn(List<String> set, ToLongFunction<Peer> value, long own) {
        long[] values = new long[set.size()];
        for (int i = 0; i < values.length; i++) {
            String node = set.get(i);
            Peer peer = peers.get(node);
            values[i] = node.equals(setting.self()) ? own : peer == null ? 0 : value.applyAsLong(peer);
        }
        Arrays.sort(values);
        return values[setting.anyoneWins() ? values.length - 1 : values.length - (values.length / 2 + 1)];
    }

    private boolean elected() {
        return votedBy(voting.voting()) && (voting.earlier().isEmpty() || votedBy(voting.earlier()));
    }

    private boolean votedBy(List<String> set) {
        int needed = setting.anyoneWins() ? 1 : set.size() / 2 + 1;
        int count = 0;
        for (String node : set) {
            count += votes.contains(node) ? 1 : 0;
        }
        return count >= needed;
    }

    private int lastIndex() {
        return disk.items().size();
    }

    private long termAt(int index) {
        return index == 0 ? 0 : disk.items().get(index - 1).term();
    }

    /** The newest entry about voters counts, committed or not. */
    private void votingChanged() {
        voting = new Voting(setting.voters(), List.of());
        for (int i = lastIndex(); i > 0; i--) {
            Voting written = disk.items().get(i - 1).voting();
            if (written != null) {
                voting = written;
                break;
            }
        }
        tellVoters();
    }

    private void tellVoters() {
        List<String> listenersOnly = setting.everybody().stream()
                .filter(node -> !isVoter(node))
                .sorted()
                .toList();
        Voters now = new Voters(0, voting.voting(), listenersOnly);
        if (!now.equals(told)) {
            told = now;
            for (LogListener listener : listenersNow) {
                listener.voters(now);
            }
        }
    }

    private void failed() {
        if (health.well() && !closed) {
            health = new Health(false, "the disk under the log failed", "mend the disk and start the node again");
            role = Role.FOLLOWER;
            leader = "";
            reads.clear();
            for (LogListener listener : listenersNow) {
                listener.health(health);
            }
            tell();
        }
    }

    private void sync(Runnable then) {
        disk.sync(
                () -> loop.execute(() -> {
                    if (!closed && health.well()) {
                        then.run();
                    }
                }),
                () -> loop.execute(this::failed));
    }

    private void startPreVote() {
        role = Role.CANDIDATE;
        leader = "";
        preVote = true;
        votes = new HashSet<>(List.of(setting.self()));
        postponeElection();
        long term = disk.term() + 1;
        int last = lastIndex();
        long lastTerm = termAt(last);
        others(other -> other.asked(setting.self(), term, last, lastTerm, true));
        counted();
    }

    private void startVote() {
        preVote = false;
        votes = new HashSet<>();
        disk.vote(disk.term() + 1, setting.self());
        long term = disk.term();
        int last = lastIndex();
        long lastTerm = termAt(last);
        sync(() -> {
            if (role == Role.CANDIDATE && disk.term() == term) {
                votes.add(setting.self());
                others(other -> other.asked(setting.self(), term, last, lastTerm, false));
                counted();
            }
        });
    }

    private void asked(String candidate, long term, int last, long lastTerm, boolean pre) {
        boolean upToDate = lastTerm > termAt(lastIndex()) || (lastTerm == termAt(lastIndex()) && last >= lastIndex());
        if (pre) {
            boolean leaderlost = role != Role.LEADER && loop.nanos() - heardLeader > setting.electionNanos();
            if (term > disk.term() && upToDate && leaderlost) {
                to(candidate, false, other -> other.granted(setting.self(), term, true));
            } else if (term <= disk.term()) { // it asks in a term that is over, and may be the only one who can lead
                long mine = disk.term();
                to(candidate, false, other -> other.refused(mine));
            }
            return;
        }
        if (term > disk.term()) {
            follow(term, "");
        }
        if (term == disk.term()
                && upToDate
                && (disk.votedFor().isEmpty() || disk.votedFor().equals(candidate))) {
            disk.vote(term, candidate);
            postponeElection();
            sync(() -> {
                if (disk.term() == term) {
                    to(candidate, false, other -> other.granted(setting.self(), term, false));
                }
            });
        }
    }

    private void granted(String voter, long term, boolean pre) {
        if (role == Role.CANDIDATE && pre == preVote && term == disk.term() + (pre ? 1 : 0)) {
            votes.add(voter);
            counted();
        }
    }

    private void counted() {
        if (role != Role.CANDIDATE || !elected()) {
            return;
        }
        if (preVote) {
            startVote();
            return;
        }
        role = Role.LEADER;
        leader = setting.self();
        setting.observer().elected(setting.self(), disk.term());
        reads.clear();
        long now = loop.nanos();
        peers.values().forEach(peer -> {
            peer.match = 0;
            peer.next = lastIndex() + 1;
            peer.round = 0;
            peer.heard = now;
        });
        termStart = lastIndex() + 1;
        write(new Item(disk.term(), session + "#" + disk.term(), null, null));
    }

    private void follow(long term, String newLeader) {
        if (term > disk.term()) {
            disk.vote(term, "");
        }
        role = Role.FOLLOWER;
        leader = newLeader;
        reads.clear();
        postponeElection();
        tell();
    }

    private void write(Item item) {
        disk.items().add(item);
        disk.committed(commit);
        known.put(item.id(), lastIndex());
        if (item.voting() != null) {
            votingChanged();
        }
        long term = disk.term();
        sync(() -> {
            if (role == Role.LEADER && disk.term() == term) {
                advance();
            }
        });
        replicate();
    }

    private void proposed(Item item) {
        if (role == Role.LEADER && (setting.writesAgain() || !known.containsKey(item.id()))) {
            write(new Item(disk.term(), item.id(), item.entry(), item.voting()));
        }
    }

    private void replicate() {
        long sentRound = ++round;
        long term = disk.term();
        int commitNow = commit;
        for (String node : setting.everybody()) {
            if (node.equals(setting.self())) {
                continue;
            }
            Peer peer = peer(node);
            int last = lastIndex();
            int from = Math.min(peer.next, last + 1);
            if (from <= applied - FAR_BEHIND) {
                List<Item> all = List.copyOf(disk.items().subList(0, applied));
                ClusterState now = state;
                peer.next = applied + 1;
                to(node, true, other -> other.installed(setting.self(), term, all, now, sentRound));
                continue;
            }
            int previous = from - 1;
            long previousTerm = termAt(previous);
            List<Item> items = previous == last
                    ? List.of()
                    : List.copyOf(disk.items().subList(previous, Math.min(last, previous + MOST_AT_ONCE)));
            to(
                    node,
                    !items.isEmpty(),
                    other -> other.appended(setting.self(), term, previous, previousTerm, items, commitNow, sentRound));
        }
    }

    private Peer peer(String node) {
        return peers.computeIfAbsent(node, name -> new Peer());
    }

    private boolean obeys(String from, long term) {
        if (term < disk.term()) {
            long mine = disk.term();
            to(from, false, other -> other.refused(mine));
            return false;
        }
        if (term > disk.term() || role != Role.FOLLOWER || !leader.equals(from)) {
            follow(term, from);
        }
        heardLeader = loop.nanos();
        postponeElection();
        return true;
    }

    /** A snapshot takes the place of what this node has; entries are passed over. */
    private void installed(String from, long term, List<Item> all, ClusterState newState, long sentRound) {
        if (!obeys(from, term) || all.size() <= applied) {
            return;
        }
        ClusterState read = setting.encoded() ? OtherVersion.read(newState) : newState;
        disk.install(all, all.size(), read);
        known.clear();
        for (int i = 0; i < all.size(); i++) {
            known.put(all.get(i).id(), i + 1);
        }
        votingChanged();
        applied = all.size();
        commit = Math.max(commit, applied);
        state = read;
        checkLevel();
        setting.observer().replaced(setting.self(), state);
        for (LogListener listener : listenersNow) {
            listener.replaced(state);
        }
        afterApplying();
        int matched = applied;
        to(from, false, other -> other.answered(setting.self(), term, true, matched, sentRound));
    }

    private void appended(
            String from, long term, int previous, long previousTerm, List<Item> items, int committed, long sentRound) {
        if (!obeys(from, term)) {
            return;
        }
        if (previous > lastIndex() || termAt(previous) != previousTerm) {
            int hint = Math.min(previous, lastIndex() + 1);
            to(from, false, other -> other.answered(setting.self(), term, false, Math.max(0, hint - 20), sentRound));
            return;
        }
        boolean changed = false;
        boolean voters = false;
        for (int i = 0; i < items.size(); i++) {
            int index = previous + 1 + i;
            if (index <= lastIndex() && termAt(index) != items.get(i).term()) {
                for (int gone = lastIndex(); gone >= index; gone--) {
                    known.remove(disk.items().get(gone - 1).id());
                }
                disk.truncate(index - 1);
                voters = true;
            }
            if (index > lastIndex()) {
                disk.items().add(received(items.get(i)));
                known.put(items.get(i).id(), index);
                changed = true;
                voters |= items.get(i).voting() != null;
            }
        }
        if (voters) {
            votingChanged();
        }
        int matched = previous + items.size();
        disk.committed(commit);
        Runnable answer = () -> {
            if (disk.term() == term) {
                to(from, false, other -> other.answered(setting.self(), term, true, matched, sentRound));
                if (Math.min(committed, matched) > commit) {
                    commit = Math.min(committed, matched);
                    applyCommitted();
                }
            }
        };
        if (changed || matched > disk.durableItems()) {
            sync(answer);
        } else {
            answer.run();
        }
    }

    private Item received(Item item) {
        Entry entry = item.entry();
        if (entry != null && Later.needed(entry.command()) > setting.levels().newest()) {
            setting.observer().unreadable(setting.self(), entry.command().toString());
        }
        return !setting.encoded() || entry == null
                ? item
                : new Item(item.term(), item.id(), OtherVersion.read(entry), item.voting());
    }

    /** A version that does not understand the level of the cluster takes no part. */
    private void checkLevel() {
        setting.levels().tooOldFor(state).ifPresent(why -> health = new Health(false, why, ""));
    }

    private void refused(long term) {
        if (term > disk.term()) {
            follow(term, "");
        }
    }

    private void answered(String node, long term, boolean success, int index, long sentRound) {
        if (role != Role.LEADER || term != disk.term()) {
            return;
        }
        Peer peer = peer(node);
        peer.heard = loop.nanos();
        peer.round = Math.max(peer.round, sentRound);
        if (success) {
            if (index > peer.match) {
                peer.match = index;
                advance();
            }
            peer.next = Math.max(peer.next, peer.match + 1);
        } else {
            peer.next = index + 1;
        }
        answerReads();
    }

    private void advance() {
        int majority = (int) reached(peer -> peer.match, disk.durableItems());
        if (majority > commit && majority <= lastIndex() && termAt(majority) == disk.term()) {
            commit = majority;
            applyCommitted();
            if (role == Role.LEADER) {
                leaveJoint();
                replicate();
                answerReads();
            }
        }
    }

    /** Once the joint majorities are committed, the new set alone counts. */
    private void leaveJoint() {
        if (!voting.earlier().isEmpty()) {
            for (int i = lastIndex(); i > commit; i--) {
                if (disk.items().get(i - 1).voting() != null) {
                    return; // not committed yet
                }
            }
            write(new Item(disk.term(), session + ':' + counter++, null, new Voting(voting.voting(), List.of())));
        }
    }

    private void readAsked(String from, long id) {
        if (role == Role.LEADER) {
            reads.add(new Read(round + 1, from, id));
            replicate();
            answerReads();
        }
    }

    private void answerReads() {
        if (reads.isEmpty() || role != Role.LEADER || commit < termStart) {
            return;
        }
        long confirmed = reached(peer -> peer.round, round);
        int index = commit;
        for (Read read : List.copyOf(reads)) {
            if (read.round() <= confirmed) {
                reads.remove(read);
                to(read.from(), false, other -> other.readAnswered(read.id(), index));
            }
        }
    }

    private void readAnswered(long id, int index) {
        LongConsumer read = pendingReads.remove(id);
        if (read != null) {
            read.accept(index);
        }
    }

    private void applyCommitted() {
        while (applied < Math.min(commit, lastIndex()) && !closed) {
            Item item = disk.items().get(applied++);
            // What opens a term tells the state machine who votes, as the real ledger's configuration entries do.
            Entry entry = item.entry() != null ? item.entry() : new Entry("", 0, new Command.VotersChanged(votingAt()));
            int index = applied;
            Rules.Applied result = setting.applier().apply(state, index, entry);
            state = result.state();
            checkLevel();
            setting.observer()
                    .applied(new LogObserver.AppliedItem(
                            setting.self(), index, item.term(), item.id(), entry, result.result(), state));
            for (LogListener listener : listenersNow) {
                listener.applied(index, entry, result.result(), state);
            }
            if (proposals.remove(item.id()) != null || pending.containsKey(item.id())) {
                CompletableFuture<Appended> mine = pending.remove(item.id());
                if (mine != null) {
                    setting.observer().told(index);
                    mine.complete(new Appended(index, result.result()));
                }
            }
            if (index % SNAPSHOT_EVERY == 0) {
                disk.keep(index, state);
            }
        }
        afterApplying();
    }

    /** {@return who votes as of the entry that was applied last} */
    private List<String> votingAt() {
        for (int i = applied; i > 0; i--) {
            Voting written = disk.items().get(i - 1).voting();
            if (written != null) {
                return written.voting();
            }
        }
        return setting.voters();
    }

    private void afterApplying() {
        if (!waitingForApply.isEmpty()) {
            waitingForApply.removeIf(BooleanSupplier::getAsBoolean);
        }
        tell();
    }

    private void tell() {
        boolean leads = role == Role.LEADER;
        boolean ready = leads && commit >= termStart && applied == commit;
        if (!leader.equals(leadership.leader())
                || disk.term() != leadership.term()
                || leads != leadership.self()
                || ready != leadership.ready()) {
            leadership = new Leadership(leader, disk.term(), leads, ready);
            for (LogListener listener : listenersNow) {
                listener.led(leadership);
            }
        }
    }

    @Override
    public String toString() {
        return "%s %s %s epoch %d term %d, %d entries (%d durable), %d committed, %d applied, voters %s%s, leader '%s', %s"
                .formatted(
                        setting.self(),
                        role,
                        solitude().kind(),
                        disk.history().epoch(),
                        disk.term(),
                        lastIndex(),
                        disk.durableItems(),
                        commit,
                        applied,
                        voting.voting(),
                        voting.earlier(),
                        leader,
                        health);
    }
}
