package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseMessageTest {
    private static final Member MEMBER = new Member("n1", 17);
    /** Written once by {@code -Dgolden.write=true}; a later version must read it for ever. */
    private static final Path GOLDEN = Path.of("src/test/resources/lease-messages-1.txt");

    private static final List<LeaseMessage> ALL = List.of(
            new LeaseMessage.Renew(MEMBER, -5, 9),
            new LeaseMessage.Ack(MEMBER, -5, 9, 3),
            new LeaseMessage.Ask(MEMBER, 77),
            new LeaseMessage.Answer(MEMBER, 77, 3, true, 12, 34, true),
            new LeaseMessage.Call(MEMBER, -77, "n1"),
            new LeaseMessage.Here(MEMBER, -77, "n1"));

    @Test
    void everyMessageComesBackEqual() throws IOException {
        for (LeaseMessage message : ALL) {
            assertThat(LeaseMessage.decoded(message.encoded())).isEqualTo(message);
        }
    }

    @Test
    void readsWhatTheFirstVersionWrote() throws IOException {
        if (Boolean.getBoolean("golden.write")) {
            Files.write(
                    GOLDEN,
                    ALL.stream()
                            .map(message -> HexFormat.of().formatHex(message.encoded()))
                            .toList());
        }
        List<String> lines = Files.readAllLines(GOLDEN);
        assertThat(lines).hasSize(ALL.size());
        for (int i = 0; i < lines.size(); i++) {
            assertThat(LeaseMessage.decoded(HexFormat.of().parseHex(lines.get(i))))
                    .isEqualTo(ALL.get(i));
        }
    }

    @Test
    void rubbishAndOtherVersionsAreRefused() {
        byte[] newer = new LeaseMessage.Ask(MEMBER, 1).encoded();
        newer[0] = 2;
        assertThatThrownBy(() -> LeaseMessage.decoded(newer)).hasMessageContaining("version 2");
        byte[] cut = new LeaseMessage.Ask(MEMBER, 1).encoded();
        assertThatThrownBy(() -> LeaseMessage.decoded(java.util.Arrays.copyOf(cut, 5)))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> LeaseMessage.decoded(new byte[0])).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> LeaseMessage.decoded(new byte[] {1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
                .hasMessageContaining("kind 9");
    }
}
