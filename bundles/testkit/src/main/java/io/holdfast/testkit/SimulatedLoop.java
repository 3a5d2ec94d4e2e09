package io.holdfast.testkit;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The loop of one simulated process. A stopped process (SIGSTOP, long pause) runs nothing and finds everything waiting when it goes
 * on; a killed one never runs again.
 */
public final class SimulatedLoop implements Loop {
    private final VirtualTime time;
    private final MachineClock clock;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long stoppedUntil;
    private boolean killed;
    private boolean running;

    SimulatedLoop(VirtualTime time, MachineClock clock) {
        this.time = time;
        this.clock = clock;
    }

    private final class Timer implements Scheduled, Runnable {
        private final Runnable task;
        private boolean cancelled;

        Timer(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            if (!cancelled) {
                enter(this::fire);
            }
        }

        private void fire() {
            if (!cancelled) {
                task.run();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    @Override
    public void execute(Runnable task) {
        time.after(0, () -> enter(task));
    }

    @Override
    public Scheduled schedule(Duration delay, Runnable task) {
        Timer timer = new Timer(task);
        time.after(clock.trueSpan(Math.max(0, delay.toNanos())), timer);
        return timer;
    }

    /** Late by something between nothing and all that is allowed, the same in each run. */
    @Override
    public Scheduled scheduleLoosely(Duration delay, Runnable task) {
        long nanos = delay.toNanos();
        return schedule(Duration.ofNanos(nanos + nanos / 14 * (time.now() / 1_000 % 8)), task);
    }

    @Override
    public long nanos() {
        return clock.read(time.now());
    }

    @Override
    public boolean inLoop() {
        return running;
    }

    /** Stops it until the true time {@code until} at least. */
    void stop(long until) {
        stoppedUntil = Math.max(stoppedUntil, until);
        time.at(until, this::goOn);
    }

    void resume() {
        stoppedUntil = time.now();
        time.after(0, this::goOn);
    }

    boolean stopped() {
        return time.now() < stoppedUntil;
    }

    private void goOn() {
        // One after the other, and behind what is due now: as a process that wakes up does.
        while (!stopped() && !waiting.isEmpty()) {
            Runnable task = waiting.poll();
            time.after(0, () -> enter(task));
        }
    }

    void kill() {
        killed = true;
        waiting.clear();
    }

    /** Runs the task now, unless the process is stopped or dead. */
    void enter(Runnable task) {
        if (killed) {
            return;
        }
        if (stopped()) {
            waiting.add(task);
            return;
        }
        running = true;
        try {
            task.run();
        } finally {
            running = false;
        }
    }
}
