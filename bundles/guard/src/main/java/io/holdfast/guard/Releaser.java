package io.holdfast.guard;

import io.holdfast.guard.cells.ReleaseFiles;
import io.holdfast.guard.cells.ReleaseRun;
import io.holdfast.guard.cells.SlowRuns;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs all release commands, on threads of its own, again and again until each succeeded. Files and commands may hang with their disk;
 * the guard's main loop must not.
 */
final class Releaser implements AutoCloseable {
    private static final int AT_ONCE = 8;
    private static final long LONGEST_PAUSE_MS = 1_000;
    /** While something may end at any moment. */
    private static final long WAITING_PAUSE_MS = 100;

    private final ReleaseFiles files;
    private final Consumer<String> log;
    private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE + 1, task -> {
        Thread thread = new Thread(task, "guard-release");
        thread.setDaemon(true);
        return thread;
    });
    private @Nullable Future<?> round;
    private AtomicBoolean succeeded = new AtomicBoolean();

    Releaser(ReleaseFiles files, Consumer<String> log) {
        this.files = files;
        this.log = log;
    }

    /** Begins a round, if none is under way. Call it when every process is dead. */
    void begin() {
        if (round == null) {
            AtomicBoolean all = new AtomicBoolean();
            succeeded = all;
            round = threads.submit(() -> releaseAll(all));
        }
    }

    /** {@return whether the round ended: each command succeeded, and its registration is removed} */
    boolean done() {
        return succeeded.get();
    }

    /** Forgets the round, so that the next one can begin. */
    void end() {
        if (round != null) {
            round.cancel(true);
            round = null;
        }
        succeeded = new AtomicBoolean();
    }

    private void releaseAll(AtomicBoolean all) {
        Map<String, ReleaseRun> pending = new TreeMap<>();
        long pause = 10;
        String told = "";
        try (SlowRuns slow = new SlowRuns()) {
            while (true) {
                try {
                    if (pass(pending, slow)) {
                        all.set(true);
                        return;
                    }
                } catch (IOException | ExecutionException | RuntimeException e) {
                    String problem = "Release commands cannot be read or run, so nothing is proved; trying again: "
                            + e.getMessage();
                    if (!problem.equals(told)) {
                        log.accept(problem);
                        told = problem;
                    }
                }
                Thread.sleep(pause);
                pause = Math.min(2 * pause, slow.underWay() ? WAITING_PAUSE_MS : LONGEST_PAUSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // a new round will begin
        }
    }

    private boolean pass(Map<String, ReleaseRun> pending, SlowRuns slow)
            throws IOException, ExecutionException, InterruptedException {
        // what an administrator removed is not waited for
        pending.keySet().retainAll(files.instances());
        for (String instance : files.instances()) {
            if (!pending.containsKey(instance)) {
                pending.put(instance, new ReleaseRun(instance, files.read(instance), log));
            }
        }
        List<Callable<Void>> passes = new ArrayList<>();
        for (Map.Entry<String, ReleaseRun> entry : pending.entrySet()) {
            String instance = entry.getKey();
            ReleaseRun run = entry.getValue();
            if (!run.slow()) {
                passes.add(() -> {
                    if (run.pass()) {
                        files.delete(instance);
                    }
                    return null;
                });
            } else if (slow.pass(instance, run)) {
                files.delete(instance);
            }
        }
        for (Future<Void> pass : threads.invokeAll(passes)) {
            pass.get();
        }
        return files.instances().isEmpty();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
