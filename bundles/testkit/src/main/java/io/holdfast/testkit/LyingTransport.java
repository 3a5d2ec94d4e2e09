package io.holdfast.testkit;

import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.MessageHandler;
import io.holdfast.api.transport.ObjectSource;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import io.holdfast.api.transport.View;
import io.holdfast.api.transport.ViewListener;
import io.holdfast.fencing.LeaseMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Another transport whose messages about leases go through somebody's hands. */
abstract class LyingTransport implements Transport {
    private static final String LEASES = "lease.";

    private final Transport sound;

    LyingTransport(Transport sound) {
        this.sound = sound;
    }

    /** A message is about to leave; {@code send} lets it, or another in its place. */
    abstract void leaves(LeaseMessage message, Consumer<LeaseMessage> send);

    /** A message came; {@code deliver} hands it, or others, to who waits for it. */
    abstract void comes(String from, LeaseMessage message, BiConsumer<String, LeaseMessage> deliver);

    private static LeaseMessage read(byte[] payload) {
        try {
            return LeaseMessage.decoded(payload);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void send(String node, String topic, byte[] payload, Delivery delivery) {
        if (topic.startsWith(LEASES)) {
            leaves(read(payload), message -> sound.send(node, topic, message.encoded(), delivery));
        } else {
            sound.send(node, topic, payload, delivery);
        }
    }

    @Override
    public Registration receive(String topic, MessageHandler handler) {
        return sound.receive(
                topic,
                !topic.startsWith(LEASES)
                        ? handler
                        : (from, payload) ->
                                comes(from, read(payload), (as, message) -> handler.received(as, message.encoded())));
    }

    @Override
    public String self() {
        return sound.self();
    }

    @Override
    public View view() {
        return sound.view();
    }

    @Override
    public Registration watch(ViewListener listener) {
        return sound.watch(listener);
    }

    @Override
    public Registration answer(String topic, RequestHandler handler) {
        return sound.answer(topic, handler);
    }

    @Override
    public void broadcast(String topic, byte[] payload, Delivery delivery) {
        sound.broadcast(topic, payload, delivery);
    }

    @Override
    public CompletionStage<byte[]> request(String node, String topic, byte[] payload, Duration limit) {
        return sound.request(node, topic, payload, limit);
    }

    @Override
    public Registration offer(String topic, ObjectSource source) {
        return sound.offer(topic, source);
    }

    @Override
    public CompletionStage<Long> fetch(String node, String topic, String name, OutputStream sink, Duration limit) {
        return sound.fetch(node, topic, name, sink, limit);
    }
}
