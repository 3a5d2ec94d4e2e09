package io.holdfast.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Frames as the first version wrote them: nodes of a later one must understand them for ever. */
class KeptFormatsTest {
    /** Written once by {@code -Dgolden.write=true}. */
    private static final Path GOLDEN = Path.of("src/test/resources/frames-1.txt");

    private static Hello hello() throws IOException {
        return new Hello(
                1, "demo", "n1", 42, new InetSocketAddress(InetAddress.getByName("10.1.2.3"), 65_000), Lane.BULK, "n2");
    }

    /** A swap is refused by what the manifest says. */
    @Test
    void theManifestSaysTheProtocol() throws IOException {
        assertThat(Files.readAllLines(Path.of("bnd.bnd"))).contains("Holdfast-Protocol: " + Hello.VERSION);
    }

    @Test
    void readsWhatTheFirstVersionWrote() throws IOException {
        if (Boolean.getBoolean("golden.write")) {
            Files.write(
                    GOLDEN,
                    Stream.concat(
                                    Stream.of(hello().encode()),
                                    Stream.of(Frame.Kind.values())
                                            .map(kind -> new Frame(
                                                            kind,
                                                            9,
                                                            "lease.ack",
                                                            "content".getBytes(StandardCharsets.UTF_8))
                                                    .encode()))
                            .map(bytes -> HexFormat.of().formatHex(bytes))
                            .toList());
        }
        List<byte[]> kept = Files.readAllLines(GOLDEN).stream()
                .map(HexFormat.of()::parseHex)
                .toList();
        assertThat(Hello.decode(kept.get(0))).isEqualTo(hello());
        int line = 1;
        for (Frame.Kind kind : Frame.Kind.values()) {
            Frame frame = Frame.decode(kept.get(line++));
            assertThat(frame.kind()).isEqualTo(kind);
            assertThat(frame.id()).isEqualTo(9);
            assertThat(frame.topic()).isEqualTo("lease.ack");
            assertThat(frame.payload()).asString(StandardCharsets.UTF_8).isEqualTo("content");
        }
    }
}
