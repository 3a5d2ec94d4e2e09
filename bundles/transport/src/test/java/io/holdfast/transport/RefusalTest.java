package io.holdfast.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.View;
import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RefusalTest {
    private final Net net = new Net(Duration.ofMillis(500), "n1", "n2");

    @AfterEach
    void closeAll() throws Exception {
        net.close();
    }

    @Test
    void anotherClusterStaysOutside() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        n1.receive("lease", (from, bytes) -> received.add(from));
        JGroupsTransport foreign = net.start("other", "n2", net.address("n2"));
        Net.awaitNodes(foreign, "n2");
        Net.awaitNodes(n1, "n1");
        foreign.send("n1", "lease", new byte[1], Delivery.URGENT);
        assertThat(said(hello(Hello.VERSION, "other", "n2", "n1")))
                .contains("belongs to the cluster test, not to other");
        assertThat(received).isEmpty();
        assertThat(n1.view().nodes()).containsExactly("n1");
    }

    @Test
    void whoIsRefusedKnowsByWhomAndWhyAsLongAsItIs() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport foreign = net.start("other", "n2", net.address("n2"));
        Net.awaitNodes(foreign, "n2");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Net.PATIENCE);
        while (foreign.refusals().isEmpty() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(foreign.refusals())
                .containsOnlyKeys("n1")
                .containsEntry(
                        "n1",
                        "n1 belongs to the cluster test, not to other: set 'cluster' or the addresses in 'voters' right");
        assertThat(n1.refusals())
                .allSatisfy((node, reason) -> assertThat(reason).contains("not to test"));
        n1.close();
        net.start("other", "n1", net.address("n1"));
        Net.awaitNodes(foreign, "n1", "n2");
        assertThat(foreign.refusals()).isEmpty();
    }

    @Test
    void anUnknownVersionIsRefused() throws Exception {
        net.start("n1");
        assertThat(said(hello(9, "test", "n2", "n1"))).contains("speaks version 1 of the protocol, not 9");
    }

    @Test
    void theWrongAddressIsNoticed() throws Exception {
        net.start("n1");
        assertThat(said(hello(Hello.VERSION, "test", "n2", "n3"))).contains("this is n1, not n3");
    }

    @Test
    void rubbishEndsItsConnectionAndNothingElse() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        for (byte[] rubbish : List.of(
                "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                new byte[] {0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8},
                new byte[] {-1, -1, -1, -1})) {
            try (Socket socket = new Socket(net.address("n1"), Net.PORT)) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(rubbish);
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            } catch (java.net.SocketException e) {
                assertThat(e).hasMessageContaining("reset"); // closed with unread bytes
            }
        }
        try (Socket socket = greet(hello(Hello.VERSION, "test", "n2", "n1"))) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertThat(in.readByte()).isEqualTo(Link.ACKNOWLEDGED);
            socket.getOutputStream().write(new byte[] {0, 0, 0, 2, 99, 99}); // no message
            socket.getOutputStream().write(new byte[] {127, 0, 0, 0}); // 2 GiB to come
            while (in.read() >= 0) {
                // acknowledgements, then the end
            }
        } catch (java.net.SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
        JGroupsTransport n2 = net.start("n2");
        Net.awaitNodes(n2, "n1", "n2");
        assertThat(Net.awaitNodes(n1, "n1", "n2").nodes()).hasSize(2);
    }

    @Test
    void aSecondNodeOfTheSameNameIsRefusedByAll() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        Net.awaitNodes(n1, "n1", "n2");
        Net.awaitNodes(n2, "n1", "n2");
        JGroupsTransport twin = net.start("test", "n2", net.address("twin"));
        Net.await(twin, view -> view.phase() != View.Phase.INIT);
        assertThat(twin.view().nodes()).containsExactly("n2");
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        n1.receive("lease", (from, bytes) -> received.add(new String(bytes, StandardCharsets.UTF_8)));
        twin.send("n1", "lease", "twin".getBytes(StandardCharsets.UTF_8), Delivery.URGENT);
        n2.send("n1", "lease", "n2".getBytes(StandardCharsets.UTF_8), Delivery.URGENT);
        assertThat(received.poll(Net.PATIENCE, TimeUnit.SECONDS)).isEqualTo("n2");
        assertThat(received).isEmpty();
        assertThat(n1.view().nodes()).containsExactly("n1", "n2");
        assertThat(said(hello(Hello.VERSION, "test", "n2", "n1"))).contains("another node that runs is named n2");
    }

    private Hello hello(int version, String cluster, String node, String callee) {
        return new Hello(
                version,
                cluster,
                node,
                4711,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                Lane.URGENT,
                callee);
    }

    private Socket greet(Hello hello) throws Exception {
        Socket socket = new Socket(net.address("n1"), Net.PORT);
        socket.setSoTimeout(10_000);
        byte[] bytes = hello.encode();
        socket.getOutputStream()
                .write(ByteBuffer.allocate(4 + bytes.length)
                        .putInt(bytes.length)
                        .put(bytes)
                        .array());
        return socket;
    }

    private String said(Hello hello) throws Exception {
        try (Socket socket = greet(hello)) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertThat(in.readByte()).isEqualTo(Link.REFUSED);
            return in.readUTF();
        }
    }
}
