package io.holdfast.guard.cells;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Release commands that may take long, each instance's on a thread of its own, so that nothing else waits for them. One thread. */
public final class SlowRuns implements AutoCloseable {
    private final Map<String, Future<Boolean>> underWay = new HashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "guard-release-slow");
        thread.setDaemon(true);
        return thread;
    });

    /** Begins a pass of {@code run} unless one is under way; {@return whether one ended, and each command has succeeded} */
    public boolean pass(String instance, ReleaseRun run) throws IOException, InterruptedException {
        Future<Boolean> pass = underWay.get(instance);
        if (pass == null) {
            underWay.put(instance, threads.submit(run::pass));
            return false;
        }
        if (!pass.isDone()) {
            return false;
        }
        underWay.remove(instance);
        try {
            return pass.get();
        } catch (ExecutionException e) {
            throw new IOException("release commands of " + instance + " cannot be run: " + e.getCause(), e);
        }
    }

    /** {@return whether something may end at any moment} */
    public boolean underWay() {
        return !underWay.isEmpty();
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        threads.shutdownNow();
        underWay.clear();
    }
}
