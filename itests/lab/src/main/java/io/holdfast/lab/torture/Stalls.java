package io.holdfast.lab.torture;

import io.holdfast.lab.Node;
import java.util.HashMap;
import java.util.Map;

/**
 * Measures when the machine under it all is too busy: then nodes may miss their leases through no fault of theirs, or of the schedule. It
 * asks for 5 ms of sleep and tells what is much more; and it asks the kernel for how long all of a node had to wait for a processor.
 */
final class Stalls implements AutoCloseable {
    private static final long SLEEP_MS = 5;
    private static final long TOLD_MS = 50;
    private static final long LOOK_NANOS = 100_000_000;
    private static final long STARVED_MS = 20;

    private final Arena arena;
    private final History history;
    private final Map<String, Long> starved = new HashMap<>();
    private final Thread thread = new Thread(this::run, "torture-stalls");
    private long looked;
    private volatile boolean closed;

    Stalls(Arena arena) {
        this.arena = arena;
        this.history = arena.history();
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        long before = History.now();
        while (!closed) {
            try {
                Thread.sleep(SLEEP_MS);
            } catch (InterruptedException e) {
                return;
            }
            long now = History.now();
            long stall = (now - before) / 1_000_000 - SLEEP_MS;
            if (stall > TOLD_MS) {
                history.write(now, "stall", stall);
            }
            if (now - looked > LOOK_NANOS) {
                looked = now;
                arena.layout().voters().forEach(name -> look(arena.node(name)));
            }
            before = now;
        }
    }

    private void look(Node node) {
        long all = node.starvedMicros();
        Long before = starved.put(node.name(), all);
        long ms = before == null ? 0 : (all - before) / 1000;
        if (ms > STARVED_MS) {
            history.write("starved", node.name(), ms);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
