package io.holdfast.api.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that refuses older tokens. */
class NewestTokenTest {
    @TempDir
    Path folder;

    private final List<Long> written = new ArrayList<>();
    private NewestToken newest;

    @BeforeEach
    void open() throws IOException {
        newest = NewestToken.inFile(folder.resolve("token"));
    }

    private long write(long token) throws IOException, StaleTokenException {
        return newest.perform(token, () -> {
            written.add(token);
            return token;
        });
    }

    @Test
    void anOlderTokenIsRefusedAndNothingIsWritten() throws Exception {
        assertThat(List.of(write(5), write(5), write(9))).containsExactly(5L, 5L, 9L);
        assertThatThrownBy(() -> write(5))
                .isInstanceOfSatisfying(
                        StaleTokenException.class,
                        stale -> assertThat(List.of(stale.token(), stale.newest()))
                                .containsExactly(5L, 9L))
                .hasMessageContaining("fencing token 5 is older than 9");
        assertThat(written).containsExactly(5L, 5L, 9L);
        assertThatThrownBy(() -> write(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void itOutlivesTheStoresProcess() throws Exception {
        write(9);
        open();
        assertThat(newest.newest()).isEqualTo(9);
        assertThatThrownBy(() -> write(8)).isInstanceOf(StaleTokenException.class);
        Files.writeString(folder.resolve("token"), "rubbish");
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("no fencing token");
    }

    @Test
    void aTokenIsKeptBeforeItsFirstWrite() throws Exception {
        newest.perform(7, () -> {
            assertThat(NewestToken.inFile(folder.resolve("token")).newest()).isEqualTo(7);
            return "";
        });
    }

    @Test
    void whatCannotBeKeptIsNotWrittenAndOlderOnesAreRefusedAllTheSame() throws Exception {
        boolean[] broken = {false};
        newest = new NewestToken(new NewestToken.Memory() {
            @Override
            public long read() {
                return 3;
            }

            @Override
            public void write(long token) throws IOException {
                if (broken[0]) {
                    throw new IOException("no space left");
                }
            }
        });
        broken[0] = true;
        assertThatThrownBy(() -> write(4)).hasMessage("no space left");
        assertThatThrownBy(() -> write(3)).as("the new one may be on the disk").isInstanceOf(StaleTokenException.class);
        assertThat(written).isEmpty();
        broken[0] = false;
        write(4);
        assertThat(written).containsExactly(4L);
    }

    @Test
    void tokensNeverFallWhateverTheOrderOfManySenders() throws Exception {
        newest = new NewestToken(new NewestToken.Memory() {
            @Override
            public long read() {
                return 0;
            }

            @Override
            public void write(long token) {
                assertThat(token).isGreaterThan(written.isEmpty() ? 0 : written.get(written.size() - 1));
            }
        });
        int senders = 4;
        CountDownLatch done = new CountDownLatch(senders);
        for (int sender = 0; sender < senders; sender++) {
            Random random = new Random(sender);
            new Thread(() -> {
                        try {
                            for (int token = 1; token <= 2_000; token += random.nextInt(3)) {
                                try {
                                    write(token);
                                } catch (StaleTokenException e) {
                                    token = (int) e.newest();
                                }
                            }
                        } catch (IOException e) {
                            written.add(-1L);
                        } finally {
                            done.countDown();
                        }
                    })
                    .start();
        }
        done.await();
        assertThat(written).hasSizeGreaterThan(100).isSorted().doesNotContain(-1L);
    }
}
