package io.holdfast.api.transport;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Sends messages between named nodes of one cluster.
 *
 * <p>A view tells who is reachable, but it is not a quorum and gates nothing: messages are sent to a node's last known address
 * even when the view lacks it. A slow, hung or cut-off receiver never delays messages to the others. Any thread; nothing here
 * blocks. Messages larger than {@value #MAX_MESSAGE} bytes are refused; {@link #fetch} moves larger objects.
 */
@ProviderType
public interface Transport {

    /** The largest payload of one message, in bytes. */
    int MAX_MESSAGE = 4 << 20;

    /** {@return the name of this node} */
    String self();

    /** {@return the present view} */
    View view();

    /**
     * {@return why nodes that this one called refuse it (another cluster, its name is taken ...), with what to do, by the voter's name, or
     * the address where no voter has it; who admitted it since, or has not said so lately, is not in it}
     */
    default Map<String, String> refusals() {
        return Map.of();
    }

    /**
     * Calls {@code listener} with the present view and with each that follows, in order, on a thread of the transport; it must
     * not block.
     */
    Registration watch(ViewListener listener);

    /**
     * Receives the messages sent to {@code topic}, on a thread of the transport; the handler must not block. A topic has one
     * handler at a time: a second one replaces the first.
     */
    Registration receive(String topic, MessageHandler handler);

    /** Answers the requests sent to {@code topic}; as {@link #receive}. */
    Registration answer(String topic, RequestHandler handler);

    /**
     * Sends a message and forgets it. To itself it is delivered too.
     *
     * @param delivery with {@link Delivery#RELIABLE}, in order with other reliable messages to the same node while both stay in
     *     the view; with {@link Delivery#URGENT}, at once, in any order, perhaps never. What may wait for a node that takes
     *     nothing is bounded (16 MiB reliable, 1 MiB urgent); beyond that messages to it are dropped, and this is logged
     * @throws IllegalArgumentException if the payload is larger than {@value #MAX_MESSAGE} bytes; nothing was sent
     */
    void send(String node, String topic, byte[] payload, Delivery delivery);

    /** Sends a message to all members of the present view, this node included. */
    void broadcast(String topic, byte[] payload, Delivery delivery);

    /**
     * Sends a request (urgent, that is, unordered) and waits for its answer.
     *
     * @param limit the longest to wait, more than zero
     * @return completes on a thread of the transport with the answer, or fails with {@link RemoteException} when the other side's
     *     handler failed, or {@link java.util.concurrent.TimeoutException} when no answer came: then it is unknown whether the
     *     request was carried out. Cancelling the stage's future drops a late answer.
     */
    CompletionStage<byte[]> request(String node, String topic, byte[] payload, Duration limit);

    /** Offers objects of any size to {@link #fetch} under {@code topic}; they are sent in chunks under flow control. */
    Registration offer(String topic, ObjectSource source);

    /**
     * Fetches the object {@code name} that {@code node} offers under {@code topic}, chunk by chunk, into {@code sink}.
     *
     * @param limit the longest to wait for any one chunk
     * @return completes with the number of bytes; or fails as {@link #request}: then the sink has a part only
     */
    CompletionStage<Long> fetch(String node, String topic, String name, java.io.OutputStream sink, Duration limit);
}
