package io.holdfast.daemon;

import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks other nodes about their types, and answers them about ours. On the loop, except where the transport calls. */
public final class RemoteTypes implements TypeDirectory, AutoCloseable {
    private static final String DESCRIBE = "daemon.describe";
    private static final String VALIDATE = "daemon.validate";
    private static final Duration DESCRIBE_LIMIT = Duration.ofSeconds(3);

    /** How much longer than the validation its answer may take. */
    private static final Duration WAY = Duration.ofSeconds(1);

    /** A longer one is not what a person waits for. */
    private static final Duration LONGEST_VALIDATION = Duration.ofSeconds(30);

    private final Site site;
    private final Operations operations;
    private final Transport transport;
    private final Registration describing;
    private final Registration validating;
    private final Map<String, TypeDescription> known = new HashMap<>();

    /** Creates it; it answers at once. */
    public RemoteTypes(Site site, Operations operations, Transport transport) {
        this.site = site;
        this.operations = operations;
        this.transport = transport;
        describing = transport.answer(
                DESCRIBE,
                (from, payload) ->
                        here(() -> operations.describe(Wire.text(payload)).thenApply(Wire::description)));
        validating = transport.answer(
                VALIDATE,
                (from, payload) -> here(() -> {
                    Wire.Validation asked = Wire.validation(payload);
                    return operations
                            .perform(Operation.VALIDATE, asked.instance(), bounded(asked.limit()))
                            .thenApply(Wire::outcome);
                }));
    }

    private static Duration bounded(Duration limit) {
        return limit.compareTo(LONGEST_VALIDATION) > 0 ? LONGEST_VALIDATION : limit;
    }

    @Override
    public void close() {
        describing.close();
        validating.close();
    }

    @Override
    public CompletionStage<Optional<TypeDescription>> describe(String type) {
        if (operations.types().contains(type)) {
            return operations.describe(type);
        }
        Deque<String> nodes = new ArrayDeque<>();
        site.peers().attributes().forEach((node, attributes) -> {
            if (!node.equals(site.node()) && site.peers().heard(node) && offers(attributes, type)) {
                nodes.add(node);
            }
        });
        return nodes.isEmpty()
                ? CompletableFuture.completedFuture(Optional.ofNullable(known.get(type)))
                : ask(type, nodes);
    }

    private static boolean offers(Map<String, String> attributes, String type) {
        Set<String> types = FactsCollector.types(attributes);
        return types.contains(type);
    }

    private CompletionStage<Optional<TypeDescription>> ask(String type, Deque<String> nodes) {
        String node = nodes.poll();
        if (node == null) {
            return CompletableFuture.completedFuture(Optional.ofNullable(known.get(type)));
        }
        return request(node, DESCRIBE, Wire.text(type), DESCRIBE_LIMIT)
                .thenApply(Wire::description)
                .exceptionally(failure -> Optional.empty())
                .thenCompose(description -> {
                    if (description.isEmpty()) {
                        return ask(type, nodes);
                    }
                    known.put(type, description.get());
                    return CompletableFuture.completedFuture(description);
                });
    }

    @Override
    public CompletionStage<Outcome> validate(String node, Instance instance, Duration limit) {
        if (node.equals(site.node())) {
            return operations.perform(Operation.VALIDATE, instance, limit);
        }
        byte[] question = Wire.validation(new Wire.Validation(instance, limit));
        return request(node, VALIDATE, question, limit.plus(WAY))
                .thenApply(Wire::outcome)
                .exceptionally(failure -> new Outcome.Unknown(node + " does not answer"));
    }

    /** A request whose answer comes on the loop. */
    private CompletionStage<byte[]> request(String node, String topic, byte[] payload, Duration limit) {
        CompletableFuture<byte[]> onLoop = new CompletableFuture<>();
        transport
                .request(node, topic, payload, limit)
                .whenComplete((value, failure) -> site.loop().execute(() -> complete(onLoop, value, failure)));
        return onLoop;
    }

    /** Does something on the loop for a caller on any thread. */
    private CompletionStage<byte[]> here(Supplier<CompletionStage<byte[]>> work) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        site.loop().execute(() -> {
            try {
                work.get().whenComplete((value, failure) -> complete(answer, value, failure));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static <T> void complete(CompletableFuture<T> future, T value, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(value);
        } else {
            future.completeExceptionally(failure);
        }
    }
}
