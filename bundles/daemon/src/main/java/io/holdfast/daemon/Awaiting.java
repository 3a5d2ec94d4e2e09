package io.holdfast.daemon;

import io.holdfast.api.runtime.Scheduled;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LogListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** Waits until the cluster state shows something. On the loop only. */
final class Awaiting implements LogListener, AutoCloseable {
    private final Site site;
    private final AutoCloseable listening;
    private final List<Runnable> waiting = new ArrayList<>();

    Awaiting(Site site) {
        this.site = site;
        listening = site.log().listen(this);
    }

    /**
     * Looks now and after each change.
     *
     * @param look empty: not yet; it may throw what the stage is to fail with
     * @param tooLate what the stage fails with after {@code limit}
     */
    CompletionStage<String> until(
            Function<ClusterState, Optional<String>> look, Duration limit, Supplier<RuntimeException> tooLate) {
        CompletableFuture<String> done = new CompletableFuture<>();
        Runnable check = () -> {
            if (!done.isDone()) {
                try {
                    look.apply(site.log().state()).ifPresent(done::complete);
                } catch (RuntimeException e) {
                    done.completeExceptionally(e);
                }
            }
        };
        check.run();
        if (done.isDone()) {
            return done;
        }
        waiting.add(check);
        Scheduled end = site.loop().schedule(limit, () -> done.completeExceptionally(tooLate.get()));
        done.whenComplete((value, failure) -> {
            waiting.remove(check);
            end.cancel();
        });
        return done;
    }

    @Override
    public void applied(long index, Entry entry, Result result, ClusterState state) {
        lookAgain();
    }

    @Override
    public void replaced(ClusterState state) {
        lookAgain();
    }

    private void lookAgain() {
        List.copyOf(waiting).forEach(Runnable::run);
    }

    @Override
    public void close() {
        Reconciler.closeQuietly(listening);
    }
}
