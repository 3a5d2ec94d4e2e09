package io.holdfast.lab.torture;

import io.holdfast.lab.Lab;
import io.holdfast.lab.Shell;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** What stands between a node and the C library, so that its disk and its wall clock can fail; see {@code shim.c}. */
final class Shim {
    private static final int SIZE = 64;
    private static final int WALL_NS = 0;
    private static final int SYNC_MS = 8;
    private static final int SYNC_ERROR = 12;
    private static final int WRITE_ERROR = 16;
    private static final int OPEN_ERROR = 20;

    /** Error numbers of Linux. */
    static final int EIO = 5;

    static final int ENOSPC = 28;
    static final int EROFS = 30;

    private final MappedByteBuffer page;

    private Shim(MappedByteBuffer page) {
        this.page = page;
    }

    /** Builds the library for all nodes. */
    static Path build(Path folder) {
        Path source = folder.resolve("shim.c");
        Path library = folder.resolve("shim.so");
        try (InputStream in = Arena.resource("shim.c")) {
            Files.write(source, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Shell.run("gcc", "-shared", "-fPIC", "-O2", "-o", library.toString(), source.toString(), "-ldl");
        return library;
    }

    /** Gives a node its own. */
    static Shim install(Lab lab, String node, Path library) {
        Path control = lab.folder().resolve("shim-" + node);
        try {
            Files.write(control, new byte[SIZE]);
            try (FileChannel channel = FileChannel.open(control, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                MappedByteBuffer page = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
                page.order(ByteOrder.nativeOrder());
                lab.set(node, "LD_PRELOAD", library.toString());
                lab.set(node, "TORTURE_SHIM", control.toString());
                lab.set(
                        node,
                        "TORTURE_DISK",
                        lab.node(node).base().resolve("ledger").toString());
                return new Shim(page);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void wallClock(Duration ahead) {
        page.putLong(WALL_NS, ahead.toNanos());
    }

    void slowSync(Duration each) {
        page.putInt(SYNC_MS, (int) each.toMillis());
    }

    void failingSync(int error) {
        page.putInt(SYNC_ERROR, error);
    }

    void failingWrite(int error) {
        page.putInt(WRITE_ERROR, error);
    }

    void readOnly(boolean on) {
        page.putInt(WRITE_ERROR, on ? EROFS : 0);
        page.putInt(SYNC_ERROR, on ? EROFS : 0);
        page.putInt(OPEN_ERROR, on ? EROFS : 0);
    }

    /** The disk is well again. */
    void mend() {
        page.put(SYNC_MS, ByteBuffer.allocate(SIZE - SYNC_MS).array());
    }
}
