package io.holdfast.fencing;

import io.holdfast.membership.World;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a component listens to, and lease messages brought to the loop; nothing arrives any more after {@link #close}. */
final class Subscriptions {
    private static final Logger log = LoggerFactory.getLogger(Subscriptions.class);

    private final World world;
    private final List<AutoCloseable> open = new ArrayList<>();
    private boolean closed;

    Subscriptions(World world) {
        this.world = world;
    }

    void add(AutoCloseable subscription) {
        open.add(subscription);
    }

    /** Hands the messages of {@code topic} to {@code handler} on the loop; what cannot be read is dropped. */
    void receive(String topic, BiConsumer<String, LeaseMessage> handler) {
        add(world.transport()
                .receive(
                        topic,
                        (from, bytes) -> world.loop().execute(() -> {
                            if (closed) {
                                return;
                            }
                            LeaseMessage message;
                            try {
                                message = LeaseMessage.decoded(bytes);
                            } catch (IOException e) {
                                log.debug("Dropped a message from {} to {}: {}", from, topic, e.getMessage());
                                return;
                            }
                            handler.accept(from, message);
                        })));
    }

    boolean closed() {
        return closed;
    }

    void close() {
        closed = true;
        for (AutoCloseable subscription : open) {
            try {
                subscription.close();
            } catch (Exception e) {
                log.debug("A subscription did not close", e);
            }
        }
        open.clear();
    }
}
