package io.holdfast.guard.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process that cannot be taken for a later one with the same number.
 *
 * @param pid its number, 0 for none
 * @param start when it started, in the kernel's ticks since boot
 */
public record ProcessId(long pid, long start) {

    /** No process. */
    public static final ProcessId NONE = new ProcessId(0, 0);

    /**
     * What the kernel says of a process.
     *
     * @param state R, S, D, T, t, Z, X ...
     * @param parent process id of its parent
     * @param session its session
     * @param start see {@link ProcessId#start}
     */
    public record Stat(char state, long parent, long session, long start) {
        /** {@return whether it has ended and only waits to be collected} */
        public boolean dead() {
            return state == 'Z' || state == 'X' || state == 'x';
        }

        /** {@return whether it was stopped by a signal or a debugger} */
        public boolean stopped() {
            return state == 'T' || state == 't';
        }
    }

    /** {@return the calling process} */
    public static ProcessId self() {
        return of(ProcessHandle.current().pid());
    }

    /** {@return the living process of that number, or {@link #NONE}} */
    public static ProcessId of(long pid) {
        return stat(pid)
                .filter(stat -> !stat.dead())
                .map(stat -> new ProcessId(pid, stat.start()))
                .orElse(NONE);
    }

    /** {@return what the kernel says of this very process; empty if it is gone} */
    public Optional<Stat> stat() {
        return pid <= 0 ? Optional.empty() : stat(pid).filter(stat -> stat.start() == start);
    }

    /** {@return whether it exists and has not ended} */
    public boolean alive() {
        return stat().filter(stat -> !stat.dead()).isPresent();
    }

    /** Sends SIGKILL, if it is still this very process. */
    public void kill() {
        if (alive() && pid != ProcessHandle.current().pid()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    /** Sends SIGTERM, if it is still this very process. */
    public void terminate() {
        if (alive() && pid != ProcessHandle.current().pid()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
        }
    }

    /** {@return what the kernel says of the process of that number; empty if there is none} */
    public static Optional<Stat> stat(long pid) {
        try {
            byte[] raw = Files.readAllBytes(Path.of("/proc/" + pid + "/stat"));
            String text = new String(raw, StandardCharsets.ISO_8859_1);
            // the second field is the name in brackets, and may itself hold anything
            String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
            return Optional.of(new Stat(
                    fields[0].charAt(0),
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[3]),
                    Long.parseLong(fields[19])));
        } catch (IOException e) {
            return Optional.empty(); // gone, also between opening and reading
        }
    }
}
