package io.holdfast.guard;

import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a spare guard: a process that is ready and waits for this one's lock. The kernel gives it the lock at the moment when this guard
 * is dead, so nothing has to notice that, and no JVM has to start first. A spare that dies is replaced.
 */
final class SpareKeeper {
    private static final long FIRST_PAUSE = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(60).toNanos();
    private static final long END_MS = 2_000;

    private final Path base;
    private final List<String> command;
    private final GuardMemory memory;
    private final GuardLog log;
    private long startAt;
    private long pause = FIRST_PAUSE;
    private ProcessId meanwhile;
    private @Nullable Process spare;
    private boolean ready;

    /**
     * @param command starts a spare, which prints something when it is ready; empty for none
     * @param startAt when to start the first
     * @param meanwhile who stands in until it is ready: the guard that gave its place up; or none
     */
    SpareKeeper(Path base, List<String> command, GuardMemory memory, GuardLog log, long startAt, ProcessId meanwhile) {
        this.base = base;
        this.command = List.copyOf(command);
        this.memory = memory;
        this.log = log;
        this.startAt = startAt;
        this.meanwhile = meanwhile;
    }

    /** Says who the spare is. */
    void begin() {
        memory.spare(meanwhile);
    }

    /** Looks after it; does not block. */
    void tick(long now) {
        Process present = spare;
        if (present == null) {
            if (!command.isEmpty() && now >= startAt) {
                start(now);
            }
        } else if (!present.isAlive()) {
            log.say("The spare guard (process " + present.pid() + ") has ended with status " + present.exitValue()
                    + "; another is started in " + pause / 1_000_000_000 + " s.");
            spare = null;
            again(now);
        } else if (!ready && says(present)) {
            ready = true;
            pause = FIRST_PAUSE;
            memory.spare(ProcessId.of(present.pid()));
            meanwhile = ProcessId.NONE; // it sees that, and ends
        }
    }

    private static boolean says(Process process) {
        try {
            return process.getInputStream().available() > 0;
        } catch (IOException e) {
            return false; // it ends, and is found dead
        }
    }

    private void start(long now) {
        ready = false;
        try {
            spare = new ProcessBuilder(command)
                    .directory(new File("/"))
                    .redirectInput(new File("/dev/null"))
                    .redirectError(ProcessBuilder.Redirect.appendTo(
                            base.resolve("log").resolve("guard.out").toFile()))
                    .start();
        } catch (IOException e) {
            log.say("No spare guard can be started, so a dead guard is replaced a little later: " + e.getMessage());
            again(now);
        }
    }

    private void again(long now) {
        memory.spare(meanwhile);
        ready = false;
        startAt = now + pause;
        pause = Math.min(2 * pause, LONGEST_PAUSE);
    }

    /** Ends it without waiting for that: another is to have the lock next. {@return whether there is none any more} */
    boolean retired() {
        memory.spare(ProcessId.NONE);
        meanwhile.kill();
        Process present = spare;
        if (present != null) {
            present.destroyForcibly();
        }
        if (meanwhile.alive() || (present != null && present.isAlive())) {
            return false;
        }
        meanwhile = ProcessId.NONE;
        spare = null;
        ready = false;
        return true;
    }

    /** Ends it, before the lock is given up: it is to take over from a dead guard, not from one that is done. */
    void end() {
        Process present = spare;
        memory.spare(ProcessId.NONE);
        meanwhile.kill();
        if (present != null) {
            present.destroyForcibly();
            try {
                present.waitFor(END_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
