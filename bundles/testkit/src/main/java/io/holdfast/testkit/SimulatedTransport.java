package io.holdfast.testkit;

import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.MessageHandler;
import io.holdfast.api.transport.ObjectSource;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.RemoteException;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import io.holdfast.api.transport.View;
import io.holdfast.api.transport.ViewListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The transport of one simulated process. Its callbacks come on the process's loop, so a stopped process hears nothing until it goes on. */
final class SimulatedTransport implements Transport {
    private final String self;
    private final SimulatedLoop loop;
    private final SimulatedNetwork network;
    private final Function<String, @Nullable SimulatedTransport> listening;
    private final List<String> everybody;
    private final Map<String, MessageHandler> handlers = new HashMap<>();
    private final Map<String, RequestHandler> answerers = new HashMap<>();
    private final Map<String, ObjectSource> sources = new HashMap<>();
    private final List<ViewListener> watchers = new ArrayList<>();
    private View view = new View(0, View.Phase.INIT, List.of());
    private boolean closed;

    /** @param listening the transport that receives what is sent to a node now, if a process lives there */
    SimulatedTransport(
            String self,
            SimulatedLoop loop,
            SimulatedNetwork network,
            List<String> everybody,
            Function<String, @Nullable SimulatedTransport> listening) {
        this.self = self;
        this.loop = loop;
        this.network = network;
        this.everybody = List.copyOf(everybody);
        this.listening = listening;
        lookAround();
    }

    void close() {
        closed = true;
    }

    private void lookAround() {
        if (closed) {
            return;
        }
        TreeSet<String> seen = new TreeSet<>();
        for (String node : everybody) {
            boolean there = node.equals(self)
                    || (network.connected(self, node)
                            && network.connected(node, self)
                            && listening.apply(node) != null);
            if (there) {
                seen.add(node);
            }
        }
        List<String> nodes = List.copyOf(seen);
        if (!nodes.equals(view.nodes())) {
            view = new View(view.number() + 1, View.Phase.CHANGED, nodes);
            List.copyOf(watchers).forEach(watcher -> watcher.viewed(view));
        }
        loop.schedule(Duration.ofMillis(500), this::lookAround);
    }

    @Override
    public String self() {
        return self;
    }

    @Override
    public View view() {
        return view;
    }

    @Override
    public Registration watch(ViewListener listener) {
        watchers.add(listener);
        loop.execute(() -> listener.viewed(view));
        return () -> watchers.remove(listener);
    }

    @Override
    public Registration receive(String topic, MessageHandler handler) {
        handlers.put(topic, handler);
        return () -> handlers.remove(topic, handler);
    }

    @Override
    public Registration answer(String topic, RequestHandler handler) {
        answerers.put(topic, handler);
        return () -> answerers.remove(topic, handler);
    }

    @Override
    public void send(String node, String topic, byte[] payload, Delivery delivery) {
        deliver(node, delivery == Delivery.RELIABLE, other -> {
            MessageHandler handler = other.handlers.get(topic);
            if (handler != null) {
                handler.received(self, payload);
            }
        });
    }

    @Override
    public void broadcast(String topic, byte[] payload, Delivery delivery) {
        view.nodes().forEach(node -> send(node, topic, payload, delivery));
    }

    @Override
    public CompletionStage<byte[]> request(String node, String topic, byte[] payload, Duration limit) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        loop.schedule(
                limit,
                () -> answer.completeExceptionally(new TimeoutException(
                        node + " did not answer " + topic + " within " + limit.toMillis() + " ms")));
        deliver(
                node,
                false,
                other -> other.handle(topic, payload, self)
                        .whenComplete((bytes, failure) -> other.deliver(self, false, back -> {
                            if (back != this) {
                                return;
                            }
                            if (failure == null) {
                                answer.complete(bytes);
                            } else {
                                answer.completeExceptionally(
                                        new RemoteException(node, String.valueOf(failure.getMessage())));
                            }
                        })));
        return answer;
    }

    @Override
    public Registration offer(String topic, ObjectSource source) {
        sources.put(topic, source);
        return () -> sources.remove(topic, source);
    }

    @Override
    public CompletionStage<Long> fetch(String node, String topic, String name, OutputStream sink, Duration limit) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        loop.schedule(
                limit,
                () -> done.completeExceptionally(
                        new TimeoutException(node + " did not send " + name + " within " + limit.toMillis() + " ms")));
        deliver(node, false, other -> {
            byte[] bytes = other.object(topic, name);
            other.deliver(self, false, back -> {
                if (!done.isDone()) {
                    write(sink, bytes);
                    done.complete((long) bytes.length);
                }
            });
        });
        return done;
    }

    private byte[] object(String topic, String name) {
        ObjectSource source = sources.get(topic);
        if (source == null) {
            return new byte[0];
        }
        try (InputStream in = source.open(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(OutputStream sink, byte[] bytes) {
        try {
            sink.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private CompletionStage<byte[]> handle(String topic, byte[] payload, String from) {
        RequestHandler handler = answerers.get(topic);
        return handler == null
                ? CompletableFuture.failedStage(new IllegalStateException("nobody answers " + topic))
                : handler.answer(from, payload);
    }

    private void deliver(String node, boolean reliable, java.util.function.Consumer<SimulatedTransport> action) {
        if (closed) {
            return;
        }
        network.send(self, node, reliable, false, () -> {
            SimulatedTransport other = listening.apply(node);
            if (other != null) {
                other.loop.enter(() -> {
                    if (!other.closed) {
                        action.accept(other);
                    }
                });
            }
        });
    }
}
