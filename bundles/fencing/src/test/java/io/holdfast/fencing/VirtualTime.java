package io.holdfast.fencing;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** Time that passes only when a test lets it, and loops with clocks that run at different rates. */
final class VirtualTime {
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::order));
    private long now;
    private long order;

    private record Task(long at, long order, Runnable work, AtomicBoolean cancelled) {}

    long now() {
        return now;
    }

    Scheduled at(long when, Runnable work) {
        AtomicBoolean cancelled = new AtomicBoolean();
        tasks.add(new Task(Math.max(now, when), order++, work, cancelled));
        return () -> cancelled.set(true);
    }

    void pass(Duration span) {
        long until = now + span.toNanos();
        while (!tasks.isEmpty() && tasks.peek().at() <= until) {
            Task next = tasks.remove();
            now = Math.max(now, next.at()); // a task may let time pass, too
            if (!next.cancelled().get()) {
                next.work().run();
            }
        }
        now = Math.max(now, until);
    }

    /** A machine's clock: starts anywhere, runs at its own rate, and its loops end when the process does. */
    static final class Clock {
        private final VirtualTime time;
        private final long offset;
        private final double rate;

        Clock(VirtualTime time, long offset, double rate) {
            this.time = time;
            this.offset = offset;
            this.rate = rate;
        }

        long nanos() {
            return offset + (long) (time.now() * rate);
        }

        /** The true time at which this clock certainly shows {@code nanos}. */
        long trueTime(long nanos) {
            return (long) Math.ceil((nanos - offset) / rate) + 1;
        }

        VirtualLoop loop() {
            return new VirtualLoop(time, this);
        }
    }

    static final class VirtualLoop implements Loop {
        private final VirtualTime time;
        private final Clock clock;
        private boolean ended;
        private long pausedUntil;

        private VirtualLoop(VirtualTime time, Clock clock) {
            this.time = time;
            this.clock = clock;
        }

        void end() {
            ended = true;
        }

        /** Nothing runs before the true time {@code until}; then everything that waited does. */
        void pause(long until) {
            pausedUntil = until;
        }

        @Override
        public void execute(Runnable task) {
            at(time.now(), task);
        }

        @Override
        public Scheduled schedule(Duration delay, Runnable task) {
            return at(clock.trueTime(clock.nanos() + Math.max(0, delay.toNanos())), task);
        }

        private Scheduled at(long when, Runnable task) {
            AtomicBoolean cancelled = new AtomicBoolean();
            run(when, task, cancelled);
            return () -> cancelled.set(true);
        }

        private void run(long when, Runnable task, AtomicBoolean cancelled) {
            time.at(when, () -> {
                if (ended || cancelled.get()) {
                    return;
                }
                if (time.now() < pausedUntil) {
                    run(pausedUntil, task, cancelled);
                } else {
                    task.run();
                }
            });
        }

        @Override
        public long nanos() {
            return clock.nanos();
        }

        @Override
        public boolean inLoop() {
            return true;
        }
    }
}
