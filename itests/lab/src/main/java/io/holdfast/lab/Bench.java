package io.holdfast.lab;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Measures failover: three nodes, no fence device, a client outside the nodes that connects each 10 ms. Prints a table of
 * min / median / max over the runs.
 */
public final class Bench {
    private static final Duration SETTLE = Duration.ofSeconds(60);
    private static final List<String> NAMES = List.of("n1", "n2", "n3");

    private final Path installation;
    private final int times;
    private final PrintStream out;
    private final Map<String, List<Long>> rows = new LinkedHashMap<>();

    private Bench(Path installation, int times, PrintStream out) {
        this.installation = installation;
        this.times = times;
        this.out = out;
    }

    /** Runs it: {@code INSTALLATION TIMES [LEASE_MS ...]}; with no lease, 2000 and 500. */
    public static void main(String[] arguments) throws IOException {
        Bench bench = new Bench(Path.of(arguments[0]), Integer.parseInt(arguments[1]), System.out);
        List<Long> leases = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) {
            leases.add(Long.valueOf(arguments[i]));
        }
        for (long lease : leases.isEmpty() ? List.of(2000L, 500L) : leases) {
            bench.failover(Duration.ofMillis(lease));
        }
        bench.print();
    }

    private void failover(Duration lease) throws IOException {
        Path folder = Files.createTempDirectory("holdfast-bench");
        try (Lab lab = new Lab(installation, folder, lease, NAMES)) {
            long before = System.nanoTime();
            lab.startAll();
            String suffix = ", lease " + lease.toMillis() + " ms";
            record("three nodes started at once" + suffix, (System.nanoTime() - before) / 1_000_000);
            lab.node("n1").ha("apply", Examples.site(lab, "10s").toString());
            try (Watcher watcher = new Watcher(lab, Examples.PORT)) {
                watcher.await("", SETTLE);
                measure(lab, watcher, "node killed" + suffix, (holder, rest) -> holder.powerOff());
                measure(lab, watcher, "node cut off" + suffix, (holder, rest) -> holder.plugged(false));
                measure(lab, watcher, "whole node hung" + suffix, (holder, rest) -> {
                    holder.plugged(false); // a machine that hangs answers no ARP either
                    holder.signalAll("STOP");
                });
                measure(
                        lab,
                        watcher,
                        "service killed" + suffix,
                        (holder, rest) -> holder.processesOf("service")
                                .forEach(pid -> Shell.attempt(5, "kill", "-9", pid.toString())));
                measure(lab, watcher, "planned move" + suffix, (holder, rest) -> rest.ha("move", "site", rest.name()));
                watcher.breaches().forEach(breach -> out.println("BREACH: " + breach));
            }
        } finally {
            deleteQuietly(folder);
        }
    }

    private void measure(Lab lab, Watcher watcher, String what, BiConsumer<Node, Node> fault) {
        for (int run = 0; run < times; run++) {
            lab.settle();
            watcher.await("", SETTLE);
            Node holder = lab.holder("service");
            Node rest = lab.powered().stream()
                    .filter(node -> node != holder)
                    .skip(run % 2)
                    .findFirst()
                    .orElseThrow();
            int before = watcher.outages().size();
            Waiting.pause(Duration.ofMillis(300 + 137L * (run % 7))); // not in step with the renewals
            fault.accept(holder, rest);
            Waiting.until(
                    "the service answers again after: " + what,
                    SETTLE,
                    () -> watcher.outages().size() > before && watcher.answering(),
                    () -> rest.ha("status"));
            long outage = watcher.outages().get(before).length();
            record(what, outage);
            out.printf("%-45s run %2d: %5d ms%n", what, run + 1, outage);
        }
    }

    private void record(String what, long value) {
        rows.computeIfAbsent(what, key -> new ArrayList<>()).add(value);
    }

    private void print() {
        out.printf("%n%-45s %4s %7s %7s %7s   (ms without an answer)%n", "", "runs", "min", "median", "max");
        rows.forEach((what, values) -> {
            List<Long> sorted = values.stream().sorted().toList();
            out.printf(
                    "%-45s %4d %7d %7d %7d%n",
                    what, sorted.size(), sorted.get(0), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
        });
    }

    private static void deleteQuietly(Path folder) {
        Shell.attempt(20, "rm", "-rf", folder.toString());
    }
}
