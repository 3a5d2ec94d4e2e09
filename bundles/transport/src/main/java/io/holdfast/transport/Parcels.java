package io.holdfast.transport;

import io.holdfast.api.transport.ObjectSource;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects of any size. The receiver asks for chunk after chunk, so its own pace is the flow control; a chunk that was lost is
 * asked for again.
 */
final class Parcels {
    private static final Logger log = LoggerFactory.getLogger(Parcels.class);

    /** One chunk, bytes. */
    static final int CHUNK = 256 << 10;

    /** Objects that are being read by others at one time, at most. */
    static final int MAX_OPEN = 64;

    /** After this long without a question an open object is closed, nanoseconds. */
    private static final long IDLE = TimeUnit.MINUTES.toNanos(2);

    /** How often a chunk is asked for within its limit. */
    private static final int ATTEMPTS = 3;

    private static final String OPEN = "holdfast.object.open";
    private static final String NEXT = "holdfast.object.next";
    private static final String CLOSE = "holdfast.object.close";

    private static final class Reading {
        final InputStream in;
        int index = -1;
        byte[] chunk = {};
        volatile long used = Wire.now();

        Reading(InputStream in) {
            this.in = in;
        }
    }

    private final Transport transport;
    private final Threads threads;
    private final Map<String, ObjectSource> sources = new ConcurrentHashMap<>();
    private final Map<Long, Reading> readings = new ConcurrentHashMap<>();
    private final AtomicLong numbers;

    Parcels(Transport transport, Threads threads, long first) {
        this.transport = transport;
        this.threads = threads;
        numbers = new AtomicLong(first);
        transport.answer(OPEN, (from, question) -> onWorker(() -> open(question)));
        transport.answer(NEXT, (from, question) -> onWorker(() -> next(question)));
        transport.receive(
                CLOSE,
                (from, number) -> threads.run(threads.blocking, () -> {
                    if (number.length == Long.BYTES) {
                        close(ByteBuffer.wrap(number).getLong());
                    }
                }));
        threads.timer.scheduleWithFixedDelay(this::closeIdle, 30, 30, TimeUnit.SECONDS);
    }

    Registration offer(String topic, ObjectSource source) {
        sources.put(topic, source);
        return () -> sources.remove(topic, source);
    }

    private <T> CompletionStage<T> onWorker(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        boolean runs = threads.run(threads.blocking, () -> {
            try {
                result.complete(work.call());
            } catch (Exception e) { // what a source threw is told to who asked
                result.completeExceptionally(e);
            }
        });
        if (!runs) {
            result.completeExceptionally(new IOException("too much is being read and written at present"));
        }
        return result;
    }

    // The side that has the object

    private byte[] open(byte[] question) throws IOException {
        String topic;
        String name;
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(question))) {
            topic = in.readUTF();
            name = in.readUTF();
        }
        ObjectSource source = sources.get(topic);
        if (source == null) {
            throw new IOException("nothing is offered under " + topic);
        }
        if (readings.size() >= MAX_OPEN) {
            throw new IOException(MAX_OPEN + " objects are being read already; try again");
        }
        long number = numbers.incrementAndGet();
        readings.put(number, new Reading(source.open(name)));
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    /** {@return one byte, 1 at the end and else 0, and the chunk} */
    private byte[] next(byte[] question) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(question);
        long number = in.getLong();
        int index = in.getInt();
        Reading reading = readings.get(number);
        if (reading == null) {
            throw new IOException("this object is not open any more");
        }
        synchronized (reading) {
            reading.used = Wire.now();
            if (index == reading.index + 1) {
                byte[] chunk = new byte[1 + CHUNK];
                int count = reading.in.readNBytes(chunk, 1, CHUNK);
                chunk[0] = (byte) (count < CHUNK ? 1 : 0);
                reading.chunk = Arrays.copyOf(chunk, 1 + count);
                reading.index = index;
            } else if (index != reading.index) {
                throw new IOException("chunk " + index + " was asked for after chunk " + reading.index);
            }
            return reading.chunk;
        }
    }

    private void close(long number) {
        Reading reading = readings.remove(number);
        if (reading != null) {
            synchronized (reading) {
                try {
                    reading.in.close();
                } catch (IOException e) {
                    log.debug("Closing an object failed", e);
                }
            }
        }
    }

    private void closeIdle() {
        for (Iterator<Map.Entry<Long, Reading>> all = readings.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Long, Reading> entry = all.next();
            if (Wire.now() - entry.getValue().used > IDLE) {
                threads.run(threads.blocking, () -> close(entry.getKey()));
            }
        }
    }

    void close() {
        readings.keySet().forEach(this::close);
    }

    // The side that wants it

    CompletionStage<Long> fetch(String node, String topic, String name, OutputStream sink, Duration limit) {
        ByteArrayOutputStream question = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(question)) {
            out.writeUTF(topic);
            out.writeUTF(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        CompletableFuture<Long> result = new CompletableFuture<>();
        transport.request(node, OPEN, question.toByteArray(), limit).whenComplete((answer, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                new Fetch(node, ByteBuffer.wrap(answer).getLong(), sink, limit, result).ask(0, ATTEMPTS);
            }
        });
        return result;
    }

    private final class Fetch {
        private final String node;
        private final long number;
        private final OutputStream sink;
        private final Duration limit;
        private final CompletableFuture<Long> result;
        private long bytes;

        Fetch(String node, long number, OutputStream sink, Duration limit, CompletableFuture<Long> result) {
            this.node = node;
            this.number = number;
            this.sink = sink;
            this.limit = limit;
            this.result = result;
        }

        void ask(int index, int attempts) {
            if (result.isDone()) { // cancelled
                end(null);
                return;
            }
            byte[] question =
                    ByteBuffer.allocate(12).putLong(number).putInt(index).array();
            transport.request(node, NEXT, question, limit.dividedBy(ATTEMPTS)).whenComplete((answer, failure) -> {
                if (failure instanceof TimeoutException && attempts > 1) {
                    ask(index, attempts - 1);
                } else if (failure != null) {
                    end(failure);
                } else if (!threads.run(threads.blocking, () -> write(index, answer))) {
                    end(new IOException("too much is being read and written at present"));
                }
            });
        }

        private void write(int index, byte[] answer) {
            try {
                sink.write(answer, 1, answer.length - 1);
                bytes += answer.length - 1;
                if (answer[0] == 1) {
                    sink.flush();
                    end(null);
                } else {
                    ask(index + 1, ATTEMPTS);
                }
            } catch (IOException | RuntimeException e) {
                end(e);
            }
        }

        private void end(@Nullable Throwable failure) {
            transport.send(
                    node,
                    CLOSE,
                    ByteBuffer.allocate(Long.BYTES).putLong(number).array(),
                    io.holdfast.api.transport.Delivery.URGENT);
            if (failure == null) {
                result.complete(bytes);
            } else {
                result.completeExceptionally(failure);
            }
        }
    }
}
