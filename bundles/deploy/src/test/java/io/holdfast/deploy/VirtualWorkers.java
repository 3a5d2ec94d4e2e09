package io.holdfast.deploy;

import io.holdfast.api.runtime.Workers;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/** Workers whose work takes 1 ms of virtual time; work that throws {@link Hang} never ends. */
final class VirtualWorkers implements Workers {
    /** Thrown by work that hangs. */
    static final class Hang extends Error {}

    private final VirtualLoop loop;

    VirtualWorkers(VirtualLoop loop) {
        this.loop = loop;
    }

    @Override
    public <T> CompletionStage<T> submit(String name, Duration limit, Callable<T> work) {
        CompletableFuture<T> stage = new CompletableFuture<>();
        loop.schedule(Duration.ofMillis(1), () -> {
            try {
                stage.complete(work.call());
            } catch (Hang hang) {
                loop.schedule(limit, () -> stage.completeExceptionally(new TimeoutException(name)));
            } catch (Exception | LinkageError e) {
                stage.completeExceptionally(e);
            }
        });
        return stage;
    }
}
