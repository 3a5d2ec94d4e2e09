package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The replicated log of one simulated process: a small Raft (pre-vote, votes and entries synced before they count, reads confirmed
 * by a majority) over the simulated network and disk. It stands in for the real engine, with the same promises and the same delays.
 */
final class SimulatedLedger implements ReplicatedLog {

    /** Applies entries; the real rules, unless a test breaks them. */
    @FunctionalInterface
    interface Applier {
        Rules.Applied apply(ClusterState state, long index, Entry entry);
    }

    /** What does not change while the process lives. */
    record Setting(
            String self,
            List<String> voters,
            int majority,
            long electionNanos,
            Applier applier,
            ClusterState initial,
            Consumer<AppliedItem> observer) {}

    /** For the observer: what a process applied. */
    record AppliedItem(String node, long index, long term, Entry entry, Result result, ClusterState state) {}

    private record Read(long round, String from, long id) {}

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
    private final Function<String, List<SimulatedLedger>> listening;
    private final List<LogListener> listeners = new ArrayList<>();

    private Role role = Role.FOLLOWER;
    private String leader = "";
    private long heardLeader = Long.MIN_VALUE / 2;
    private long electionDue;
    private Set<String> votes = new HashSet<>();
    private boolean preVote;
    private int commit;
    private int applied;
    private ClusterState state;
    private final Map<String, Integer> match = new HashMap<>();
    private final Map<String, Integer> next = new HashMap<>();
    private final Map<String, Long> roundOf = new HashMap<>();
    private final Map<String, Long> heard = new HashMap<>();
    private long round;
    private int termStart;
    private final List<Read> reads = new ArrayList<>();
    private final Map<String, Integer> known = new HashMap<>();
    private long counter;
    private final String session;
    private final Map<String, Runnable> proposals = new LinkedHashMap<>();
    private final Map<String, CompletableFuture<Appended>> pending = new HashMap<>();
    private final Map<Long, Consumer<Integer>> pendingReads = new LinkedHashMap<>();
    private final List<BooleanSupplier> waitingForApply = new ArrayList<>();
    private Leadership told = new Leadership("", 0, false, false);

    SimulatedLedger(
            Setting setting,
            SimulatedLoop loop,
            SimulatedNetwork network,
            SimulatedDisk disk,
            RandomGenerator random,
            InstantSource wall,
            Function<String, List<SimulatedLedger>> listening) {
        this.setting = setting;
        this.loop = loop;
        this.network = network;
        this.disk = disk;
        this.random = random;
        this.wall = wall;
        this.listening = listening;
        this.state = setting.initial();
        this.session = setting.self() + '.' + Long.toHexString(random.nextLong());
        for (int i = 0; i < disk.items().size(); i++) {
            known.put(disk.items().get(i).id(), i + 1);
        }
        postponeElection();
        loop.execute(this::tick);
    }

    // ---- what the layers above see

    @Override
    public CompletionStage<Appended> append(Command command, Duration limit) {
        String id = session + ':' + counter++;
        SimulatedDisk.Item item = new SimulatedDisk.Item(0, id, new Entry(setting.self(), wall.millis(), command));
        CompletableFuture<Appended> done = new CompletableFuture<>();
        boolean[] sent = new boolean[1];
        pending.put(id, done);
        Runnable propose = () -> {
            if (!leader.isEmpty()) {
                sent[0] = true;
                to(leader, other -> other.proposed(item));
            }
        };
        proposals.put(id, propose);
        propose.run();
        loop.schedule(limit, () -> {
            proposals.remove(id);
            if (pending.remove(id) != null) {
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
        long id = counter++;
        pendingReads.put(id, index -> {
            BooleanSupplier check = () -> applied >= index && (done.complete(state) || done.isDone());
            if (!check.getAsBoolean()) {
                waitingForApply.add(check);
            }
        });
        askRead(id);
        loop.schedule(limit, () -> {
            pendingReads.remove(id);
            done.completeExceptionally(new LedgerException(
                    LedgerException.Kind.NOT_DONE, "no leader confirmed the read within " + limit.toMillis() + " ms"));
        });
        return done;
    }

    private void askRead(long id) {
        if (!pendingReads.containsKey(id)) {
            return;
        }
        if (!leader.isEmpty()) {
            to(leader, other -> other.readAsked(setting.self(), id));
        }
        loop.schedule(Duration.ofMillis(100), () -> askRead(id));
    }

    @Override
    public ClusterState state() {
        return state;
    }

    @Override
    public Leadership leadership() {
        return told;
    }

    @Override
    public Voters voters() {
        return new Voters(0, setting.voters(), List.of());
    }

    @Override
    public Health health() {
        return Health.WELL;
    }

    @Override
    public AutoCloseable listen(LogListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public CompletionStage<Voters> change(VoterChange change, Duration limit) {
        return CompletableFuture.failedStage(
                new LedgerException(LedgerException.Kind.NOT_DONE, "the simulated ledger keeps its voters"));
    }

    // ---- Raft

    private void to(String node, Consumer<SimulatedLedger> message) {
        network.send(setting.self(), node, true, () -> () -> {
            for (SimulatedLedger other : listening.apply(node)) {
                other.loop.execute(() -> message.accept(other));
            }
        });
    }

    private void others(Consumer<SimulatedLedger> message) {
        for (String voter : setting.voters()) {
            if (!voter.equals(setting.self())) {
                to(voter, message);
            }
        }
    }

    private void postponeElection() {
        electionDue = loop.nanos() + setting.electionNanos() + random.nextLong(setting.electionNanos());
    }

    private void tick() {
        long now = loop.nanos();
        if (role == Role.LEADER) {
            if (now - majorityHeard(now) > 2 * setting.electionNanos()) {
                follow(disk.term(), "");
            } else {
                replicate();
            }
        } else if (now >= electionDue && setting.voters().contains(setting.self())) {
            startPreVote();
        } else if (now - heardLeader > 2 * setting.electionNanos()) {
            leader = "";
        }
        List.copyOf(proposals.values()).forEach(Runnable::run);
        tell();
        loop.schedule(Duration.ofNanos(setting.electionNanos() / 4), this::tick);
    }

    private long majorityHeard(long now) {
        List<Long> times = new ArrayList<>(List.of(now));
        setting.voters().stream()
                .filter(voter -> !voter.equals(setting.self()))
                .forEach(voter -> times.add(heard.getOrDefault(voter, Long.MIN_VALUE / 2)));
        times.sort(java.util.Comparator.reverseOrder());
        return times.get(setting.majority() - 1);
    }

    private int lastIndex() {
        return disk.items().size();
    }

    private long termAt(int index) {
        return index == 0 ? 0 : disk.items().get(index - 1).term();
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
        disk.sync(() -> loop.execute(() -> {
            if (role == Role.CANDIDATE && disk.term() == term) {
                votes.add(setting.self());
                others(other -> other.asked(setting.self(), term, last, lastTerm, false));
                counted();
            }
        }));
    }

    private void asked(String candidate, long term, int last, long lastTerm, boolean pre) {
        boolean upToDate = lastTerm > termAt(lastIndex()) || (lastTerm == termAt(lastIndex()) && last >= lastIndex());
        if (pre) {
            boolean leaderlost = role != Role.LEADER && loop.nanos() - heardLeader > setting.electionNanos();
            if (term > disk.term() && upToDate && leaderlost) {
                to(candidate, other -> other.granted(setting.self(), term, true));
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
            disk.sync(() -> loop.execute(() -> {
                if (disk.term() == term) {
                    to(candidate, other -> other.granted(setting.self(), term, false));
                }
            }));
        }
    }

    private void granted(String voter, long term, boolean pre) {
        if (role == Role.CANDIDATE && pre == preVote && term == disk.term() + (pre ? 1 : 0)) {
            votes.add(voter);
            counted();
        }
    }

    private void counted() {
        if (role != Role.CANDIDATE || votes.size() < setting.majority()) {
            return;
        }
        if (preVote) {
            startVote();
            return;
        }
        role = Role.LEADER;
        leader = setting.self();
        match.clear();
        next.clear();
        roundOf.clear();
        heard.clear();
        reads.clear();
        setting.voters().forEach(voter -> {
            next.put(voter, lastIndex() + 1);
            heard.put(voter, loop.nanos());
        });
        termStart = lastIndex() + 1;
        write(new SimulatedDisk.Item(disk.term(), session + "#" + disk.term(), null));
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

    private void write(SimulatedDisk.Item item) {
        disk.items().add(item);
        known.put(item.id(), lastIndex());
        long term = disk.term();
        disk.sync(() -> loop.execute(() -> {
            if (role == Role.LEADER && disk.term() == term) {
                match.put(setting.self(), disk.durableItems());
                advance();
            }
        }));
        replicate();
    }

    private void proposed(SimulatedDisk.Item item) {
        if (role == Role.LEADER && !known.containsKey(item.id())) {
            write(new SimulatedDisk.Item(disk.term(), item.id(), item.entry()));
        }
    }

    private void replicate() {
        long sentRound = ++round;
        roundOf.put(setting.self(), sentRound);
        long term = disk.term();
        int commitNow = commit;
        for (String voter : setting.voters()) {
            if (voter.equals(setting.self())) {
                continue;
            }
            int from = Math.min(next.getOrDefault(voter, 1), lastIndex() + 1);
            int previous = from - 1;
            long previousTerm = termAt(previous);
            List<SimulatedDisk.Item> items =
                    List.copyOf(disk.items().subList(previous, Math.min(lastIndex(), previous + 500)));
            to(
                    voter,
                    other -> other.appended(setting.self(), term, previous, previousTerm, items, commitNow, sentRound));
        }
    }

    private void appended(
            String from,
            long term,
            int previous,
            long previousTerm,
            List<SimulatedDisk.Item> items,
            int committed,
            long sentRound) {
        if (term < disk.term()) {
            long mine = disk.term();
            to(from, other -> other.refused(mine));
            return;
        }
        boolean newTerm = term > disk.term();
        if (newTerm || role != Role.FOLLOWER || !leader.equals(from)) {
            follow(term, from);
        }
        heardLeader = loop.nanos();
        postponeElection();
        if (previous > lastIndex() || termAt(previous) != previousTerm) {
            int hint = Math.min(previous, lastIndex() + 1);
            to(from, other -> other.answered(setting.self(), term, false, Math.max(0, hint - 20), sentRound));
            return;
        }
        boolean changed = false;
        for (int i = 0; i < items.size(); i++) {
            int index = previous + 1 + i;
            if (index <= lastIndex() && termAt(index) != items.get(i).term()) {
                for (int gone = lastIndex(); gone >= index; gone--) {
                    known.remove(disk.items().get(gone - 1).id());
                }
                disk.truncate(index - 1);
            }
            if (index > lastIndex()) {
                disk.items().add(items.get(i));
                known.put(items.get(i).id(), index);
                changed = true;
            }
        }
        int matched = previous + items.size();
        Runnable answer = () -> {
            if (disk.term() == term) {
                to(from, other -> other.answered(setting.self(), term, true, matched, sentRound));
                if (Math.min(committed, matched) > commit) {
                    commit = Math.min(committed, matched);
                    applyCommitted();
                }
            }
        };
        if (changed || matched > disk.durableItems()) {
            disk.sync(() -> loop.execute(answer));
        } else {
            answer.run();
        }
    }

    private void refused(long term) {
        if (term > disk.term()) {
            follow(term, "");
        }
    }

    private void answered(String voter, long term, boolean success, int index, long sentRound) {
        if (role != Role.LEADER || term != disk.term()) {
            return;
        }
        heard.put(voter, loop.nanos());
        roundOf.merge(voter, sentRound, Math::max);
        if (success) {
            match.merge(voter, index, Math::max);
            next.put(voter, match.getOrDefault(voter, 0) + 1);
            advance();
        } else {
            next.put(voter, index + 1);
        }
        answerReads();
    }

    private void advance() {
        List<Integer> matched = new ArrayList<>();
        setting.voters().forEach(voter -> matched.add(match.getOrDefault(voter, 0)));
        matched.sort(java.util.Comparator.reverseOrder());
        int majority = matched.get(setting.majority() - 1);
        if (majority > commit && termAt(majority) == disk.term()) {
            commit = majority;
            applyCommitted();
            replicate();
            answerReads();
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
        if (role != Role.LEADER || commit < termStart) {
            return;
        }
        List<Long> rounds = new ArrayList<>();
        setting.voters().forEach(voter -> rounds.add(roundOf.getOrDefault(voter, 0L)));
        rounds.sort(java.util.Comparator.reverseOrder());
        long confirmed = rounds.get(setting.majority() - 1);
        int index = commit;
        for (Read read : List.copyOf(reads)) {
            if (read.round() <= confirmed) {
                reads.remove(read);
                to(read.from(), other -> other.readAnswered(read.id(), index));
            }
        }
    }

    private void readAnswered(long id, int index) {
        Consumer<Integer> read = pendingReads.remove(id);
        if (read != null) {
            read.accept(index);
        }
    }

    private void applyCommitted() {
        while (applied < Math.min(commit, lastIndex())) {
            SimulatedDisk.Item item = disk.items().get(applied++);
            // What opens a term tells the state machine who votes, as the real ledger's configuration entries do.
            Entry entry =
                    item.entry() != null ? item.entry() : new Entry("", 0, new Command.VotersChanged(setting.voters()));
            Rules.Applied result = setting.applier().apply(state, applied, entry);
            state = result.state();
            int index = applied;
            setting.observer()
                    .accept(new AppliedItem(setting.self(), index, item.term(), entry, result.result(), state));
            List.copyOf(listeners).forEach(listener -> listener.applied(index, entry, result.result(), state));
            proposals.remove(item.id());
            CompletableFuture<Appended> mine = pending.remove(item.id());
            if (mine != null) {
                mine.complete(new Appended(index, result.result()));
            }
        }
        waitingForApply.removeIf(BooleanSupplier::getAsBoolean);
        tell();
    }

    private void tell() {
        Leadership now = new Leadership(
                leader,
                disk.term(),
                role == Role.LEADER,
                role == Role.LEADER && commit >= termStart && applied == commit);
        if (!now.equals(told)) {
            told = now;
            List.copyOf(listeners).forEach(listener -> listener.led(now));
        }
    }
}
