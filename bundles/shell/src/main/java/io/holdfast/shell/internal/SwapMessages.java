package io.holdfast.shell.internal;

import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import io.holdfast.shell.RemoteSwap;
import io.holdfast.shell.Services;
import io.holdfast.shell.Swaps;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Swaps on other nodes, and for other nodes: messages over the transport that is there now, which may be swapped itself. */
final class SwapMessages implements Swaps, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SwapMessages.class);
    private static final String BEGIN = "shell.swap";

    /** A shell that does not know this one could not tell how its own swap went. */
    private static final String BEGIN_SHELL = "shell.swap.shell";

    private static final String PROGRESS = "shell.swap.progress";
    private static final byte VERSION = 1;
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final Duration LOOK = Duration.ofSeconds(2);

    /** Two waits for this node to come back, and what is around them. */
    private static final Duration LONGEST = Duration.ofSeconds(170);

    private static final int KEPT = 100;

    private static final Progress FORGOTTEN =
            new Progress(State.FAILED, "it knows nothing of that swap: its shell was restarted meanwhile");

    private final Transport transport;
    private final Services services;
    private final Workers workers;
    private final Map<Long, Progress> swaps;
    private final AtomicLong last;
    private final List<Registration> registrations;

    /** What outlives a transport. */
    record Memory(Map<Long, Progress> swaps, AtomicLong last) {
        Memory() {
            this(new ConcurrentHashMap<>(), new AtomicLong());
        }
    }

    SwapMessages(Transport transport, Services services, Workers workers, Memory memory) {
        this.transport = transport;
        this.services = services;
        this.workers = workers;
        swaps = memory.swaps();
        last = memory.last();
        registrations = List.of(
                transport.answer(BEGIN, this::begun),
                transport.answer(BEGIN_SHELL, this::begun),
                transport.answer(PROGRESS, this::asked));
    }

    @Override
    public void close() {
        registrations.forEach(Registration::close);
    }

    // ---- asking ----

    @Override
    public CompletionStage<Long> begin(String node, String layer, String digest, String who) {
        byte[] question = written(out -> {
            out.writeUTF(layer);
            out.writeUTF(digest);
            out.writeUTF(who);
        });
        return transport
                .request(node, RemoteSwap.isShell(layer) ? BEGIN_SHELL : BEGIN, question, ANSWER)
                .thenApply(bytes -> read(bytes, DataInputStream::readLong));
    }

    @Override
    public CompletionStage<Progress> progress(String node, long number) {
        return transport
                .request(node, PROGRESS, written(out -> out.writeLong(number)), LOOK)
                .thenApply(bytes -> read(bytes, in -> new Progress(State.valueOf(in.readUTF()), in.readUTF())));
    }

    // ---- answering ----

    private record Order(String layer, String digest, String who) {}

    private CompletionStage<byte[]> begun(String from, byte[] payload) {
        Order order = read(payload, in -> new Order(in.readUTF(), in.readUTF(), in.readUTF()));
        Deployments deployments = services.deployments()
                .orElseThrow(() -> new IllegalStateException("this node cannot fetch the bytes of a layer now"));
        return deployments.have(order.digest(), List.of(from)).thenApply(file -> {
            long count = last.incrementAndGet();
            swaps.remove(count - KEPT);
            swaps.remove(KEPT - count);
            long number = RemoteSwap.isShell(order.layer())
                    ? -count
                    : count; // below zero another shell knows what it is about
            swaps.put(number, new Progress(State.RUNNING, ""));
            workers.submit("swap " + order.layer(), LONGEST, () -> swap(order, file))
                    .whenComplete((text, failure) -> swaps.put(
                            number,
                            failure == null
                                    ? new Progress(State.DONE, text)
                                    : new Progress(State.FAILED, String.valueOf(failure.getMessage()))));
            return written(out -> out.writeLong(number));
        });
    }

    private String swap(Order order, Path file) throws IOException {
        log.info("{} swaps {} here", order.who(), order.layer());
        return RemoteSwap.run(services, order.layer(), Files.readAllBytes(file), order.who());
    }

    private CompletionStage<byte[]> asked(String from, byte[] payload) {
        long number = read(payload, DataInputStream::readLong);
        Progress known = swaps.get(number);
        Progress progress = known != null ? known : number < 0 ? RemoteSwap.ofTheShell(services) : FORGOTTEN;
        return CompletableFuture.completedFuture(written(out -> {
            out.writeUTF(progress.state().name());
            out.writeUTF(shortened(progress.text()));
        }));
    }

    private static String shortened(String text) {
        return text.length() <= 4000 ? text : text.substring(0, 4000) + " ...";
    }

    // ---- bytes ----

    private interface Writing {
        void write(DataOutputStream out) throws IOException;
    }

    private interface Reading<T> {
        T read(DataInputStream in) throws IOException;
    }

    private static byte[] written(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            writing.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    private static <T> T read(byte[] bytes, Reading<T> reading) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            byte version = in.readByte();
            if (version != VERSION) {
                throw new IllegalStateException(
                        "swaps of version " + version + " are not known here, only " + VERSION + ": update this node");
            }
            return reading.read(in);
        } catch (IOException e) {
            throw new UncheckedIOException("a message about a swap is damaged", e);
        }
    }
}
