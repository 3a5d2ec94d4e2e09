package io.holdfast.fencing;

import io.holdfast.api.runtime.GuardLink;
import java.time.Duration;

/** A guard that uses the whole of its kill time. */
final class FakeGuard implements GuardLink {
    Duration killTime = Duration.ofMillis(250);

    private final VirtualTime time;
    private final VirtualTime.Clock clock;
    Strength strength = Strength.PROCESS;
    long session = 77;
    private long incarnation;
    private long deadline = Long.MIN_VALUE;
    private boolean open;
    private long closings;
    private long openedAt = Long.MIN_VALUE / 2;
    private boolean proved = true;
    private boolean dead;
    Runnable beforeShorter = () -> {};

    FakeGuard(VirtualTime time, VirtualTime.Clock clock) {
        this.time = time;
        this.clock = clock;
    }

    /** The machine lost power and has a new guard that knows nothing. */
    void reboot(long newSession) {
        session = newSession;
        incarnation = 0;
        deadline = Long.MIN_VALUE;
        open = false;
        proved = true;
    }

    /** The guard's process is dead: it neither opens nor closes nor kills. */
    void die() {
        dead = true;
    }

    /** Another takes its place. */
    void comeBack() {
        dead = false;
        look();
    }

    /** Whether something that this incarnation was granted may be running now. */
    boolean mayRun(long asked) {
        // in a dead guard's place the daemon stops everything, and proves nothing
        boolean deputised = dead && clock.nanos() >= deadline + killTime.toNanos();
        return incarnation == asked && (open || !proved) && !deputised;
    }

    private void look() {
        if (dead) {
            return;
        }
        boolean runs = deadline != Long.MIN_VALUE && clock.nanos() < deadline;
        if (runs && !open && proved) {
            open = true;
            openedAt = time.now();
        }
        if (runs) {
            time.at(clock.trueTime(deadline), this::look);
        } else if (open) {
            close();
        }
    }

    long openedAt() {
        return openedAt;
    }

    private void close() {
        open = false;
        closings++;
        proved = false;
        long mine = closings;
        time.at(clock.trueTime(clock.nanos() + killTime.toNanos()) - 2, () -> {
            if (mine == closings) {
                proved = true;
                look();
            }
        });
    }

    @Override
    public Strength strength() {
        return strength;
    }

    @Override
    public boolean contained() {
        return true;
    }

    @Override
    public Duration killTime() {
        return killTime;
    }

    @Override
    public long session() {
        return session;
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public void begin(long newIncarnation) {
        incarnation = newIncarnation;
        deadline = Long.MIN_VALUE;
        if (open) {
            close();
        }
    }

    @Override
    public void extend(long of, long newDeadline) {
        if (of == incarnation && newDeadline > deadline) {
            deadline = newDeadline;
            look();
        }
    }

    @Override
    public void shorten(long of, long newDeadline) {
        beforeShorter.run();
        if (of == incarnation && newDeadline < deadline) {
            deadline = newDeadline;
            look();
        }
    }

    @Override
    public boolean open() {
        return open && !dead;
    }

    @Override
    public boolean shut() {
        return !open;
    }

    @Override
    public long closings() {
        return closings;
    }

    @Override
    public boolean provedStopped() {
        return proved;
    }

    @Override
    public void inDaemon(boolean running) {}
}
