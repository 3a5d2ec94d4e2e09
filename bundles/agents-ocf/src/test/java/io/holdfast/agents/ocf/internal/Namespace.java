package io.holdfast.agents.ocf.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A network namespace of our own with one interface, eth0 with 10.89.0.1/24, and a thread that lives in it. */
final class Namespace implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x40000000;

    static {
        Native.register("c");
    }

    private final String name = "tpo" + ProcessHandle.current().pid();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    private static native int open(String path, int flags) throws LastErrorException;

    private static native int setns(int namespace, int kind) throws LastErrorException;

    private static native int close(int file) throws LastErrorException;

    Namespace() throws Exception {
        run("ip", "netns", "add", name);
        run("ip", "-n", name, "link", "set", "lo", "up");
        run("ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
        run("ip", "-n", name, "link", "set", "eth0", "up");
        run("ip", "-n", name, "link", "set", "eth1", "up");
        run("ip", "-n", name, "addr", "add", "10.89.0.1/24", "dev", "eth0");
        run("ip", "-n", name, "addr", "add", "fd00:89::1/64", "dev", "eth0", "nodad");
        thread.submit(() -> {
                    int file = open("/run/netns/" + name, 0);
                    setns(file, CLONE_NEWNET);
                    return close(file);
                })
                .get();
    }

    <T> T inside(Callable<T> work) throws Exception {
        return thread.submit(work).get(60, TimeUnit.SECONDS);
    }

    String addresses() throws Exception {
        return run("ip", "-n", name, "-o", "addr", "show");
    }

    static String run(String... argv) throws Exception {
        Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s: %s", String.join(" ", argv), output)
                .isZero();
        return output;
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            run("ip", "netns", "del", name);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
