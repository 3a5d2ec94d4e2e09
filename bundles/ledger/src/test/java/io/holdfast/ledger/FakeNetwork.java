package io.holdfast.ledger;

import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.MessageHandler;
import io.holdfast.api.transport.ObjectSource;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.RemoteException;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import io.holdfast.api.transport.View;
import io.holdfast.api.transport.ViewListener;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Transports in one JVM, with links that can be cut, slowed, made to lose and to repeat. */
final class FakeNetwork implements AutoCloseable {
    private final Map<String, Node> nodes = new ConcurrentHashMap<>();
    private final Set<String> lostTopics = ConcurrentHashMap.newKeySet();
    private final Set<String> cut = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor wires = new ScheduledThreadPoolExecutor(4, task -> {
        Thread thread = new Thread(task, "wire");
        thread.setDaemon(true);
        return thread;
    });
    private final Random random = new Random(1);
    final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
    volatile Losing lostMessages = (to, topic, payload) -> false;
    volatile double loss;
    volatile double repeats;
    volatile Duration delay = Duration.ZERO;

    Transport join(String name) {
        return nodes.computeIfAbsent(name, Node::new);
    }

    /** Nothing passes from one to the other. */
    void cutOneWay(String from, String to) {
        cut.add(from + ">" + to);
    }

    /** Cuts a node off from all others. */
    void isolate(String name) {
        nodes.keySet().stream().filter(other -> !other.equals(name)).forEach(other -> {
            cutOneWay(name, other);
            cutOneWay(other, name);
        });
    }

    /** Requests of this topic do not arrive. */
    void lose(String topic) {
        lostTopics.add(topic);
    }

    void heal() {
        cut.clear();
        lostMessages = (to, topic, payload) -> false;
        lostTopics.clear();
    }

    /** Decides about single messages. */
    interface Losing {
        boolean loses(String to, String topic, byte[] payload);
    }

    private boolean lost(String from, String to) {
        if (from.equals(to)) {
            return false;
        }
        synchronized (random) {
            return cut.contains(from + ">" + to) || random.nextDouble() < loss;
        }
    }

    private boolean repeated() {
        synchronized (random) {
            return random.nextDouble() < repeats;
        }
    }

    private void carry(String from, String to, Runnable delivery) {
        if (!lost(from, to)) {
            wires.schedule(delivery, delay.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void close() {
        wires.shutdownNow();
    }

    private final class Node implements Transport {
        private final String name;
        private final Map<String, RequestHandler> handlers = new ConcurrentHashMap<>();

        private Node(String name) {
            this.name = name;
        }

        @Override
        public String self() {
            return name;
        }

        @Override
        public View view() {
            return new View(1, View.Phase.CHANGED, java.util.List.copyOf(new TreeSet<>(nodes.keySet())));
        }

        @Override
        public Registration watch(ViewListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Registration receive(String topic, MessageHandler handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Registration answer(String topic, RequestHandler handler) {
            handlers.put(topic, handler);
            return () -> handlers.remove(topic, handler);
        }

        @Override
        public void send(String node, String topic, byte[] payload, Delivery delivery) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void broadcast(String topic, byte[] payload, Delivery delivery) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<byte[]> request(String node, String topic, byte[] payload, Duration limit) {
            if (payload.length > MAX_MESSAGE) {
                throw new IllegalArgumentException(topic + ": " + payload.length + " bytes");
            }
            counts.computeIfAbsent(topic, t -> new AtomicLong()).incrementAndGet();
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            wires.schedule(
                    () -> answer.completeExceptionally(new TimeoutException(topic + " to " + node)),
                    limit.toNanos(),
                    TimeUnit.NANOSECONDS);
            for (int copy = repeated() ? 2 : 1; copy > 0; copy--) {
                if (!lostTopics.contains(topic) && !lostMessages.loses(node, topic, payload)) {
                    carry(name, node, () -> arrive(node, topic, payload, answer));
                }
            }
            return answer;
        }

        private void arrive(String node, String topic, byte[] payload, CompletableFuture<byte[]> answer) {
            Node target = nodes.get(node);
            RequestHandler handler = target == null ? null : target.handlers.get(topic);
            if (handler == null) {
                carry(node, name, () -> answer.completeExceptionally(new RemoteException(node, "no " + topic)));
                return;
            }
            handler.answer(name, payload)
                    .whenComplete((bytes, failure) -> carry(node, name, () -> {
                        if (failure == null) {
                            answer.complete(bytes);
                        } else {
                            answer.completeExceptionally(
                                    new RemoteException(node, String.valueOf(failure.getMessage())));
                        }
                    }));
        }

        @Override
        public Registration offer(String topic, ObjectSource source) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Long> fetch(
                String node, String topic, String object, OutputStream sink, Duration limit) {
            throw new UnsupportedOperationException();
        }
    }

    /** {@return how many requests there were, by topic} */
    Map<String, Long> traffic() {
        Map<String, Long> copy = new TreeMap<>();
        counts.forEach((topic, count) -> copy.put(topic, count.get()));
        return copy;
    }
}
