package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Entry;
import io.holdfast.model.ledger.History;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The disk under one machine's log: what was written but not synced may be gone after a power cut. */
final class SimulatedDisk {

    /** Who votes from an entry on: a majority of {@code voting} counts, and of {@code earlier} too while that is not empty. */
    record Voting(List<String> voting, List<String> earlier) {}

    /** An entry of the log; both {@code entry} and {@code voting} are null for the one that opens a term. */
    record Item(
            long term,
            String id,
            @Nullable Entry entry,
            @Nullable Voting voting) {}

    /** The state at an index of the log, from which a process that starts goes on. */
    record Snapshot(int index, ClusterState state) {}

    /** What is durable, or would be. */
    private record Vote(long term, String votedFor) {}

    private final VirtualTime time;
    private final RandomGenerator random;
    private final boolean liesAboutSync;
    private final List<Item> items = new ArrayList<>();
    private int durableItems;
    private int committed;
    private int durableCommitted;
    private Vote vote = new Vote(0, "");
    private Vote durableVote = vote;
    private @Nullable Snapshot snapshot;
    private History history = History.first("0");
    private @Nullable Runnable undone;
    private long slowness = 1_000_000;
    private boolean failing;
    private int powerCuts;
    private int generation;
    private long syncs;
    private long newestSync;

    SimulatedDisk(VirtualTime time, RandomGenerator random, boolean liesAboutSync) {
        this.time = time;
        this.random = random;
        this.liesAboutSync = liesAboutSync;
    }

    List<Item> items() {
        return items;
    }

    long term() {
        return vote.term;
    }

    String votedFor() {
        return vote.votedFor;
    }

    void vote(long term, String votedFor) {
        vote = new Vote(term, votedFor);
    }

    @Nullable
    Snapshot snapshot() {
        return snapshot;
    }

    /** Keeps the state at a durable index. */
    void keep(int index, ClusterState state) {
        if (index <= durableItems) {
            snapshot = new Snapshot(index, state);
        }
    }

    /** Takes a leader's whole log and the state at {@code index} of it in the place of its own. */
    void install(List<Item> all, int index, ClusterState state) {
        items.clear();
        items.addAll(all);
        durableItems = items.size();
        snapshot = new Snapshot(index, state);
    }

    void truncate(int size) {
        while (items.size() > size) {
            items.remove(items.size() - 1);
        }
        durableItems = Math.min(durableItems, size);
    }

    int durableItems() {
        return durableItems;
    }

    /** Notes beside the entries, with the next sync, that so many of them are committed. */
    void committed(int count) {
        committed = Math.max(committed, count);
    }

    /** {@return how many entries are committed for certain, by what was noted last: mostly a little less than was known} */
    int committed() {
        return Math.min(durableCommitted, items.size());
    }

    /** {@return which log this is} */
    History history() {
        return history;
    }

    /**
     * Begins a new history with all that is here and one entry more, all at once; {@code done} is called when that is durable.
     *
     * @param forgotten a power cut undoes it: it was never made durable
     */
    void fork(History next, Item last, String self, boolean forgotten, Runnable done, Runnable failed) {
        int cuts = powerCuts;
        List<Item> before = List.copyOf(items);
        History old = history;
        Vote voted = vote;
        time.after(slowness / 4 + random.nextLong(slowness), () -> {
            if (cuts != powerCuts) {
                return;
            }
            if (failing) {
                failed.run();
                return;
            }
            items.add(last);
            durableItems = items.size();
            vote = new Vote(last.term(), self);
            durableVote = vote;
            history = next;
            undone = !forgotten
                    ? null
                    : () -> {
                        items.clear();
                        items.addAll(before);
                        vote = voted;
                        durableVote = voted;
                        history = old;
                        snapshot = snapshot != null && snapshot.index() > before.size() ? null : snapshot;
                    };
            done.run();
        });
    }

    /** Takes over another history with its log and the state at {@code index} of it; nothing that was here counts. */
    void adopt(History theirs, List<Item> all, int index, ClusterState state) {
        history = theirs;
        install(all, index, state);
        committed = index;
        durableCommitted = index;
        vote = new Vote(all.isEmpty() ? 0 : all.get(all.size() - 1).term(), "");
        durableVote = vote;
        generation++;
    }

    /** Goes by the name of another history, with the log that was here before. */
    void rename(History theirs) {
        history = theirs;
    }

    /** How long a sync takes at most, nanoseconds. */
    void slowness(long nanos) {
        slowness = nanos;
    }

    /** From now on no sync succeeds (broken, full or read-only), or all do again. */
    void failing(boolean fails) {
        failing = fails;
    }

    boolean failing() {
        return failing;
    }

    /** Calls {@code done} when all that was written before is durable (or, on a disk that lies, at once), or {@code failed}. */
    void sync(Runnable done, Runnable failed) {
        int size = items.size();
        Vote written = vote;
        int noted = committed;
        int cuts = powerCuts;
        int before = generation;
        long turn = ++syncs;
        if (liesAboutSync) {
            durableItems = Math.max(durableItems, size); // as it says
            time.at(time.now() + 1, done);
            return;
        }
        time.after(slowness / 4 + random.nextLong(slowness), () -> {
            if (cuts != powerCuts || before != generation) { // or it was written to a log that no longer counts
                return;
            }
            if (failing) {
                failed.run();
                return;
            }
            durableItems = Math.max(durableItems, Math.min(size, items.size()));
            if (turn > newestSync) { // an earlier one that took longer takes nothing back
                newestSync = turn;
                durableVote = written;
                durableCommitted = noted;
            }
            done.run();
        });
    }

    /** Of what was not synced, any beginning may have reached the disk, and the record behind it is torn and counts as absent. */
    void powerCut() {
        powerCuts++;
        if (undone != null) {
            undone.run();
            durableItems = items.size();
            undone = null;
        }
        int kept;
        if (liesAboutSync) { // nothing of the last moments ever reached the platters, whatever was said
            kept = Math.max(0, items.size() - 1 - random.nextInt(20));
            snapshot = snapshot != null && snapshot.index() > kept ? null : snapshot;
            vote = durableVote;
        } else {
            kept = durableItems + random.nextInt(items.size() - durableItems + 1);
            vote = vote.equals(durableVote) || random.nextBoolean() ? durableVote : vote;
            durableVote = vote;
        }
        while (items.size() > kept) {
            items.remove(items.size() - 1);
        }
        durableItems = items.size();
        durableCommitted = Math.min(durableCommitted, kept);
        committed = durableCommitted;
    }
}
