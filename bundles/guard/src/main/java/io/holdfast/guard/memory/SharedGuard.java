package io.holdfast.guard.memory;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * The daemon's side of the memory that it shares with the guard, and its watch over the guard.
 *
 * <p>All methods are called on the daemon's loop and do not block, but for {@link #watch}, which has a thread of its own, and those that
 * say otherwise.
 */
public final class SharedGuard {
    /** The guard writes down the time each 60 ms; so a dead or stopped one is found after this time at most. */
    private static final long LATE = Duration.ofMillis(85).toNanos();

    private static final long NEXT_LOOK_AT_A_LATE_ONE = Duration.ofMillis(10).toNanos();
    /** A loop that did not run for so long is told to the guard as one that stands. */
    private static final long STANDS = Duration.ofSeconds(1).toNanos();

    private static final long HANGS = Duration.ofSeconds(1).toNanos();
    private static final long CLOCKS_DIFFER = Duration.ofMillis(500).toNanos();
    private static final long FIRST_PAUSE = Duration.ofMillis(500).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(10).toNanos();

    private final Path base;
    private final LongSupplier nanos;
    private final Executor blocking;
    private final GuardMemory memory;
    private volatile long loopRan;
    private volatile boolean replacing;
    private volatile String trouble = "";
    private volatile ProcessId leftTo = ProcessId.NONE;
    private long notBefore = Long.MIN_VALUE;
    private long pause = FIRST_PAUSE;
    private long replaced;

    private SharedGuard(Path base, LongSupplier nanos, Executor blocking, GuardMemory memory) {
        this.base = base;
        this.nanos = nanos;
        this.blocking = blocking;
        this.memory = memory;
        this.loopRan = nanos.getAsLong();
    }

    /**
     * Attaches this process as the daemon of the node. The session, incarnation and deadline of an earlier daemon stay as they are.
     *
     * @param nanos CLOCK_BOOTTIME
     * @param blocking runs what blocks: starting a guard
     * @throws IOException if no guard was started on this base since the kernel's boot, if it is of another version, or if another
     *     living process is attached
     */
    public static SharedGuard attach(Path base, LongSupplier nanos, Executor blocking) throws IOException {
        GuardMemory memory;
        try {
            memory = GuardMemory.open(base);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "no guard runs for " + base + "; start the node with bin/holdfast, which starts it", e);
        }
        ProcessId self = ProcessId.self();
        ProcessId other = memory.daemon();
        if (!other.equals(self) && other.alive()) {
            throw new IOException(
                    "process " + other.pid() + " is attached to the guard of " + base + " as its daemon; end it first");
        }
        SharedGuard shared = new SharedGuard(base, nanos, blocking, memory);
        if (!other.equals(self)) {
            memory.inDaemon(false); // this JVM has started nothing yet; in the one that attached before, it may run on
        }
        memory.leaving(false);
        memory.daemonBeat(nanos.getAsLong());
        memory.daemon(self);
        return shared;
    }

    /** Says that the daemon's loop runs; to be called some times a second. */
    public void loopRuns() {
        loopRan = nanos.getAsLong();
    }

    /**
     * One look at the guard: replaces a dead, stopped or hanging one, and tells it that this daemon lives. On one thread, which does
     * nothing else.
     *
     * @return nanoseconds until the next look
     */
    public long watch() {
        long now = nanos.getAsLong();
        if (now - loopRan < STANDS) {
            memory.daemonBeat(now);
        }
        long silent = now - memory.guardBeat();
        if (silent < LATE) {
            if (now - notBefore > LONGEST_PAUSE) {
                pause = FIRST_PAUSE;
            }
            return Math.min(LATE, LATE - silent);
        }
        if (!replacing && !memory.leaving() && now >= notBefore) {
            replaceIfGone(now, silent);
        }
        return NEXT_LOOK_AT_A_LATE_ONE;
    }

    private void replaceIfGone(long now, long silent) {
        ProcessId guard = memory.guard();
        boolean gone = guard.stat().map(stat -> stat.dead() || stat.stopped()).orElse(true);
        if (!gone && silent < HANGS) {
            return; // it is only late: the machine is busy
        }
        replacing = true;
        notBefore = now + pause;
        pause = Math.min(2 * pause, LONGEST_PAUSE);
        blocking.execute(() -> replace(guard));
    }

    private void replace(ProcessId old) {
        try {
            // a stopped guard would go on where it was, once continued; and it holds the lock
            old.kill();
            if (leftToTheSpare()) {
                return;
            }
            List<String> command = command(base);
            File log = base.resolve("log").resolve("guard.out").toFile();
            new ProcessBuilder(command)
                    .directory(new File("/"))
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(log)
                    .redirectErrorStream(true)
                    .start();
            replaced++;
            trouble = "";
        } catch (IOException e) {
            trouble = "the guard is dead and cannot be started again: " + e.getMessage();
        } finally {
            replacing = false;
        }
    }

    /** {@return whether there is a spare that has the lock by now, and was not left to before in vain} */
    private boolean leftToTheSpare() {
        ProcessId spare = memory.spare();
        boolean waits =
                spare.stat().filter(stat -> !stat.dead() && !stat.stopped()).isPresent();
        if (waits && !spare.equals(leftTo)) {
            leftTo = spare;
            return true;
        }
        spare.kill();
        return false;
    }

    /** {@return the command that starts a guard like the present one} */
    public static List<String> command(Path base) throws IOException {
        return List.of(Files.readString(commandFile(base)).split("\0"));
    }

    static Path commandFile(Path base) {
        return base.resolve("run").resolve("guard.command");
    }

    /** Guard only: keeps the command that starts a guard like this one. */
    public static void keepCommand(Path base, List<String> command) throws IOException {
        Path fresh = base.resolve("run").resolve("guard.command.new");
        Files.writeString(fresh, String.join("\0", command), StandardCharsets.UTF_8);
        Files.move(fresh, commandFile(base), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * {@return whether the lease has ended, not everything is proved stopped, and no guard acts: then the daemon itself has to stop
     * everything} For any thread.
     */
    public boolean forsaken() {
        long now = nanos.getAsLong();
        return now - memory.guardBeat() >= LATE
                && memory.lease().deadline() <= now
                && (memory.gateOpen() || !memory.proved());
    }

    /** {@return what {@link #inDaemon(boolean)} told last} For any thread. */
    public boolean inDaemon() {
        return memory.inDaemon();
    }

    /** {@return whether the gate is shut, by the word of the guard, dead or alive; {@link #open} is false for a dead one too} */
    public boolean shut() {
        return !memory.gateOpen();
    }

    /** {@return whether the guard ran in the last second} */
    public boolean guardAlive() {
        return nanos.getAsLong() - memory.guardBeat() < HANGS;
    }

    /** {@return what is wrong between daemon and guard, for people; empty if nothing} */
    public String trouble() {
        if (memory.guardBeat() - nanos.getAsLong() > CLOCKS_DIFFER) {
            return "guard and daemon read different clocks; /proc/uptime is not this kernel's (lxcfs?)";
        }
        return trouble;
    }

    /** {@return how often this object started a new guard} */
    public long replacements() {
        return replaced;
    }

    /** {@return whether an armed watchdog stands behind the guard} */
    public boolean strong() {
        return memory.strong();
    }

    /** {@return whether every resource process is contained in a cgroup v2 of its own} */
    public boolean contained() {
        return memory.contained();
    }

    /** {@return {@code K}: the time within which everything is stopped after the lease's end} */
    public Duration killTime() {
        return Duration.ofNanos(memory.killNanos());
    }

    /** {@return the guard session: kept while what runs on the node stays under one unbroken watch} */
    public long session() {
        return memory.session();
    }

    /** {@return the incarnation last written with {@link #begin}, or 0} */
    public long incarnation() {
        return memory.lease().incarnation();
    }

    /** {@return the deadline last written; {@link Long#MIN_VALUE} when there was none} */
    public long deadline() {
        return memory.lease().deadline();
    }

    /** Writes a new incarnation with its deadline "ended". */
    public void begin(long incarnation) {
        memory.lease(incarnation, GuardMemory.ENDED);
    }

    /** Moves the deadline of {@code incarnation} forward; ignored if it is not later, or the incarnation is another. */
    public void extend(long incarnation, long deadline) {
        GuardMemory.Lease lease = memory.lease();
        if (lease.incarnation() == incarnation && deadline > lease.deadline()) {
            memory.lease(incarnation, deadline);
        }
    }

    /** Sets a shorter deadline, before a hold is released; ignored if it is not shorter, or the incarnation is another. */
    public void shorten(long incarnation, long deadline) {
        GuardMemory.Lease lease = memory.lease();
        if (lease.incarnation() == incarnation && deadline < lease.deadline()) {
            memory.lease(incarnation, deadline);
        }
    }

    /** {@return whether the gate is open and the guard lives} */
    public boolean open() {
        return memory.gateOpen() && guardAlive();
    }

    /** {@return how often the guard closed the gate because the deadline had passed} */
    public long closings() {
        return memory.closings();
    }

    /** {@return whether, since the last closing, everything is proved stopped} */
    public boolean provedStopped() {
        return memory.proved();
    }

    /** Tells the guard whether resources run inside this JVM. */
    public void inDaemon(boolean running) {
        memory.inDaemon(running);
    }

    /**
     * The daemon stopped everything and leaves for good: the guard closes the gate, proves that nothing runs ({@link #provedStopped}
     * after {@link #closings} grew), waits for the daemon to end, and ends too.
     */
    public void leaving() {
        memory.leaving(true);
    }
}
