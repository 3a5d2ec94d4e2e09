package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The observer of nodes that share a machine sees two that serve at once, and nothing else. */
class SocketWatchTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final List<Process> nodes = new ArrayList<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final int port = 20_000 + (int) (ProcessHandle.current().pid() % 20_000);

    /** What a node runs: listens, and lets others listen on the same port, as smbd does. */
    public static final class Server {
        private Server() {}

        /** Listens on {@code ADDRESS PORT} until its input ends. */
        public static void main(String[] arguments) throws IOException {
            try (ServerSocketChannel server = ServerSocketChannel.open()) {
                server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                server.bind(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
                if (System.in.read() >= 0) {
                    throw new IllegalStateException("nothing is to be read");
                }
            }
        }
    }

    private Process node(String name) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.net.preferIPv4Stack=true", // or its socket is one of IPv6, which smbd's is not
                "-cp",
                System.getProperty("java.class.path"),
                Server.class.getName(),
                "127.90.1.2",
                Integer.toString(port));
        builder.environment().put(ProcessTable.CELL, name + "-0123456789ab/files/run");
        Process process = builder.start();
        nodes.add(process);
        return process;
    }

    @AfterEach
    void end() {
        nodes.forEach(Process::destroyForcibly);
    }

    private void await(String begin, String rest) {
        Waiting.until(
                begin + rest,
                LIMIT,
                () -> lines.stream().anyMatch(line -> line.startsWith(begin) && line.contains(rest)),
                lines::toString);
    }

    @Test
    void seesTwoNodesThatServeAtOnce() throws Exception {
        Thread watch = new Thread(new SocketWatch("127.90.1.2:" + port, lines::add), "watch");
        watch.setDaemon(true);
        watch.start();
        Process first = node("n1");
        await("has ", " n1-0123456789ab have");
        first.destroyForcibly().waitFor();
        node("n2");
        await("has ", " n2-0123456789ab have");
        assertThat(lines).noneMatch(line -> line.startsWith("twice"));
        node("n3");
        await("twice ", " n2-0123456789ab and n3-0123456789ab have");
    }
}
