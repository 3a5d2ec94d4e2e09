package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RemoteTypesTest {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final TestCluster cluster = new TestCluster();
    private final TestCluster.Node n1 = cluster.new Node("n1");
    private final TestCluster.Node n2 = cluster.new Node("n2");
    private final TestCluster.Node n3 = cluster.new Node("n3");
    private final Map<String, RequestHandler> handlers = new HashMap<>();
    private final List<String> requests = new ArrayList<>();
    private final List<String> deaf = new ArrayList<>();
    private RemoteTypes types;

    @BeforeEach
    void aTypeOnTheOthersOnly() {
        n1.operations.offered.clear();
        TypeDescription description =
                new TypeDescription("t", "", List.of(Parameter.required("path", Parameter.Kind.STRING, "where")));
        for (TestCluster.Node node : List.of(n2, n3)) {
            node.peers.tell(Peers.TYPES, "t");
            node.operations.descriptions.put("t", description);
            new RemoteTypes(node.site(), node.operations, transport(node.name));
        }
        types = new RemoteTypes(n1.site(), n1.operations, transport("n1"));
    }

    /** Requests and answers only, through one map. */
    private Transport transport(String self) {
        return (Transport) Proxy.newProxyInstance(
                Transport.class.getClassLoader(), new Class<?>[] {Transport.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("answer")) {
                        String key = self + " " + arguments[0];
                        handlers.put(key, (RequestHandler) arguments[1]);
                        return (io.holdfast.api.transport.Registration) () -> handlers.remove(key);
                    } else if (method.getName().equals("request")) {
                        requests.add(arguments[0] + " " + arguments[1]);
                        if (deaf.contains(arguments[0])) {
                            return CompletableFuture.failedFuture(new TimeoutException());
                        }
                        return handlers.get(arguments[0] + " " + arguments[1]).answer(self, (byte[]) arguments[2]);
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }

    private <T> T end(CompletionStage<T> stage) {
        cluster.loop.run(100);
        return stage.toCompletableFuture().getNow(null);
    }

    @Test
    void asksAnotherNodeForWhatThisOneDoesNotOffer() {
        assertThat(end(types.describe("t")).orElseThrow().parameters()).hasSize(1);
        assertThat(requests).containsExactly("n2 daemon.describe");
    }

    @Test
    void asksTheNextWhenOneDoesNotAnswer() {
        deaf.add("n2");
        assertThat(end(types.describe("t"))).isPresent();
        assertThat(requests).containsExactly("n2 daemon.describe", "n3 daemon.describe");
        n1.peers.silent.add("n2");
        n1.peers.silent.add("n3");
        assertThat(end(types.describe("t"))).isPresent(); // it was told once
        assertThat(end(types.describe("x"))).isEqualTo(Optional.empty());
    }

    @Test
    void validatesWhereItIsAsked() {
        Instance instance = new Instance("a", "t", Map.of("path", "/srv"), 0, Map.of());
        assertThat(end(types.validate("n2", instance, LIMIT))).isEqualTo(new Outcome.Ok());
        n3.operations.answers.put("validate a", new Outcome.Failed("/srv is missing", true));
        assertThat(end(types.validate("n3", instance, LIMIT))).isEqualTo(new Outcome.Failed("/srv is missing", true));
        deaf.add("n2");
        assertThat(end(types.validate("n2", instance, LIMIT))).isEqualTo(new Outcome.Unknown("n2 does not answer"));
        assertThat(n1.operations.calls).isEmpty();
    }

    @Test
    void saysNoToRubbish() {
        CompletionStage<byte[]> answer = handlers.get("n2 daemon.validate").answer("n9", new byte[] {7, 7});
        cluster.loop.run(10);
        assertThat(answer.toCompletableFuture()).isCompletedExceptionally();
        types.close();
        assertThat(handlers.keySet()).noneMatch(key -> key.startsWith("n1"));
    }
}
