package io.holdfast.beacon.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One instance: a thread that appends a line every 20 ms until it is told to end. */
final class Beacon {
    private static final long PERIOD_MS = 20;
    private final String text;
    private final FileChannel history;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread;

    Beacon(Path file, String resource, long token) throws IOException {
        String namespace = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        text = " alive " + resource + " " + namespace + " " + token + " "
                + ProcessHandle.current().pid() + "\n";
        history = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        thread = new Thread(this::announce, "beacon-" + resource);
        thread.setDaemon(true);
        thread.start();
    }

    private void announce() {
        try (history) {
            do {
                history.write(ByteBuffer.wrap((System.nanoTime() + text).getBytes(US_ASCII)));
            } while (!ended.await(PERIOD_MS, TimeUnit.MILLISECONDS));
        } catch (IOException | InterruptedException e) {
            return; // it announces no more, which the monitor sees
        }
    }

    boolean alive() {
        return thread.isAlive();
    }

    /** Ends it; returns when no further line can come. */
    void end() throws InterruptedException {
        ended.countDown();
        thread.join();
    }
}
