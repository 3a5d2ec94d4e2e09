package io.holdfast.runtime;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.runtime.Workers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Up to 128 threads for blocking work; further work waits, up to 10,000 pieces. A thread with nothing to do ends after 5 s. */
public final class SystemWorkers implements Workers, AutoCloseable {
    private static final int THREADS = 128;
    private static final int WAITING = 10_000;
    /** Beyond its own limit, work may wait so long for a thread. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Loop loop;
    private final AtomicInteger waiting = new AtomicInteger();
    private final ThreadPoolExecutor threads;

    /** Workers that report to {@code loop}. */
    public SystemWorkers(Loop loop) {
        this.loop = loop;
        Idle queue = new Idle();
        threads = new ThreadPoolExecutor(0, THREADS, 5, TimeUnit.SECONDS, queue, task -> {
            Thread thread = new Thread(task, "holdfast-worker");
            thread.setDaemon(true);
            return thread;
        });
        threads.setRejectedExecutionHandler((task, pool) -> {
            if (pool.isShutdown() || waiting.get() > WAITING) {
                throw new RejectedExecutionException("too much work waits for the node's workers");
            }
            queue.put(task);
        });
    }

    /** Takes a task only when a thread waits for one; otherwise the pool grows, and only then tasks wait. */
    private static final class Idle extends LinkedTransferQueue<Runnable> {
        @Override
        public boolean offer(Runnable task) {
            return tryTransfer(task);
        }
    }

    @Override
    public <T> CompletionStage<T> submit(String name, Duration limit, Callable<T> work) {
        Work<T> task = new Work<>(name, limit, work);
        waiting.incrementAndGet();
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            task.finish(null, e);
            return task.result;
        }
        task.endsIn(limit.plus(PATIENCE));
        return task.result;
    }

    /** Interrupts all work; what waits is dropped. */
    @Override
    public void close() {
        threads.shutdownNow();
    }

    private final class Work<T> implements Runnable {
        final CompletableFuture<T> result = new CompletableFuture<>();
        private final String name;
        private final Duration limit;
        private final Callable<T> work;
        private @Nullable Thread runner; // guarded by this
        private boolean over; // guarded by this
        private final List<Scheduled> ends = new ArrayList<>(2); // guarded by this

        Work(String name, Duration limit, Callable<T> work) {
            this.name = name;
            this.limit = limit;
            this.work = work;
        }

        @Override
        public void run() {
            waiting.decrementAndGet();
            Thread thread = Thread.currentThread();
            synchronized (this) {
                if (over) {
                    return;
                }
                runner = thread;
            }
            thread.setName("holdfast-worker " + name);
            endsIn(limit);
            T value = null;
            Throwable failure = null;
            try {
                value = work.call();
            } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
                failure = e;
            } finally {
                synchronized (this) {
                    runner = null; // from here on nobody interrupts this thread for this work
                }
                Thread.interrupted();
                thread.setName("holdfast-worker");
            }
            finish(value, failure);
        }

        /** The alarm goes with the work: one that stayed until its time would hold all that the work knows, for minutes. */
        private void endsIn(Duration span) {
            Scheduled end = loop.schedule(span, this::expire);
            synchronized (this) {
                if (!over) {
                    ends.add(end);
                    return;
                }
            }
            end.cancel();
        }

        private void expire() {
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true; // first, so that work which ends because of the interrupt is not taken for done
                if (runner != null) {
                    runner.interrupt();
                }
            }
            tell(null, new TimeoutException(name + " did not end within " + limit.toMillis() + " ms"));
        }

        private void finish(@Nullable T value, @Nullable Throwable failure) {
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true;
            }
            tell(value, failure);
        }

        private void tell(@Nullable T value, @Nullable Throwable failure) {
            List<Scheduled> alarms;
            synchronized (this) {
                alarms = List.copyOf(ends);
                ends.clear();
            }
            alarms.forEach(Scheduled::cancel);
            loop.execute(() -> {
                if (failure == null) {
                    complete(value);
                } else {
                    result.completeExceptionally(failure);
                }
            });
        }

        @SuppressWarnings("NullAway") // a Callable of Void gives null, and that is its value
        private void complete(@Nullable T value) {
            result.complete(value);
        }
    }
}
