package io.holdfast.runtime;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.runtime.Stalls;
import io.holdfast.api.transport.Registration;
import io.holdfast.guard.memory.BootClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The event loop of a node on one thread, with CLOCK_BOOTTIME as its clock. */
public final class SystemLoop implements Loop, Stalls, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SystemLoop.class);
    private static final long SLOW = Duration.ofMillis(100).toNanos();
    /** The wait below counts on a clock that stands still in suspend; so it is cut, and late by this much after a suspend at most. */
    private static final long LONGEST_WAIT = Duration.ofMillis(500).toNanos();

    private static final int MANY = 10_000;

    private final LongSupplier clock;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(
            Comparator.<Timer>comparingLong(timer -> timer.at).thenComparingLong(timer -> timer.order));
    /** The same timers by when the loop has to wake for them. */
    private final PriorityQueue<Timer> alarms = new PriorityQueue<>(
            Comparator.<Timer>comparingLong(timer -> timer.latest).thenComparingLong(timer -> timer.order));

    private long order;
    private long now; // read after each wait and each task, by the loop alone
    private boolean closed;
    private boolean crowded;
    private final List<StallListener> stallListeners = new CopyOnWriteArrayList<>();
    private final AtomicLong stalls = new AtomicLong();
    private final AtomicLong longestStall = new AtomicLong();

    private record StallListener(long least, Consumer<Stall> listener) {}

    /** A loop that runs. */
    public SystemLoop() {
        this(bootClock());
    }

    SystemLoop(LongSupplier clock) {
        this.clock = clock;
        this.thread = new Thread(this::run, "holdfast-loop");
        thread.setDaemon(true);
        thread.start();
    }

    /** {@return CLOCK_BOOTTIME in nanoseconds, from the kernel, or from {@code /proc/uptime} if JNA is absent} */
    public static LongSupplier bootClock() {
        return Kernel.instance().<LongSupplier>map(kernel -> kernel::bootNanos).orElseGet(() -> {
            try {
                return new BootClock();
            } catch (IOException e) {
                throw new UncheckedIOException("neither JNA nor /proc/uptime: there is no clock to trust", e);
            }
        });
    }

    @Override
    public void execute(Runnable task) {
        boolean tell = false;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            tasks.add(task);
            if (tasks.size() > MANY != crowded) {
                crowded = !crowded;
                tell = crowded;
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (tell) {
            log.warn("More than {} tasks wait for the node's loop: it is overloaded or stuck", MANY);
        }
    }

    @Override
    public Scheduled schedule(Duration delay, Runnable task) {
        return schedule(nanos(delay), 0, task);
    }

    @Override
    public Scheduled scheduleLoosely(Duration delay, Runnable task) {
        return schedule(nanos(delay), nanos(delay) / 2, task);
    }

    private static long nanos(Duration delay) {
        return delay.isNegative()
                ? 0
                : delay.compareTo(Duration.ofDays(36_500)) > 0 ? Long.MAX_VALUE / 4 : delay.toNanos();
    }

    private Scheduled schedule(long wait, long slack, Runnable task) {
        long at = clock.getAsLong() + wait;
        lock.lock();
        try {
            Timer timer = new Timer(at, at + slack, order++, task);
            if (!closed) {
                timers.add(timer);
                alarms.add(timer);
                if (alarms.peek() == timer && !inLoop()) {
                    changed.signal(); // it sleeps until a later one
                }
            }
            return timer;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long nanos() {
        return clock.getAsLong();
    }

    @Override
    public boolean inLoop() {
        return Thread.currentThread() == thread;
    }

    @Override
    public Registration onStall(Duration least, Consumer<Stall> listener) {
        StallListener added = new StallListener(least.toNanos(), listener);
        stallListeners.add(added);
        return () -> stallListeners.remove(added);
    }

    @Override
    public long count() {
        return stalls.get();
    }

    @Override
    public Duration longest() {
        return Duration.ofNanos(longestStall.get());
    }

    private void run() {
        now = clock.getAsLong();
        StallMeter meter = new StallMeter(new ThreadCounters(), now);
        boolean timerBefore = false;
        while (true) {
            Runnable task;
            lock.lock();
            try {
                task = next(timerBefore);
                while (task == null) {
                    if (closed) {
                        return;
                    }
                    Timer first = alarms.peek();
                    long wait = first == null ? LONGEST_WAIT : Math.min(first.latest - now, LONGEST_WAIT);
                    await(wait);
                    long due = now + Math.max(0, wait);
                    now = clock.getAsLong();
                    stalled(meter, due, null);
                    task = next(false);
                }
                timerBefore = task instanceof Timer;
            } finally {
                lock.unlock();
            }
            perform(task, meter);
        }
    }

    /** Since {@code due} the loop should have been ready again. */
    private void stalled(StallMeter meter, long due, @Nullable Runnable task) {
        if (now - due < StallMeter.NOTABLE) {
            meter.running(now);
            return;
        }
        Stall stall = meter.stalled(due, now, task == null ? "" : name(task));
        stalls.incrementAndGet();
        longestStall.accumulateAndGet(now - due, Math::max);
        for (StallListener one : stallListeners) {
            if (now - due >= one.least()) {
                execute(() -> one.listener().accept(stall));
            }
        }
    }

    /** {@return a timer that is due or a task; by turns, so that neither keeps the other waiting} */
    private @Nullable Runnable next(boolean taskFirst) {
        if (taskFirst && !tasks.isEmpty()) {
            return tasks.poll();
        }
        Timer first = timers.peek();
        if (first != null && first.at <= now) {
            alarms.remove(first);
            return timers.poll();
        }
        return tasks.poll();
    }

    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    private void await(long nanos) {
        if (nanos <= 0) {
            return;
        }
        try {
            changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
            log.warn("The node's loop was interrupted; nobody should do that, and it goes on");
        }
    }

    private void perform(Runnable task, StallMeter meter) {
        long begun = now;
        try {
            task.run();
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            log.error("A task on the node's loop failed: {}", name(task), e);
        }
        now = clock.getAsLong();
        if (now - begun > SLOW) {
            log.warn("A task held the node's loop for {} ms: {}", (now - begun) / 1_000_000, name(task));
        }
        stalled(meter, begun, task);
    }

    private static String name(Runnable task) {
        return (task instanceof Timer timer ? timer.task : task).getClass().getName();
    }

    /** Ends the loop after the task that runs now; what waits is dropped. Waits for it, unless called on the loop. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            tasks.clear();
            timers.clear();
            alarms.clear();
            changed.signal();
        } finally {
            lock.unlock();
        }
        try {
            if (!inLoop()) {
                thread.join(TimeUnit.SECONDS.toMillis(5));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Timer implements Scheduled, Runnable {
        private final long at;
        private final long latest;
        private final long order;
        private final Runnable task;
        private volatile boolean cancelled;

        Timer(long at, long latest, long order, Runnable task) {
            this.at = at;
            this.latest = latest;
            this.order = order;
            this.task = task;
        }

        @Override
        public void run() {
            if (!cancelled) {
                task.run();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            lock.lock();
            try {
                timers.remove(this);
                alarms.remove(this);
            } finally {
                lock.unlock();
            }
        }
    }
}
