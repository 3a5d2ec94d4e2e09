package io.holdfast.guard.memory;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * The memory that guard and daemon share: one page of a file, one writer for each field.
 *
 * <p>Fields are aligned 64-bit words, read and written whole. The lease, two words that belong together, is kept in two slots, each
 * with a number and a check word: a writer that dies in the middle leaves the other slot valid, and a reader never sees half of one. A
 * lease that cannot be read is an ended one.
 */
public final class GuardMemory implements AutoCloseable {
    private static final long MAGIC = 0x484f4c4446415354L; // HOLDFAST
    private static final long VERSION = 1;
    private static final int SIZE = 4096;
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    // of the file
    private static final int MAGIC_AT = 0;
    private static final int VERSION_AT = 8;
    private static final int BOOT_HIGH = 16;
    private static final int BOOT_LOW = 24;
    // written by the guard
    private static final int GUARD_PID = 64;
    private static final int GUARD_START = 72;
    private static final int GUARD_BEAT = 80;
    private static final int SESSION = 88;
    private static final int GATE = 96;
    private static final int CLOSINGS = 104;
    private static final int PROVED = 112;
    private static final int STRENGTH = 120;
    private static final int CONTAINED = 128;
    private static final int KILL_NANOS = 136;
    private static final int SPARE_PID = 144;
    private static final int SPARE_START = 152;
    // written by a guard that asks for the place of the present one
    private static final int SUCCESSOR_PID = 320;
    private static final int SUCCESSOR_START = 328;
    // written by the daemon
    private static final int DAEMON_PID = 512;
    private static final int DAEMON_START = 520;
    private static final int DAEMON_BEAT = 528;
    private static final int IN_DAEMON = 536;
    private static final int LEAVING = 544;
    private static final int SLOT = 576;
    private static final int SLOT_SIZE = 64;

    /** The end of a lease that there never was. */
    public static final long ENDED = Long.MIN_VALUE;

    /**
     * A lease as the daemon wrote it.
     *
     * @param incarnation 0 if there was none
     * @param deadline in nanoseconds of CLOCK_BOOTTIME; {@link #ENDED} if there was none
     */
    public record Lease(long incarnation, long deadline) {
        static final Lease NONE = new Lease(0, ENDED);
    }

    private final MappedByteBuffer buffer;

    private GuardMemory(MappedByteBuffer buffer) {
        this.buffer = buffer;
    }

    /** {@return the name under which both find the memory of a node} */
    public static Path file(Path base) {
        return base.resolve("run").resolve("guard.shm");
    }

    /**
     * Opens the memory that a guard made in this boot of the kernel.
     *
     * @throws NoSuchFileException if there is none
     * @throws IOException also if it is of another version, or of an earlier boot
     */
    public static GuardMemory open(Path base) throws IOException {
        Path file = file(base);
        GuardMemory memory;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < SIZE) {
                throw new IOException(file + " is too short; it was never finished");
            }
            memory = new GuardMemory(channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE));
        }
        if (memory.get(MAGIC_AT) != MAGIC) {
            throw new IOException(file + " is not the memory of a guard");
        }
        if (memory.get(VERSION_AT) != VERSION) {
            throw new IOException(file + " has version " + memory.get(VERSION_AT) + ", this program knows " + VERSION
                    + "; end guard and daemon of the other version first");
        }
        UUID boot = bootId();
        if (memory.get(BOOT_HIGH) != boot.getMostSignificantBits()
                || memory.get(BOOT_LOW) != boot.getLeastSignificantBits()) {
            throw new NoSuchFileException(file + " is of an earlier boot of the kernel");
        }
        return memory;
    }

    /**
     * Makes a fresh memory, in place of what there was. It lies on a file system in memory where there is one, because a page of a
     * file on a disk that hangs may block who writes to it; {@code run/guard.shm} is then a link.
     */
    public static GuardMemory create(Path base) throws IOException {
        Path link = file(base);
        Files.createDirectories(link.getParent());
        remove(base);
        Path place =
                Volatile.folder(base).map(folder -> folder.resolve("guard.shm")).orElse(link);
        Files.deleteIfExists(place);
        GuardMemory memory;
        try (FileChannel channel = FileChannel.open(
                place,
                Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(ByteBuffer.allocate(SIZE), 0);
            memory = new GuardMemory(channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE));
        }
        UUID boot = bootId();
        memory.put(VERSION_AT, VERSION);
        memory.put(BOOT_HIGH, boot.getMostSignificantBits());
        memory.put(BOOT_LOW, boot.getLeastSignificantBits());
        memory.put(MAGIC_AT, MAGIC);
        if (!place.equals(link)) {
            Files.createSymbolicLink(link, place);
        }
        return memory;
    }

    /** Removes the file; who has it open keeps the memory. */
    public static void remove(Path base) throws IOException {
        Path link = file(base);
        if (Files.isSymbolicLink(link)) {
            Path target = Files.readSymbolicLink(link);
            Volatile.remove(target);
        }
        Files.deleteIfExists(link);
    }

    /** {@return the kernel's id of this boot} */
    public static UUID bootId() throws IOException {
        return UUID.fromString(
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
    }

    private long get(int at) {
        return (long) WORD.getVolatile(buffer, at);
    }

    private void put(int at, long value) {
        WORD.setVolatile(buffer, at, value);
    }

    // ---- the guard's fields

    /** {@return the guard that last took this memory} */
    public ProcessId guard() {
        return new ProcessId(get(GUARD_PID), get(GUARD_START));
    }

    /** Guard only. */
    public void guard(ProcessId process) {
        put(GUARD_PID, process.pid());
        put(GUARD_START, process.start());
    }

    /** {@return the process that takes over at the guard's death, ready to do so; none if there is none} */
    public ProcessId spare() {
        return new ProcessId(get(SPARE_PID), get(SPARE_START));
    }

    /** Guard only. */
    public void spare(ProcessId process) {
        put(SPARE_PID, 0); // never a new number with an old start
        put(SPARE_START, process.start());
        put(SPARE_PID, process.pid());
    }

    /** {@return when the guard last ran, by its clock} */
    public long guardBeat() {
        return get(GUARD_BEAT);
    }

    /** Guard only. */
    public void guardBeat(long nanos) {
        put(GUARD_BEAT, nanos);
    }

    /** {@return the guard session, never 0 once a guard took the memory} */
    public long session() {
        return get(SESSION);
    }

    /** Guard only. */
    public void session(long session) {
        put(SESSION, session);
    }

    /** {@return whether processes may be started} */
    public boolean gateOpen() {
        return get(GATE) == 1;
    }

    /** Guard only. */
    public void gateOpen(boolean open) {
        put(GATE, open ? 1 : 0);
    }

    /** {@return how often the gate was closed because the deadline had passed} */
    public long closings() {
        return get(CLOSINGS);
    }

    /** Guard only. */
    public void closings(long count) {
        put(CLOSINGS, count);
    }

    /** {@return whether everything is proved stopped since the last closing} */
    public boolean proved() {
        return get(PROVED) == 1;
    }

    /** Guard only. */
    public void proved(boolean proved) {
        put(PROVED, proved ? 1 : 0);
    }

    /** {@return whether an armed watchdog stands behind the guard} */
    public boolean strong() {
        return get(STRENGTH) == 1;
    }

    /** {@return whether resource processes are contained in cgroups v2} */
    public boolean contained() {
        return get(CONTAINED) == 1;
    }

    /** {@return {@code K} in nanoseconds} */
    public long killNanos() {
        return get(KILL_NANOS);
    }

    /** Guard only. */
    public void terms(boolean strong, boolean contained, long killNanos) {
        put(STRENGTH, strong ? 1 : 0);
        put(CONTAINED, contained ? 1 : 0);
        put(KILL_NANOS, killNanos);
    }

    /** {@return the guard that asks for the place of the present one, if there is one} */
    public ProcessId successor() {
        return new ProcessId(get(SUCCESSOR_PID), get(SUCCESSOR_START));
    }

    /** Successor only; the guard, to take it back. */
    public void successor(ProcessId process) {
        put(SUCCESSOR_PID, 0); // never a new number with an old start
        put(SUCCESSOR_START, process.start());
        put(SUCCESSOR_PID, process.pid());
    }

    // ---- the daemon's fields

    /** {@return the daemon that last attached} */
    public ProcessId daemon() {
        return new ProcessId(get(DAEMON_PID), get(DAEMON_START));
    }

    /** Daemon only; the guard, to clear it, when there is none. */
    public void daemon(ProcessId process) {
        put(DAEMON_PID, 0); // never a new number with an old start
        put(DAEMON_START, process.start());
        put(DAEMON_PID, process.pid());
    }

    /** {@return when the daemon's loop last ran, by its clock; 0 if it never did} */
    public long daemonBeat() {
        return get(DAEMON_BEAT);
    }

    /** Daemon only. */
    public void daemonBeat(long nanos) {
        put(DAEMON_BEAT, nanos);
    }

    /** {@return whether resources run inside the daemon's JVM} */
    public boolean inDaemon() {
        return get(IN_DAEMON) != 0;
    }

    /** Daemon only; the guard, to clear it, when that JVM is dead. */
    public void inDaemon(boolean running) {
        put(IN_DAEMON, running ? 1 : 0);
    }

    /** {@return whether the daemon said, in this session, that it leaves} */
    public boolean leaving() {
        return get(LEAVING) != 0 && get(LEAVING) == session();
    }

    /** Daemon only. */
    public void leaving(boolean leaving) {
        put(LEAVING, leaving ? session() : 0);
    }

    /** {@return the lease last written; none if it cannot be read} */
    public Lease lease() {
        for (int attempt = 0; attempt < 100; attempt++) {
            long first = get(SLOT);
            long second = get(SLOT + SLOT_SIZE);
            // a slot that is being written has number 0, so the newest number is of a finished one; if that one is
            // spoiled, the
            // older must not stand in for it: its deadline may be later
            int newest = first >= second ? SLOT : SLOT + SLOT_SIZE;
            long number = Math.max(first, second);
            long incarnation = get(newest + 8);
            long deadline = get(newest + 16);
            long check = get(newest + 24);
            if (number == 0) {
                return Lease.NONE;
            }
            if (get(newest) == number && check == check(number, incarnation, deadline)) {
                return new Lease(incarnation, deadline);
            }
            Thread.onSpinWait(); // overtaken by a writer, twice in this short time
        }
        return Lease.NONE;
    }

    /** Daemon only; the guard, to clear it, when there is none. */
    public void lease(long incarnation, long deadline) {
        long first = get(SLOT);
        long second = get(SLOT + SLOT_SIZE);
        int slot = first <= second ? SLOT : SLOT + SLOT_SIZE;
        long number = Math.max(first, second) + 1;
        put(slot, 0); // invalid while it is being written
        put(slot + 8, incarnation);
        put(slot + 16, deadline);
        put(slot + 24, check(number, incarnation, deadline));
        put(slot, number);
    }

    private static long check(long number, long incarnation, long deadline) {
        long hash = MAGIC;
        for (long word : new long[] {number, incarnation, deadline}) {
            hash = (hash ^ word) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        return hash;
    }

    /** Test only: overwrites one word of a slot, as a torn or decayed page would. */
    void spoil(int slot, int word) {
        int at = SLOT + slot * SLOT_SIZE + word * 8;
        put(at, get(at) ^ 0x10);
    }

    /** The mapping goes when it is collected; nothing is written after this. */
    @Override
    public void close() {}
}
