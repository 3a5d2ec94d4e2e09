package io.holdfast.testkit;

import io.holdfast.model.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The disk under one machine's log: what was written but not synced is gone after a power cut. */
final class SimulatedDisk {

    /** An entry of the log; {@code entry} is null for the one that opens a term. */
    record Item(long term, String id, @Nullable Entry entry) {}

    /** What is durable, or would be. */
    private record Vote(long term, String votedFor) {}

    private final VirtualTime time;
    private final RandomGenerator random;
    private final boolean liesAboutSync;
    private final List<Item> items = new ArrayList<>();
    private int durableItems;
    private Vote vote = new Vote(0, "");
    private Vote durableVote = vote;
    private long slowness = 1_000_000;
    private int powerCuts;

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

    void truncate(int size) {
        while (items.size() > size) {
            items.remove(items.size() - 1);
        }
        durableItems = Math.min(durableItems, size);
    }

    int durableItems() {
        return durableItems;
    }

    /** How long a sync takes at most, nanoseconds. */
    void slowness(long nanos) {
        slowness = nanos;
    }

    /** Calls {@code done} when all that was written before is durable (or, on a disk that lies, at once). */
    void sync(Runnable done) {
        int size = items.size();
        Vote written = vote;
        int cuts = powerCuts;
        long due = time.now() + slowness / 4 + random.nextLong(slowness);
        if (liesAboutSync) {
            durableItems = Math.max(durableItems, size); // as it says
            time.at(time.now() + 1, done);
            return;
        }
        time.at(due, () -> {
            if (cuts == powerCuts) {
                durableItems = Math.max(durableItems, Math.min(size, items.size()));
                durableVote = written;
                done.run();
            }
        });
    }

    void powerCut() {
        powerCuts++;
        if (liesAboutSync) {
            // Nothing of the last moments ever reached the platters, whatever was said.
            int kept = Math.max(0, items.size() - 1 - random.nextInt(20));
            while (items.size() > kept) {
                items.remove(items.size() - 1);
            }
            durableItems = items.size();
            vote = durableVote;
            return;
        }
        while (items.size() > durableItems) {
            items.remove(items.size() - 1);
        }
        vote = durableVote;
    }
}
