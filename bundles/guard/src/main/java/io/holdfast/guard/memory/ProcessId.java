package io.holdfast.guard.memory;

import java.io.FileInputStream;
import java.io.IOException;
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
            return read(pid);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Does not take for gone what it cannot look at.
     *
     * @return what the kernel says of the process of that number; empty if there is none
     * @throws IOException if there is one, and it cannot be read, as when this process has no file descriptor left
     */
    public static Optional<Stat> read(long pid) throws IOException {
        byte[] text = new byte[512];
        int length;
        try (FileInputStream file = new FileInputStream("/proc/" + pid + "/stat")) {
            length = file.read(text);
        } catch (IOException e) {
            if (Files.exists(Path.of("/proc/" + pid))) { // which needs no descriptor
                throw e;
            }
            return Optional.empty(); // gone, also between opening and reading
        }
        return parse(text, length);
    }

    static Optional<Stat> parse(byte[] text, int length) {
        // by hand, because the guard does this all day
        int at = length - 1;
        while (at >= 0 && text[at] != ')') {
            at--; // the second field is the name in brackets, and may itself hold anything
        }
        if (at < 0 || at + 2 >= length) {
            return Optional.empty();
        }
        long[] fields = new long[21];
        int field = -1;
        for (int i = at + 2; i < length && field < 20; i++) {
            if (text[i] == ' ' || field < 0) {
                field++;
            }
            if (text[i] >= '0' && text[i] <= '9') {
                fields[field] = fields[field] * 10 + (text[i] - '0');
            }
        }
        return Optional.of(new Stat((char) text[at + 2], fields[1], fields[3], fields[19]));
    }
}
