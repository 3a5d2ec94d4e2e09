package io.holdfast.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.runtime.Replacements;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The code that swaps its own bundle gets no further class of it, nor of what it imports, from the replacement on. */
class ReplacedShellTest {
    /** The classes of this layer once more, until it is replaced. */
    private static final class Layer extends ClassLoader {
        private volatile boolean replaced;

        Layer() {
            super(ReplacedShellTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("java.")) {
                return super.loadClass(name, resolve);
            }
            if (replaced) {
                throw new ClassNotFoundException(name + " is asked for after the replacement");
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                if (known != null) {
                    return known;
                }
                return name.startsWith("io.holdfast.shell.") ? define(name) : super.loadClass(name, resolve);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private final Layer layer = new Layer();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final StringBuilder announced = new StringBuilder();
    private CompletableFuture<String> outcome = CompletableFuture.completedFuture("");

    private Class<?> type(String name) throws ClassNotFoundException {
        return layer.loadClass("io.holdfast.shell." + name);
    }

    private static Object proxy(Class<?> type, InvocationHandler handler) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
    }

    private Object services() throws Exception {
        Object plan = type("Layers$Plan")
                .getConstructor(String.class, String.class, String.class, List.class, List.class)
                .newInstance("1", "2", "ab", List.of(), List.of());
        Object layers = proxy(type("Layers"), (proxy, method, arguments) -> switch (method.getName()) {
            case "version" -> Optional.of("1");
            case "plan" -> plan;
            default -> new byte[0];
        });
        Object control = proxy(ClusterControl.class, (proxy, method, arguments) -> {
            announced.append(method.getName()).append(' ').append(arguments[1]);
            return CompletableFuture.completedFuture("Done.");
        });
        Replacements replacements = (bundle, content, before, limit) -> {
            layer.replaced = true;
            return outcome;
        };
        return proxy(type("Services"), (proxy, method, arguments) -> switch (method.getName()) {
            case "node" -> "n1";
            case "nanos" -> 0L;
            case "layers" -> Optional.of(layers);
            case "control" -> Optional.of(control);
            case "replacements" -> Optional.of(replacements);
            default -> Optional.empty();
        });
    }

    private int command() throws Exception {
        Object io = type("Io")
                .getConstructor(
                        PrintStream.class,
                        PrintStream.class,
                        boolean.class,
                        int.class,
                        String.class,
                        type("Io$FileReader"),
                        BooleanSupplier.class,
                        Runnable.class,
                        Supplier.class)
                .newInstance(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        0,
                        "ann@n1",
                        proxy(type("Io$FileReader"), (proxy, method, arguments) -> ""),
                        (BooleanSupplier) () -> false,
                        (Runnable) () -> {},
                        (Supplier<Runnable>) () -> () -> {});
        Object commands = type("Commands").getConstructor(type("Services")).newInstance(services());
        return (int) type("Commands")
                .getMethod("run", List.class, type("Io"))
                .invoke(commands, List.of("swap", "shell"), io);
    }

    private String forAnother() throws Exception {
        return (String) type("RemoteSwap")
                .getMethod("run", type("Services"), String.class, byte[].class, String.class)
                .invoke(null, services(), "shell", new byte[0], "ann@n2");
    }

    @Test
    void tellsThatItIsDone() throws Exception {
        assertThat(command()).as(err::toString).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("shell is at version 2 now, before it was 1");
        assertThat(announced).contains("announce ann@n1 swapped shell on n1: 1 -> 2");
    }

    @Test
    void tellsThatItIsTakenBack() throws Exception {
        outcome = CompletableFuture.completedFuture("it has no components");
        assertThat(command()).isEqualTo(Exit.REFUSED);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("it has no components. Version 1 is put back");
        assertThat(announced).contains("announce The swap of shell on n1 is taken back");
    }

    @Test
    void tellsOthers() throws Exception {
        assertThat(forAnother()).contains("shell is at version 2 now");
        assertThat(announced).contains("announce ann@n2 swapped shell on n1: 1 -> 2");
    }

    @Test
    void tellsOthersThatItIsTakenBack() {
        outcome = CompletableFuture.completedFuture("it has no components");
        assertThatThrownBy(this::forAnother)
                .isInstanceOf(InvocationTargetException.class)
                .cause()
                .hasMessageContaining("it has no components. Version 1 is put back");
        assertThat(announced).contains("announce The swap of shell on n1 is taken back");
    }
}
