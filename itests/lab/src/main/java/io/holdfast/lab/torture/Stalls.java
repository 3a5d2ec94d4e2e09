package io.holdfast.lab.torture;

/**
 * Notices when the machine under it all stands still: then nodes may miss their leases through no fault of theirs, or of the schedule. It
 * asks for 5 ms of sleep and tells what is much more.
 */
final class Stalls implements AutoCloseable {
    private static final long SLEEP_MS = 5;
    private static final long TOLD_MS = 50;

    private final History history;
    private final Thread thread = new Thread(this::run, "torture-stalls");
    private volatile boolean closed;

    Stalls(History history) {
        this.history = history;
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
            before = now;
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
