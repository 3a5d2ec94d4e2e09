package io.holdfast.deploy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Workers;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

class ReplacementsComponentTest {
    private static final String SHELL = "io.holdfast.shell";

    /** Work that ends when the test says so. */
    private final Queue<CompletableFuture<Object>> work = new ArrayDeque<>();

    private final Workers workers = new Workers() {
        @Override
        @SuppressWarnings("unchecked")
        public <T> CompletionStage<T> submit(String name, Duration limit, Callable<T> what) {
            CompletableFuture<Object> stage = new CompletableFuture<>();
            work.add(stage);
            return (CompletionStage<T>) stage;
        }
    };

    private final ReplacementsComponent replacements = new ReplacementsComponent(
            proxy(BundleContext.class, (proxy, method, arguments) -> new Bundle[0]),
            proxy(Loop.class, (proxy, method, arguments) -> 0L),
            workers,
            proxy(ServiceComponentRuntime.class, (proxy, method, arguments) -> null));

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private CompletableFuture<String> replace() {
        return replacements
                .replace(SHELL, new byte[] {2}, new byte[] {1}, Duration.ofSeconds(20))
                .toCompletableFuture();
    }

    private void fail(String why) {
        work.remove().completeExceptionally(new IllegalStateException(why));
    }

    @Test
    void replacesABundleOnceAtATimeAndKeepsHowItWent() {
        assertThat(replacements.last(SHELL)).isEmpty();
        CompletableFuture<String> first = replace();
        assertThat(replacements.last(SHELL)).containsSame(first);
        assertThatThrownBy(() -> replace().join())
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("io.holdfast.shell is being replaced already");
        assertThat(work).as("nothing is done for the second").hasSize(1);

        fail("no zip");
        assertThat(first).isNotDone();
        fail("no disk");
        assertThat(replacements.last(SHELL)).containsSame(first);
        assertThatThrownBy(first::join)
                .hasMessageContaining("it failed (no zip), and with the one of before put back: no disk");

        CompletableFuture<String> next = replace();
        assertThat(next).isNotDone();
        assertThat(replacements.last(SHELL)).containsSame(next);
    }
}
