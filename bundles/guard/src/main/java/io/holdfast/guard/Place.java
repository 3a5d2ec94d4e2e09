package io.holdfast.guard;

import io.holdfast.guard.memory.BootClock;
import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The place of the guard of one base folder: a lock that the kernel gives to one process at a time, and to the next one that waits when
 * that is dead. Who gave the place up waits for it again, until its successor has a spare: so it is back if that dies.
 */
final class Place {
    private static final Duration ASKS = Duration.ofSeconds(10);
    private static final long LOOK_MS = 100;

    private final FileChannel channel;
    private FileLock lock;

    Place(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    /** Asks the guard for its place. {@return the lock; null if it does not give it up} */
    static @Nullable FileLock ask(FileChannel channel, GuardMemory memory) throws IOException, InterruptedException {
        ProcessId self = ProcessId.self();
        memory.successor(self);
        for (long waited = 0; waited < ASKS.toMillis(); waited++) {
            if (!memory.successor().equals(self)) {
                return null; // another asks, or the guard took it back
            }
            // it holds the lock until it has seen the question, and its spare waited for it before us
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
            Thread.sleep(1);
        }
        memory.successor(ProcessId.NONE);
        return null;
    }

    /**
     * Gives it to the successor that asks, and watches over the lease until that is in charge.
     *
     * @param patience how long it may take for that
     * @return whether this process has the place again, because the successor died, or did not take it in time
     */
    boolean give(Path base, GuardMemory memory, BootClock clock, Duration patience)
            throws IOException, InterruptedException {
        ProcessId self = ProcessId.self();
        ProcessId successor = memory.successor();
        lock.release();
        long until = clock.nanos() + patience.toNanos();
        while (memory.guard().equals(self)) {
            long now = clock.nanos();
            boolean due = memory.gateOpen() && memory.lease().deadline() <= now;
            if (now > until || due || !successor.alive()) {
                successor.kill();
                lock = channel.lock(); // at once: whoever had it is being ended
                memory.successor(ProcessId.NONE);
                return true;
            }
            memory.guardBeat(now);
            Thread.sleep(1);
        }
        endWhenThereIsASpare(base, memory, self);
        lock = channel.lock();
        return Files.exists(GuardMemory.file(base));
    }

    private static void endWhenThereIsASpare(Path base, GuardMemory memory, ProcessId self) {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (memory.spare().equals(self)
                                || memory.guard().equals(self)
                                || !memory.spare().alive()) {
                            if (!Files.exists(GuardMemory.file(base))) {
                                break; // the node has left
                            }
                            Thread.sleep(LOOK_MS);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    Runtime.getRuntime().halt(0);
                },
                "guard-given-up");
        thread.setDaemon(true);
        thread.start();
    }
}
