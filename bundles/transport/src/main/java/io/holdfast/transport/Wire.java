package io.holdfast.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of this node: one thread, no blocking call, so that no peer, however dead, hung or slow, can hold up another.
 *
 * <p>A connection carries frames one way only, from who opened it; the other way come acknowledgements. So each side knows for
 * certain whether what it sent arrives, and drops a connection from which nothing came back instead of waiting for TCP's back-off.
 */
final class Wire implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Wire.class);

    /** Connections from others at most: a hundred nodes have three each. */
    static final int MAX_INLETS = 1024;

    /** Ways to others at most, for the same reason; never taken away again, so this also ends a flood of invented addresses. */
    static final int MAX_LINKS = 1024;

    /** What one link may write, or one inlet read, before the others have their turn; bytes. */
    static final int TURN = 1 << 20;

    /** What the wire tells; called on its thread, must not block. */
    interface Listener {
        /** {@return why the caller is refused, or null if it is admitted} */
        @Nullable
        String admit(Hello hello);

        /** A frame came. */
        void received(Hello from, byte[] frame);

        /** The last connection of this lane from this instance ended. */
        void gone(Hello from);

        /** A frame of ours arrived there. */
        void arrived(String node, InetSocketAddress address);

        /** We were refused. */
        void refused(String node, InetSocketAddress address, String reason);
    }

    private record Key(String node, InetSocketAddress address, Lane lane) {}

    final Timing timing;
    final Listener listener;
    final ByteBuffer scratch = ByteBuffer.allocateDirect(64 << 10);
    private final InetSocketAddress local;
    private final java.util.function.BiFunction<String, Lane, Hello> hellos;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final Map<Key, Link> links = new ConcurrentHashMap<>();
    private final Queue<Link> dirty = new ConcurrentLinkedQueue<>();
    private final Set<Inlet> inlets = new HashSet<>();
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Binds the port.
     *
     * @param hellos makes the hello for a node's name (or empty) and a lane
     * @throws IOException if the address is not ours or the port is taken
     */
    Wire(
            InetSocketAddress local,
            Timing timing,
            Listener listener,
            java.util.function.BiFunction<String, Lane, Hello> hellos,
            java.util.function.BiFunction<String, Runnable, Thread> threads)
            throws IOException {
        this.local = local;
        this.timing = timing;
        this.listener = listener;
        this.hellos = hellos;
        selector = Selector.open();
        server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.bind(local, 128);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException e) {
            server.close();
            selector.close();
            throw e;
        }
        thread = threads.apply("wire", this::run);
    }

    void start() {
        thread.start();
    }

    /** Sends a frame, or drops it where it does not fit any more. Any thread, never blocks. */
    void send(String node, InetSocketAddress address, Lane lane, byte[] frame) {
        if (closed || address.equals(local) || links.size() >= MAX_LINKS) {
            return;
        }
        Link link = links.computeIfAbsent(
                new Key(node, address, lane), key -> new Link(this, key.node(), key.address(), key.lane()));
        if (link.offer(frame)) {
            dirty.add(link);
            if (Thread.currentThread() != thread) {
                selector.wakeup();
            }
        }
    }

    /** Closes all sockets; when it returns, the port is free again. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join(2000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static long now() {
        return System.nanoTime();
    }

    static long nanos(int millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private void run() {
        try {
            long complained = now() - nanos(1000);
            while (!closed && selector.isOpen()) {
                try {
                    turn();
                } catch (IOException
                        | RuntimeException
                        | Error e) { // without this thread the node is cut off: it goes on
                    if (now() - complained >= nanos(1000)) {
                        complained = now();
                        log.error("The transport's connections had an unexpected failure; going on", e);
                    }
                }
            }
        } finally {
            links.values().forEach(Link::close);
            Set.copyOf(inlets).forEach(Inlet::close);
            closeQuietly();
        }
    }

    private void closeQuietly() {
        try {
            server.close();
            selector.close();
        } catch (IOException e) {
            log.warn("Closing port {} failed", local.getPort(), e);
        }
    }

    private void turn() throws IOException {
        long wait = untilNextDeadline();
        if (wait > 0) {
            selector.select(wait);
        } else {
            selector.selectNow();
        }
        // First everything that came in, acknowledgements too: only then is anybody late.
        Set<SelectionKey> ready = selector.selectedKeys();
        for (SelectionKey key : ready) {
            serve(key);
        }
        ready.clear();
        for (Link link = dirty.poll(); link != null; link = dirty.poll()) {
            link.pull();
        }
        long now = now();
        for (Link link : links.values()) {
            if (link.deadline(now) - now <= 0) {
                link.late(now);
            }
        }
        for (Inlet inlet : late(now)) {
            if (inlet.deadline(now) - now <= 0) {
                try {
                    inlet.late();
                } catch (IOException e) {
                    log.debug("{}: {}", inlet, e.toString());
                    inlet.close();
                }
            }
        }
    }

    /** Apart from the walk, for serving one may close others; mostly there is none. */
    private List<Inlet> late(long now) {
        List<Inlet> late = List.of();
        for (Inlet inlet : inlets) {
            if (inlet.deadline(now) - now <= 0) {
                late = late.isEmpty() ? new ArrayList<>() : late;
                late.add(inlet);
            }
        }
        return late;
    }

    /** {@return milliseconds, at least 1 if anything is still to wait for; at most a second} */
    private long untilNextDeadline() {
        long now = now();
        long nanos = TimeUnit.SECONDS.toNanos(1);
        for (Link link : links.values()) {
            nanos = Math.min(nanos, link.deadline(now) - now);
        }
        for (Inlet inlet : inlets) {
            nanos = Math.min(nanos, inlet.deadline(now) - now);
        }
        return nanos <= 0 ? 0 : nanos / 1_000_000 + 1;
    }

    private void serve(SelectionKey key) {
        Object attachment = key.attachment();
        try {
            if (attachment instanceof Link link) {
                link.ready();
            } else if (attachment instanceof Inlet inlet) {
                inlet.ready();
            } else {
                accept();
            }
        } catch (CancelledKeyException e) {
            log.trace("A connection ended in the same turn", e);
        } catch (IOException | RuntimeException e) {
            if (e instanceof RuntimeException) {
                log.error("A message from {} could not be taken; its connection is closed", attachment, e);
            } else {
                log.debug("{}: {}", attachment, e.toString());
            }
            if (attachment instanceof Link link) {
                link.failed();
            } else if (attachment instanceof Inlet inlet) {
                inlet.close();
            }
        }
    }

    private void accept() throws IOException {
        for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
            if (inlets.size() >= MAX_INLETS) {
                log.warn(
                        "More than {} connections; the one from {} is refused", MAX_INLETS, channel.getRemoteAddress());
                channel.close();
                continue;
            }
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            Inlet inlet = new Inlet(this, channel);
            inlet.register(channel.register(selector, SelectionKey.OP_READ, inlet));
            inlets.add(inlet);
        }
    }

    // What links and inlets need of the wire; on its thread

    /** {@return when the next acknowledgements go: all together, some times within what a sender waits for one} */
    long nextTick() {
        long tick = nanos(timing.silence()) / 4;
        return (Math.floorDiv(now(), tick) + 1) * tick;
    }

    SelectionKey register(SocketChannel channel, int operations, Link link) throws IOException {
        return channel.register(selector, operations, link);
    }

    SocketChannel open() throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        channel.bind(new InetSocketAddress(local.getAddress(), 0));
        return channel;
    }

    byte[] hello(String node, Lane lane) {
        return hellos.apply(node, lane).encode();
    }

    /** A caller has one connection a lane: the newest. What is left in an older one is stale. */
    void admitted(Inlet fresh, Hello hello) {
        for (Inlet inlet : Set.copyOf(inlets)) {
            Hello old = inlet.hello();
            if (inlet != fresh
                    && old != null
                    && old.node().equals(hello.node())
                    && (old.instance() != hello.instance() || (old.lane() == hello.lane() && sameCallee(old, hello)))) {
                inlet.replaced();
            }
        }
    }

    private static boolean sameCallee(Hello one, Hello other) {
        return one.callee().equals(other.callee());
    }

    void left(Inlet inlet, @Nullable Hello hello) {
        inlets.remove(inlet);
        if (hello != null
                && inlets.stream()
                        .map(Inlet::hello)
                        .noneMatch(other -> other != null
                                && other.instance() == hello.instance()
                                && other.lane() == hello.lane())) {
            listener.gone(hello);
        }
    }

    /** Names the sockets, for tests. */
    int openInlets() {
        return inlets.size();
    }
}
