package io.holdfast.guard.memory;

import java.io.IOException;
import java.io.RandomAccessFile;
import org.jspecify.annotations.Nullable;

/**
 * Looks again and again whether one process lives: keeps its {@code /proc/PID/stat} open, so that a look costs one read and can never
 * see another process of the same number.
 */
public final class ProcessWatch implements AutoCloseable {
    private final byte[] buffer = new byte[512];
    private ProcessId process = ProcessId.NONE;
    private @Nullable RandomAccessFile stat;

    /** {@return whether {@code wanted} exists and has not ended} */
    public boolean alive(ProcessId wanted) {
        if (!wanted.equals(process)) {
            open(wanted);
        }
        RandomAccessFile file = stat;
        if (file == null) {
            return false;
        }
        try {
            file.seek(0);
            int length = file.read(buffer);
            if (ProcessId.parse(buffer, length).filter(found -> !found.dead()).isPresent()) {
                return true;
            }
        } catch (IOException e) {
            // "no such process": it is gone, and collected
        }
        close();
        return false;
    }

    private void open(ProcessId wanted) {
        close();
        process = wanted;
        try {
            stat = wanted.pid() == 0 ? null : new RandomAccessFile("/proc/" + wanted.pid() + "/stat", "r");
        } catch (IOException e) {
            return; // gone
        }
        if (!wanted.alive()) { // the open file may be a later process's; if it lives now, it is this one's
            close();
        }
    }

    @Override
    public void close() {
        RandomAccessFile file = stat;
        stat = null;
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                return; // it was only read
            }
        }
    }
}
