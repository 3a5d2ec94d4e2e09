package io.holdfast.transport;

import io.holdfast.api.transport.RemoteException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The requests that wait for their answers. */
final class Requests {
    /** Waiting at most; a node with more of them is in a loop. */
    static final int MAX_WAITING = 16_384;

    private record Waiting(String node, CompletableFuture<byte[]> answer) {}

    private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();
    private final AtomicLong numbers;
    private final Threads threads;
    private volatile boolean closed;

    /** The first number is random, so that an answer to a request of an earlier transport is not taken for one of ours. */
    Requests(Threads threads, long first) {
        this.threads = threads;
        numbers = new AtomicLong(first);
    }

    long number() {
        return numbers.incrementAndGet();
    }

    /** {@return the future of a request with this number; it ends by itself after {@code limit}} */
    CompletableFuture<byte[]> expect(long number, String node, String topic, Duration limit) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        if (closed || waiting.size() >= MAX_WAITING) {
            answer.completeExceptionally(new TimeoutException(
                    closed ? "the transport is closed" : MAX_WAITING + " requests wait already; nothing was sent"));
            return answer;
        }
        waiting.put(number, new Waiting(node, answer));
        @Nullable ScheduledFuture<?> timer = null;
        try {
            timer = threads.timer.schedule(
                    () -> expired(number, topic, limit), Math.max(1, limit.toNanos()), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // closing
            expired(number, topic, limit);
        }
        ScheduledFuture<?> scheduled = timer;
        answer.whenComplete((bytes, failure) -> {
            waiting.remove(number);
            if (scheduled != null) {
                scheduled.cancel(false);
            }
        });
        return answer;
    }

    private void expired(long number, String topic, Duration limit) {
        Waiting request = waiting.remove(number);
        if (request != null) {
            TimeoutException failure = new TimeoutException(
                    request.node() + " did not answer " + topic + " within " + limit.toMillis() + " ms");
            if (!threads.run(threads.answers, () -> request.answer().completeExceptionally(failure))) {
                request.answer().completeExceptionally(failure);
            }
        }
    }

    /** An answer, or a failure, came. */
    void answered(String from, Frame frame) {
        Waiting request = waiting.get(frame.id());
        if (request == null || !request.node().equals(from)) {
            return; // too late, or cancelled
        }
        waiting.remove(frame.id());
        if (frame.kind() == Frame.Kind.ANSWER) {
            request.answer().complete(frame.payload());
        } else {
            request.answer()
                    .completeExceptionally(
                            new RemoteException(from, new String(frame.payload(), StandardCharsets.UTF_8)));
        }
    }

    int size() {
        return waiting.size();
    }

    /** Fails what still waits. */
    void close() {
        closed = true;
        waiting.values()
                .forEach(request -> request.answer()
                        .completeExceptionally(new TimeoutException("the transport was closed; it is unknown"
                                + " whether " + request.node() + " carried the request out")));
        waiting.clear();
    }
}
