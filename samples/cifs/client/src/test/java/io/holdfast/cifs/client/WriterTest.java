package io.holdfast.cifs.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What was acknowledged and is not there unharmed is counted as lost, whatever happened to it. */
class WriterTest {
    private static final long BLOCKS = 10;

    private final Map<Long, byte[]> disk = new TreeMap<>();
    private final List<String> told = new ArrayList<>();
    private boolean reachable = true;
    private int failing;

    private final Writer writer = new Writer(
            Options.parse(List.of("--host", "h", "--share", "s", "--blocks", "" + BLOCKS, "--pause-ms", "0")),
            Store::new,
            7,
            told::add);

    private final class Store implements BlockFile {
        Store() throws IOException {
            if (!reachable) {
                throw new IOException("nobody there");
            }
        }

        @Override
        public void write(byte[] block, long number) throws IOException {
            if (number == 5 && failing-- > 0) {
                throw new IOException("Connection reset");
            }
            disk.put(number, block.clone());
        }

        @Override
        public byte[] read(long number) {
            return disk.getOrDefault(number, new byte[0]);
        }

        @Override
        public void close() {
            // nothing is held
        }
    }

    private long lostAfter(Runnable damage) throws InterruptedException {
        writer.write(() -> false);
        assertThat(writer.acknowledged()).isEqualTo(BLOCKS);
        damage.run();
        return writer.verify(2);
    }

    @Test
    void countsNothingWhereAllIsThere() throws Exception {
        assertThat(lostAfter(() -> {})).isZero();
    }

    @Test
    void countsWhatIsMissing() throws Exception {
        assertThat(lostAfter(() -> disk.keySet().removeIf(number -> number >= 7)))
                .isEqualTo(3);
    }

    @Test
    void countsWhatIsDamaged() throws Exception {
        assertThat(lostAfter(() -> disk.get(4L)[2000] ^= 1)).isEqualTo(1);
    }

    @Test
    void countsWhatAnotherBlockTookThePlaceOf() throws Exception {
        assertThat(lostAfter(() -> disk.put(4L, disk.get(3L)))).isEqualTo(1);
    }

    @Test
    void countsWhatAnEarlierRunLeft() throws Exception {
        assertThat(lostAfter(() -> disk.put(4L, Block.write(6, 4)))).isEqualTo(1);
    }

    @Test
    void takesForLostWhatCannotBeReadBack() throws Exception {
        assertThat(lostAfter(() -> reachable = false)).isEqualTo(BLOCKS);
        assertThat(told).contains("cannot read back: nobody there");
    }

    @Test
    void writesAgainWhatWasNotAcknowledged() throws Exception {
        failing = 2;
        assertThat(lostAfter(() -> {})).isZero();
        assertThat(told).anyMatch(line -> line.startsWith("no answer for block 5 "));
    }
}
