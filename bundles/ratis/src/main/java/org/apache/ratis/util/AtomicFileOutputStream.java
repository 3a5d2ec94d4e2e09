package org.apache.ratis.util;

import java.io.File;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Stands in for Ratis' class of this name: writes a file beside the one that is meant and puts it in its place when it is closed, on
 * disk.
 *
 * <p>Ratis' own does so also after a write that failed, because closing follows in any case: on a full disk that leaves an empty file where
 * a voter keeps its term and its vote. Here a failure leaves the old file.
 */
public final class AtomicFileOutputStream extends FilterOutputStream {
    /** What the name of the file beside ends with. */
    public static final String TMP_EXTENSION = ".tmp";

    private final Path target;
    private final Path beside;
    private final FileChannel channel;
    private boolean failed;
    private boolean closed;

    /** {@return the file beside} */
    public static File getTemporaryFile(File target) {
        return new File(target.getParentFile(), target.getName() + TMP_EXTENSION);
    }

    /** Writes to {@code target}. */
    public AtomicFileOutputStream(File target) throws IOException {
        this(target, getTemporaryFile(target));
    }

    /** Writes to {@code target}, and before that to {@code beside}. */
    public AtomicFileOutputStream(File target, File beside) throws IOException {
        this(
                target.getAbsoluteFile().toPath(),
                beside.getAbsoluteFile().toPath(),
                FileChannel.open(
                        beside.toPath(),
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING));
    }

    private AtomicFileOutputStream(Path target, Path beside, FileChannel channel) {
        super(Channels.newOutputStream(channel));
        this.target = target;
        this.beside = beside;
        this.channel = channel;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            out.write(bytes, from, length);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    /** {@return whether it is closed, either way} */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        if (failed) {
            abort();
            throw new IOException(
                    "not everything could be written to " + beside + ", so " + target + " stays as it was");
        }
        closed = true;
        try (OutputStream open = out) {
            open.flush();
            channel.force(true);
        } catch (IOException e) {
            remove(e);
            throw e;
        }
        try {
            Files.move(beside, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            remove(e);
            throw e;
        }
    }

    private void remove(IOException cause) {
        try {
            Files.deleteIfExists(beside);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** Leaves the old file as it is. */
    public void abort() {
        if (closed) {
            return;
        }
        closed = true;
        IOException unsaid = new IOException("not written");
        try {
            channel.close();
        } catch (IOException e) {
            unsaid.addSuppressed(e);
        }
        remove(unsaid);
    }
}
