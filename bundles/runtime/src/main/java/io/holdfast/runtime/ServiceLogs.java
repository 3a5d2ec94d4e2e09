package io.holdfast.runtime;

import io.holdfast.guard.cells.Names;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What spawned services write: {@code log/resources/INSTANCE.log}, and {@code INSTANCE.log.1} with what was there before.
 *
 * <p>A service holds its file open and survives the daemon, so the file is not replaced but copied and emptied; lines written in
 * between may be lost.
 */
final class ServiceLogs {
    private static final Logger log = LoggerFactory.getLogger(ServiceLogs.class);
    private static final long LARGEST = 4 << 20;
    private final Path folder;

    ServiceLogs(Path folder) {
        this.folder = folder;
    }

    Path file(String instance) throws IOException {
        Files.createDirectories(folder);
        return folder.resolve(Names.encode(instance) + ".log");
    }

    /** Cuts the files that have grown beyond 4 MiB. */
    void trim() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files =
                    entries.filter(file -> file.toString().endsWith(".log")).toList();
            for (Path file : files) {
                if (Files.size(file) > LARGEST) {
                    cut(file);
                }
            }
        } catch (IOException e) {
            log.debug("Logs of services cannot be trimmed: {}", e.getMessage());
        }
    }

    private static void cut(Path file) throws IOException {
        Path old = file.resolveSibling(file.getFileName() + ".1");
        try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileChannel to = FileChannel.open(
                        old,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            long size = from.size();
            from.transferTo(Math.max(0, size - LARGEST), LARGEST, to);
            from.truncate(0);
        }
    }
}
