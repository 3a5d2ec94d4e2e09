package io.holdfast.daemon.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.runtime.Workers;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.osgi.framework.ServiceRegistration;

/** Whenever the daemon ends, no service of it is left. */
class OfferTest {
    private final AtomicInteger registered = new AtomicInteger();
    private Runnable worker = () -> {};
    private Runnable result = () -> {};

    /** Does the work, and tells its result, when the test says so. */
    private final Workers workers = new Workers() {
        @Override
        public <T> CompletionStage<T> submit(String name, Duration limit, Callable<T> work) {
            CompletableFuture<T> done = new CompletableFuture<>();
            worker = () -> {
                try {
                    T value = work.call();
                    result = () -> done.complete(value);
                } catch (Exception e) {
                    result = () -> done.completeExceptionally(e);
                }
            };
            return done;
        }
    };

    private final Offer<Runnable> offer = new Offer<>(workers, this::registration);

    @SuppressWarnings("unchecked")
    private ServiceRegistration<Runnable> registration() {
        registered.incrementAndGet();
        return (ServiceRegistration<Runnable>) Proxy.newProxyInstance(
                OfferTest.class.getClassLoader(),
                new Class<?>[] {ServiceRegistration.class},
                (proxy, method, words) -> {
                    registered.decrementAndGet();
                    return null;
                });
    }

    @Test
    void isThereUntilItIsTakenBack() {
        offer.make(Duration.ofSeconds(1));
        worker.run();
        result.run();
        assertThat(registered).hasValue(1);
        offer.withdraw();
        assertThat(registered).hasValue(0);
    }

    @Test
    void isTakenBackBeforeTheWorkerBegins() {
        offer.make(Duration.ofSeconds(1));
        offer.withdraw();
        worker.run();
        result.run();
        assertThat(registered).hasValue(0);
    }

    @Test
    void isTakenBackWhileTheLoopDoesNotKnowYetThatItIsThere() {
        offer.make(Duration.ofSeconds(1));
        worker.run();
        offer.withdraw();
        result.run();
        assertThat(registered).hasValue(0);
    }
}
