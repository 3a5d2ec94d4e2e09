package io.holdfast.guard;

import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.cells.ReleaseFiles;
import io.holdfast.guard.memory.BootClock;
import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The guard's loop. In each round it reads the clock and the lease, and then opens or closes the gate, kills, feeds the watchdog and
 * looks after the daemon; it waits for nothing else.
 *
 * <p>OPEN: the deadline lies ahead, processes may be started. CLOSED: the gate is shut; everything is killed and released until that is
 * proved, and looked after further on. From CLOSED to OPEN only with proof and a deadline ahead.
 */
final class Guard {
    private static final long ROUND = Duration.ofMillis(25).toNanos();
    /** While the gate is open. The deadline itself is kept to the microsecond; this is how late one that was moved nearer is seen. */
    private static final long OPEN_ROUND = Duration.ofMillis(60).toNanos();

    private static final long STOPPING_ROUND = Duration.ofMillis(1).toNanos();
    private static final long HURRY = Duration.ofSeconds(1).toNanos();
    private static final long SCAN = Duration.ofMillis(500).toNanos();
    private static final long WEAK_SCAN = Duration.ofSeconds(1).toNanos();
    private static final long CLOCKS_DIFFER = Duration.ofMillis(500).toNanos();
    private static final long COMPLAIN = Duration.ofSeconds(5).toNanos();
    /** A daemon whose loop stands for so long after its lease is killed and started anew. */
    private static final long HANGS = Duration.ofSeconds(30).toNanos();
    /** A daemon that was asked to leave has so long for it. */
    private static final long LEAVE = Duration.ofSeconds(60).toNanos();

    /** Who gives the place up sees to it that the lease runs for so much longer; the next guard needs a fifth of that. */
    private static final long CALM = Duration.ofMillis(150).toNanos();

    /** A successor needs 30 ms; on a busy machine some hundred. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** How a guard's work ended. */
    enum End {
        /** The node has left. */
        LEFT,
        /** The daemon cannot work with its settings. */
        BAD_SETTINGS,
        /** Another guard is to go on. */
        HANDED_OVER
    }

    private final Options options;
    private final BootClock clock;
    private final GuardMemory memory;
    private final Cells cells;
    private final Releaser releaser;
    private final DaemonKeeper daemon;
    private final SpareKeeper spare;
    private final GuardLog log;
    private @Nullable Watchdog watchdog;
    private Duration kill = Duration.ZERO;
    private final Thread thread = Thread.currentThread();
    private volatile boolean asked;
    private boolean handedOver;
    private boolean open;
    private boolean swept;
    private boolean proved;
    private long deadline; // as the last round read it
    private long closedAt;
    private long askedAt = Long.MAX_VALUE;
    private long nextScan = Long.MIN_VALUE;
    private long nextComplaint;
    private String problem = "";

    /**
     * @param spare the command that starts a spare of this guard; empty for none
     * @param meanwhile the guard that gave its place up to this one, and stands in for the spare until there is one; or none
     */
    Guard(
            Options options,
            BootClock clock,
            GuardMemory memory,
            Cells cells,
            GuardLog log,
            List<String> spare,
            ProcessId meanwhile)
            throws IOException {
        this.options = options;
        this.clock = clock;
        this.memory = memory;
        this.cells = cells;
        this.log = log;
        this.releaser = new Releaser(new ReleaseFiles(options.base()), log::say);
        this.daemon = new DaemonKeeper(options.base(), options.daemon(), memory, log, () -> LockSupport.unpark(thread));
        this.spare = new SpareKeeper(
                options.base(),
                spare,
                memory,
                log,
                clock.nanos() + options.spareAfter().toNanos(),
                meanwhile);
    }

    /** Arms the watchdog, if there is to be one. A device can be open once, so only who has the place does this. */
    void prepare() {
        Watchdog armed = arm();
        watchdog = armed;
        kill = armed == null ? options.kill() : options.kill().plus(armed.timeout());
    }

    /** {@return how long a successor may take: within this all is as well as before, since the lease is watched meanwhile} */
    Duration patience() {
        Watchdog armed = watchdog;
        Duration half = armed == null ? PATIENCE : armed.timeout().dividedBy(2);
        return half.compareTo(PATIENCE) < 0 ? half : PATIENCE;
    }

    /** {@return in what this guard would keep less than the one whose memory it is to take; empty if in nothing} */
    String weaker() {
        if (memory.strong() && watchdog == null) {
            return "it cannot arm the watchdog";
        }
        if (memory.contained() && !cells.contained()) {
            return "it finds no cgroup v2 to contain processes in";
        }
        return kill.toNanos() > memory.killNanos()
                ? "its K of " + kill.toMillis() + " ms is longer than the " + memory.killNanos() / 1_000_000
                        + " ms that the node declared when it joined"
                : "";
    }

    private @Nullable Watchdog arm() {
        if (options.watchdog().isEmpty()) {
            return null;
        }
        try {
            return Watchdog.arm(options.watchdog().get(), mayFeed(), options.watchdogTimeout(), log);
        } catch (IOException e) {
            log.say("The watchdog " + options.watchdog().get() + " cannot be armed (" + e.getMessage()
                    + "), so this node's guard is not a strong one. Look at lsmod and at who has the device open.");
            return null;
        }
    }

    /** {@return whether a watchdog that an earlier guard armed and did not disarm, if there is one, may be fed before the first round} */
    private boolean mayFeed() {
        return memory.session() == 0
                || !memory.strong()
                || (memory.gateOpen() ? ahead(memory.lease().deadline(), clock.nanos()) : memory.proved());
    }

    /** Takes the memory over, from nothing or from a guard that is dead. */
    void begin() throws IOException {
        memory.terms(watchdog != null, cells.contained(), kill.toNanos());
        spare.begin();
        cells.make();
        boolean goesOn = memory.session() != 0 && memory.daemon().alive();
        // at first closed in any case: what follows decides anew
        boolean wasOpen = goesOn && memory.gateOpen();
        ProcessId before = memory.guard();
        cells.gate(false);
        if (!goesOn) {
            memory.gateOpen(false);
            memory.proved(false);
            memory.lease(0, GuardMemory.ENDED);
            memory.daemon(ProcessId.NONE);
            memory.inDaemon(false);
            memory.closings(0);
            long session;
            do {
                session = new SecureRandom().nextLong();
            } while (session == 0);
            memory.session(session);
            memory.leaving(false);
        }
        memory.guard(ProcessId.self());
        memory.guardBeat(clock.nanos());
        memory.successor(ProcessId.NONE);
        closedAt = clock.nanos();
        nextComplaint = closedAt + COMPLAIN;
        if (wasOpen && ahead(memory.lease().deadline(), clock.nanos())) {
            cells.gate(true);
            open = true;
            proved = true;
            memory.proved(true); // the last closing's; it died while it closed, and the lease was longer again
            log.say("Took over from guard " + describe(before) + ", with the daemon "
                    + memory.daemon().pid() + " and its lease running on: nothing is stopped. " + describe());
        } else if (goesOn) {
            if (wasOpen) {
                close(clock.nanos(), "the deadline had passed when this guard took over from " + before.pid());
            }
            log.say("Took over from guard " + describe(before) + "; the gate is closed. " + describe());
        } else {
            log.say("Guard of node " + options.node()
                    + " begins a new session: closes the gate and stops what is left. " + describe());
        }
    }

    private static String describe(ProcessId before) {
        if (before.equals(ProcessId.self())) {
            return before.pid() + ", this very process, whose successor did not come";
        }
        return before.pid() + (before.alive() ? ", which gave its place up" : ", which is dead");
    }

    private String describe() {
        return "Cells are " + cells.describe() + "; "
                + (watchdog == null
                        ? "no watchdog is armed"
                        : "the watchdog "
                                + options.watchdog().map(Object::toString).orElse("") + " resets this machine after "
                                + watchdog.timeout().toSeconds() + " s")
                + "; K is " + memory.killNanos() / 1_000_000 + " ms.";
    }

    /** Runs until the node has left, or another guard is to go on. */
    End run() {
        try {
            while (!round()) {
                long pause = pause();
                if (pause > 0) {
                    LockSupport.parkNanos(pause);
                }
            }
            if (handedOver) {
                return End.HANDED_OVER;
            }
            return daemon.hopeless() ? End.BAD_SETTINGS : End.LEFT;
        } finally {
            spare.end();
            releaser.close();
        }
    }

    /** Asks the guard, from another thread, to make the daemon leave and then to end. */
    void end() {
        asked = true;
        LockSupport.unpark(thread);
    }

    private long pause() {
        if (!open) {
            // what did not die in a second will not die for being asked a thousand times a second
            return proved || clock.nanos() - closedAt > HURRY ? ROUND : STOPPING_ROUND;
        }
        // a little late by what the round itself took: some ten microseconds
        return Math.max(0, Math.min(OPEN_ROUND, deadline - memory.guardBeat()));
    }

    /** One round; {@return whether it was the last} */
    boolean round() {
        long now = clock.nanos();
        memory.guardBeat(now);
        boolean leaving = memory.leaving() || (asked && !daemon.alive()) || daemon.hopeless();
        deadline = memory.lease().deadline();
        boolean ahead = ahead(deadline, now);
        if (open && (leaving || !ahead)) {
            close(now, leaving ? "the node leaves" : "the deadline has passed");
        }
        if (!open) {
            stop(now);
            if (proved && ahead && !leaving) {
                open(now);
            }
        }
        if (watchdog != null && (open ? ahead : proved)) {
            watchdog.feed(now);
        }
        return look(now, leaving);
    }

    /** {@return whether the deadline lies ahead, by a clock that the daemon shares} */
    private boolean ahead(long deadline, long now) {
        return deadline > now && memory.daemonBeat() - now < CLOCKS_DIFFER;
    }

    private void close(long now, String reason) {
        open = false;
        proved = false;
        swept = false;
        memory.proved(false);
        memory.gateOpen(false);
        memory.closings(memory.closings() + 1);
        closedAt = now;
        nextComplaint = now + COMPLAIN;
        stop(now);
        long late = now - memory.lease().deadline();
        log.say("Closed the gate, because " + reason
                + (late > 0 && late < Duration.ofDays(1).toNanos() ? " (" + late / 1_000 + " us ago)" : "") + ".");
        if (memory.daemonBeat() - now >= CLOCKS_DIFFER) {
            log.say("The daemon's clock is ahead of /proc/uptime by " + (memory.daemonBeat() - now) / 1_000_000
                    + " ms: they are of different machines or containers (lxcfs?), and no lease can be trusted.");
        }
    }

    private void open(long now) {
        try {
            cells.gate(true);
        } catch (IOException e) {
            complain(now, "the gate cannot be opened: " + e.getMessage());
            return;
        }
        open = true;
        memory.gateOpen(true);
        log.say("Opened the gate: the lease of incarnation " + memory.lease().incarnation() + " runs for another "
                + (memory.lease().deadline() - now) / 1_000_000 + " ms.");
    }

    /** One step towards the proof that everything is stopped; and when it is there, a look now and then whether it still holds. */
    private void stop(long now) {
        if (proved && now < nextScan) {
            return;
        }
        try {
            cells.gate(false);
            boolean empty = cells.sweep() && jvmStopped();
            if (!empty) {
                if (proved) {
                    log.say("Something lives in a cell although the gate is closed; stopping it.");
                    memory.proved(false);
                }
                proved = false;
                swept = false;
                releaser.end();
            } else if (!swept) {
                swept = true;
                releaser.begin();
            }
            if (swept && !proved && releaser.done()) {
                releaser.end();
                proved = true;
                memory.proved(true);
                long took = (clock.nanos() - closedAt) / 1_000_000;
                log.say("Everything is proved stopped, " + took + " ms after the gate was closed.");
            }
        } catch (IOException | RuntimeException e) {
            proved = false;
            memory.proved(false);
            complain(now, "stopping failed and is tried again: " + e);
        }
        nextScan = now + (cells.contained() ? SCAN : WEAK_SCAN);
        if (!proved && now >= nextComplaint) {
            complain(
                    now,
                    swept ? "release commands have not all succeeded" : "processes are still alive: " + survivors());
        }
    }

    private void complain(long now, String what) {
        if (now >= nextComplaint || !what.equals(problem)) {
            problem = what;
            nextComplaint = now + COMPLAIN;
            log.say("Not everything is proved stopped " + (now - closedAt) / 1_000_000
                    + " ms after the gate was closed: " + what + ".");
        }
    }

    private String survivors() {
        StringBuilder text = new StringBuilder();
        try {
            for (String instance : cells.instances()) {
                for (Cells.Part part : Cells.Part.values()) {
                    cells.processes(instance, part).stream()
                            .limit(20)
                            .forEach(id -> text.append(instance)
                                    .append(' ')
                                    .append(id)
                                    .append(ProcessId.stat(id)
                                            .map(stat -> " (state " + stat.state() + ") ")
                                            .orElse(" ")));
                }
            }
        } catch (IOException e) {
            text.append(e.getMessage());
        }
        return memory.inDaemon()
                ? text + "resources in the daemon's JVM " + memory.daemon().pid()
                : text.toString().strip();
    }

    /** Kills the JVM if resources run in it that it has not confirmed as stopped; {@return whether that needs no more waiting} */
    private boolean jvmStopped() {
        if (!memory.inDaemon()) {
            return true;
        }
        ProcessId process = memory.daemon();
        if (!process.alive()) {
            memory.inDaemon(false);
            return true;
        }
        log.say("Resources in the daemon's JVM are not confirmed as stopped at the deadline: killing process "
                + process.pid() + ".");
        daemon.kill();
        process.kill();
        return !process.alive();
    }

    private boolean successorAsks() {
        ProcessId successor = memory.successor();
        if (successor.pid() == 0) {
            return false;
        }
        if (!successor.alive()) {
            log.say("Guard " + successor.pid() + " asked for this one's place and died: this one goes on.");
            memory.successor(ProcessId.NONE);
            return false;
        }
        return true;
    }

    /** {@return whether nothing has to be done in the next moments: the lease runs, or all is stopped; and the daemon is known to all} */
    private boolean calm(long now) {
        return daemon.attached() && (open ? deadline - now > CALM : proved);
    }

    /** Looks after the daemon; {@return whether the guard's work is done} */
    private boolean look(long now, boolean leaving) {
        boolean ending = asked; // looked at once: what comes later in a round is for the next one, from its beginning
        if (ending && askedAt == Long.MAX_VALUE) {
            askedAt = now;
            log.say("Asked to end: the daemon is told to leave.");
            daemon.terminate();
        }
        daemon.tick(now, !ending && !leaving);
        if (!ending && !leaving && successorAsks()) {
            handedOver = calm(now) && spare.retired();
            if (handedOver) {
                if (watchdog != null) {
                    watchdog.leave();
                }
                log.say("Gives its place up to guard " + memory.successor().pid() + ", which asked for it.");
                return true;
            }
        } else if (!ending && !leaving) {
            spare.tick(now);
        }
        boolean hangs = !open
                && proved
                && now - closedAt > HANGS
                && memory.daemonBeat() != 0
                && now - memory.daemonBeat() > HANGS
                && memory.daemon().alive();
        if (hangs) {
            log.say("The daemon has not moved for " + HANGS / 1_000_000_000
                    + " s and holds no lease: killing it, to start it anew.");
            daemon.kill();
        }
        if ((leaving || ending) && daemon.alive()) {
            askedAt = Math.min(askedAt, now);
            if (now - askedAt > LEAVE) {
                log.say("The daemon did not end within " + LEAVE / 1_000_000_000 + " s of leaving: killing it.");
                daemon.kill();
            }
        }
        boolean done = leaving && !open && proved && !daemon.alive();
        if (done) {
            if (watchdog != null) {
                watchdog.disarm();
            }
            log.say("The node has left, and everything is proved stopped: the guard ends.");
        }
        return done;
    }
}
