package io.holdfast.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.runtime.Replacements;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import io.holdfast.shell.Services;
import io.holdfast.shell.Swaps;
import io.holdfast.shell.Swaps.Progress;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node that asks itself: what is sent, answered, and known after the shell that answered was replaced. */
class SwapMessagesTest {
    @TempDir
    private Path folder;

    private final Map<String, RequestHandler> handlers = new HashMap<>();
    private final CompletableFuture<String> replacement = new CompletableFuture<>();
    private Path layer;

    private final Transport transport = proxy(Transport.class, (proxy, method, arguments) -> switch (method.getName()) {
        case "answer" -> {
            handlers.put((String) arguments[0], (RequestHandler) arguments[1]);
            yield (Registration) () -> handlers.remove((String) arguments[0]);
        }
        case "request" -> handlers.get((String) arguments[1]).answer("n2", (byte[]) arguments[2]);
        default -> null;
    });

    /** Work that never ends: what it would give is not told by this shell. */
    private final Workers workers = new Workers() {
        @Override
        public <T> CompletionStage<T> submit(String name, Duration limit, Callable<T> work) {
            return new CompletableFuture<>();
        }
    };

    private final Services services = proxy(Services.class, (proxy, method, arguments) -> switch (method.getName()) {
        case "deployments" ->
            Optional.of(proxy(Deployments.class, (deployments, of, what) -> CompletableFuture.completedFuture(layer)));
        case "replacements" ->
            Optional.of(proxy(Replacements.class, (replacements, of, what) -> Optional.of(replacement)));
        default -> Optional.empty();
    });

    @BeforeEach
    void keep() throws Exception {
        layer = Files.write(folder.resolve("layer.jar"), new byte[] {7});
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private SwapMessages shell() {
        return new SwapMessages(transport, services, workers, new SwapMessages.Memory());
    }

    private static Progress progress(SwapMessages messages, long number) {
        return messages.progress("n1", number).toCompletableFuture().join();
    }

    @Test
    void theNextShellTellsHowTheSwapOfTheOneBeforeWent() {
        SwapMessages before = shell();
        long number = before.begin("n1", "shell", "digest", "ann@n2")
                .toCompletableFuture()
                .join();
        assertThat(progress(before, number).state()).isEqualTo(Swaps.State.RUNNING);
        before.close();
        assertThat(handlers).isEmpty();

        SwapMessages after = shell();
        assertThat(progress(after, number).state()).isEqualTo(Swaps.State.RUNNING);
        replacement.complete("");
        assertThat(progress(after, number).state()).isEqualTo(Swaps.State.DONE);
    }

    @Test
    void ofAnotherLayerTheNextShellKnowsNothing() {
        SwapMessages before = shell();
        long number = before.begin("n1", "transport", "digest", "ann@n2")
                .toCompletableFuture()
                .join();
        assertThat(progress(before, number).state()).isEqualTo(Swaps.State.RUNNING);
        before.close();
        replacement.complete("");
        Progress unknown = progress(shell(), number);
        assertThat(unknown.state()).isEqualTo(Swaps.State.FAILED);
        assertThat(unknown.text()).contains("its shell was restarted meanwhile");
    }
}
