package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AttributesTest {
    /** Written once by {@code -Dgolden.write=true}; a later version must read it for ever. */
    private static final Path GOLDEN = Path.of("src/test/resources/attributes-1.txt");

    private static final Attributes FULL =
            new Attributes(3, 9, Map.of("types", "a ".repeat(50_000), "cpu.load", "0.7", "Ort", "Küche"));

    @Test
    void comesBackEqual() throws IOException {
        assertThat(Attributes.decoded(FULL.encoded())).isEqualTo(FULL);
    }

    @Test
    void readsWhatTheFirstVersionWrote() throws IOException {
        Attributes small = new Attributes(3, 9, Map.of("cpu.load", "0.7", "Ort", "Küche"));
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(GOLDEN, HexFormat.of().formatHex(small.encoded()) + "\n");
        }
        byte[] kept = HexFormat.of().parseHex(Files.readString(GOLDEN).strip());
        assertThat(Attributes.decoded(kept)).isEqualTo(small);
    }

    @Test
    void theNewerOneOfATellerCounts() {
        assertThat(new Attributes(3, 10, Map.of()).newerThan(FULL)).isTrue();
        assertThat(new Attributes(3, 8, Map.of()).newerThan(FULL)).isFalse();
        assertThat(new Attributes(4, 1, Map.of()).newerThan(FULL))
                .as("it started anew")
                .isTrue();
    }

    @Test
    void rubbishIsRefused() {
        byte[] bytes = FULL.encoded();
        bytes[0] = 9;
        assertThatThrownBy(() -> Attributes.decoded(bytes)).hasMessageContaining("version 9");
        Random random = new Random(1);
        byte[] good = FULL.encoded();
        for (int i = 0; i < 300; i++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(good.length));
            if (bad.length > 20) {
                bad[17 + random.nextInt(4)] = (byte) random.nextInt(256);
            }
            assertThatThrownBy(() -> Attributes.decoded(bad)).isInstanceOf(IOException.class);
        }
    }
}
