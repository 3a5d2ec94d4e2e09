package io.holdfast.testkit;

import io.holdfast.api.runtime.GuardLink;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The guard of one simulated machine; it outlives the daemon's process and dies with the machine. On a strong machine a watchdog
 * resets everything when the guard does not feed it.
 */
final class SimulatedGuard implements GuardLink {
    private static final Duration KILL_TIME = Duration.ofMillis(250);
    private static final Duration WATCHDOG = Duration.ofSeconds(1);
    /** Daemon and guard each replace the other within this. */
    static final Duration REPLACED = Duration.ofMillis(100);

    private final SimulatedMachine machine;
    private final VirtualTime time;
    private final RandomGenerator random;
    private final boolean asleep;
    private final Runnable reset;
    private final Observer observer;
    private final long session;
    private long incarnation;
    private long deadline = Long.MIN_VALUE;
    private boolean open;
    private long closings;
    private boolean proved = true;
    private boolean gone;
    private long awaySince;
    private long awayUntil;
    private long ranSince;
    private boolean watched;
    private boolean looking;
    private long nextLook;

    /**
     * Starts it.
     *
     * @param asleep a broken guard that never acts
     * @param reset what the watchdog does
     */
    SimulatedGuard(
            SimulatedMachine machine,
            VirtualTime time,
            RandomGenerator random,
            boolean asleep,
            Observer observer,
            Runnable reset) {
        this.machine = machine;
        this.time = time;
        this.random = random;
        this.asleep = asleep;
        this.observer = observer;
        this.reset = reset;
        this.session = random.nextLong() | 1;
    }

    /** The machine lost power. */
    void end() {
        gone = true;
    }

    boolean away() {
        return time.now() < awayUntil;
    }

    /** The guard was killed or hangs; it, or its successor, goes on with the shared memory after {@code nanos}. */
    void away(long nanos) {
        if (!away()) {
            awaySince = time.now();
        }
        awayUntil = Math.max(awayUntil, time.now() + nanos);
        time.at(awayUntil, this::look);
        if (machine.strong() && awayUntil - awaySince > WATCHDOG.toNanos()) {
            long fires = WATCHDOG.toNanos() * 3 / 4 + random.nextLong(WATCHDOG.toNanos() / 4);
            time.at(awaySince + fires, () -> {
                if (!gone) {
                    reset.run();
                }
            });
        }
    }

    /** {@return whether the deadline of {@code asked} lies in the future} */
    boolean runs(long asked) {
        return !gone && incarnation == asked && deadline != Long.MIN_VALUE && deadline > machine.nanos();
    }

    /** {@return whether the lease runs, and did so without a break for {@code nanos} of true time} */
    boolean ranOn(long asked, long nanos) {
        return runs(asked) && time.now() - ranSince > nanos;
    }

    /** The machine goes on after it stood still, or its clock changed its rate. */
    void wake() {
        look();
    }

    private void lookAt(long trueTime) {
        if (!looking || trueTime < nextLook) {
            looking = true;
            nextLook = trueTime;
            time.at(trueTime, () -> {
                if (looking && time.now() >= nextLook) {
                    looking = false;
                    look();
                }
            });
        }
    }

    private void look() {
        if (gone || time.now() < awayUntil || machine.frozen()) {
            return;
        }
        if (deadline != Long.MIN_VALUE && machine.nanos() < deadline) {
            if (!open && proved) {
                open = true;
            }
            lookAt(machine.clock().trueTimeOf(deadline) + 1);
        } else if (open && !asleep) {
            close();
        }
    }

    private void close() {
        open = false;
        closings++;
        proved = false;
        long late =
                deadline == Long.MIN_VALUE ? 0 : time.now() - machine.clock().trueTimeOf(deadline);
        long left = KILL_TIME.toNanos() - REPLACED.toNanos() - Math.max(0, late); // it may be killed meanwhile
        boolean wasAway = late > 0 && awayUntil > time.now() - late && awaySince < time.now() - late;
        long fed = wasAway
                ? awaySince
                : time.now(); // who comes back after the deadline does not feed the watchdog any more
        kill(1 + random.nextLong(Math.max(1_000_000, left * 9 / 10)), time.now(), fed);
    }

    private void kill(long nanos, long closed, long fed) {
        time.after(nanos, () -> {
            if (gone || proved) {
                return;
            }
            boolean acts = !machine.frozen() && !away();
            if (acts && machine.killAll(closed)) {
                proved = true;
                look();
            } else if (machine.strong() && time.now() - fed > WATCHDOG.toNanos() * 9 / 10) {
                reset.run(); // nobody feeds it since the lease is over, whether the guard is there or not
            } else {
                kill(acts ? 20_000_000 : 5_000_000, closed, fed);
            }
        });
    }

    /** From outside: when the lease is over for longer than the kill time, nothing may run. */
    private void watchEnd() {
        if (watched || gone) {
            return;
        }
        watched = true;
        time.at(machine.clock().trueTimeOf(deadline + killTime().toNanos()) + 2_000_000, () -> {
            watched = false;
            if (gone || deadline == Long.MIN_VALUE) {
                return;
            }
            if (machine.nanos() < deadline + killTime().toNanos()) {
                watchEnd();
            } else if (!machine.running().isEmpty() && !machine.frozen()) {
                observer.runsWithoutLease(machine.name(), machine.running().keySet());
            }
        });
    }

    @Override
    public Strength strength() {
        return machine.strong() ? Strength.STRONG : Strength.PROCESS;
    }

    @Override
    public boolean contained() {
        return true;
    }

    @Override
    public Duration killTime() {
        return machine.strong() ? WATCHDOG.plus(KILL_TIME) : KILL_TIME;
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
            if (!open) {
                lookAt(time.now() + 1_000_000 + random.nextLong(9_000_000));
            }
            watchEnd();
        }
    }

    @Override
    public void shorten(long ofIncarnation, long newDeadline) {
        if (ofIncarnation == incarnation) {
            observer.released(machine.name()); // the node gives its hold up by itself
            deadline = newDeadline;
            lookAt(time.now() + 1_000_000);
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
