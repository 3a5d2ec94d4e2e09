package io.holdfast.testkit;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The one clock of a simulation. Tasks run in the order of their times, those of one time in the order in which they came, all on the
 * thread that calls {@link #run}.
 */
public final class VirtualTime {
    private static final int MOST_AT_ONE_INSTANT = 100_000;
    private static final int CHILDREN = 4;

    /** A heap with four children a node: times, the order in which they came, and what is to be done. */
    private long[] times = new long[256];

    private long[] orders = new long[256];
    private Runnable[] actions = new Runnable[256];
    private int size;

    /** What is due at this very instant, behind all that the heap has for it. */
    private final ArrayDeque<Runnable> soon = new ArrayDeque<>(64);

    private long now;
    private int thisInstant;
    private long order;
    private boolean ended;

    /** {@return the true time in nanoseconds, from 0; no node sees it} */
    public long now() {
        return now;
    }

    /** Runs {@code action} when the true time is {@code time}, or next if that is over. */
    public void at(long time, Runnable action) {
        if (time <= now) {
            soon.add(action);
        } else {
            push(time, action);
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
            if (size > 0 && times[0] <= now) {
                next = pop();
            } else if (!soon.isEmpty()) {
                next = soon.poll();
            } else if (size > 0 && times[0] <= end) {
                now = times[0];
                thisInstant = 0;
                next = pop();
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

    private void push(long time, Runnable action) {
        if (size == times.length) {
            times = Arrays.copyOf(times, 2 * size);
            orders = Arrays.copyOf(orders, 2 * size);
            actions = Arrays.copyOf(actions, 2 * size);
        }
        int at = size++;
        long mine = order++;
        while (at > 0) {
            int parent = (at - 1) / CHILDREN;
            if (times[parent] <= time) { // what came earlier has the smaller order, so it stays above
                break;
            }
            move(parent, at);
            at = parent;
        }
        times[at] = time;
        orders[at] = mine;
        actions[at] = action;
    }

    private Runnable pop() {
        Runnable first = actions[0];
        int last = --size;
        long time = times[last];
        long mine = orders[last];
        Runnable action = actions[last];
        actions[last] = VirtualTime::nothing;
        int at = 0;
        while (true) {
            int child = at * CHILDREN + 1;
            if (child >= last) {
                break;
            }
            int least = child;
            int end = Math.min(child + CHILDREN, last);
            for (int other = child + 1; other < end; other++) {
                if (before(times[other], orders[other], times[least], orders[least])) {
                    least = other;
                }
            }
            if (!before(times[least], orders[least], time, mine)) {
                break;
            }
            move(least, at);
            at = least;
        }
        if (last > 0) {
            times[at] = time;
            orders[at] = mine;
            actions[at] = action;
        }
        return first;
    }

    private static boolean before(long time, long order, long otherTime, long otherOrder) {
        return time != otherTime ? time < otherTime : order < otherOrder;
    }

    private void move(int from, int to) {
        times[to] = times[from];
        orders[to] = orders[from];
        actions[to] = actions[from];
    }

    private static void nothing() {}
}
