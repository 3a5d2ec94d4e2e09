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
    private static final List<String> ROWS = List.of(
            "three nodes started at once",
            "node killed",
            "node cut off",
            "whole node hung",
            "service killed",
            "planned move");

    private final Path installation;
    private final Path shareBundle;
    private final Path clientJar;
    private final int times;
    private final String only;
    private final PrintStream out;
    private final Map<String, List<Long>> rows = new LinkedHashMap<>();

    private Bench(Path installation, Path shareBundle, Path clientJar, int times, String only, PrintStream out) {
        this.installation = installation;
        this.shareBundle = shareBundle;
        this.clientJar = clientJar;
        this.times = times;
        this.only = only;
        this.out = out;
    }

    /**
     * Runs it: {@code INSTALLATION SHARE_BUNDLE CLIENT_JAR TIMES ONLY [LEASE_MS ...]}; only the rows whose name contains ONLY; with no
     * lease, 2000 and 500.
     */
    public static void main(String[] arguments) throws IOException {
        Bench bench = new Bench(
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                Path.of(arguments[2]),
                Integer.parseInt(arguments[3]),
                arguments[4],
                System.out);
        List<Long> leases = new ArrayList<>();
        for (int i = 5; i < arguments.length; i++) {
            leases.add(Long.valueOf(arguments[i]));
        }
        for (long lease : leases.isEmpty() ? List.of(2000L, 500L) : leases) {
            bench.failover(Duration.ofMillis(lease));
            bench.share(Duration.ofMillis(lease));
        }
        bench.print();
    }

    private static String rowOf(String what, Duration lease) {
        return what + ", lease " + lease.toMillis() + " ms";
    }

    private void failover(Duration lease) throws IOException {
        if (ROWS.stream().noneMatch(row -> rowOf(row, lease).contains(only))) {
            return;
        }
        Path folder = Files.createTempDirectory("holdfast-bench");
        try (Lab lab = new Lab(installation, folder, lease, NAMES)) {
            long before = System.nanoTime();
            lab.startAll();
            record(rowOf("three nodes started at once", lease), (System.nanoTime() - before) / 1_000_000);
            lab.node("n1").ha("apply", Examples.site(lab, "10s").toString());
            try (Watcher watcher = new Watcher(lab, Examples.PORT)) {
                watcher.await("", SETTLE);
                measure(
                        lab,
                        watcher,
                        rowOf("node killed", lease),
                        (holder, rest) -> holder.powerOff(),
                        Bench::elsewhere);
                measure(
                        lab,
                        watcher,
                        rowOf("node cut off", lease),
                        (holder, rest) -> holder.plugged(false),
                        Bench::elsewhere);
                measure(
                        lab,
                        watcher,
                        rowOf("whole node hung", lease),
                        (holder, rest) -> {
                            holder.plugged(false); // a machine that hangs answers no ARP either
                            holder.signalAll("STOP");
                        },
                        Bench::elsewhere);
                measure(
                        lab,
                        watcher,
                        rowOf("service killed", lease),
                        (holder, rest) -> killService(holder),
                        Bench::restarted);
                measure(
                        lab,
                        watcher,
                        rowOf("planned move", lease),
                        (holder, rest) -> rest.ha("move", "site", rest.name()),
                        Bench::elsewhere);
                watcher.breaches().forEach(breach -> out.println("BREACH: " + breach));
            }
        } finally {
            Shell.attempt(20, "rm", "-rf", folder.toString());
        }
    }

    private static void killService(Node holder) {
        holder.processesOf("service").forEach(pid -> Shell.attempt(5, "kill", "-9", pid.toString()));
    }

    private static boolean elsewhere(Watcher watcher, Node holder, List<Long> processes) {
        return watcher.answering() && !watcher.lastAnswer().orElse("").startsWith(holder.name() + " ");
    }

    private static boolean restarted(Watcher watcher, Node holder, List<Long> processes) {
        List<Long> now = holder.processesOf("service");
        return watcher.answering() && !now.isEmpty() && now.stream().noneMatch(processes::contains);
    }

    /** Whether the cluster dealt with a fault. */
    @FunctionalInterface
    private interface Done {
        boolean test(Watcher watcher, Node holder, List<Long> processesBefore);
    }

    private void measure(Lab lab, Watcher watcher, String what, BiConsumer<Node, Node> fault, Done done) {
        if (!what.contains(only)) {
            return;
        }
        for (int run = 0; run < times; run++) {
            lab.settle();
            watcher.await("", SETTLE);
            Node holder = lab.holder("service");
            Node rest = lab.powered().stream()
                    .filter(node -> node != holder)
                    .skip(run % 2)
                    .findFirst()
                    .orElseThrow();
            List<Long> before = holder.processesOf("service");
            Waiting.pause(Duration.ofMillis(500 + 137L * (run % 7))); // not in step with the renewals
            long began = Probe.nowMs();
            fault.accept(holder, rest);
            Waiting.until(
                    "the service answers again after: " + what,
                    SETTLE,
                    () -> done.test(watcher, holder, before),
                    () -> rest.ha("status"));
            Waiting.pause(Duration.ofMillis(300)); // a second gap, such as of a late ARP entry, would count too
            record(what, watcher.longestOutageSince(began));
            out.printf("%-45s run %2d: %5d ms%n", what, run + 1, watcher.longestOutageSince(began));
            if (holder.status().isEmpty()) {
                holder.powerOff(); // a machine that hung whole must not thaw without a watchdog
            }
            rest.ha("retry", "service"); // each run is the first failure
        }
    }

    /** How long a client with a write in flight waits when the node under it is killed. */
    private void share(Duration lease) throws IOException {
        String what = "SMB write in flight, node killed, lease " + lease.toMillis() + " ms";
        for (int run = 0; run < times && what.contains(only); run++) {
            Path folder = Files.createTempDirectory("holdfast-bench");
            try (Lab lab = new Lab(installation, folder, lease, NAMES)) {
                lab.startAll();
                Share share = new Share(lab, shareBundle, clientJar);
                Share.Written written =
                        share.writeWhile(() -> lab.holder(Share.RESOURCE).powerOff());
                record(what, written.longestGapMs());
                out.printf("%-45s run %2d: %5d ms, %d lost%n", what, run + 1, written.longestGapMs(), written.lost());
            } finally {
                Shell.attempt(20, "rm", "-rf", folder.toString());
            }
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
}
