package io.holdfast.lab.torture;

import io.holdfast.lab.Waiting;
import java.time.Duration;

/** Does the same again and again beside the faults, on a thread of its own, until it is closed. */
abstract class Companion implements AutoCloseable {
    /** The longest that one turn takes: a command has a time limit of its own. */
    private static final Duration LAST_TURN = Duration.ofSeconds(70);

    private final Duration pause;
    private final Thread thread;
    private volatile boolean closed;

    Companion(String name, Duration pause) {
        this.pause = pause;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /** @param number 1, 2, 3 ... */
    abstract void turn(long number);

    final void start() {
        thread.start();
    }

    private void run() {
        for (long number = 1; !closed; number++) {
            turn(number);
            Waiting.pause(pause);
        }
    }

    @Override
    public final void close() {
        closed = true;
        try {
            thread.join(LAST_TURN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
