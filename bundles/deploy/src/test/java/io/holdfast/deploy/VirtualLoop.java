package io.holdfast.deploy;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** A loop whose time passes only in {@link #run}. */
final class VirtualLoop implements Loop, InstantSource {
    private record Task(long at, long order, Runnable body, AtomicBoolean cancelled) {}

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::order));
    private long now = Duration.ofHours(1).toNanos();
    private long order;

    @Override
    public void execute(Runnable task) {
        schedule(Duration.ZERO, task);
    }

    @Override
    public Scheduled schedule(Duration delay, Runnable task) {
        AtomicBoolean cancelled = new AtomicBoolean();
        tasks.add(new Task(now + Math.max(0, delay.toNanos()), order++, task, cancelled));
        return () -> cancelled.set(true);
    }

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public boolean inLoop() {
        return true;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochSecond(1_800_000_000L, now);
    }

    /** Lets time pass and runs what falls due. */
    void run(Duration span) {
        long end = now + span.toNanos();
        while (!tasks.isEmpty() && tasks.peek().at() <= end) {
            Task task = tasks.poll();
            now = task.at();
            if (!task.cancelled().get()) {
                task.body().run();
            }
        }
        now = end;
    }

    void run(long millis) {
        run(Duration.ofMillis(millis));
    }
}
