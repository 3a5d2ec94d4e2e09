package io.holdfast.testkit;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The one clock of a simulation. Tasks run in the order of their times, those of one time in the order in which they came, all on the
 * thread that calls {@link #run}.
 *
 * <p>Most tasks are due soon, so the next quarter of a second is cut into slices: a task waits in the slice of its time, unsorted, and
 * only those of the slice that has come are put in order.
 */
public final class VirtualTime {
    private static final int MOST_AT_ONE_INSTANT = 100_000;
    /** A slice is 2^18 ns long. */
    private static final int SLICE_BITS = 18;

    private static final int SLICES = 1024;

    /** What is due in this slice, or was in one before. */
    private final TaskHeap due = new TaskHeap();
    /** What is due in one of the next slices, by its number modulo their count. */
    private final @Nullable Task[] slices = new Task[SLICES];
    /** Which of them are not empty: one bit each. */
    private final long[] filled = new long[SLICES / Long.SIZE];
    /** What is due later than that. */
    private final TaskHeap later = new TaskHeap();
    /** What is due at this very instant, behind all that came for it before. */
    private final ArrayDeque<Runnable> soon = new ArrayDeque<>(64);

    private long slice;
    private long now;
    private int thisInstant;
    private long order;
    private boolean ended;

    /** Something to do. */
    static final class Task {
        final long time;
        private final long order;
        private final Runnable action;
        private @Nullable Task next;

        Task(long time, long order, Runnable action) {
            this.time = time;
            this.order = order;
            this.action = action;
        }

        boolean before(Task other) {
            return time != other.time ? time < other.time : order < other.order;
        }

        private long slice() {
            return time >> SLICE_BITS;
        }
    }

    /** {@return the true time in nanoseconds, from 0; no node sees it} */
    public long now() {
        return now;
    }

    /** Runs {@code action} when the true time is {@code time}, or next if that is over. */
    public void at(long time, Runnable action) {
        if (time <= now) {
            soon.add(action);
            return;
        }
        Task task = new Task(time, order++, action);
        long ahead = task.slice() - slice;
        if (ahead <= 0) {
            due.add(task);
        } else if (ahead < SLICES) {
            int number = (int) (task.slice() % SLICES);
            task.next = slices[number];
            slices[number] = task;
            filled[number / Long.SIZE] |= 1L << number;
        } else {
            later.add(task);
        }
    }

    /** Runs {@code action} after {@code nanos}. */
    public void after(long nanos, Runnable action) {
        at(now + nanos, action);
    }

    /** Ends {@link #run} after the task that runs now. */
    public void end() {
        ended = true;
    }

    /** Runs all tasks up to {@code end} and sets the time to it. */
    public void run(long end) {
        ended = false;
        while (!ended) {
            Runnable next;
            long first = firstDue();
            if (first <= now) {
                next = due.poll().action;
            } else if (!soon.isEmpty()) {
                next = soon.poll();
            } else if (first <= end) {
                now = first;
                thisInstant = 0;
                next = due.poll().action;
            } else {
                now = Math.max(now, end);
                return;
            }
            if (++thisInstant > MOST_AT_ONE_INSTANT) {
                throw new IllegalStateException("time stands still at " + now / 1e9 + " s: " + next);
            }
            next.run();
        }
    }

    /** {@return the time of the first task, which is in {@link #due} then; the end of all times if there is none} */
    private long firstDue() {
        if (due.isEmpty()) {
            turnTo(Math.min(
                    nextFilled(),
                    later.isEmpty() ? Long.MAX_VALUE : later.first().slice()));
        }
        return due.isEmpty() ? Long.MAX_VALUE : due.first().time;
    }

    private void turnTo(long next) {
        if (next == Long.MAX_VALUE) {
            return;
        }
        slice = next;
        int number = (int) (next % SLICES);
        for (Task task = slices[number]; task != null; task = task.next) {
            due.add(task);
        }
        slices[number] = null;
        filled[number / Long.SIZE] &= ~(1L << number);
        while (!later.isEmpty() && later.first().slice() == next) {
            due.add(later.poll());
        }
    }

    /** {@return the number of the next slice in which something waits} */
    private long nextFilled() {
        for (long from = slice + 1; from < slice + SLICES; ) {
            int number = (int) (from % SLICES);
            long rest = filled[number / Long.SIZE] >>> number;
            if (rest != 0) {
                return from + Long.numberOfTrailingZeros(rest);
            }
            from += Long.SIZE - number % Long.SIZE;
        }
        return Long.MAX_VALUE;
    }
}
