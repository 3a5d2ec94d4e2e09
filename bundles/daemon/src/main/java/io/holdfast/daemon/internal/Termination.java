package io.holdfast.daemon.internal;

import io.holdfast.api.cluster.ClusterControl;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What SIGTERM and SIGINT mean: leave the cluster cleanly, and only then stop the container. Without it the bundles would be stopped
 * at once, in any order. {@code sun.misc.Signal} is called by reflection: it is no package that a bundle can import, and where it is
 * missing the node ends uncleanly and is fenced, which is safe.
 */
final class Termination implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Termination.class);

    /** Below the time after which the guard and {@code bin/holdfast stop} lose patience (60 s). */
    private static final Duration LEAVE = Duration.ofSeconds(45);

    private final ClusterControl control;
    private final Framework framework;
    private final AtomicBoolean asked = new AtomicBoolean();
    private final Map<String, Object> before = new LinkedHashMap<>();

    Termination(ClusterControl control, Framework framework) {
        this.control = control;
        this.framework = framework;
        handle("TERM");
        handle("INT");
    }

    private void handle(String signal) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals("handle")) {
                terminate(signal);
                return null;
            }
            return switch (method.getName()) {
                case "hashCode" -> System.identityHashCode(this);
                case "equals" -> proxy == arguments[0];
                default -> "termination of this node";
            };
        };
        try {
            Class<?> kind = handlerType();
            before.put(
                    signal, set(signal, Proxy.newProxyInstance(kind.getClassLoader(), new Class<?>[] {kind}, handler)));
        } catch (ReflectiveOperationException | RuntimeException e) {
            log.warn("SIG{} will end this node without leaving the cluster first: {}", signal, e.toString());
        }
    }

    private static Class<?> handlerType() throws ClassNotFoundException {
        return Class.forName("sun.misc.SignalHandler", false, ClassLoader.getSystemClassLoader());
    }

    /** Sets a handler and returns the one before it. */
    private static Object set(String signal, Object handler) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Signal", false, ClassLoader.getSystemClassLoader());
        Object named = type.getConstructor(String.class).newInstance(signal);
        return type.getMethod("handle", type, handlerType()).invoke(null, named, handler);
    }

    private void terminate(String signal) {
        if (!asked.compareAndSet(false, true)) {
            return;
        }
        log.info("SIG{}: moving everything away and leaving the cluster", signal);
        control.leave(LEAVE).whenComplete((left, failure) -> {
            if (failure == null) {
                log.info("{}", left);
            } else {
                log.warn("This node ends without having left: {}", failure.getMessage());
            }
            try {
                framework.stop(); // returns at once; the container's main method then ends the process
            } catch (BundleException e) {
                log.error("The container cannot be stopped", e);
            }
        });
    }

    @Override
    public void close() {
        if (asked.get()) {
            return; // the container is being stopped; a default handler would end it in the middle of that
        }
        before.forEach((signal, handler) -> {
            try {
                set(signal, handler);
            } catch (ReflectiveOperationException | RuntimeException e) {
                log.warn("The handler of SIG{} stays: {}", signal, e.toString());
            }
        });
    }
}
