package io.holdfast.cifs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class BlockTest {
    @Test
    void knowsItsOwnBlocks() {
        byte[] block = Block.write(7, 42);
        assertThat(block).hasSize(Block.SIZE);
        assertThat(Block.is(block, 7, 42)).isTrue();
        assertThat(Block.is(block, 7, 43)).isFalse();
        assertThat(Block.is(block, 8, 42)).isFalse();
        assertThat(Block.is(new byte[0], 7, 42)).isFalse();
        block[2000] ^= 1;
        assertThat(Block.is(block, 7, 42)).isFalse();
    }

    @Test
    void readsItsCommandLine() {
        Options options = Options.parse(List.of("--host", "h", "--share", "s"));
        assertThat(options.untilTold()).isTrue();
        assertThat(options.guest()).isTrue();
        assertThat(Options.parse(List.of("--host", "h", "--share", "s", "--seconds", "3"))
                        .untilTold())
                .isFalse();
        assertThatThrownBy(() -> Options.parse(List.of("--host", "h"))).hasMessageContaining("--share");
        assertThatThrownBy(() -> Options.parse(List.of("--host", "h", "--share", "s", "--blocks", "x")))
                .hasMessageContaining("whole number");
        assertThatThrownBy(() -> Options.parse(List.of("--host", "h", "--share", "s", "--colour", "red")))
                .hasMessageContaining("--colour");
    }
}
