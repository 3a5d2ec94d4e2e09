package io.holdfast.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.cluster.ResourceStatus;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.shell.Commands;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Registry;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

class KarafCommandTest {
    @TempDir
    private Path base;

    private final ByteArrayOutputStream console = new ByteArrayOutputStream();
    private final List<String> asked = new ArrayList<>();
    private final List<ShellComponent> opened = new ArrayList<>();

    /** The shell of a node that has these services, each as its first interface. */
    private ShellComponent shell(Object... services) {
        ShellComponent shell = new ShellComponent(
                context(services),
                new NodeSettings(
                        "demo",
                        "n1",
                        "127.0.0.1",
                        7800,
                        List.of(),
                        NodeSettings.Role.NODE,
                        Duration.ofSeconds(2),
                        List.of(),
                        base,
                        Optional.empty(),
                        false,
                        List.of(),
                        Map.of()),
                null,
                null,
                null,
                null);
        shell.start();
        opened.add(shell);
        return shell;
    }

    @AfterEach
    void stop() {
        opened.forEach(ShellComponent::stop);
    }

    private static BundleContext context(Object... services) {
        Map<String, ServiceReference<?>> references = new HashMap<>();
        Map<ServiceReference<?>, Object> found = new HashMap<>();
        for (Object service : services) {
            ServiceReference<?> reference =
                    proxy(ServiceReference.class, (proxy, method, arguments) -> switch (method.getName()) {
                        case "hashCode" -> 1;
                        case "equals" -> proxy == arguments[0];
                        default -> null;
                    });
            references.put(service.getClass().getInterfaces()[0].getName(), reference);
            found.put(reference, service);
        }
        return proxy(BundleContext.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getServiceReferences" ->
                references.containsKey(arguments[0]) ? new ServiceReference<?>[] {references.get(arguments[0])} : null;
            case "getService" -> found.get(arguments[0]);
            case "ungetService" -> true;
            default -> null;
        });
    }

    @SuppressWarnings("unchecked")
    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
    }

    private Session session() {
        PrintStream out = new PrintStream(console, true, StandardCharsets.UTF_8);
        return proxy(Session.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getConsole" -> out;
            case "get" -> "USER".equals(arguments[0]) ? "ann" : null;
            default -> null;
        });
    }

    private Cluster cluster() {
        ClusterStatus status = new ClusterStatus(
                "demo",
                1,
                "n1",
                true,
                List.of(new NodeStatus("n1", "node", "online", 1, "process", "strong", 1, true, false, Map.of())),
                List.of(new ResourceStatus("web", "process", "active", "n1", 1, "", 0, "")),
                List.of());
        return proxy(
                Cluster.class, (proxy, method, arguments) -> method.getName().equals("status") ? status : null);
    }

    private ClusterControl control() {
        return proxy(ClusterControl.class, (proxy, method, arguments) -> {
            asked.add(method.getName() + Arrays.toString(arguments));
            return CompletableFuture.completedFuture("web moves to n1.");
        });
    }

    private static KarafCommand command(ShellComponent shell, String name) {
        return shell.commands().all().stream()
                .filter(command -> command.name().equals(name))
                .map(command -> new KarafCommand(shell, command))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void runsTheSameCommandsAsTheSocket() {
        ShellComponent shell = shell(control());
        command(shell, "move").execute(session(), List.of("web", "n1", "--wait", "5s"));
        assertThat(asked).containsExactly("move[web, n1, true, ann@n1, PT5S]");
        assertThat(console).hasToString("web moves to n1.\n");
    }

    @Test
    void completesNames() {
        ShellComponent shell = shell(cluster());
        assertThat(complete(shell, "move", "ha:move", "w")).containsExactly("web ");
        assertThat(complete(shell, "move", "ha:move", "web", "")).containsExactly("n1 ");
        assertThat(complete(shell, "maintenance", "ha:maintenance", "o")).containsExactlyInAnyOrder("on ", "off ");
        assertThat(complete(shell, "maintenance", "ha:maintenance", "on", "")).containsExactlyInAnyOrder("web ", "n1 ");
        assertThat(complete(shell, "release", "ha:release", "")).isEmpty();
        assertThat(complete(shell(), "move", "ha:move", "w"))
                .as("without the layers below")
                .isEmpty();
    }

    private List<String> complete(ShellComponent shell, String name, String... words) {
        CommandLine line = proxy(CommandLine.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getCursorArgumentIndex" -> words.length - 1;
            case "getCursorArgument" -> words[words.length - 1];
            case "getArgumentPosition" -> words[words.length - 1].length();
            case "getBufferPosition" -> String.join(" ", words).length();
            case "getArguments" -> words;
            default -> String.join(" ", words);
        });
        List<String> candidates = new ArrayList<>();
        command(shell, name).complete(session(), line, candidates);
        return candidates;
    }

    @Test
    void comesAndGoesWithItsBundle() {
        List<Object> registered = new ArrayList<>();
        Registry registry = proxy(Registry.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "register" -> registered.add(arguments[0]);
            case "unregister" -> registered.remove(arguments[0]);
            default -> null;
        });
        ShellComponent shell = shell();
        KarafCommands commands =
                new KarafCommands(shell, proxy(SessionFactory.class, (proxy, method, arguments) -> registry));
        commands.start();
        assertThat(registered)
                .extracting(command -> ((KarafCommand) command).getScope() + ":" + ((KarafCommand) command).getName())
                .contains("ha:status", "ha:move", "ha:voter")
                .doesNotContain("ha:help")
                .hasSize(shell.commands().all().size() - 1);
        commands.stop();
        assertThat(registered).isEmpty();
    }

    @Test
    void everyCommandSaysWhatItDoes() {
        for (Commands.Command command : shell().commands().all()) {
            assertThat(command.does()).endsWith(".");
        }
    }
}
