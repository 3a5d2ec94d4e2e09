package io.holdfast.api.fencing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The newest fencing token that a store has seen; with it, whatever resources write to refuses an owner of before, even one that was
 * paused for an hour in the middle of a write.
 *
 * <p>It runs where the data is (a storage server, a database, a controller), once for each thing that one resource owns. The owner sends
 * its token ({@code ResourceContext.token()}, {@code HOLDFAST_TOKEN}) with each write. It is no use in the process of the owner itself:
 * that is the one that may be out of date.
 *
 * <p>Any thread. A write waits for the one before it.
 */
public final class NewestToken {
    /** Where the newest token outlives the store's process. */
    public interface Memory {
        /** {@return the token that was kept last, 0 if none ever was} */
        long read() throws IOException;

        /** Keeps a token, and returns only when it would outlive a power failure. */
        void write(long token) throws IOException;
    }

    /**
     * A write to what is protected.
     *
     * @param <T> what it gives
     */
    @FunctionalInterface
    public interface Write<T> {
        /** {@return what the write gives} When it returns, no part of it may be still under way. */
        T perform() throws IOException;
    }

    private final Memory memory;
    private long newest;
    private long kept;

    /**
     * Goes on from what is kept.
     *
     * @throws IOException if that cannot be read: then no write can be allowed
     */
    public NewestToken(Memory memory) throws IOException {
        this.memory = memory;
        kept = memory.read();
        newest = kept;
    }

    /**
     * {@return the same, kept in a file that is replaced as a whole and synchronised}
     *
     * @throws IOException if the file is there and cannot be read, or holds no token
     */
    public static NewestToken inFile(Path file) throws IOException {
        return new NewestToken(new InFile(file));
    }

    /** {@return the newest token that was seen, 0 if none was} */
    public synchronized long newest() {
        return newest;
    }

    /**
     * Performs a write unless its token is older than one that was seen. Check and write are one step, and a new token is kept before
     * its first write is performed: once that returned, no write under an older token takes effect.
     *
     * @param token what the sender was granted, 1 or more
     * @throws StaleTokenException if a newer one was seen; nothing was written
     * @throws IOException if the token cannot be kept (then nothing was written), or from the write
     * @throws IllegalArgumentException if it is no token: a sender without a grant
     */
    public synchronized <T> T perform(long token, Write<T> write) throws IOException, StaleTokenException {
        if (token < 1) {
            throw new IllegalArgumentException("Fencing token " + token + " is none: the sender was granted nothing");
        }
        if (token < newest) {
            throw new StaleTokenException(token, newest);
        }
        newest = token; // from here on older ones are refused, even if keeping it fails half-way
        if (kept != token) {
            memory.write(token);
            kept = token;
        }
        return write.perform();
    }

    private record InFile(Path file) implements Memory {
        @Override
        public long read() throws IOException {
            String text;
            try {
                text = Files.readString(file).strip();
            } catch (NoSuchFileException e) {
                return 0;
            }
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new IOException(file + " holds no fencing token but '" + text + "'", e);
            }
        }

        @Override
        public void write(long token) throws IOException {
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null) {
                throw new IOException(file + " is no file");
            }
            Path fresh = folder.resolve(file.getFileName() + ".new");
            try (FileChannel channel = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.wrap((token + "\n").getBytes(StandardCharsets.US_ASCII));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true); // the name, too
            }
        }
    }
}
