package io.holdfast.guard.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds a folder in memory for what must never wait for a disk. */
public final class Volatile {
    /** Belongs to the user of this process; {@code /proc/self} itself is a link of root's. */
    private static final Path SELF = Path.of("/proc/self/task");

    private Volatile() {}

    /** {@return twelve hexadecimal digits that tell base folders apart} */
    public static String hash(Path base) {
        Path real;
        try {
            real = base.toRealPath();
        } catch (IOException e) {
            real = base.toAbsolutePath().normalize();
        }
        long hash = 0xcbf29ce484222325L; // FNV-1a: a digest of the JDK would cost 30 ms of start
        for (byte b : real.toString().getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return String.format("%016x", hash).substring(4);
    }

    /** {@return a folder in memory for the node of that base folder, made if need be; empty if this machine offers none} */
    static Optional<Path> folder(Path base) throws IOException {
        for (Path root : List.of(Path.of("/run"), Path.of("/dev/shm"))) {
            if (!Files.isWritable(root) || !Files.getFileStore(root).type().equals("tmpfs")) {
                continue;
            }
            Path own = root.resolve("holdfast-" + owner(SELF));
            Path folder = own.resolve(hash(base));
            for (int attempt = 0; attempt < 3; attempt++) {
                try {
                    if (make(own) && make(folder)) {
                        return Optional.of(folder);
                    }
                    break;
                } catch (NoSuchFileException e) {
                    // another node's guard, ending, removed the outer one in between: once more
                }
            }
        }
        return Optional.empty();
    }

    private static boolean make(Path folder) throws IOException {
        Set<PosixFilePermission> ours = PosixFilePermissions.fromString("rwx------");
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(ours));
        } catch (FileAlreadyExistsException e) {
            // /dev/shm is everybody's: only a folder that is ours and closed to others will do
            return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    && owner(folder) == owner(SELF)
                    && Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS)
                            .equals(ours);
        }
        return true;
    }

    private static int owner(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    /** Removes a file in such a folder, and the folders if nothing else is in them. */
    static void remove(Path file) throws IOException {
        Files.deleteIfExists(file);
        try {
            Path folder = file.getParent();
            Path own = folder == null ? null : folder.getParent();
            if (folder != null && own != null && own.getFileName().toString().startsWith("holdfast-")) {
                Files.deleteIfExists(folder);
                Files.deleteIfExists(own);
            }
        } catch (DirectoryNotEmptyException e) {
            return; // another node's
        }
    }
}
