package io.holdfast.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.Event;
import io.holdfast.api.runtime.Replacements;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real client as a process against the real socket. */
@Timeout(120)
class HaSocketTest {
    private record Ended(int code, String out, String err, long millis) {}

    @TempDir
    private Path base;

    private final FakeCluster cluster = new FakeCluster();
    private HaSocket socket;

    @BeforeEach
    void open() throws IOException {
        socket = new HaSocket(base.resolve("run/ha"), new Commands(cluster), "n1");
    }

    @AfterEach
    void close() {
        socket.close();
    }

    private static Process start(Path base, String... words) throws Exception {
        String jar = Path.of(Class.forName("io.holdfast.ha.Main")
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx32m",
                "-cp",
                jar,
                "io.holdfast.ha.Main",
                "--base",
                base.toString()));
        line.addAll(List.of(words));
        return new ProcessBuilder(line).start();
    }

    private static Ended end(Process process, long begun, String input) throws Exception {
        CompletableFuture<String> out = read(process.getInputStream());
        CompletableFuture<String> err = read(process.getErrorStream());
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        return new Ended(process.exitValue(), out.get(), err.get(), millis);
    }

    private static CompletableFuture<String> read(java.io.InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    private Ended ha(String... words) throws Exception {
        long begun = System.nanoTime();
        return end(start(base, words), begun, "");
    }

    @Test
    void aCommandGoesThereAndItsOutputAndExitCodeComeBack() throws Exception {
        Ended status = ha("status");
        assertThat(status.err()).isEmpty();
        assertThat(status.code()).isZero();
        assertThat(status.out()).startsWith("Cluster demo   revision 1234").doesNotContain("\u001b");
        Ended wrong = ha("move", "web");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("usage: ha move RESOURCE NODE");
        assertThat(wrong.out()).isEmpty();
        ha("stop", "web");
        assertThat(cluster.asked.get(0)).isEqualTo("stop[web, " + System.getProperty("user.name") + "@n1, PT30S]");
    }

    @Test
    void onlyTheOwnerAndTheGroupGetIn() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(base.resolve("run/ha"))))
                .isEqualTo("rwxr-x---");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(base.resolve("run/ha/socket"))))
                .isEqualTo("rw-rw----");
    }

    @Test
    void filesAreReadByTheClient() throws Exception {
        Path file = Files.writeString(base.resolve("a.yaml"), "cluster: demo # ä");
        assertThat(ha("apply", file.toString()).code()).isZero();
        assertThat(cluster.asked.get(0)).startsWith("apply[cluster: demo # ä, " + file);
        Ended missing = ha("apply", base.resolve("b.yaml").toString());
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).contains("b.yaml: there is no such file");
        long begun = System.nanoTime();
        assertThat(end(start(base, "apply", "-"), begun, "cluster: piped").code())
                .isZero();
        assertThat(cluster.asked.get(1)).startsWith("apply[cluster: piped, -");
    }

    @Test
    void eventsAreFollowedUntilTheCallerGoes() throws Exception {
        cluster.happens(new Event(1, 0, 0, "n1", "", "info", "first"));
        Process process = start(base, "events", "--follow");
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.readLine()).endsWith("first");
            cluster.happens(new Event(2, 0, 0, "n1", "", "info", "second"));
            assertThat(out.readLine()).endsWith("second");
        } finally {
            process.destroyForcibly().waitFor();
        }
        for (int i = 0; i < 100 && !cluster.followers.isEmpty(); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThat(cluster.followers).isEmpty();
    }

    @Test
    void aDaemonThatIsNotThereIsExitCodeThree() throws Exception {
        socket.close();
        Ended gone = ha("status");
        assertThat(gone.code()).isEqualTo(3);
        assertThat(gone.err())
                .contains("no daemon answers at " + base.resolve("run/ha/socket"), "holdfast start --base");
        long begun = System.nanoTime();
        Ended nowhere = end(start(base.resolve("nowhere"), "status"), begun, "");
        assertThat(nowhere.code()).isEqualTo(3);
        assertThat(nowhere.err()).contains("there is no folder");
    }

    @Test
    void aHungDaemonIsNoticed() throws Exception {
        Path hung = base.resolve("hung");
        Files.createDirectories(hung.resolve("run/ha"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(hung.resolve("run/ha/socket")));
            long begun = System.nanoTime();
            Ended ended = end(start(hung, "status"), begun, "");
            assertThat(ended.code()).isEqualTo(3);
            assertThat(ended.err()).contains("gives no sign", "has not taken the command");
        }
    }

    @Test
    void aDaemonThatEndsInTheMiddleLeavesTheOutcomeOpen() throws Exception {
        cluster.answer = new CompletableFuture<>();
        long begun = System.nanoTime();
        Process process = start(base, "stop", "web");
        for (int i = 0; i < 300 && cluster.asked.isEmpty(); i++) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        socket.close();
        Ended ended = end(process, begun, "");
        assertThat(ended.code()).isEqualTo(4);
        assertThat(ended.err()).contains("may still take effect");
    }

    @Test
    void callersThatWereStoppedForLongReadWhatCameMeanwhile() throws Exception {
        cluster.answer = new CompletableFuture<>();
        long begun = System.nanoTime();
        List<Process> callers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            callers.add(start(base, "stop", "web"));
        }
        for (int i = 0; i < 600 && cluster.asked.size() < callers.size(); i++) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        for (Process caller : callers) {
            signal(caller, "STOP");
        }
        TimeUnit.MILLISECONDS.sleep(6000); // a silence of 5 s is too long
        for (Process caller : callers) {
            signal(caller, "CONT");
        }
        TimeUnit.MILLISECONDS.sleep(500);
        assertThat(callers).allMatch(Process::isAlive);
        socket.close();
        for (Process caller : callers) {
            assertThat(end(caller, begun, "").err()).contains("ended, or its shell was replaced");
        }
    }

    /** The cluster's services, and these layers. */
    private class WithLayers implements Services {
        private final Layers layers;

        WithLayers(Layers layers) {
            this.layers = layers;
        }

        @Override
        public String node() {
            return "n1";
        }

        @Override
        public long nanos() {
            return cluster.nanos();
        }

        @Override
        public Optional<Cluster> cluster() {
            return cluster.cluster();
        }

        @Override
        public Optional<ClusterControl> control() {
            return cluster.control();
        }

        @Override
        public Optional<Layers> layers() {
            return Optional.of(layers);
        }
    }

    private static void signal(Process process, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void whoReplacesThisLayerGetsItsAnswerAndTheOthersAreEnded() throws Exception {
        Layers layers = (Layers) Proxy.newProxyInstance(
                Layers.class.getClassLoader(),
                new Class<?>[] {Layers.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "version" -> Optional.of("1");
                    case "plan" -> new Layers.Plan("1", "2", "ab".repeat(32), List.of(), List.of());
                    default -> new byte[0];
                });
        Services services = new WithLayers(layers) {
            @Override
            public Optional<Replacements> replacements() {
                return Optional.of((bundle, content, before, limit) -> {
                    socket.close();
                    return CompletableFuture.supplyAsync(
                            () -> "", CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS));
                });
            }
        };
        socket.close();
        socket = new HaSocket(base.resolve("run/ha"), new Commands(services), "n1");
        long begun = System.nanoTime();
        Process follower = start(base, "events", "--follow");
        Thread.sleep(1000);
        Ended swap = ha("swap", "shell");
        assertThat(swap.err()).isEmpty();
        assertThat(swap.out()).contains("shell is at version 2 now, before it was 1");
        assertThat(swap.code()).isZero();
        assertThat(end(follower, begun, "").code()).isNotZero();
    }

    /** What blocks ends when two signs came meanwhile: without them, never in time. */
    @ParameterizedTest
    @ValueSource(strings = {"transport", "guard"})
    void theCallerGetsHisSignsWhileALayerIsReplaced(String layer) throws Exception {
        CountDownLatch signs = new CountDownLatch(3); // the first one is for the request
        AtomicBoolean came = new AtomicBoolean();
        Layers layers = (Layers) Proxy.newProxyInstance(
                Layers.class.getClassLoader(),
                new Class<?>[] {Layers.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "version" -> Optional.of("1");
                    case "plan" -> new Layers.Plan("1", "2", "ab".repeat(32), List.of(), List.of());
                    case "active" -> true;
                    case "replace" -> {
                        came.set(signs.await(10, TimeUnit.SECONDS));
                        yield null;
                    }
                    default -> new byte[0];
                });
        Services services = new WithLayers(layers) {
            @Override
            public Optional<GuardSwap> guardSwap() {
                return Optional.of(() -> {
                    came.set(signs.await(10, TimeUnit.SECONDS));
                    return "Guard 8 took the place of guard 7.";
                });
            }
        };
        socket.close();
        socket = new HaSocket(base.resolve("run/ha"), new Commands(services), "n1");
        try (SocketChannel caller = SocketChannel.open(UnixDomainSocketAddress.of(base.resolve("run/ha/socket")))) {
            caller.write(request("swap", layer));
            DataInputStream frames = new DataInputStream(Channels.newInputStream(caller));
            char type;
            do {
                type = (char) frames.readByte();
                byte[] content = frames.readNBytes(frames.readInt());
                if (type == 'S') {
                    signs.countDown();
                } else if (type == 'X') {
                    assertThat(content).containsExactly(Exit.DONE);
                }
            } while (type != 'X');
        }
        assertThat(came).isTrue();
    }

    private static ByteBuffer request(String... words) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream body = new DataOutputStream(bytes);
        body.writeByte(1);
        body.writeByte(0);
        body.writeInt(0);
        body.writeInt(words.length);
        for (String word : words) {
            body.writeInt(word.length());
            body.writeBytes(word);
        }
        return ByteBuffer.allocate(5 + bytes.size())
                .put((byte) 'Q')
                .putInt(bytes.size())
                .put(bytes.toByteArray())
                .flip();
    }

    @Test
    void rubbishOnTheSocketHarmsNobody() throws Exception {
        for (int i = 0; i < 80; i++) {
            try (SocketChannel rubbish =
                    SocketChannel.open(UnixDomainSocketAddress.of(base.resolve("run/ha/socket")))) {
                rubbish.write(java.nio.ByteBuffer.wrap(new byte[] {'Q', 127, 0, 0, 0, (byte) i}));
            }
        }
        assertThat(ha("status").code()).isZero();
    }

    @Test
    void aSocketThatWasLeftBehindIsReplaced() throws Exception {
        socket.close();
        ServerSocketChannel old = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        old.bind(UnixDomainSocketAddress.of(base.resolve("run/ha/socket")));
        old.close(); // the file stays, as after kill -9
        socket = new HaSocket(base.resolve("run/ha"), new Commands(cluster), "n1");
        assertThat(ha("status").code()).isZero();
    }

    @Test
    void aBundleThatIsLargerThanAFrameIsSentInParts() throws Exception {
        byte[] large = new byte[9 << 20];
        new java.util.Random(7).nextBytes(large);
        Path file = Files.write(base.resolve("large.jar"), large);
        Ended deployed = end(start(base, "deploy", file.toString()), System.nanoTime(), "");
        assertThat(deployed.code()).as(deployed.err()).isZero();
        assertThat(java.util.Arrays.equals(cluster.kept, large)).isTrue();
        Ended missing = end(start(base, "deploy", "/nowhere/at/all"), System.nanoTime(), "");
        assertThat(missing.code()).isEqualTo(Exit.REFUSED);
        assertThat(missing.err()).contains("/nowhere/at/all: there is no such file");
    }
}
