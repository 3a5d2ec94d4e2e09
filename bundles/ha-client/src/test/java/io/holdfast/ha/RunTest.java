package io.holdfast.ha;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RunTest {
    @TempDir
    private Path base;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private interface Daemon {
        void serve(Frames frames) throws IOException;
    }

    private int run(String... words) {
        return new Main.Run(
                        base.toString(),
                        false,
                        80,
                        new ByteArrayInputStream("from standard input".getBytes(StandardCharsets.UTF_8)),
                        out,
                        err,
                        3_600_000)
                .run(words);
    }

    private int runWith(Daemon daemon, String... words) throws Exception {
        Files.createDirectories(base.resolve("run/ha"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(base.resolve("run/ha/socket")));
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> {
                try (SocketChannel channel = server.accept()) {
                    daemon.serve(new Frames(channel));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            int code = run(words);
            served.get();
            return code;
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void passesTheWordsAndPrintsWhatComesBack() throws Exception {
        int code = runWith(
                frames -> {
                    Frames.Frame request = frames.read();
                    assertThat(request.type()).isEqualTo(Frames.REQUEST);
                    assertThat(request.bytes())
                            .isEqualTo(Frames.request(java.util.List.of("--json", "status"), false, 80));
                    frames.write(Frames.SIGN, new byte[0]);
                    frames.write(Frames.OUT, text("{}\n"));
                    frames.write(Frames.ERR, text("careful\n"));
                    frames.write(Frames.EXIT, new byte[] {4});
                },
                "--json",
                "status");
        assertThat(code).isEqualTo(4);
        assertThat(out).hasToString("{}\n");
        assertThat(err).hasToString("careful\n");
    }

    @Test
    void standardInputIsAFile() throws Exception {
        int code = runWith(
                frames -> {
                    frames.read();
                    frames.write(Frames.FILE, text("-"));
                    assertThat(frames.read().bytes()).isEqualTo(text("from standard input"));
                    frames.write(Frames.FILE, text("/nowhere/at/all"));
                    Frames.Frame refused = frames.read();
                    assertThat(refused.type()).isEqualTo(Frames.NO_FILE);
                    assertThat(new String(refused.bytes(), StandardCharsets.UTF_8))
                            .contains("there is no such file");
                    frames.write(Frames.FILE, text(base.toString()));
                    assertThat(frames.read().bytes()).isEqualTo(text(base + ": Is a directory"));
                    frames.write(Frames.EXIT, new byte[] {0});
                },
                "apply",
                "-");
        assertThat(code).isZero();
    }

    @Test
    void aLargeFileGoesInParts() throws Exception {
        byte[] large = new byte[(1 << 20) + 5];
        java.util.Arrays.fill(large, (byte) 7);
        Path file = Files.write(base.resolve("large"), large);
        int code = runWith(
                frames -> {
                    frames.read();
                    assertThat(part(frames, 0, file.toString())).hasSize(1 << 20);
                    assertThat(part(frames, 1 << 20, file.toString())).containsExactly(7, 7, 7, 7, 7);
                    assertThat(part(frames, large.length, file.toString())).isEmpty();
                    assertThat(part(frames, 0, "-")).isEqualTo(text("from standard input"));
                    assertThat(part(frames, 19, "-")).isEmpty();
                    assertThat(new String(part(frames, 0, "/nowhere/at/all"), StandardCharsets.UTF_8))
                            .contains("there is no such file");
                    frames.write(Frames.EXIT, new byte[] {0});
                },
                "deploy",
                "large");
        assertThat(code).isZero();
    }

    private static byte[] part(Frames frames, long offset, String name) throws IOException {
        frames.write(
                Frames.PART,
                ByteBuffer.allocate(8 + name.length())
                        .putLong(offset)
                        .put(text(name))
                        .array());
        return frames.read().bytes();
    }

    @Test
    void hangingUpInTheMiddleLeavesTheOutcomeOpen() throws Exception {
        int code = runWith(
                frames -> {
                    frames.read();
                    frames.write(Frames.SIGN, new byte[0]);
                },
                "stop",
                "web");
        assertThat(code).isEqualTo(Main.NO_ANSWER);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("may still take effect");
    }

    @Test
    void anotherLanguageIsNamed() throws Exception {
        int code = runWith(
                frames -> {
                    frames.read();
                    frames.write((byte) '?', new byte[0]);
                },
                "status");
        assertThat(code).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("another version");
    }

    @Test
    void nobodyThereIsSaidWithWhatToDo() {
        assertThat(run("status")).isEqualTo(Main.NO_DAEMON);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no daemon answers", "holdfast start --base " + base);
        assertThat(run("--base")).isEqualTo(2);
        assertThat(run("--base=" + base.resolve("other"), "status")).isEqualTo(Main.NO_DAEMON);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no folder");
    }

    @Test
    void helpWithoutANodeTellsTheUsage() {
        assertThat(run("--help")).isEqualTo(Main.NO_DAEMON);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("usage: ha ")
                .contains("no daemon answers");
    }
}
