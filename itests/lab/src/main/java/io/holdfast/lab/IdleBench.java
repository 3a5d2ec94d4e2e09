package io.holdfast.lab;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Measures what a node costs while nothing happens: the CPU time of daemon and guard, by thread, and their memory. Three nodes with an
 * address and a service, as for the failover.
 */
public final class IdleBench {
    /** The JVM compiles what is used again and again, which at this pace takes it minutes. */
    private static final Duration WARM = Duration.ofMinutes(3);

    /** In this unit the kernel tells the CPU time of a process. */
    private static final long TICK_NANOS = 10_000_000;

    private static final int THREADS = 14;

    private final PrintStream out;

    private IdleBench(PrintStream out) {
        this.out = out;
    }

    /** Runs it: {@code INSTALLATION SECONDS WINDOWS LEASE_MS}. */
    public static void main(String[] arguments) throws IOException {
        Duration window = Duration.ofSeconds(Long.parseLong(arguments[1]));
        int windows = Integer.parseInt(arguments[2]);
        Duration lease = Duration.ofMillis(Long.parseLong(arguments[3]));
        new IdleBench(System.out).run(Path.of(arguments[0]), window, windows, lease);
    }

    private void run(Path installation, Duration window, int windows, Duration lease) throws IOException {
        Path folder = Files.createTempDirectory("holdfast-bench");
        try (Lab lab = new Lab(installation, folder, lease, List.of("n1", "n2", "n3"))) {
            lab.startAll();
            lab.node("n1").ha("apply", Examples.site(lab, "10s").toString());
            String holder = lab.holder("service").name();
            Waiting.pause(WARM);
            for (int i = 0; i < windows; i++) {
                window(lab, window, holder, i == windows - 1);
            }
            for (Node node : lab.nodes()) {
                long guards = 0;
                for (long id : guards(node)) {
                    guards += pss(id);
                }
                out.printf(
                        "%s memory: daemon %d MiB + guard %d MiB (PSS)%n",
                        node.name(), pss(node.daemon()) / 1024, guards / 1024);
            }
        } finally {
            Shell.attempt(20, "rm", "-rf", folder.toString());
        }
    }

    private void window(Lab lab, Duration length, String holder, boolean threads) {
        Map<String, Spent> before = new HashMap<>();
        lab.nodes().forEach(node -> before.put(node.name(), spent(node)));
        Waiting.pause(length);
        for (Node node : lab.nodes()) {
            Spent first = Objects.requireNonNull(before.get(node.name()));
            Spent now = spent(node);
            double nanos = now.at - first.at;
            double daemon = 100 * (now.daemon - first.daemon) / nanos;
            double guard = 100 * (now.guard - first.guard) / nanos;
            out.printf(
                    "%s%s: daemon %.2f %% + guard %.2f %% = %.2f %% of a core%n",
                    node.name(),
                    node.name().equals(holder) ? " (with the service)" : "",
                    daemon,
                    guard,
                    daemon + guard);
            if (threads) {
                now.threads.replaceAll((thread, time) -> time - first.threads.getOrDefault(thread, 0L));
                now.threads.entrySet().stream()
                        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                        .limit(THREADS)
                        .forEach(
                                each -> out.printf("    %5.2f %%  %s%n", 100 * each.getValue() / nanos, each.getKey()));
            }
        }
    }

    /** CPU time in nanoseconds until now. */
    private record Spent(long at, long daemon, long guard, Map<String, Long> threads) {}

    private static Spent spent(Node node) {
        Map<String, Long> threads = new HashMap<>();
        threads("daemon", node.daemon(), threads);
        long guard = 0;
        for (long id : guards(node)) {
            threads("guard", id, threads);
            guard += process(id);
        }
        return new Spent(System.nanoTime(), process(node.daemon()), guard, threads);
    }

    /** The guard, and what it keeps beside the daemon. */
    private static List<Long> guards(Node node) {
        List<Long> all = new ArrayList<>(List.of(node.guard()));
        ProcessHandle.of(node.guard()).stream()
                .flatMap(ProcessHandle::children)
                .map(ProcessHandle::pid)
                .filter(id -> id != node.daemon())
                .forEach(all::add);
        return all;
    }

    private static long process(long id) {
        String stat = read(Path.of("/proc/" + id + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_NANOS;
    }

    private static void threads(String what, long process, Map<String, Long> all) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process + "/task"))) {
            tasks.forEach(task -> thread(what, task, all));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void thread(String what, Path task, Map<String, Long> all) {
        try {
            String name = what + " " + task.getFileName() + " "
                    + Files.readString(task.resolve("comm")).strip();
            all.put(
                    name,
                    Long.valueOf(Files.readString(task.resolve("schedstat")).split(" ")[0]));
        } catch (IOException e) {
            return; // it ended in between
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long pss(long process) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process + "/smaps_rollup"))) {
            return lines.filter(line -> line.startsWith("Pss:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0);
        }
    }
}
