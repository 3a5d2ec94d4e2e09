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
    private boolean stopped;
    private boolean killed;
    private boolean running;

    SimulatedLoop(VirtualTime time, MachineClock clock) {
        this.time = time;
        this.clock = clock;
    }

    @Override
    public void execute(Runnable task) {
        time.after(0, () -> enter(task));
    }

    @Override
    public Scheduled schedule(Duration delay, Runnable task) {
        boolean[] cancelled = new boolean[1];
        long trueDelay = clock.trueSpan(Math.max(0, delay.toNanos()));
        time.after(
                trueDelay,
                () -> enter(() -> {
                    if (!cancelled[0]) {
                        task.run();
                    }
                }));
        return () -> cancelled[0] = true;
    }

    @Override
    public long nanos() {
        return clock.read(time.now());
    }

    @Override
    public boolean inLoop() {
        return running;
    }

    void stop() {
        stopped = true;
    }

    void goOn() {
        stopped = false;
        // One after the other, and behind what is due now: as a process that wakes up does.
        while (!waiting.isEmpty()) {
            Runnable task = waiting.poll();
            time.after(0, () -> enter(task));
        }
    }

    void kill() {
        killed = true;
        waiting.clear();
    }

    private void enter(Runnable task) {
        if (killed) {
            return;
        }
        if (stopped) {
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
