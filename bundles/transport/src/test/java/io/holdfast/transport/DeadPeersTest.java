package io.holdfast.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.Transport;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that are dead, hung or cut off, and what they must not do to the others. */
@Timeout(60)
class DeadPeersTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private final Net net = new Net(Duration.ofSeconds(2), "n1", "n2", "n3");

    @AfterEach
    void closeAll() throws Exception {
        net.close();
    }

    /** The kernel takes connections and a socket buffer full of data, the process nothing: as after SIGSTOP. */
    private ServerSocket hung(String node) throws Exception {
        return net.also(new ServerSocket(Net.PORT, 50, InetAddress.getByName(net.address(node))));
    }

    /** Packets to it vanish: its queue of connections is full, so it answers to none. */
    private void cutOff(String node) throws Exception {
        InetAddress address = InetAddress.getByName(net.address(node));
        net.also(new ServerSocket(Net.PORT, 1, address));
        for (int i = 0; i < 4; i++) {
            Socket socket = net.also(new Socket());
            CompletableFuture.runAsync(() -> {
                try {
                    socket.connect(new InetSocketAddress(address, Net.PORT), 60_000);
                } catch (java.io.IOException e) {
                    // closed at the end of the test
                }
            });
        }
        while (true) { // until the queue is full
            try {
                net.also(new Socket()).connect(new InetSocketAddress(address, Net.PORT), 200);
            } catch (java.net.SocketTimeoutException e) {
                return;
            }
        }
    }

    private void othersAreServed(JGroupsTransport n1, String dead) throws Exception {
        JGroupsTransport n2 = net.start("n2");
        n2.answer("echo", (from, bytes) -> CompletableFuture.completedFuture(bytes));
        byte[] large = new byte[Transport.MAX_MESSAGE];
        long longest = 0;
        long longestCall = 0;
        for (int i = 0; i < 200; i++) {
            long start = System.nanoTime();
            n1.send(dead, "lease", new byte[100], Delivery.URGENT);
            n1.send(dead, "bulk", large, Delivery.URGENT);
            n1.send(dead, "order", new byte[1000], Delivery.RELIABLE);
            n1.request(dead, "ask", new byte[100], Duration.ofMillis(100));
            longestCall = Math.max(longestCall, System.nanoTime() - start);
            n1.request("n2", "echo", new byte[100], LIMIT).toCompletableFuture().get(Net.PATIENCE, TimeUnit.SECONDS);
            longest = Math.max(longest, System.nanoTime() - start);
        }
        // A blocked call would take as long as TCP's patience (seconds at least); a loaded machine takes far less.
        assertThat(TimeUnit.NANOSECONDS.toMillis(longestCall)).isLessThan(1000);
        assertThat(TimeUnit.NANOSECONDS.toMillis(longest)).isLessThan(1500);
        Net.awaitNodes(n2, "n1", "n2");
    }

    @Test
    void oneThatTakesConnectionsAndNeverReadsDelaysNobody() throws Exception {
        hung("n3");
        othersAreServed(net.start("n1"), "n3");
    }

    @Test
    void oneWhoseConnectHangsDelaysNobody() throws Exception {
        cutOff("n3");
        othersAreServed(net.start("n1"), "n3");
    }

    @Test
    void oneThatIsNotThereDelaysNobody() throws Exception {
        othersAreServed(net.start("n1"), "n3");
    }

    @Test
    void callersThatSayNothingDelayNobody() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        for (int i = 0; i < 50; i++) {
            net.also(new Socket(net.address("n1"), Net.PORT));
        }
        othersAreServed(n1, "n3");
    }

    @Test
    void aConnectionFromWhichNothingComesBackIsMadeAnew() throws Exception {
        ServerSocket deaf = hung("n2");
        JGroupsTransport n1 = net.start("n1");
        n1.send("n2", "lease", new byte[1], Delivery.URGENT);
        long start = System.nanoTime();
        try (Socket first = accept(deaf, Lane.URGENT)) {
            assertThat(first.isConnected()).isTrue();
            CountDownLatch again = new CountDownLatch(1);
            while (again.getCount() > 0) { // as leases do
                n1.send("n2", "lease", new byte[1], Delivery.URGENT);
                deaf.setSoTimeout(50);
                try (Socket next = deaf.accept()) {
                    if (hello(next).lane() == Lane.URGENT) {
                        again.countDown();
                    }
                } catch (java.net.SocketTimeoutException e) {
                    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(Net.PATIENCE));
                }
            }
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertThat(millis).isBetween((long) Timing.of(net.lease).silence() - 50, 3000L);
    }

    private static Socket accept(ServerSocket server, Lane lane) throws Exception {
        server.setSoTimeout(10_000);
        while (true) {
            Socket socket = server.accept();
            if (hello(socket).lane() == lane) {
                return socket;
            }
            socket.close();
        }
    }

    static Hello hello(Socket socket) throws Exception {
        socket.setSoTimeout(10_000);
        InputStream in = socket.getInputStream();
        int length = java.nio.ByteBuffer.wrap(in.readNBytes(4)).getInt();
        return Hello.decode(in.readNBytes(length));
    }

    @Test
    void whoCameBackIsReachedAtOnce() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        for (int round = 0; round < 3; round++) {
            ServerSocket silent = new ServerSocket(Net.PORT, 50, InetAddress.getByName(net.address("n2")));
            for (int i = 0; i < 5; i++) {
                n1.send("n2", "lease", new byte[1], Delivery.URGENT);
            }
            accept(silent, Lane.URGENT).close();
            silent.close();
            JGroupsTransport n2 = net.start("n2");
            n2.answer("echo", (from, bytes) -> CompletableFuture.completedFuture(bytes));
            long start = System.nanoTime();
            boolean reached = false;
            while (!reached) {
                try {
                    n1.request("n2", "echo", new byte[1], Duration.ofMillis(100))
                            .toCompletableFuture()
                            .get(Net.PATIENCE, TimeUnit.SECONDS);
                    reached = true;
                } catch (java.util.concurrent.ExecutionException e) {
                    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(3));
                }
            }
            n2.close();
        }
    }
}
