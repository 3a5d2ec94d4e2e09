package io.holdfast.testkit;

import io.holdfast.api.runtime.GuardLink;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** The guard of one simulated machine; it outlives the daemon's process and dies with the machine. */
final class SimulatedGuard implements GuardLink {
    /** The kill time that simulated nodes declare. */
    static final Duration KILL_TIME = Duration.ofMillis(250);

    private final SimulatedMachine machine;
    private final VirtualTime time;
    private final RandomGenerator random;
    private final boolean asleep;
    private final long session;
    private long incarnation;
    private long deadline = Long.MIN_VALUE;
    private boolean open;
    private long closings;
    private boolean proved = true;
    private boolean gone;
    private long awayUntil;
    private long ranSince;

    /** @param asleep a broken guard that never acts */
    SimulatedGuard(SimulatedMachine machine, VirtualTime time, RandomGenerator random, boolean asleep) {
        this.machine = machine;
        this.time = time;
        this.random = random;
        this.asleep = asleep;
        this.session = random.nextLong() | 1;
    }

    /** The machine lost power. */
    void end() {
        gone = true;
    }

    /** The guard was killed; its successor is there after {@code nanos} and goes on with the shared memory. */
    void killed(long nanos) {
        awayUntil = time.now() + nanos;
        time.at(awayUntil, this::look);
    }

    /** {@return whether the deadline of {@code asked} lies in the future} */
    boolean runs(long asked) {
        return !gone && incarnation == asked && deadline != Long.MIN_VALUE && deadline > machine.nanos();
    }

    /** {@return whether the lease runs, and did so without a break for {@code nanos} of true time} */
    boolean ranOn(long asked, long nanos) {
        return runs(asked) && time.now() - ranSince > nanos;
    }

    private void look() {
        if (gone || time.now() < awayUntil) {
            return;
        }
        if (deadline != Long.MIN_VALUE && machine.nanos() < deadline) {
            if (!open && proved) {
                open = true;
            }
            time.at(machine.clock().trueTimeOf(deadline) + 1, this::look);
        } else if (open && !asleep) {
            close();
        }
    }

    private void close() {
        open = false;
        closings++;
        proved = false;
        long killing = random.nextLong(KILL_TIME.toNanos() * 9 / 10);
        time.after(killing, () -> {
            if (!gone) {
                machine.killAll();
                proved = true;
                look();
            }
        });
    }

    @Override
    public Strength strength() {
        return Strength.PROCESS;
    }

    @Override
    public boolean contained() {
        return true;
    }

    @Override
    public Duration killTime() {
        return KILL_TIME;
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
        if (open && !asleep) {
            close();
        }
    }

    @Override
    public void extend(long ofIncarnation, long newDeadline) {
        if (ofIncarnation == incarnation && newDeadline > deadline) {
            if (!runs(ofIncarnation)) {
                ranSince = time.now();
            }
            deadline = newDeadline;
            time.after(1_000_000 + random.nextLong(9_000_000), this::look);
        }
    }

    @Override
    public void shorten(long ofIncarnation, long newDeadline) {
        if (ofIncarnation == incarnation) {
            deadline = newDeadline;
            time.after(1_000_000, this::look);
        }
    }

    @Override
    public boolean open() {
        return open;
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
    public void inDaemon(boolean running) {
        // Simulated resources have processes of their own.
    }
}
