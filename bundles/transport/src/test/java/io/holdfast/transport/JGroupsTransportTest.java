package io.holdfast.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.RemoteException;
import io.holdfast.api.transport.Transport;
import io.holdfast.api.transport.View;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JGroupsTransportTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private final Net net = new Net(Duration.ofSeconds(2), "n1", "n2", "n3");

    @AfterEach
    void closeAll() throws Exception {
        net.close();
    }

    @Test
    void votersAndOthersGetIntoOneView() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        assertThat(n1.view().phase()).isEqualTo(View.Phase.INIT);
        JGroupsTransport n2 = net.start("n2");
        JGroupsTransport n4 = net.start("n4"); // no voter
        Net.awaitNodes(n1, "n1", "n2", "n4");
        Net.awaitNodes(n4, "n1", "n2", "n4");
        View before = Net.awaitNodes(n2, "n1", "n2", "n4");
        n1.close(); // the first one, which JGroups lets decide
        View after = Net.awaitNodes(n2, "n2", "n4");
        assertThat(after.number()).isGreaterThan(before.number());
        assertThat(request(n4, "n2", "echo-missing")).hasMessageContaining("nobody answers");
    }

    private static Throwable request(Transport from, String to, String topic) throws Exception {
        try {
            from.request(to, topic, new byte[0], LIMIT).toCompletableFuture().get(20, TimeUnit.SECONDS);
            throw new AssertionError("it was answered");
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    @Test
    void urgentMessagesDoNotWaitForAView() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        n2.answer("echo", (from, bytes) -> CompletableFuture.completedFuture(bytes));
        byte[] answer = n1.request("n2", "echo", text("hello"), LIMIT)
                .toCompletableFuture()
                .get(Net.PATIENCE, TimeUnit.SECONDS);
        assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo("hello");
        assertThat(n1.view().nodes()).doesNotContain("n2"); // it takes JGroups longer to look for others
    }

    @Test
    void aVoterCanReachWhoIsNone() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n4 = net.start("n4");
        JGroupsTransport n5 = net.start("n5");
        Net.awaitNodes(n4, "n1", "n4", "n5");
        n4.answer("who", (from, bytes) -> CompletableFuture.completedFuture(text(from)));
        for (JGroupsTransport asking : List.of(n1, n5)) {
            byte[] answer = asking.request("n4", "who", new byte[0], LIMIT)
                    .toCompletableFuture()
                    .get(Net.PATIENCE, TimeUnit.SECONDS);
            assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo(asking.self());
        }
    }

    @Test
    void reliableMessagesKeepTheirOrder() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        Net.awaitNodes(n1, "n1", "n2");
        Net.awaitNodes(n2, "n1", "n2");
        BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
        n2.receive("count", (from, bytes) -> received.add((int) bytes[0] * 256 + (bytes[1] & 0xff)));
        List<Integer> sent = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            byte[] payload = new byte[i % 7 == 0 ? 100_000 : 10];
            payload[0] = (byte) (i / 256);
            payload[1] = (byte) i;
            n1.send("n2", "count", payload, Delivery.RELIABLE);
            sent.add(i);
            if (i % 100 == 99) {
                while (received.size() + 100 < i) { // stay within what may wait
                    Thread.onSpinWait();
                }
            }
        }
        List<Integer> got = new ArrayList<>();
        while (got.size() < sent.size()) {
            Integer next = received.poll(Net.PATIENCE, TimeUnit.SECONDS);
            assertThat(next).as("after %s messages", got.size()).isNotNull();
            got.add(next);
        }
        assertThat(got).isEqualTo(sent);
    }

    @Test
    void theLargestReliableMessageArrives() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        Net.awaitNodes(n1, "n1", "n2");
        Net.awaitNodes(n2, "n1", "n2");
        BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
        n2.receive("large", (from, bytes) -> received.add(bytes));
        byte[] large = new byte[Transport.MAX_MESSAGE];
        new Random(3).nextBytes(large);
        for (int i = 0; i < 4; i++) {
            n1.send("n2", "large", large, Delivery.RELIABLE);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(received.poll(Net.PATIENCE, TimeUnit.SECONDS)).isEqualTo(large);
        }
    }

    @Test
    void broadcastReachesAllAndItself() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        Net.awaitNodes(n1, "n1", "n2");
        Net.awaitNodes(n2, "n1", "n2");
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        n1.receive("news", (from, bytes) -> received.add("n1 from " + from));
        n2.receive("news", (from, bytes) -> received.add("n2 from " + from));
        n1.broadcast("news", new byte[1], Delivery.RELIABLE);
        n1.broadcast("news", new byte[1], Delivery.URGENT);
        List<String> got = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            got.add(received.poll(Net.PATIENCE, TimeUnit.SECONDS));
        }
        assertThat(got).containsExactlyInAnyOrder("n1 from n1", "n1 from n1", "n2 from n1", "n2 from n1");
    }

    @Test
    void itselfIsReachedWithoutTheNetwork() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        n1.answer("twice", (from, bytes) -> CompletableFuture.completedFuture(new byte[bytes.length * 2]));
        assertThat(n1.request("n1", "twice", new byte[4], LIMIT)
                        .toCompletableFuture()
                        .get(Net.PATIENCE, TimeUnit.SECONDS))
                .hasSize(8);
    }

    @Test
    void failuresOfTheOtherSideAreTold() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        n2.answer("later", (from, bytes) -> CompletableFuture.failedFuture(new IOException("disk is full")));
        n2.answer("at once", (from, bytes) -> {
            throw new IllegalStateException("not ready");
        });
        n2.answer("too much", (from, bytes) -> CompletableFuture.completedFuture(new byte[Transport.MAX_MESSAGE + 1]));
        assertThat(request(n1, "n2", "later"))
                .isInstanceOf(RemoteException.class)
                .hasMessage("n2: disk is full");
        assertThat(request(n1, "n2", "at once")).hasMessage("n2: not ready");
        assertThat(request(n1, "n2", "too much")).hasMessageContaining("are the most");
    }

    @Test
    void requestsEndInTimeAndCanBeCancelled() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        CompletableFuture<byte[]> never = new CompletableFuture<>();
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        n2.answer("never", (from, bytes) -> {
            asked.add(from);
            return never;
        });
        assertThatThrownBy(() -> n1.request("n2", "never", new byte[0], Duration.ofMillis(200))
                        .toCompletableFuture()
                        .get(Net.PATIENCE, TimeUnit.SECONDS))
                .hasCauseInstanceOf(TimeoutException.class)
                .hasMessageContaining("n2 did not answer never within 200 ms");
        CompletableFuture<byte[]> cancelled =
                n1.request("n2", "never", new byte[0], LIMIT).toCompletableFuture();
        assertThat(asked.poll(Net.PATIENCE, TimeUnit.SECONDS)).isEqualTo("n1");
        cancelled.cancel(true);
        assertThat(n1.waitingRequests()).isZero();
        never.complete(new byte[0]);
        assertThat(cancelled).isCancelled();
        assertThatThrownBy(() -> n1.request("n2", "never", new byte[0], Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> n1.request("nobody", "x", new byte[0], Duration.ofMillis(50))
                        .toCompletableFuture()
                        .get(Net.PATIENCE, TimeUnit.SECONDS))
                .hasCauseInstanceOf(TimeoutException.class);
    }

    @Test
    void theLargestMessageArrivesAndALargerOneIsRefused() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        n2.answer("echo", (from, bytes) -> CompletableFuture.completedFuture(bytes));
        byte[] large = new byte[Transport.MAX_MESSAGE];
        new Random(1).nextBytes(large);
        assertThat(n1.request("n2", "echo", large, LIMIT).toCompletableFuture().get(Net.PATIENCE, TimeUnit.SECONDS))
                .isEqualTo(large);
        assertThatThrownBy(() -> n1.send("n2", "x", new byte[Transport.MAX_MESSAGE + 1], Delivery.URGENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use fetch");
    }

    @Test
    void objectsOfAnySizeAreFetched() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        byte[] object = new byte[5_000_001];
        new Random(2).nextBytes(object);
        n2.offer("snapshots", name -> {
            int size = switch (name) {
                case "large" -> object.length;
                case "exact" -> 2 * Parcels.CHUNK;
                case "empty" -> 0;
                default -> throw new IOException("no snapshot " + name);
            };
            return new ByteArrayInputStream(object, 0, size);
        });
        for (String name : List.of("large", "exact", "empty")) {
            ByteArrayOutputStream sink = new ByteArrayOutputStream();
            Long size = n1.fetch("n2", "snapshots", name, sink, LIMIT)
                    .toCompletableFuture()
                    .get(Net.PATIENCE, TimeUnit.SECONDS);
            assertThat(size).isEqualTo(sink.size());
            assertThat(sink.toByteArray()).isEqualTo(Arrays.copyOf(object, sink.size()));
        }
        assertThatThrownBy(() -> n1.fetch("n2", "snapshots", "other", new ByteArrayOutputStream(), LIMIT)
                        .toCompletableFuture()
                        .get(Net.PATIENCE, TimeUnit.SECONDS))
                .hasMessageContaining("n2: no snapshot other");
        assertThatThrownBy(() -> n1.fetch("n2", "nothing", "x", new ByteArrayOutputStream(), LIMIT)
                        .toCompletableFuture()
                        .get(Net.PATIENCE, TimeUnit.SECONDS))
                .hasMessageContaining("nothing is offered under nothing");
    }

    @Test
    void aTakenPortIsNamed() {
        net.start("n1");
        assertThatThrownBy(() -> net.start("n1"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("Port 7800 of " + net.address("n1"));
    }

    @Test
    void aTransportCanBeSwapped() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        Net.awaitNodes(n1, "n1", "n2");
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread ->
                        thread.getThreadGroup() == Thread.currentThread().getThreadGroup())
                .filteredOn(thread -> !thread.getName().startsWith("surefire") && thread != Thread.currentThread())
                .extracting(Thread::getName)
                .filteredOn(name -> name.contains("jgroups") || name.contains("Nio") || name.contains("pool"))
                .allMatch(name -> name.startsWith(Threads.PREFIX));
        JGroupsTransport old = n1;
        for (int i = 0; i < 3; i++) {
            old.close();
            JGroupsTransport fresh = net.start("n1");
            fresh.answer("echo", (from, bytes) -> CompletableFuture.completedFuture(bytes));
            assertThat(answered(n2)).isTrue();
            Net.awaitNodes(fresh, "n1", "n2");
            Net.awaitNodes(n2, "n1", "n2");
            old = fresh;
        }
        old.close();
        old.close();
        n2.close();
        for (int i = 0; i < 200 && !ours().isEmpty(); i++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(ours()).isEmpty();
    }

    /** What is written to a connection before its end was noticed is lost: who needs an answer asks again. */
    private static boolean answered(JGroupsTransport from) throws Exception {
        for (int i = 0; i < 10; i++) {
            try {
                from.request("n1", "echo", new byte[1], Duration.ofSeconds(1))
                        .toCompletableFuture()
                        .get(Net.PATIENCE, TimeUnit.SECONDS);
                return true;
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(TimeoutException.class);
            }
        }
        return false;
    }

    private static List<String> ours() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains("holdfast") || name.contains("jgroups"))
                .toList();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
