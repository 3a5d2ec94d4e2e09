package io.holdfast.daemon;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Lets so many things be under way at a time; the others wait their turn, so that their time limits do not run meanwhile. On the loop. */
final class Slots {
    private final int most;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int taken;

    Slots(int most) {
        this.most = most;
    }

    <T> CompletionStage<T> run(Supplier<CompletionStage<T>> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Runnable begin = () -> work.get().whenComplete((value, failure) -> {
            taken--;
            next();
            if (failure == null) {
                done.complete(value);
            } else {
                done.completeExceptionally(failure);
            }
        });
        waiting.add(begin);
        next();
        return done;
    }

    private void next() {
        if (taken < most && !waiting.isEmpty()) {
            taken++;
            waiting.remove().run();
        }
    }
}
