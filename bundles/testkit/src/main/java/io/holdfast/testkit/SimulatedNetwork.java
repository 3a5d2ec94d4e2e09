package io.holdfast.testkit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Links between machines, each direction for itself, with seeded delay, loss and duplication. */
public final class SimulatedNetwork {
    private final VirtualTime time;
    private final RandomGenerator random;
    private final Set<String> cut = new HashSet<>();
    private final Map<String, Long> lastReliable = new HashMap<>();
    private double loss;
    private double duplicates;
    private long delayNanos = 200_000;
    private long jitterNanos = 300_000;

    SimulatedNetwork(VirtualTime time, RandomGenerator random) {
        this.time = time;
        this.random = random;
    }

    /** Cuts the direction from {@code from} to {@code to}, or mends it. */
    public void cut(String from, String to, boolean isCut) {
        if (isCut) {
            cut.add(from + '>' + to);
        } else {
            cut.remove(from + '>' + to);
        }
    }

    /** Loses and duplicates messages at random, on all links. */
    public void disturb(double lossShare, double duplicateShare) {
        loss = lossShare;
        duplicates = duplicateShare;
    }

    /** Delays messages by {@code delay} plus up to {@code jitter} nanoseconds, on all links. */
    public void delay(long delay, long jitter) {
        delayNanos = delay;
        jitterNanos = jitter;
    }

    /** Mends everything. */
    public void heal() {
        cut.clear();
        disturb(0, 0);
        delay(200_000, 300_000);
    }

    boolean connected(String from, String to) {
        return !cut.contains(from + '>' + to);
    }

    /**
     * Delivers {@code arrival} at the other end, if it gets there.
     *
     * @param reliable lost messages are sent again, in order, as TCP does; only a cut loses them
     */
    void send(String from, String to, boolean reliable, Supplier<Runnable> arrival) {
        if (from.equals(to)) {
            time.after(1_000, arrival.get());
            return;
        }
        if (!connected(from, to)) {
            return;
        }
        long delay = delayNanos + random.nextLong(jitterNanos + 1);
        boolean lost = random.nextDouble() < loss;
        if (lost && !reliable) {
            return;
        }
        if (lost) {
            delay += 200_000_000L; // one retransmission
        }
        long due = time.now() + delay;
        if (reliable) {
            due = Math.max(due, lastReliable.getOrDefault(from + '>' + to, 0L) + 1);
            lastReliable.put(from + '>' + to, due);
        }
        deliver(from, to, due, arrival.get());
        if (!reliable && random.nextDouble() < duplicates) {
            deliver(from, to, due + random.nextLong(50_000_000), arrival.get());
        }
    }

    private void deliver(String from, String to, long due, Runnable arrival) {
        time.at(due, () -> {
            if (connected(from, to)) {
                arrival.run();
            }
        });
    }
}
