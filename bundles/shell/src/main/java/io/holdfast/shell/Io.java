package io.holdfast.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What a call has around it.
 *
 * @param out for the result
 * @param err for reasons
 * @param colour whether {@code out} is a terminal that shows colours
 * @param width columns of the terminal; 0 if unknown or none
 * @param who the person, for the log of who did what
 * @param files reads the caller's files
 * @param cancelled whether the caller is gone
 * @param outlive called by a command that is to go on to its answer while this layer itself is replaced
 * @param signs asked by a command before something that blocks its thread: from then on the caller gets his signs of life by another,
 *     until what comes back is run
 */
public record Io(
        PrintStream out,
        PrintStream err,
        boolean colour,
        int width,
        String who,
        FileReader files,
        BooleanSupplier cancelled,
        Runnable outlive,
        Supplier<Runnable> signs) {

    /** For callers whose connection does not end with this layer. */
    public Io(
            PrintStream out,
            PrintStream err,
            boolean colour,
            int width,
            String who,
            FileReader files,
            BooleanSupplier cancelled) {
        this(out, err, colour, width, who, files, cancelled, () -> {}, () -> () -> {});
    }

    /** Reads a file where the caller is, with the caller's rights. */
    @FunctionalInterface
    public interface FileReader {
        /**
         * {@return the text}
         *
         * @throws IOException whose message says why not
         */
        String read(String name) throws IOException;

        /**
         * {@return the bytes, part by part} They are asked for as they are read, by the thread that the command runs on.
         *
         * @throws IOException whose message says why not; so do those of the stream
         */
        default InputStream open(String name) throws IOException {
            throw new IOException(name + " cannot be read from here");
        }
    }
}
