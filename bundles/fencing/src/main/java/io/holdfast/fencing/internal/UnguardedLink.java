package io.holdfast.fencing.internal;

import io.holdfast.api.runtime.GuardLink;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * For a container that was not started with a guard: nothing stops resources at the lease's end, and the node says so.
 *
 * <p>Session, incarnation and deadline stay in an array that the JVM keeps, so that an update of this bundle does not lose them.
 */
final class UnguardedLink implements GuardLink {
    private static final int SESSION = 0;
    private static final int INCARNATION = 1;
    private static final int DEADLINE = 2;

    private final LongSupplier nanos;
    private final long[] memory;

    UnguardedLink(LongSupplier nanos, long session, Map<Object, Object> kept) {
        this.nanos = nanos;
        memory = (long[])
                kept.computeIfAbsent(UnguardedLink.class.getName(), key -> new long[] {session, 0, Long.MIN_VALUE});
    }

    @Override
    public Strength strength() {
        return Strength.NONE;
    }

    @Override
    public boolean contained() {
        return false;
    }

    @Override
    public Duration killTime() {
        return Duration.ZERO;
    }

    @Override
    public long session() {
        return memory[SESSION];
    }

    @Override
    public long incarnation() {
        return memory[INCARNATION];
    }

    @Override
    public long deadline() {
        return memory[DEADLINE];
    }

    @Override
    public void begin(long newIncarnation) {
        memory[INCARNATION] = newIncarnation;
        memory[DEADLINE] = Long.MIN_VALUE;
    }

    @Override
    public void extend(long of, long newDeadline) {
        if (of == memory[INCARNATION]) {
            memory[DEADLINE] = Math.max(memory[DEADLINE], newDeadline);
        }
    }

    @Override
    public void shorten(long of, long newDeadline) {
        if (of == memory[INCARNATION]) {
            memory[DEADLINE] = Math.min(memory[DEADLINE], newDeadline);
        }
    }

    @Override
    public boolean open() {
        return memory[DEADLINE] != Long.MIN_VALUE && nanos.getAsLong() < memory[DEADLINE];
    }

    @Override
    public long closings() {
        return 0;
    }

    @Override
    public boolean provedStopped() {
        return true;
    }

    @Override
    public void inDaemon(boolean running) {}
}
