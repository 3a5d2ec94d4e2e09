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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Peers that are dead, hung or cut off, and what they must not do to the others. */
@Timeout(60)
class DeadPeersTest {
    private static final Logger log = LoggerFactory.getLogger(DeadPeersTest.class);
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
        try (Socket first = acceptUrgent(deaf, n1)) {
            long start = System.nanoTime();
            acceptUrgent(deaf, n1).close();
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            assertThat(first.isConnected()).isTrue();
            assertThat(millis).isBetween((long) Timing.of(net.lease).silence() - 200, 5000L);
        }
    }

    /** {@return the next connection for urgent messages that n1 makes while it goes on sending, as with leases} */
    private static Socket acceptUrgent(ServerSocket server, JGroupsTransport n1) throws Exception {
        server.setSoTimeout(50);
        long start = System.nanoTime();
        while (true) {
            n1.send("n2", "lease", new byte[1], Delivery.URGENT);
            try {
                Socket socket = server.accept();
                if (hello(socket).lane() == Lane.URGENT) {
                    return socket;
                }
                socket.close();
            } catch (java.net.SocketTimeoutException e) {
                log.trace("Nobody yet", e);
            }
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(Net.PATIENCE));
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
            acceptUrgent(silent, n1).close();
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
