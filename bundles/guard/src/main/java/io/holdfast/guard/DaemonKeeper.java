package io.holdfast.guard;

import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import io.holdfast.guard.memory.ProcessWatch;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Starts the daemon, sees its death, and starts it again: at once, and with growing pauses if it dies young again and again. */
final class DaemonKeeper {
    /** The daemon ends with this status when its settings are bad: starting it again would change nothing. */
    static final int BAD_SETTINGS = 78;

    private static final long YOUNG = Duration.ofSeconds(60).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(30).toNanos();
    private static final long LARGEST_OUTPUT = 8 << 20;

    private final Path base;
    private final List<String> command;
    private final GuardMemory memory;
    private final GuardLog log;
    private final Runnable ended;
    private final ProcessWatch watch = new ProcessWatch();
    private @Nullable Process child;
    private ProcessId known;
    private long started;
    private long startAt = Long.MIN_VALUE;
    private long pause;
    private boolean alive;
    private boolean hopeless;

    /** @param ended is called, by any thread, at the moment when a daemon that was started here ends */
    DaemonKeeper(Path base, List<String> command, GuardMemory memory, GuardLog log, Runnable ended) {
        this.base = base;
        this.command = List.copyOf(command);
        this.memory = memory;
        this.log = log;
        this.ended = ended;
        this.known = memory.daemon().alive() ? memory.daemon() : ProcessId.NONE;
    }

    /** {@return whether a daemon, attached or still starting, lives} */
    boolean alive() {
        return knownAlive() || (child != null && child.isAlive());
    }

    /** Of a child the kernel tells; at any other process one must look. */
    private boolean knownAlive() {
        Process own = child;
        return (own != null && own.pid() == known.pid()) ? own.isAlive() : watch.alive(known);
    }

    /** {@return whether it lives and has attached: so another guard knows of it too} */
    boolean attached() {
        return known.equals(memory.daemon()) && knownAlive();
    }

    /** {@return whether it ended in a way that another start would not change} */
    boolean hopeless() {
        return hopeless;
    }

    /** {@return the attached daemon, or the one that is starting} */
    ProcessId process() {
        return known;
    }

    /** Looks after the daemon; {@code wanted}: start it if it does not live. */
    void tick(long now, boolean wanted) {
        ProcessId attached = memory.daemon();
        if (!attached.equals(known) && attached.alive()) {
            known = attached; // a script may have started it: what counts is who attached
        }
        alive = knownAlive();
        if (known.pid() != 0 && !alive) {
            died(now);
        } else if (known.pid() == 0 && child != null && !child.isAlive()) {
            died(now);
        }
        // a daemon says that it leaves before it ends, so this must be read after its end was seen
        if (wanted
                && !alive
                && !(child != null && child.isAlive())
                && !hopeless
                && !command.isEmpty()
                && now >= startAt
                && !memory.leaving()) {
            start(now);
        }
    }

    private void died(long now) {
        Optional<Integer> status = status();
        log.say("The daemon (process " + (known.pid() != 0 ? known.pid() : child == null ? 0 : child.pid())
                + ") has ended"
                + status.map(value -> " with status " + value).orElse("")
                + (started == 0 ? "" : " after " + (now - started) / 1_000_000 + " ms") + ".");
        if (child != null) {
            // the script around a dead daemon
            child.descendants().forEach(ProcessHandle::destroyForcibly);
            child.destroyForcibly();
        }
        hopeless = status.filter(value -> value == BAD_SETTINGS).isPresent();
        boolean young = started != 0 && now - started < YOUNG;
        startAt = young ? now + pause : now;
        pause = young ? Math.min(Math.max(2 * pause, Duration.ofSeconds(1).toNanos()), LONGEST_PAUSE) : 0;
        known = ProcessId.NONE;
        child = null;
        memory.inDaemon(false); // what ran in that JVM ended with it
    }

    private Optional<Integer> status() {
        return child == null || child.isAlive() ? Optional.empty() : Optional.of(child.exitValue());
    }

    private void start(long now) {
        // setsid: Ctrl-C in the guard's terminal is the guard's to pass on. The guard itself is spared by the kernel
        // when memory
        // runs out; the daemon and what it starts are not.
        List<String> line = new ArrayList<>(List.of(
                "setsid", "/bin/sh", "-c", "echo 0 > /proc/self/oom_score_adj 2>/dev/null; exec \"$@\"", "daemon"));
        line.addAll(command);
        try {
            Process process = new ProcessBuilder(line)
                    .directory(new File("/"))
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output()))
                    .start();
            child = process;
            process.onExit().thenRun(ended);
            log.say("Started the daemon as process " + process.pid() + ".");
        } catch (IOException e) {
            log.say("The daemon cannot be started: " + e.getMessage());
            startAt = now + LONGEST_PAUSE;
        }
        started = now;
    }

    private File output() throws IOException {
        Path file = base.resolve("log").resolve("console.out");
        Files.createDirectories(file.getParent());
        if (Files.exists(file) && Files.size(file) > LARGEST_OUTPUT) {
            Files.move(file, file.resolveSibling("console.out.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        return file.toFile();
    }

    /** Asks the daemon to leave. */
    void terminate() {
        if (known.pid() != 0) {
            known.terminate();
        } else if (child != null) {
            child.destroy();
        }
    }

    /** Kills the daemon, and the script around it. */
    void kill() {
        known.kill();
        if (child != null) {
            child.descendants().forEach(ProcessHandle::destroyForcibly);
            child.destroyForcibly();
        }
    }
}
