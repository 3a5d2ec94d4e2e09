package io.holdfast.transport;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that call handlers and complete answers; each pool is bounded, and what does not fit is dropped. */
final class Threads implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Threads.class);
    static final String PREFIX = "holdfast-transport-";

    /** Messages, in the order in which they came. */
    final ThreadPoolExecutor messages = pool("message", 1, 8192);

    /** Answers: apart, for what depends on them may take a while. */
    final ThreadPoolExecutor answers = pool("answer", 1, 8192);

    /** Requests: some, for one handler that takes a while shall not hold up the others. */
    final ThreadPoolExecutor requests = pool("request", 4, 4096);

    /** Blocking reads and writes of objects, and reliable messages that wait for their receiver. */
    final ThreadPoolExecutor blocking = pool("blocking", 16, 1024);

    final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(1, task -> daemon(PREFIX + "timer", task));

    private volatile long complained = Wire.now() - Long.MAX_VALUE / 2;

    Threads() {
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    private static ThreadPoolExecutor pool(String name, int size, int waiting) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size,
                size,
                20,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(waiting),
                task -> daemon(PREFIX + name + (size == 1 ? "" : "-" + number.incrementAndGet()), task),
                new ThreadPoolExecutor.AbortPolicy());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** {@return whether it will run} What is thrown is logged. */
    boolean run(ExecutorService pool, Runnable task) {
        try {
            pool.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    log.error("A handler of messages failed; the transport goes on", e);
                }
            });
            return true;
        } catch (java.util.concurrent.RejectedExecutionException e) {
            long now = Wire.now();
            if (!pool.isShutdown() && now - complained > TimeUnit.SECONDS.toNanos(30)) {
                complained = now;
                log.warn("More messages come than can be handled; some are dropped. A handler may be blocking", e);
            }
            return false;
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        messages.shutdownNow();
        answers.shutdownNow();
        requests.shutdownNow();
        blocking.shutdownNow();
    }
}
