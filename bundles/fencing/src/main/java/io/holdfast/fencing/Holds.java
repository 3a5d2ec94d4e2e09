package io.holdfast.fencing;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.membership.World;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.HoldRecord;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LogListener;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Takes and releases holds: longer, bounded leases before a planned interruption.
 *
 * <p>A hold that nobody here wants, because it is released, or was taken by an earlier daemon or instance of this code, is given up
 * as soon as renewals carry the lease again.
 */
public final class Holds {
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final World world;
    private final LeaseKeeper keeper;
    private final Subscriptions subscriptions;
    private final Map<Long, Long> proposed = new HashMap<>();
    private final Map<Long, Long> spans = new HashMap<>();
    private final Set<String> releasing = new HashSet<>();
    private long wantedUntil = Long.MIN_VALUE;
    private long seq;
    private long lastIncarnation;

    Holds(World world, LeaseKeeper keeper) {
        this.world = world;
        this.keeper = keeper;
        this.subscriptions = new Subscriptions(world);
    }

    void start() {
        subscriptions.add(world.log().listen(new LogListener() {
            @Override
            public void applied(long index, Entry entry, Result result, ClusterState state) {
                if (result instanceof Result.Done
                        && entry.command() instanceof Command.Hold hold
                        && hold.node().equals(world.self())) {
                    committed(hold);
                }
            }
        }));
    }

    void stop() {
        subscriptions.close();
    }

    /** Takes a hold; completes when it is committed and the guard knows the later deadline. */
    CompletionStage<String> hold(Duration span, Duration limit) {
        CompletableFuture<String> done = new CompletableFuture<>();
        if (keeper.incarnation() == 0) {
            return CompletableFuture.failedFuture(
                    new ClusterException(Kind.REFUSED, world.self() + " has not joined, so there is no lease to hold"));
        }
        wantedUntil = now() + span.toNanos();
        attempt(span, now() + limit.toNanos(), done);
        return done;
    }

    private void attempt(Duration span, long until, CompletableFuture<String> done) {
        forgetIfNew();
        long incarnation = keeper.incarnation();
        long left = until - now();
        if (incarnation == 0 || left <= 0 || subscriptions.closed()) {
            done.completeExceptionally(new ClusterException(
                    world.log().leadership().leader().isEmpty() ? Kind.NO_QUORUM : Kind.UNKNOWN_OUTCOME,
                    "No hold of " + span.toMillis() + " ms for " + world.self()
                            + ": the ledger did not commit it in time; without quorum an interruption is not covered"));
            return;
        }
        long mine = ++seq;
        long at = now();
        proposed.put(mine, at);
        spans.put(mine, span.toNanos());
        Duration limit = Duration.ofNanos(Math.max(10_000_000, Math.min(left, ATTEMPT.toNanos())));
        world.log()
                .append(new Command.Hold(world.self(), incarnation, span.toMillis(), keeper.session(), mine), limit)
                .whenComplete((appended, failure) -> {
                    if (failure != null) { // perhaps it is committed yet, so the next try takes a number of its own
                        world.loop().schedule(PAUSE, () -> attempt(span, until, done));
                    } else if (appended.result() instanceof Result.Refused refused) {
                        done.completeExceptionally(new ClusterException(Kind.REFUSED, refused.reason()));
                    } else if (subscriptions.closed() || keeper.incarnation() != incarnation) {
                        done.completeExceptionally(new ClusterException(
                                Kind.UNKNOWN_OUTCOME,
                                "No hold for " + world.self()
                                        + ": what asked for it was replaced before the guard knew;"
                                        + " take it again"));
                    } else if (!wanted()) {
                        done.completeExceptionally(new ClusterException(
                                Kind.REFUSED,
                                "No hold for " + world.self()
                                        + ": it was released, or its time was over, before the ledger had it"));
                    } else if (!extendedTo(at + span.toNanos(), mine)) {
                        done.completeExceptionally(new ClusterException(
                                Kind.REFUSED,
                                "No hold for " + world.self()
                                        + ": its lease was over before the ledger had it, so the guard stops what it runs;"
                                        + " take it again once the lease is renewed"));
                    } else {
                        done.complete(world.self() + " is held for " + span.toMillis() + " ms");
                    }
                });
    }

    private void committed(Command.Hold hold) {
        if (hold.incarnation() == keeper.incarnation() && hold.session() == keeper.session()) {
            extend(hold.seq());
        }
    }

    /** {@return whether the lease lasts until then by this hold, also when it was applied before its answer came} */
    private boolean extendedTo(long until, long number) {
        extend(number);
        return keeper.deadline() >= until;
    }

    /**
     * From the time of the proposal, not of the commit: the voters count from when they applied it, which is later. A lease that is
     * over is held no more: the guard may have closed the gate.
     */
    private void extend(long number) {
        Long at = proposed.remove(number);
        Long span = spans.remove(number);
        if (at != null && span != null && wanted() && keeper.deadline() > now()) {
            keeper.extend(at + span);
        }
    }

    /** Releases all holds; completes when the ledger has none of this node any more. */
    CompletionStage<String> release(Duration limit) {
        wantedUntil = Long.MIN_VALUE;
        CompletableFuture<String> done = new CompletableFuture<>();
        waitReleased(now() + limit.toNanos(), done);
        return done;
    }

    private void waitReleased(long until, CompletableFuture<String> done) {
        tidy();
        if (open().isEmpty()) {
            done.complete(world.self() + " is no longer held");
        } else if (now() >= until || subscriptions.closed()) {
            done.completeExceptionally(new ClusterException(
                    Kind.UNKNOWN_OUTCOME,
                    "The hold of " + world.self() + " is not released yet: "
                            + (keeper.renewed()
                                    ? "the ledger did not answer in time"
                                    : "no majority of the voters renews its lease")
                            + "; it is tried again by itself, and the hold ends by itself"));
        } else {
            world.loop().schedule(PAUSE, () -> waitReleased(until, done));
        }
    }

    /** Gives up holds that nobody wants. To be called now and then, and when the lease was renewed. */
    void tidy() {
        forgetIfNew();
        List<HoldRecord> unwanted = open();
        if (wanted() || unwanted.isEmpty() || !keeper.renewed() || subscriptions.closed()) {
            return;
        }
        keeper.shorten(); // the guard first: once the ledger has released it, the voters wait no longer for it
        if (!keeper.renewed()) {
            return; // it was over when the guard heard of it, after a pause: the guard has yet to stop everything
        }
        long incarnation = keeper.incarnation();
        for (HoldRecord hold : unwanted) {
            String key = HoldRecord.key(hold.session(), hold.seq());
            if (releasing.add(key)) {
                if (hold.session() == keeper.session()) { // an answer that comes late must not lengthen the lease by it
                    proposed.remove(hold.seq());
                    spans.remove(hold.seq());
                }
                world.log()
                        .append(new Command.Unhold(world.self(), incarnation, hold.session(), hold.seq()), ATTEMPT)
                        .whenComplete((appended, failure) -> releasing.remove(key));
            }
        }
    }

    private boolean wanted() {
        return wantedUntil > now();
    }

    private List<HoldRecord> open() {
        return world.log()
                .state()
                .node(world.self())
                .filter(record -> record.incarnation() == keeper.incarnation() && record.joined())
                .map(NodeRecord::holds)
                .map(holds -> List.copyOf(holds.values()))
                .orElse(List.of());
    }

    private void forgetIfNew() {
        if (lastIncarnation != keeper.incarnation()) {
            lastIncarnation = keeper.incarnation();
            proposed.clear();
            spans.clear();
            releasing.clear();
        }
    }

    private long now() {
        return world.loop().nanos();
    }
}
