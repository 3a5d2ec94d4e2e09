package io.holdfast.guard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Writes sentences with the wall clock's time to {@code log/guard.log}, on a thread of its own: a disk that hangs must not hold up who
 * kills. When 1,000 lines wait, further ones are dropped.
 */
final class GuardLog implements AutoCloseable {
    private static final long LARGEST = 4 << 20;
    private final Path file;
    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(1_000);
    private final Thread writer;
    private volatile boolean closed;

    GuardLog(Path base) {
        file = base.resolve("log").resolve("guard.log");
        writer = new Thread(this::write, "guard-log");
        writer.setDaemon(true);
        writer.start();
    }

    void say(String sentence) {
        lines.offer(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " ["
                + ProcessHandle.current().pid() + "] " + sentence);
    }

    private void write() {
        try {
            while (!closed || !lines.isEmpty()) {
                String line = lines.poll(50, TimeUnit.MILLISECONDS);
                if (line == null) {
                    if (!closed) {
                        line = lines.take();
                    } else {
                        return;
                    }
                }
                append(line);
            }
        } catch (InterruptedException e) {
            lines.forEach(this::append);
        }
    }

    private void append(String line) {
        try {
            Files.createDirectories(file.getParent());
            if (Files.exists(file) && Files.size(file) > LARGEST) {
                Files.move(file, file.resolveSibling("guard.log.1"), StandardCopyOption.REPLACE_EXISTING);
            }
            Files.write(
                    file,
                    (line + "\n").getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            System.err.println(line + " (and " + file + " cannot be written: " + e.getMessage() + ")");
        }
    }

    /** Writes what waits, for at most a second. */
    @Override
    public void close() {
        closed = true;
        writer.interrupt();
        try {
            writer.join(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
