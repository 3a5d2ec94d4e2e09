package io.holdfast.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.storage.RaftStorageMetadata;
import org.apache.ratis.server.storage.RaftStorageMetadataFile;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A voter that cannot write its vote must not lose the one before. */
class FullDiskTest {
    private static final String REFUSED = "refused";

    @TempDir
    Path folder;

    private static RaftStorageMetadataFile open(Path file) throws ReflectiveOperationException {
        Constructor<?> constructor = Class.forName("org.apache.ratis.server.storage.RaftStorageMetadataFileImpl")
                .getDeclaredConstructor(File.class);
        constructor.setAccessible(true);
        return (RaftStorageMetadataFile) constructor.newInstance(file.toFile());
    }

    private static RaftStorageMetadata vote(long term) {
        return RaftStorageMetadata.valueOf(term, RaftPeerId.valueOf("n" + term));
    }

    /** Runs where nothing can be written to any file. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        try {
            open(Path.of(arguments[0])).persist(vote(8));
            System.out.println("written");
        } catch (IOException e) {
            System.out.println(REFUSED);
        }
    }

    @Test
    @DisplayName("a vote that cannot be written leaves the one before on disk")
    void keepsTheVote() throws Exception {
        Path file = folder.resolve("raft-meta");
        open(file).persist(vote(7));
        String before = Files.readString(file);
        Process child = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -f 0 && exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        FullDiskTest.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains(REFUSED);
        assertThat(Files.readString(file)).isEqualTo(before);
        assertThat(open(file).getMetadata().getTerm()).isEqualTo(7);
        assertThat(folder.resolve("raft-meta.tmp")).doesNotExist();
    }

    @Test
    @DisplayName("what was given up, or not closed, is not seen")
    void isSeenWhenItIsClosed() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "old");
        AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile());
        out.write("new".getBytes(StandardCharsets.UTF_8));
        assertThat(file).hasContent("old");
        out.abort();
        out.close();
        assertThat(file).hasContent("old");
        assertThat(folder.resolve("file.tmp")).doesNotExist();
        try (AtomicFileOutputStream again = new AtomicFileOutputStream(file.toFile())) {
            again.write("new".getBytes(StandardCharsets.UTF_8));
            again.write('!');
        }
        assertThat(file).hasContent("new!");
    }
}
