package io.holdfast.guard;

import io.holdfast.guard.cells.Deputy;
import io.holdfast.guard.memory.BootClock;
import io.holdfast.guard.memory.ProcessId;
import io.holdfast.guard.memory.SharedGuard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;

/**
 * Stands in for the daemon: renews its lease every 20 ms while {@code BASE/renew} is there, for as many milliseconds as it holds;
 * stops everything in a dead guard's place if {@code BASE/deputy} was there at its start;
 * declares resources in its JVM while {@code BASE/injvm} is there; leaves on SIGTERM, or ends at once when {@code BASE/crash} is there. When the
 * test's JVM is gone it ends so that the guard ends too.
 */
public final class StandIn {
    private static final int FAILED = 10;

    private StandIn() {}

    /** It must not seem to leave, as it does on SIGTERM, because something here failed: then tests of a lease's end test nothing. */
    public static void main(String[] arguments) {
        try {
            run(arguments);
        } catch (Exception e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private static void run(String[] arguments) throws Exception {
        Path base = Path.of(arguments[0]);
        if (arguments.length > 1 && !ProcessId.of(Long.parseLong(arguments[1])).alive()) {
            Runtime.getRuntime().halt(DaemonKeeper.BAD_SETTINGS);
        }
        BootClock clock = new BootClock();
        SharedGuard guard = SharedGuard.attach(base, clock, Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        Path cells = base.resolve("deputy"); // says where the cells are
        Deputy deputy = Files.exists(cells)
                ? new Deputy(base, "n1", Optional.of(Files.readString(cells)), System.out::println)
                : null;
        Object lock = new Object();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            synchronized (lock) {
                guard.leaving();
            }
        }));
        if (guard.incarnation() == 0) {
            guard.begin(7);
        }
        Files.writeString(base.resolve("attached"), ProcessHandle.current().pid() + "\n");
        while (true) {
            synchronized (lock) {
                guard.loopRuns();
                guard.watch();
                if (deputy != null && guard.forsaken()) {
                    deputy.pass();
                }
                guard.inDaemon(Files.exists(base.resolve("injvm")));
                long span = span(base.resolve("renew"));
                if (span > 0) {
                    guard.extend(7, clock.nanos() + span * 1_000_000);
                }
                if (arguments.length > 1
                        && !ProcessId.of(Long.parseLong(arguments[1])).alive()) {
                    Runtime.getRuntime().halt(DaemonKeeper.BAD_SETTINGS);
                }
                if (Files.exists(base.resolve("crash"))) {
                    Runtime.getRuntime().halt(9);
                }
            }
            Thread.sleep(20);
        }
    }

    /** {@return for how many milliseconds to renew; 0 for not at all} The test may take the file away at any moment. */
    private static long span(Path file) throws IOException {
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
