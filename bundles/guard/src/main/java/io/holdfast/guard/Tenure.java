package io.holdfast.guard;

import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.memory.BootClock;
import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import io.holdfast.guard.memory.SharedGuard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** This process as the guard of a node, from the moment when it has the place to the end of the node, or until a successor is well. */
final class Tenure {
    private static final int BAD = 2;
    private static final int WEAKER = 4;
    /** From one try to leave notes to the next. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private final Options options;
    private final BootClock clock;
    private final GuardMemory memory;
    private final GuardLog log;
    private final ProcessId before;
    private final Cells cells;
    private final Guard first;
    private volatile @Nullable Guard guard;

    /**
     * Gets ready, and changes nothing.
     *
     * @param before the guard that is to give its place up for this one, and takes it back if this process ends then; or none
     */
    Tenure(Options options, BootClock clock, GuardMemory memory, GuardLog log, ProcessId before) throws IOException {
        this.options = options;
        this.clock = clock;
        this.memory = memory;
        this.log = log;
        this.before = before;
        this.cells = Cells.of(options.base(), options.node(), options.cgroup());
        this.first = guard(before);
    }

    /** Guards. {@return the status to end with} */
    int serve(Place place) throws IOException, InterruptedException {
        first.prepare();
        String weaker = before.pid() == 0 ? "" : first.weaker();
        if (!weaker.isEmpty()) {
            System.err.println("holdfast guard: it does not take the place of guard " + before.pid() + ": " + weaker);
            return WEAKER;
        }
        endOnSignal(Thread.currentThread());
        Guard.End end = serve(first);
        while (end == Guard.End.HANDED_OVER) {
            Duration patience = present().patience();
            guard = null;
            if (!place.give(options.base(), memory, clock, patience)) {
                return 0;
            }
            Guard again = guard(ProcessId.NONE);
            again.prepare();
            end = serve(again);
        }
        cells.destroy();
        GuardMemory.remove(options.base());
        Files.deleteIfExists(run().resolve("guard.pid"));
        log.close();
        return end == Guard.End.LEFT ? 0 : BAD;
    }

    private Guard guard(ProcessId before) throws IOException {
        return new Guard(options, clock, memory, cells, log, command("spare"), before);
    }

    private Guard present() {
        return Objects.requireNonNull(guard);
    }

    private Guard.End serve(Guard present) throws IOException {
        guard = present;
        present.begin();
        String trouble = leaveNotes();
        if (!trouble.isEmpty()) {
            log.say(trouble);
            Thread later = new Thread(this::leaveNotesLater, "guard-notes");
            later.setDaemon(true);
            later.start();
        }
        return present.run();
    }

    private void endOnSignal(Thread main) {
        Runnable end = () -> {
            Guard present = guard;
            if (present == null) {
                return; // it only stands in for the spare of another
            }
            try {
                present.end();
                main.join(); // which halts
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        Runtime.getRuntime().addShutdownHook(new Thread(end, "guard-end"));
    }

    private Path run() {
        return options.base().resolve("run");
    }

    /** For people and for who replaces this guard. A full disk must not keep it from guarding. {@return what went wrong, or nothing} */
    private String leaveNotes() {
        try {
            Files.writeString(
                    run().resolve("guard.pid"), ProcessHandle.current().pid() + "\n");
            SharedGuard.keepCommand(options.base(), command("guard"));
            return "";
        } catch (IOException e) {
            return "The files guard.pid and guard.command in " + run() + " cannot be written (" + e
                    + "); this guard works without them, and tries again. Look at the disk.";
        }
    }

    /** Tries again as long as this process is the guard. */
    private void leaveNotesLater() {
        try {
            do {
                Thread.sleep(AGAIN.toMillis());
            } while (memory.guard().pid() == ProcessHandle.current().pid()
                    && !leaveNotes().isEmpty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> command(String what) throws IOException {
        // this JVM's own, flags included, up to the class
        List<String> all =
                Arrays.asList(Files.readString(Path.of("/proc/self/cmdline")).split("\0"));
        int main = all.indexOf(Main.class.getName());
        if (main < 0) {
            throw new IOException("the guard must be started as java ... " + Main.class.getName());
        }
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(all.subList(0, main + 1));
        command.add(what);
        command.addAll(options.arguments());
        return command;
    }
}
