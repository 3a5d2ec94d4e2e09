package io.holdfast.testkit;

import java.util.PriorityQueue;

/**
 * The one clock of a simulation. Tasks run in the order of their times, those of one time in the order in which they came, all on the
 * thread that calls {@link #run}.
 */
public final class VirtualTime {
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private static final int MOST_AT_ONE_INSTANT = 100_000;

    private long now;
    private int thisInstant;
    private long order;

    /** {@return the true time in nanoseconds, from 0; no node sees it} */
    public long now() {
        return now;
    }

    /** Runs {@code action} when the true time is {@code time}, or next if that is over. */
    public void at(long time, Runnable action) {
        tasks.add(new Task(Math.max(time, now), order++, action));
    }

    /** Runs {@code action} after {@code nanos}. */
    public void after(long nanos, Runnable action) {
        at(now + nanos, action);
    }

    /** Runs all tasks up to {@code end} and sets the time to it. */
    public void run(long end) {
        for (Task next = tasks.peek(); next != null && next.time <= end; next = tasks.peek()) {
            tasks.poll();
            thisInstant = next.time == now ? thisInstant + 1 : 0;
            if (thisInstant > MOST_AT_ONE_INSTANT) {
                throw new IllegalStateException("time stands still at " + now / 1e9 + " s: " + next.action);
            }
            now = next.time;
            next.action.run();
        }
        now = Math.max(now, end);
    }

    private record Task(long time, long order, Runnable action) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }
}
