package io.holdfast.ledger;

import io.holdfast.api.runtime.Scheduled;
import io.holdfast.model.ledger.ReplicatedLog.Appended;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A command on its way into the log. Used on the loop only. */
final class Pending {
    final long seq;
    final String what;
    final byte[] entry;
    final long deadline;
    final CompletableFuture<Appended> result = new CompletableFuture<>();

    @Nullable
    Scheduled end;
    /** To whom it was last sent, empty while it waits for a leader. */
    String sentTo = "";
    /** Counts tries: a late answer to an earlier one is not the answer to this one. */
    int tries;
    /** Some try may have had its effect. */
    boolean maybe;
    /** The newest try has no answer yet. */
    boolean underWay;

    Pending(long seq, String what, byte[] entry, long deadline) {
        this.seq = seq;
        this.what = what;
        this.entry = entry;
        this.deadline = deadline;
    }
}
