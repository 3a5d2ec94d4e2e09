package io.holdfast.cifs.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Machines on one switch: network namespaces of our own, each with a thread that lives in it. */
final class Lab implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int O_RDONLY = 0;

    static {
        Native.register("c");
    }

    private final String prefix = "tp" + ProcessHandle.current().pid();
    private final Map<String, ExecutorService> machines = new ConcurrentHashMap<>();

    private static native int open(String path, int flags) throws LastErrorException;

    private static native int setns(int namespace, int kind) throws LastErrorException;

    private static native int close(int file) throws LastErrorException;

    static boolean possible() {
        return System.getProperty("user.name").equals("root")
                && Files.isExecutable(Path.of("/usr/sbin/smbd"))
                && Files.isExecutable(Path.of("/usr/bin/arping"));
    }

    /** Machine {@code names[i]} gets address 10.88.0.(i+1)/24. */
    Lab(String... names) throws Exception {
        ip("netns", "add", prefix + "sw");
        in("sw", "link", "add", "name", "br0", "type", "bridge");
        in("sw", "link", "set", "br0", "up");
        for (int index = 0; index < names.length; index++) {
            String name = names[index];
            ip("netns", "add", prefix + name);
            ip(
                    "link",
                    "add",
                    "eth0",
                    "netns",
                    prefix + name,
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "p" + name,
                    "netns",
                    prefix + "sw");
            in("sw", "link", "set", "p" + name, "master", "br0", "up");
            in(name, "link", "set", "lo", "up");
            in(name, "link", "set", "eth0", "up");
            in(name, "addr", "add", "10.88.0." + (index + 1) + "/24", "dev", "eth0");
            ExecutorService thread = Executors.newSingleThreadExecutor();
            machines.put(name, thread);
            thread.submit(() -> enter(prefix + name)).get();
        }
    }

    private static int enter(String namespace) {
        int file = open("/run/netns/" + namespace, O_RDONLY);
        try {
            return setns(file, CLONE_NEWNET);
        } finally {
            close(file);
        }
    }

    /** Runs on a machine. */
    <T> T on(String machine, Callable<T> work) throws Exception {
        return machines.get(machine).submit(work).get(60, TimeUnit.SECONDS);
    }

    /** Runs on a machine and gives nothing back. */
    void at(String machine, Work work) throws Exception {
        on(machine, () -> {
            work.run();
            return true;
        });
    }

    interface Work {
        void run() throws Exception;
    }

    /** Pulls the cable of a machine: it is off for all others. */
    void unplug(String machine) throws Exception {
        in("sw", "link", "set", "p" + machine, "down");
    }

    void plug(String machine) throws Exception {
        in("sw", "link", "set", "p" + machine, "up");
    }

    /** Starts a program on a machine. */
    Process start(String machine, String... argv) throws Exception {
        return on(machine, () -> new ProcessBuilder(argv).inheritIO().start());
    }

    private void in(String machine, String... arguments) throws Exception {
        String[] all = new String[arguments.length + 2];
        all[0] = "-n";
        all[1] = prefix + machine;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        ip(all);
    }

    private static void ip(String... arguments) throws Exception {
        List<String> argv = new java.util.ArrayList<>(List.of("ip"));
        argv.addAll(List.of(arguments));
        Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", argv, output).isZero();
    }

    @Override
    public void close() {
        try {
            for (Map.Entry<String, ExecutorService> machine : machines.entrySet()) {
                machine.getValue().shutdownNow();
                ip("netns", "del", prefix + machine.getKey());
            }
            ip("netns", "del", prefix + "sw");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
