package io.holdfast.lab.torture;

import io.holdfast.lab.Shell;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The machines' watchdogs, each a named pipe that the guard feeds: the first byte arms it, {@code V} disarms it, and when none comes for the
 * time-out it bites. One thread looks at all of them.
 */
final class Watchdogs implements AutoCloseable {
    /** The shortest that a node may have. */
    static final Duration TIMEOUT = Duration.ofSeconds(1);

    private static final long LOOK_MS = 3;
    private static final long NEVER = Long.MAX_VALUE;

    private final Map<String, Dog> dogs = new LinkedHashMap<>();
    private final Consumer<String> bite;
    private final Thread thread = new Thread(this::watch, "torture-watchdogs");
    private volatile boolean closed;

    private static final class Dog {
        final FileInputStream pipe;
        long fed = NEVER;

        Dog(FileInputStream pipe) {
            this.pipe = pipe;
        }
    }

    /** @param bite resets a node; it must return at once */
    Watchdogs(Consumer<String> bite) {
        this.bite = bite;
        thread.setDaemon(true);
    }

    /** Makes one. {@return its path} */
    Path add(String node, Path folder) {
        Path path = folder.resolve("watchdog-" + node);
        Shell.run("mkfifo", path.toString());
        try {
            // opened for both, which waits for no writer
            dogs.put(node, new Dog(new FileInputStream(new RandomAccessFile(path.toFile(), "rw").getFD())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return path;
    }

    void start() {
        thread.start();
    }

    /** The machine has lost its power, and its watchdog with it. */
    void disarm(String node) {
        Dog dog = dogs.get(node);
        if (dog != null) {
            synchronized (dog) {
                drain(dog);
                dog.fed = NEVER;
            }
        }
    }

    private void watch() {
        while (!closed) {
            dogs.forEach(this::look);
            try {
                Thread.sleep(LOOK_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void look(String node, Dog dog) {
        synchronized (dog) {
            drain(dog);
            if (dog.fed != NEVER && History.now() - dog.fed > TIMEOUT.toNanos()) {
                dog.fed = NEVER;
                bite.accept(node);
            }
        }
    }

    private static void drain(Dog dog) {
        try {
            byte[] bytes = new byte[64];
            while (dog.pipe.available() > 0) {
                int length = dog.pipe.read(bytes);
                for (int i = 0; i < length; i++) {
                    dog.fed = bytes[i] == 'V' ? NEVER : History.now();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
