package io.holdfast.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.deploy.Store.Trial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    private static final byte[] ABC = "abc".getBytes(StandardCharsets.US_ASCII);
    private static final String DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    private Path folder;

    private Store store;

    @BeforeEach
    void open() throws IOException {
        store = new Store(folder);
    }

    private void write(Store.Incoming incoming) throws IOException {
        incoming.sink().write(ABC);
    }

    @Test
    void contentIsNamedByItsDigest() throws IOException {
        try (Store.Incoming incoming = store.incoming()) {
            write(incoming);
            assertThat(store.has(DIGEST)).isFalse();
            assertThat(incoming.keep()).isEqualTo(DIGEST);
        }
        assertThat(store.open(DIGEST).readAllBytes()).isEqualTo(ABC);
    }

    @Test
    void whatIsNotWhatItShouldBeIsNotKept() throws IOException {
        try (Store.Incoming incoming = store.incoming()) {
            write(incoming);
            assertThatThrownBy(() -> incoming.keep("0".repeat(64))).hasMessageContaining("its SHA-256 is " + DIGEST);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void halfWrittenFilesGoAtTheNextStart() throws IOException {
        Store.Incoming left = store.incoming();
        write(left);
        assertThat(folder).isNotEmptyDirectory();
        new Store(folder);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void onlyOldContentThatNobodyNeedsIsRemoved() throws IOException {
        String other = "1".repeat(64);
        Files.write(folder.resolve(DIGEST), ABC);
        Files.write(folder.resolve(other), ABC);
        Files.write(folder.resolve("2".repeat(64)), ABC);
        Instant now = Instant.parse("2026-11-22T12:00:00Z");
        Files.setLastModifiedTime(folder.resolve(DIGEST), FileTime.from(now.minusSeconds(10)));
        Files.setLastModifiedTime(folder.resolve(other), FileTime.from(now.minusSeconds(10)));
        Files.setLastModifiedTime(folder.resolve("2".repeat(64)), FileTime.from(now));
        store.prune(Set.of(DIGEST), now);
        assertThat(store.has(DIGEST)).isTrue();
        assertThat(store.has(other)).isFalse();
        assertThat(store.has("2".repeat(64))).isTrue();
    }

    @Test
    void aTrialIsRememberedUntilItIsOver() throws IOException {
        Trial trial = new Trial("com.example.web", DIGEST, 7);
        store.trying(trial);
        assertThat(new Store(folder).unfinished()).contains(trial);
        store.tried();
        assertThat(store.unfinished()).isEmpty();
    }

    @Test
    void namesOfOtherFilesAreNotOpened() throws IOException {
        Path secret = folder.resolveSibling("secret");
        Files.writeString(secret, "x");
        assertThatThrownBy(() -> store.open("../secret")).isInstanceOf(IOException.class);
        Files.delete(secret);
    }
}
