package io.holdfast.transport;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reliable messages on their way into the group, in order for each node; one that takes nothing holds up nobody else. */
final class Outbox {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);

    /** What may wait for one node, bytes. */
    static final int MAX_BYTES = 16 << 20;

    private static final class Box {
        final Deque<byte[]> frames = new ArrayDeque<>();
        int bytes;
        boolean running;
        boolean dropping;
    }

    private final Threads threads;
    private final BiConsumer<String, byte[]> sender; // may block
    private final Map<String, Box> boxes = new HashMap<>(); // guarded by this

    Outbox(Threads threads, BiConsumer<String, byte[]> sender) {
        this.threads = threads;
        this.sender = sender;
    }

    void send(String node, byte[] frame) {
        synchronized (this) {
            Box box = boxes.computeIfAbsent(node, name -> new Box());
            if (box.bytes + frame.length > MAX_BYTES) {
                if (!box.dropping) {
                    box.dropping = true;
                    log.warn("{} takes no reliable messages: {} bytes wait, more are dropped", node, box.bytes);
                }
                return;
            }
            box.frames.add(frame);
            box.bytes += frame.length;
            if (box.running) {
                return;
            }
            box.running = true;
        }
        if (!threads.run(threads.blocking, () -> drain(node))) {
            stopped(node);
        }
    }

    private void drain(String node) {
        for (byte[] frame = next(node); frame.length > 0; frame = next(node)) {
            sender.accept(node, frame);
        }
    }

    /** {@return the next frame; empty (no frame is) when there is none, and then the box is at rest} */
    private synchronized byte[] next(String node) {
        Box box = boxes.get(node);
        byte[] frame = box == null ? null : box.frames.poll();
        if (box == null || frame == null) {
            boxes.remove(node);
            return new byte[0];
        }
        box.bytes -= frame.length;
        box.dropping = false;
        return frame;
    }

    private synchronized void stopped(String node) {
        boxes.remove(node);
    }
}
