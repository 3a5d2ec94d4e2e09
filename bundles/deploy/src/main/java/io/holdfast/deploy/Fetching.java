package io.holdfast.deploy;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Offers the bytes that are here to other nodes, and fetches those that are not. On the loop. */
final class Fetching implements AutoCloseable {
    static final String TOPIC = "deploy.object";

    private static final Logger log = LoggerFactory.getLogger(Fetching.class);

    /** For one chunk of 256 KiB. */
    private static final Duration CHUNK = Duration.ofSeconds(5);

    /** A look at the disk, or forcing a file to it. */
    private static final Duration DISK = Duration.ofSeconds(30);

    private final Loop loop;
    private final Workers workers;
    private final Transport transport;
    private final Store store;
    private final Registration offer;

    Fetching(Loop loop, Workers workers, Transport transport, Store store) {
        this.loop = loop;
        this.workers = workers;
        this.transport = transport;
        this.store = store;
        offer = transport.offer(TOPIC, store::open);
    }

    @Override
    public void close() {
        offer.close();
    }

    /** Completes on the loop when the content is here; asks {@code nodes} one after the other. Fails with what each said. */
    CompletionStage<Void> have(String digest, List<String> nodes) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        workers.submit("look for " + digest, DISK, () -> store.has(digest)).whenComplete((has, failure) -> {
            if (failure != null) {
                done.completeExceptionally(failure);
            } else if (Boolean.TRUE.equals(has)) {
                done.complete(null);
            } else {
                ask(digest, new ArrayDeque<>(nodes), new ArrayList<>(), done);
            }
        });
        return done;
    }

    private void ask(String digest, Deque<String> nodes, List<String> said, CompletableFuture<Void> done) {
        String node = nodes.poll();
        if (node == null) {
            done.completeExceptionally(new IOException(
                    "it cannot be fetched: " + (said.isEmpty() ? "no node has it" : String.join("; ", said))));
            return;
        }
        fetch(node, digest).whenComplete((nothing, failure) -> {
            if (failure == null) {
                done.complete(null);
            } else {
                said.add(node + ": " + Reasons.of(failure));
                ask(digest, nodes, said, done);
            }
        });
    }

    private CompletionStage<Void> fetch(String node, String digest) {
        return work("begin to fetch", store::incoming).thenCompose(incoming -> {
            CompletableFuture<Void> done = new CompletableFuture<>();
            transport
                    .fetch(node, TOPIC, digest, incoming.sink(), CHUNK)
                    .whenComplete((bytes, failure) -> loop.execute(() -> work("keep what was fetched", () -> {
                                try (incoming) {
                                    if (failure == null) {
                                        incoming.keep(digest);
                                    }
                                }
                                return true;
                            })
                            .whenComplete((kept, trouble) -> {
                                Throwable first = failure != null ? failure : trouble;
                                if (first == null) {
                                    log.info("Fetched {} ({} bytes) from {}", digest, bytes, node);
                                    done.complete(null);
                                } else {
                                    done.completeExceptionally(first);
                                }
                            })));
            return done;
        });
    }

    private <T> CompletionStage<T> work(String name, Callable<T> work) {
        return workers.submit(name, DISK, work);
    }
}
