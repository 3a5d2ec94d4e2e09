package io.holdfast.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The bytes of bundles in one folder, each file named by the SHA-256 of its content. A file has its name only when all of it is on
 * the disk. Any thread; blocks.
 */
public final class Store {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final String PART = ".part";

    /** What was being activated when the daemon ended: three words. */
    private static final String TRIAL = "trying";

    private final Path folder;

    /** What a node is about to activate. */
    record Trial(String name, String digest, long index) {}

    /**
     * Makes the folder, and removes what was left half written in it.
     *
     * @throws IOException if that does not work
     */
    public Store(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder);
        for (Path left : files()) {
            if (left.getFileName().toString().endsWith(PART)) {
                Files.deleteIfExists(left);
            }
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** {@return where the content is, if it is there} */
    public Path path(String digest) {
        if (!DIGEST.matcher(digest).matches()) {
            throw new IllegalArgumentException("'" + digest + "' is no SHA-256 digest");
        }
        return folder.resolve(digest);
    }

    boolean has(String digest) {
        return Files.isRegularFile(path(digest));
    }

    /** {@return the content, for another node} */
    InputStream open(String digest) throws IOException {
        if (!DIGEST.matcher(digest).matches()) {
            throw new IOException("'" + digest + "' is no SHA-256 digest");
        }
        try {
            return Files.newInputStream(path(digest));
        } catch (NoSuchFileException e) {
            throw new IOException("it is not here", e);
        }
    }

    /** {@return a file that grows and has no name yet} */
    Incoming incoming() throws IOException {
        return new Incoming();
    }

    /** Content on its way. Either {@link #keep} or {@link #close}: a closed one leaves nothing behind. */
    final class Incoming implements AutoCloseable {
        private final Path part;
        private final MessageDigest sum;
        private final DigestOutputStream out;

        private Incoming() throws IOException {
            part = Files.createTempFile(folder, "incoming", PART);
            try {
                sum = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("Every Java has SHA-256", e);
            }
            out = new DigestOutputStream(Files.newOutputStream(part), sum);
        }

        /** {@return where to write it} */
        OutputStream sink() {
            return out;
        }

        /** {@return the file as it is now} */
        Path part() {
            return part;
        }

        /** Forces it to the disk and names it. {@return its digest} */
        String keep() throws IOException {
            String digest = finish();
            name(digest);
            return digest;
        }

        /** The same, unless it is not what it should be. */
        void keep(String wanted) throws IOException {
            String digest = finish();
            if (!digest.equals(wanted)) {
                throw new IOException("what came is not what was deployed: its SHA-256 is " + digest);
            }
            name(digest);
        }

        /** Gives it a name for people; nothing deploys it from there. {@return where it is} */
        Path setAside(String name) throws IOException {
            out.close();
            return Files.move(part, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }

        private String finish() throws IOException {
            out.close();
            return HexFormat.of().formatHex(sum.digest());
        }

        private void name(String digest) throws IOException {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(part, path(digest), StandardCopyOption.ATOMIC_MOVE);
            force();
        }

        @Override
        public void close() throws IOException {
            out.close();
            Files.deleteIfExists(part);
        }
    }

    private void force() throws IOException {
        try (FileChannel channel = FileChannel.open(folder)) {
            channel.force(true);
        }
    }

    /** Removes what nobody needs and is older; what was just brought may still be deployed. */
    void prune(Set<String> needed, Instant before) throws IOException {
        for (Path file : files()) {
            String name = file.getFileName().toString();
            if (DIGEST.matcher(name).matches()
                    && !needed.contains(name)
                    && Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Remembers over the end of this process what is being activated. */
    void trying(Trial trial) throws IOException {
        Path part = folder.resolve(TRIAL + PART);
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(StandardCharsets.UTF_8.encode(trial.name() + " " + trial.digest() + " " + trial.index()));
            channel.force(true);
        }
        Files.move(part, folder.resolve(TRIAL), StandardCopyOption.ATOMIC_MOVE);
        force();
    }

    /** That is over. */
    void tried() throws IOException {
        Files.deleteIfExists(folder.resolve(TRIAL));
    }

    /** {@return what was being activated when an earlier process ended} */
    Optional<Trial> unfinished() throws IOException {
        Path file = folder.resolve(TRIAL);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String[] words = Files.readString(file).strip().split(" ");
        try {
            return words.length == 3
                    ? Optional.of(new Trial(words[0], words[1], Long.parseLong(words[2])))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty(); // not ours; it is overwritten by the next
        }
    }
}
