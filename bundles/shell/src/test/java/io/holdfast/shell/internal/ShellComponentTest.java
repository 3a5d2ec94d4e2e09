package io.holdfast.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.runtime.NodeSettings;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;

/** While a layer is swapped its services come and go within milliseconds; a command gets the one that is there when it asks. */
class ShellComponentTest {
    @TempDir
    private Path base;

    private final Map<String, ServiceListener> listeners = new HashMap<>();
    private final Map<ServiceReference<?>, Object> services = new HashMap<>();
    private ShellComponent shell;

    @BeforeEach
    void start() {
        BundleContext framework = proxy(BundleContext.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "addServiceListener" -> listeners.put((String) arguments[1], (ServiceListener) arguments[0]);
            case "removeServiceListener" -> listeners.values().remove(arguments[0]);
            case "getService" -> services.get(arguments[0]);
            case "ungetService" -> true;
            default -> null;
        });
        shell = new ShellComponent(
                framework,
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
    }

    @AfterEach
    void stop() {
        shell.stop();
        assertThat(listeners).isEmpty();
    }

    @SuppressWarnings("unchecked")
    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
    }

    private static Cluster cluster() {
        return proxy(Cluster.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == arguments[0];
            default -> null;
        });
    }

    private ServiceReference<?> register(Object service) {
        ServiceReference<?> reference =
                proxy(ServiceReference.class, (proxy, method, arguments) -> switch (method.getName()) {
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == arguments[0];
                    case "compareTo" -> 0;
                    default -> null;
                });
        services.put(reference, service);
        tell(ServiceEvent.REGISTERED, reference);
        return reference;
    }

    private void unregister(ServiceReference<?> reference) {
        tell(ServiceEvent.UNREGISTERING, reference);
        services.remove(reference);
    }

    private void tell(int what, ServiceReference<?> reference) {
        listeners.forEach((filter, listener) -> {
            if (filter.contains("=" + Cluster.class.getName() + ")")) {
                listener.serviceChanged(new ServiceEvent(what, reference));
            }
        });
    }

    @Test
    void whoAsksGetsTheServiceThatIsThereNow() {
        assertThat(shell.cluster()).isEmpty();
        Cluster before = cluster();
        ServiceReference<?> old = register(before);
        assertThat(shell.cluster()).containsSame(before);
        unregister(old);
        assertThat(shell.cluster()).isEmpty();
        Cluster after = cluster();
        register(after);
        assertThat(shell.cluster()).containsSame(after);
    }

    @Test
    void aServiceThatComesBeforeTheOldOneIsGoneStaysWhenItGoes() {
        ServiceReference<?> old = register(cluster());
        assertThat(shell.cluster()).isPresent();
        Cluster next = cluster();
        register(next);
        unregister(old);
        assertThat(shell.cluster()).containsSame(next);
    }
}
