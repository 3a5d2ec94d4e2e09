package io.holdfast.runtime;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The few calls to the kernel that Java does not offer, through JNA. */
final class Kernel {
    private static final Logger log = LoggerFactory.getLogger(Kernel.class);
    private static final int CLOCK_BOOTTIME = 7;
    private static final long PIDFD_OPEN = 434; // the same on every architecture
    /** MCL_CURRENT, MCL_FUTURE and MCL_ONFAULT: pages count from when they are touched, so nothing grows by it. */
    private static final int LOCK_WHAT_IS_TOUCHED = 1 | 2 | 4;

    private static final int READ_ONLY = 0;
    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final int NON_BLOCKING = 0x800;
    private static final Optional<Kernel> INSTANCE = load();

    private Kernel() {}

    /** {@return the calls, if JNA is there and works} */
    static Optional<Kernel> instance() {
        return INSTANCE;
    }

    private static Optional<Kernel> load() {
        try {
            Native.register(Calls.class, "c");
            Kernel kernel = new Kernel();
            kernel.bootNanos();
            return Optional.of(kernel);
        } catch (LinkageError | RuntimeException e) {
            log.info("No JNA here ({}): the clock is /proc/uptime, and deaths are looked for each 50 ms", e.toString());
            return Optional.empty();
        }
    }

    /** Direct mapping: a call costs well below a microsecond. */
    private static final class Calls {
        private Calls() {}

        static native int clock_gettime(int clock, long[] time);

        static native long syscall(long number, long first, long second);

        static native int mlockall(int flags);

        static native int munlockall();

        static native int eventfd(int value, int flags);

        static native int open(String path, int flags);

        static native long read(int file, Pointer buffer, long size);

        static native long write(int file, Pointer buffer, long size);

        static native int close(int file);

        static native int poll(Pointer files, long count, int timeoutMs);
    }

    /** {@return whether the memory of this process is locked from now on} */
    boolean lockMemory() {
        return Calls.mlockall(LOCK_WHAT_IS_TOUCHED) == 0;
    }

    void unlockMemory() {
        Calls.munlockall();
    }

    long bootNanos() {
        long[] time = new long[2];
        if (Calls.clock_gettime(CLOCK_BOOTTIME, time) != 0) {
            throw new IllegalStateException("the kernel has no CLOCK_BOOTTIME");
        }
        return time[0] * 1_000_000_000 + time[1];
    }

    /** {@return a file descriptor that becomes readable when the process ends, or a negative number if it has ended} */
    int pidfd(long pid) {
        return (int) Calls.syscall(PIDFD_OPEN, pid, 0);
    }

    /** {@return a file descriptor of that file for reading, or a negative number} */
    int open(String path) {
        return Calls.open(path, READ_ONLY | CLOSE_ON_EXEC);
    }

    /** Reads once, so that a {@code cgroup.events} is quiet until it changes again. */
    void read(int file) {
        Memory buffer = new Memory(256);
        Calls.read(file, buffer, buffer.size());
    }

    int eventfd() {
        return Calls.eventfd(0, CLOSE_ON_EXEC | NON_BLOCKING);
    }

    void signal(int eventfd) {
        Memory one = new Memory(8);
        one.setLong(0, 1);
        Calls.write(eventfd, one, 8);
    }

    void close(int file) {
        Calls.close(file);
    }

    /**
     * Waits until one of {@code files} is ready or {@code timeoutMs} is over.
     *
     * @param urgent for each whether it is waited for as a changed file and not as a readable one
     * @return for each whether it is ready
     */
    boolean[] poll(int[] files, boolean[] urgent, int timeoutMs) {
        Memory list = new Memory(8L * files.length);
        for (int i = 0; i < files.length; i++) {
            list.setInt(8L * i, files[i]);
            list.setShort(8L * i + 4, (short) (urgent[i] ? 0x2 : 0x1)); // POLLPRI, POLLIN
            list.setShort(8L * i + 6, (short) 0);
        }
        Calls.poll(list, files.length, timeoutMs);
        boolean[] ready = new boolean[files.length];
        for (int i = 0; i < files.length; i++) {
            ready[i] = list.getShort(8L * i + 6) != 0;
        }
        return ready;
    }
}
