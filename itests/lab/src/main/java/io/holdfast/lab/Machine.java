package io.holdfast.lab;

import java.util.List;

/** What a node runs on, and what can befall it. */
interface Machine extends AutoCloseable {
    /** {@return its own address} */
    String address();

    /** {@return the command line that runs {@code argv} on it} */
    List<String> inside(List<String> argv);

    /** {@return the ids of its processes} */
    List<Long> processes();

    /** {@return whether {@code device} is mounted on it} */
    boolean mounted(String device);

    /** Pulls the network cable, or plugs it in again. */
    void plugged(boolean in);

    /** Puts filter rules of nftables into a table, in place of those before; empty removes it. */
    void filter(String table, String rules);

    /** {@return what a process on it sees as its network namespace, {@code net:[NUMBER]}} */
    String identity();

    /** Sends a signal to all its processes. */
    default void signalAll(String signal) {
        Shell.signal(signal, processes());
    }

    /** Ends every process, stopping all first so that none of them starts another again. */
    default void killAll(String name) {
        signalAll("STOP");
        signalAll("KILL");
        Waiting.until(
                name + " has no processes",
                java.time.Duration.ofSeconds(10),
                () -> {
                    signalAll("KILL");
                    return processes().isEmpty();
                },
                () -> processes().toString());
    }

    /** Takes the power away: everything on it is gone at once. */
    @Override
    void close();
}
