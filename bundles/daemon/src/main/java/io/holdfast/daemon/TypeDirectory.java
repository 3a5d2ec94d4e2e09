package io.holdfast.daemon;

import io.holdfast.api.resource.TypeDescription;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What the nodes say about the types that they offer. Called on the loop, completes on the loop. */
public interface TypeDirectory {
    /** {@return what any node that offers the type says of it; empty if none answers} */
    CompletionStage<Optional<TypeDescription>> describe(String type);

    /** {@return how {@link Operation#VALIDATE} ended on that node; {@link Outcome.Unknown} if it does not answer} */
    CompletionStage<Outcome> validate(String node, Instance instance, Duration limit);

    /** {@return one that knows what this node offers, and nothing of others} */
    static TypeDirectory local(String node, Operations operations) {
        return new TypeDirectory() {
            @Override
            public CompletionStage<Optional<TypeDescription>> describe(String type) {
                return operations.describe(type);
            }

            @Override
            public CompletionStage<Outcome> validate(String other, Instance instance, Duration limit) {
                return other.equals(node)
                        ? operations.perform(Operation.VALIDATE, instance, limit)
                        : CompletableFuture.completedFuture(new Outcome.Unknown("not asked"));
            }
        };
    }
}
