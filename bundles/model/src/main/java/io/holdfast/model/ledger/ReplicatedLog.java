package io.holdfast.model.ledger;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The replicated log and the cluster state that it carries.
 *
 * <p>All listeners are called, and all stages complete, on the node's loop. Methods are called from the loop and never block.
 */
public interface ReplicatedLog {

    /**
     * Appends a command, on whichever node leads.
     *
     * @param limit the longest to wait, 10 ms to 10 min
     * @return completes, after the command was forced to disk on a majority and applied here, with its index and result; or fails
     *     with {@link LedgerException}, whose kind says whether the command may still take effect
     */
    CompletionStage<Appended> append(Command command, Duration limit);

    /**
     * Completes once this node has applied everything that was committed, anywhere, before the call: a read index from the
     * leader, asked for after the call. Fails with {@link LedgerException}.
     */
    CompletionStage<ClusterState> barrier(Duration limit);

    /** {@return the state after the newest entry that listeners on this loop have heard of} */
    ClusterState state();

    /** {@return what this node knows of the leader now} */
    Leadership leadership();

    /** {@return the voters and non-voters of the newest applied configuration} */
    Voters voters();

    /** {@return whether this node takes part in the log now, and if not why and what to do} */
    Health health();

    /** Hears of every applied entry, in order, from the next one on, and of leadership and health. */
    AutoCloseable listen(LogListener listener);

    /** Changes the voters; one change at a time. Fails with {@link LedgerException}. */
    CompletionStage<Voters> change(VoterChange change, Duration limit);

    /** {@return how this node stands where two voters are the whole cluster and the other one is not there} */
    default Solitude solitude() {
        return Solitude.NONE;
    }

    /**
     * Makes this node the only voter, in a new history that begins with all that is in its log.
     *
     * <p>Only with proof that {@code seen.peer()} is off, by a request sent after {@code seen} was looked at, or that it left; else what
     * was acknowledged is lost. Refused when the peer was heard after that.
     *
     * @param why the proof, for people
     * @return completes when the new history is on disk; fails with {@link LedgerException}, and then nothing was changed
     */
    default CompletionStage<Void> goAlone(Solitude seen, String why) {
        return java.util.concurrent.CompletableFuture.failedFuture(
                new LedgerException(LedgerException.Kind.REFUSED, "this log cannot go on without its other voters"));
    }

    /** {@return the commands in this node's log behind what it applied: they may be committed, or never come to be} */
    default List<Command> ahead() {
        return List.of();
    }

    /**
     * Tells the log whether something may run on this node; until it is told, something may.
     *
     * <p>Two histories that parted, each on the word of a person, meet again: the one that gives way does so only when nothing runs
     * here any more, for the other goes on then.
     */
    default void mayRun(boolean something) {}

    /**
     * One of two voters without the other.
     *
     * @param peer the other voter, empty if {@code kind} is NONE
     * @param contact changes whenever the peer was heard
     * @param complete whether everything that is in this node's log was applied
     */
    record Solitude(Kind kind, String peer, long contact, boolean complete) {
        public static final Solitude NONE = new Solitude(Kind.NONE, "", 0, false);

        /** What this node knows about the peer. */
        public enum Kind {
            /** There are other voters than two, or a majority of them is there. */
            NONE,
            /** Both were there together since this node's start, and now the other is lost. */
            LOST,
            /** This node went on alone before its start, and has not heard since that the other is not ahead. */
            HOLDS,
            /** The other was not seen since this node's start: it may have gone on alone. */
            UNSEEN,
            /** A change of voters is under way, so who is needed is not certain here. */
            UNSETTLED
        }
    }

    /** An appended command: where it stands, and what applying it gave. */
    record Appended(long index, io.holdfast.model.Result result) {}

    /**
     * Who leads.
     *
     * @param leader its name, empty while none is known to have a majority
     * @param term Raft's term; grows
     * @param self whether this node leads
     * @param ready whether this node leads and has applied everything of earlier terms, so that its state is the newest
     */
    record Leadership(String leader, long term, boolean self, boolean ready) {}

    /**
     * Who votes.
     *
     * @param index ledger index of this configuration
     * @param voting names, sorted
     * @param listening names of the nodes that store the log and do not vote, sorted
     */
    record Voters(long index, List<String> voting, List<String> listening) {
        /** {@return how many of {@link #voting} are a majority} */
        public int majority() {
            return voting.size() / 2 + 1;
        }
    }

    /** Whether this node takes part. {@code remedy} names the command that mends it; {@code tooOld} says that only another version does. */
    record Health(boolean well, String problem, String remedy, boolean tooOld) {
        public static final Health WELL = new Health(true, "", "");

        /** A trouble that may pass, or that a command mends. */
        public Health(boolean well, String problem, String remedy) {
            this(well, problem, remedy, false);
        }
    }

    /** A change of voters. Address is {@code address:port}. */
    sealed interface VoterChange {
        record Add(String node, String address) implements VoterChange {}

        record Remove(String node) implements VoterChange {}

        record Replace(String node) implements VoterChange {}
    }
}
