package io.holdfast.lab.torture;

import io.holdfast.lab.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder whose file system never answers: a process that looks into it sleeps and cannot be killed until this is closed, or this
 * program ends.
 */
final class StuckFolder implements AutoCloseable {
    private final Path folder;
    private final String node;
    private final Process server;

    private StuckFolder(Path folder, String node, Process server) {
        this.folder = folder;
        this.node = node;
        this.server = server;
    }

    static StuckFolder mount(Path programs, Path folder, String node) {
        try {
            Files.createDirectories(folder);
            Process server = new ProcessBuilder(
                            "perl", programs.resolve("stuck.pl").toString(), folder.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (server.getInputStream().read() < 0) {
                throw new IllegalStateException("no file system of FUSE at " + folder);
            }
            return new StuckFolder(folder, node, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return whose processes are meant} */
    String node() {
        return node;
    }

    /** Wakes who sleeps in it, with an error. */
    @Override
    public void close() {
        try {
            server.getOutputStream().close();
        } catch (IOException e) {
            server.destroy();
        }
        try {
            server.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Shell.attempt(5, "umount", "-l", folder.toString());
    }
}
