package io.holdfast.transport;

import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.View;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Nodes on loopback addresses that nobody else uses: each has one of its own, as in real life. */
final class Net {
    static final int PORT = 7800;
    /** The bound of everything that is waited for; what takes longer is broken. */
    static final long PATIENCE = 20;

    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<String> voters;
    final Duration lease;

    Net(Duration lease, String... voters) {
        this.lease = lease;
        this.voters = List.of(voters);
        for (String voter : voters) {
            address(voter);
        }
    }

    private final Map<String, String> addresses = new java.util.HashMap<>();

    String address(String node) {
        return addresses.computeIfAbsent(node, name -> {
            long pid = ProcessHandle.current().pid();
            int number = NUMBERS.incrementAndGet();
            return "127." + (1 + pid % 250) + "." + (pid / 250 % 250) + "." + number;
        });
    }

    NodeSettings settings(String cluster, String node, String bind) {
        return new NodeSettings(
                cluster,
                node,
                bind,
                PORT,
                voters.stream()
                        .map(name -> new Voter(name, address(name), PORT))
                        .toList(),
                NodeSettings.Role.NODE,
                lease,
                List.of(),
                Path.of("/nonexistent"),
                Optional.empty(),
                false,
                List.of(),
                Map.of());
    }

    JGroupsTransport start(String node) {
        return start("test", node, address(node));
    }

    JGroupsTransport start(String cluster, String node, String bind) {
        JGroupsTransport transport = new JGroupsTransport(settings(cluster, node, bind));
        open.add(transport);
        return transport;
    }

    <T extends AutoCloseable> T also(T resource) {
        open.add(resource);
        return resource;
    }

    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    static View await(JGroupsTransport transport, Predicate<View> wanted) throws InterruptedException {
        BlockingQueue<View> views = new LinkedBlockingQueue<>();
        Registration watching = transport.watch(views::add);
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
            View last = transport.view();
            while (System.nanoTime() < end) {
                View view = views.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                last = view == null ? last : view;
                if (view != null && wanted.test(view)) {
                    return view;
                }
            }
            throw new AssertionError("The view stayed " + last);
        } finally {
            watching.close();
        }
    }

    static View awaitNodes(JGroupsTransport transport, String... nodes) throws InterruptedException {
        return await(
                transport,
                view -> view.phase() == View.Phase.CHANGED && view.nodes().equals(List.of(nodes)));
    }
}
