package io.holdfast.guard.memory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;

/**
 * CLOCK_BOOTTIME without native code: {@code /proc/uptime}, which goes on in suspend but counts in hundredths of a second, joined with
 * {@link System#nanoTime()}, which is fine but stands still in suspend.
 *
 * <p>Each reading narrows the interval in which their difference lies; one that fits no more means that the machine slept, and begins
 * anew. {@link #nanos()} gives the late end of the interval: what ends by this clock ends up to 10 ms early, never late.
 */
public final class BootClock implements LongSupplier, AutoCloseable {
    private static final long STEP = 10_000_000; // one hundredth of a second
    private static final long FINE = 200_000;
    private final RandomAccessFile uptime;
    private final byte[] buffer = new byte[64];
    private long low = Long.MIN_VALUE;
    private long high = Long.MAX_VALUE;

    /** Opens {@code /proc/uptime} and watches it for up to 15 ms, to know the difference to a fraction of a millisecond. */
    public BootClock() throws IOException {
        uptime = new RandomAccessFile("/proc/uptime", "r");
        long end = System.nanoTime() + 3 * STEP / 2;
        do {
            read();
        } while (high - low > FINE && System.nanoTime() - end < 0);
    }

    /** {@return nanoseconds since the kernel's boot, suspend included, not earlier than they are} */
    public synchronized long nanos() {
        try {
            read();
        } catch (IOException e) {
            throw new UncheckedIOException("/proc/uptime cannot be read", e);
        }
        return System.nanoTime() + high;
    }

    @Override
    public long getAsLong() {
        return nanos();
    }

    private void read() throws IOException {
        long before = System.nanoTime();
        uptime.seek(0);
        int length = uptime.read(buffer);
        long after = System.nanoTime();
        observe(before, parse(buffer, length), after);
    }

    /** Takes in one reading: {@code up} was read between {@code before} and {@code after} and is cut to whole steps. */
    void observe(long before, long up, long after) {
        long earliest = up - after;
        long latest = up + STEP - before;
        if (low == Long.MIN_VALUE || earliest > high || latest < low) {
            low = earliest;
            high = latest;
        } else {
            low = Math.max(low, earliest);
            high = Math.min(high, latest);
        }
    }

    long high() {
        return high;
    }

    static long parse(byte[] text, int length) throws IOException {
        long seconds = 0;
        int at = 0;
        while (at < length && text[at] >= '0' && text[at] <= '9') {
            seconds = seconds * 10 + (text[at++] - '0');
        }
        if (at == 0 || at + 2 >= length || text[at] != '.') {
            throw new IOException("/proc/uptime does not begin with seconds and hundredths");
        }
        return seconds * 1_000_000_000 + ((text[at + 1] - '0') * 10 + (text[at + 2] - '0')) * STEP;
    }

    @Override
    public void close() throws IOException {
        uptime.close();
    }
}
