package io.holdfast.lab;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Swaps each layer many times in a row on the node that serves, while a client connects each 10 ms, another writes to a share, somebody
 * changes the cluster, and now and then another node loses its power. Prints what it cost, and everything that stopped, moved, was lost, was done twice or
 * leaked.
 */
public final class SwapBench {
    private static final List<String> LAYERS = List.of(
            "transport",
            "ledger",
            "model",
            "membership",
            "fencing",
            "planner",
            "config",
            "daemon",
            "deploy",
            "agents-process",
            "agents-ocf",
            "shell");
    private static final List<String> NAMES = List.of("n1", "n2", "n3");
    private static final Duration SETTLE = Duration.ofSeconds(60);
    private static final Duration LEASE = Duration.ofSeconds(2);
    /** What is loaded, cached and compiled at the first swaps is no leak. */
    private static final int WARM = 3;
    /** In the middle of so many swaps another node loses its power. */
    private static final int POWER_LOSS_EACH = 20;

    private static final Pattern COST =
            Pattern.compile("away for (\\d+) ms, and (?:its lease was held for (\\d+) ms|no hold)");
    private static final Pattern CHANGED = Pattern.compile("sets attribute bench of n\\d+ to (\\d+)");
    private static final Pattern DOCUMENT = Pattern.compile("Revision (\\d+) of the cluster document is applied");
    /** What is told of a resource that is stopped or fails. */
    private static final Pattern STIRRED =
            Pattern.compile("is stopped on| failed on |does not serve|is blocked| is not active");

    private final Path installation;
    private final int times;
    private final Path shareBundle;
    private final Path shareClient;
    private final PrintStream out;
    private final List<String> breaches = Collections.synchronizedList(new ArrayList<>());
    private final List<String> table = new ArrayList<>();
    private final List<String> leaks = new ArrayList<>();
    private final List<String> shares = new ArrayList<>();

    private SwapBench(Path installation, int times, Path shareBundle, Path shareClient, PrintStream out) {
        this.installation = installation;
        this.times = times;
        this.shareBundle = shareBundle;
        this.shareClient = shareClient;
        this.out = out;
    }

    /** Runs it: {@code INSTALLATION TIMES SHARE_BUNDLE SHARE_CLIENT ONLY}; only the layers named in ONLY, if it is not empty. Its status is 1 after any breach. */
    public static void main(String[] arguments) throws IOException {
        SwapBench bench = new SwapBench(
                Path.of(arguments[0]),
                Integer.parseInt(arguments[1]),
                Path.of(arguments[2]),
                Path.of(arguments[3]),
                System.out);
        Deque<String> left = new ArrayDeque<>(chosen(arguments.length > 4 ? arguments[4] : ""));
        while (!left.isEmpty()) {
            bench.cluster(left);
        }
        bench.print();
        System.exit(bench.breaches.isEmpty() ? 0 : 1);
    }

    private static List<String> chosen(String only) {
        if (only.isEmpty()) {
            return LAYERS;
        }
        List<String> words = List.of(only.split(","));
        for (String word : words) {
            if (!LAYERS.contains(word)) {
                throw new IllegalArgumentException("there is no layer " + word + " to measure; there are " + LAYERS);
            }
        }
        return words;
    }

    /** Takes the layers that are left, one after the other, in one cluster, until a promise is broken: what comes after that has a new one. */
    private void cluster(Deque<String> left) throws IOException {
        Path folder = Files.createTempDirectory("holdfast-bench");
        String layer = left.remove();
        int before = breaches.size();
        Lab lab = new Lab(installation, folder, LEASE, NAMES);
        try {
            lab.startAll();
            Share.offer(lab, shareBundle);
            lab.node("n1").ha("apply", Examples.siteWithShare(lab, "2s").toString());
            try (Watcher watcher = new Watcher(lab, Examples.PORT)) {
                watcher.await("", SETTLE);
                lab.holder(Share.RESOURCE);
                layer(lab, watcher, layer);
                while (breaches.size() == before && !left.isEmpty()) {
                    layer = left.remove();
                    layer(lab, watcher, layer);
                }
            }
        } catch (IllegalStateException e) {
            breaches.add(layer + ": " + e.getMessage());
        } finally {
            if (breaches.size() > before) {
                lab.saveLogs(Path.of("target/logs/SwapBench-" + layer).toAbsolutePath());
            }
            lab.close();
            Shell.attempt(20, "rm", "-rf", folder.toString());
        }
    }

    private void layer(Lab lab, Watcher watcher, String layer) {
        int before = breaches.size();
        swap(lab, watcher, layer);
        watcher.breaches().forEach(breach -> breaches.add(layer + ": " + breach));
        breaches.subList(before, breaches.size()).forEach(breach -> out.println("BREACH: " + breach));
    }

    private void swap(Lab lab, Watcher watcher, String layer) {
        Node holder = lab.holder("service");
        List<Node> others = lab.nodes().stream().filter(node -> node != holder).toList();
        for (int i = 0; i < WARM; i++) {
            holder.ha("--wait", "100s", "swap", layer);
        }
        Holdings before = Holdings.of(holder);
        String answer = watcher.lastAnswer().orElse("");
        List<Long> service = holder.processesOf("service");
        Heard heard = new Heard(holder.status().orElseThrow().path("revision").asLong());
        List<Long> away = new ArrayList<>();
        List<Long> held = new ArrayList<>();
        List<Long> gaps = new ArrayList<>();
        Changing changing = new Changing(others.get(0).name(), lab);
        Writing writing = new Writing(lab, shareClient);
        try (changing;
                writing) {
            changing.start();
            for (int run = 1; run <= times; run++) {
                long began = Probe.nowMs();
                boolean loss = run % POWER_LOSS_EACH == POWER_LOSS_EACH / 2;
                Thread cut = new Thread(() -> {
                    Waiting.pause(Duration.ofMillis(700));
                    lab.node(others.get(1).name()).powerOff();
                });
                if (loss) {
                    cut.start();
                }
                Shell.Ended ended = holder.attemptInside(
                        150,
                        installation.resolve("bin/ha").toString(),
                        "--base",
                        lab.folder().resolve(holder.name()).toString(),
                        "--wait",
                        "100s",
                        "swap",
                        layer);
                Matcher cost = COST.matcher(ended.output());
                if (ended.status() != 0 || !cost.find()) {
                    breaches.add(layer + ", swap " + run + ": " + ended.output().strip());
                    out.println(ended.output().strip() + "\n"
                            + holder.tryHa("status").output());
                } else {
                    away.add(Long.valueOf(cost.group(1)));
                    if (cost.group(2) != null) {
                        held.add(Long.valueOf(cost.group(2)));
                    }
                }
                if (loss) {
                    join(cut);
                    lab.settle();
                }
                Waiting.pause(Duration.ofMillis(300));
                gaps.add(watcher.longestOutageSince(began));
                same(
                        layer + ", swap " + run + ": where it runs, and its token",
                        answer,
                        watcher.lastAnswer().orElse(""));
                same(layer + ", swap " + run + ": its processes", service, holder.processesOf("service"));
                same(layer + ", swap " + run + ": the share is on", holder.name(), holder.activeOn(Share.RESOURCE));
                heard.listen(holder);
                out.printf(
                        "%-16s swap %3d: %s gap %d ms%n",
                        layer, run, cost.reset().find() ? cost.group() + "," : "FAILED,", gaps.get(gaps.size() - 1));
            }
            Share.Written written = writing.end();
            out.printf(
                    "%-16s %d blocks acknowledged by the share, %d lost, longest gap %d ms%n",
                    layer, written.acknowledged(), written.lost(), written.longestGapMs());
            shares.add(String.format(
                    "%-16s %d blocks, %d lost, longest gap %d ms",
                    layer, written.acknowledged(), written.lost(), written.longestGapMs()));
            if (written.lost() > 0 || written.acknowledged() == 0) {
                breaches.add(layer + ": of " + written.acknowledged() + " blocks that the share acknowledged, "
                        + written.lost() + " are lost");
            }
        }
        heard.listen(holder);
        judge(layer, changing, heard.lines);
        Holdings after = Holdings.settled(holder, before);
        List<String> grown = after.leaks(before);
        grown.forEach(leak -> breaches.add(layer + ": " + leak));
        if (!grown.isEmpty()) {
            Path heap = Path.of("target", "SwapBench-" + layer + ".hprof").toAbsolutePath();
            Shell.attempt(20, "rm", "-f", heap.toString());
            Shell.attempt(60, Holdings.JCMD, Long.toString(holder.daemon()), "GC.heap_dump", heap.toString());
            out.println("What it holds: " + heap);
        }
        leaks.add(String.format("%-16s %s  ->  %s", layer, before, after));
        table.add(String.format("%-16s %4d %s %s %s", layer, times, spread(away), spread(held), spread(gaps)));
    }

    private void same(String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            breaches.add(what + ": " + expected + " became " + found);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static String spread(List<Long> values) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.isEmpty()
                ? String.format("%7s %7s %7s", "-", "-", "-")
                : String.format(
                        "%7d %7d %7d", sorted.get(0), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
    }

    private void judge(String layer, Changing changing, Set<String> events) {
        Map<Long, Integer> done = numbers(CHANGED, events);
        Map<Long, Integer> documents = numbers(DOCUMENT, events);
        done.forEach((number, count) -> {
            if (count > 1) {
                breaches.add(layer + ": command " + number + " was carried out " + count + " times");
            }
        });
        lost(layer + ": command", changing.acknowledged, done);
        lost(layer + ": revision of the document", changing.documents, documents);
        int asked = changing.documents.size() + changing.unknownDocuments.get();
        if (documents.size() > asked) {
            breaches.add(layer + ": " + asked + " documents were applied, and there are " + documents.size()
                    + " new revisions");
        }
        events.stream()
                .filter(line -> STIRRED.matcher(line).find())
                .forEach(line -> breaches.add(layer + ": " + line.strip()));
        int unknown = changing.unknown.get() + changing.unknownDocuments.get();
        String sentence = String.format(
                "%-16s %d commands and %d documents acknowledged, %d of unknown outcome, %d and %d found",
                layer, changing.acknowledged.size(), changing.documents.size(), unknown, done.size(), documents.size());
        out.println(sentence);
        shares.add(sentence);
        if (changing.acknowledged.isEmpty()) {
            breaches.add(layer + ": no command was acknowledged, so nothing was tested");
        }
    }

    private static Map<Long, Integer> numbers(Pattern pattern, Set<String> events) {
        Map<Long, Integer> found = new TreeMap<>();
        for (String event : events) {
            Matcher matcher = pattern.matcher(event);
            if (matcher.find()) {
                found.merge(Long.valueOf(matcher.group(1)), 1, Integer::sum);
            }
        }
        return found;
    }

    private void lost(String what, List<Long> acknowledged, Map<Long, Integer> done) {
        acknowledged.forEach(number -> {
            if (!done.containsKey(number)) {
                breaches.add(what + " " + number + " was acknowledged and is lost");
            }
        });
    }

    /** The events since a revision. The cluster keeps the last thousand only, so it is asked again and again. */
    private static final class Heard {
        private static final Pattern REVISION = Pattern.compile("^ *(\\d+) ");

        private final Set<String> lines = new LinkedHashSet<>();
        private long since;

        Heard(long since) {
            this.since = since;
        }

        void listen(Node node) {
            Shell.Ended ended = node.tryHa("--wait", "20s", "events", "--since", Long.toString(since));
            if (ended.status() != 0) {
                return; // the next time will do
            }
            ended.output().lines().forEach(line -> {
                lines.add(line);
                Matcher revision = REVISION.matcher(line);
                if (revision.find()) {
                    since = Math.max(since, Long.parseLong(revision.group(1)) - 1); // more of one revision may follow
                }
            });
        }
    }

    private void print() {
        out.printf(
                "%n%-16s %4s %23s %23s %23s%n", "", "", "without the layer, ms", "lease held, ms", "client's gap, ms");
        out.printf(
                "%-16s %4s %7s %7s %7s %7s %7s %7s %7s %7s %7s%n",
                "layer", "runs", "min", "median", "max", "min", "median", "max", "min", "median", "max");
        table.forEach(out::println);
        out.println();
        shares.forEach(out::println);
        out.println();
        leaks.forEach(out::println);
        out.println();
        breaches.forEach(breach -> out.println("BREACH: " + breach));
        out.println(breaches.isEmpty() ? "No breach: nothing stopped, moved, was lost, done twice or leaked." : "");
    }

    /** Numbered changes of the cluster through a node that is not swapped. */
    private static final class Changing implements AutoCloseable {
        private static final Duration PAUSE = Duration.ofMillis(700);
        /** One change in so many is a new document. */
        private static final int DOCUMENT_EACH = 10;

        private static final Pattern APPLIED = Pattern.compile("Applied as revision (\\d+)");

        private final String node;
        private final Lab lab;
        private final Thread thread = new Thread(this::run, "bench-changes");
        private final List<Long> acknowledged = Collections.synchronizedList(new ArrayList<>());
        private final List<Long> documents = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger unknown = new AtomicInteger();
        private final AtomicInteger unknownDocuments = new AtomicInteger();
        private volatile boolean closed;

        Changing(String node, Lab lab) {
            this.node = node;
            this.lab = lab;
            thread.setDaemon(true);
        }

        void start() {
            thread.start();
        }

        private void run() {
            for (long number = 1; !closed; number++) {
                if (number % DOCUMENT_EACH == 0) {
                    document(number / DOCUMENT_EACH % 2 == 0 ? "2s" : "3s");
                } else {
                    attribute(number);
                }
                Waiting.pause(PAUSE);
            }
        }

        private void attribute(long number) {
            int status = lab.node(node)
                    .tryHa("--wait", "20s", "attribute", node, "bench", Long.toString(number))
                    .status();
            if (status == 0) {
                acknowledged.add(number);
            } else {
                unknown.incrementAndGet();
            }
        }

        /** How often a monitor looks changes nothing about what runs. */
        private void document(String interval) {
            Shell.Ended ended = lab.node(node)
                    .tryHa(
                            "--wait",
                            "20s",
                            "apply",
                            Examples.siteWithShare(lab, interval).toString());
            Matcher applied = APPLIED.matcher(ended.output());
            if (ended.status() == 0 && applied.find()) {
                documents.add(Long.valueOf(applied.group(1)));
            } else {
                unknownDocuments.incrementAndGet();
            }
        }

        @Override
        public void close() {
            closed = true;
            join(thread);
        }
    }

    /** A client that writes block after block to the share, and reads all of them back at the end. */
    private static final class Writing implements AutoCloseable {
        private static final Duration PATIENCE = Duration.ofMinutes(2);

        private final Path report;
        private final Path output;
        private final Process client;

        Writing(Lab lab, Path clientJar) {
            report = lab.folder().resolve("client.report");
            output = lab.folder().resolve("client.out");
            try {
                Files.deleteIfExists(report);
                client = Share.client(lab, clientJar, report)
                        .redirectOutput(output.toFile())
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Share.Written end() {
            try {
                client.getOutputStream().close();
                if (!client.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the share's client did not end: " + Files.readString(output));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
            return Share.read(report);
        }

        @Override
        public void close() {
            client.destroyForcibly();
        }
    }

    /** What a daemon holds after a collection. */
    private record Holdings(
            int loaders,
            int threads,
            int descriptors,
            long heapKib,
            Map<String, Integer> kinds,
            Map<String, Integer> files) {
        static final String JCMD =
                Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
        private static final Pattern HEAP = Pattern.compile("^Total +\\d+ +(\\d+)", Pattern.MULTILINE);
        /** Threads of pools that have nothing to do end after a minute. */
        private static final int IDLE_SECONDS = 90;

        /** Once all is as it was {@code before}, or after a while: what leaked stays. */
        static Holdings settled(Node node, Holdings before) {
            Holdings now = of(node);
            for (int waited = 0; waited < IDLE_SECONDS && !now.leaks(before).isEmpty(); waited += 10) {
                Waiting.pause(Duration.ofSeconds(10));
                now = of(node);
            }
            return now;
        }

        static Holdings of(Node node) {
            String daemon = Long.toString(node.daemon());
            for (int i = 0; i < 3; i++) {
                Shell.run(JCMD, daemon, "GC.run");
                Waiting.pause(Duration.ofSeconds(1));
            }
            Map<String, Integer> kinds = new HashMap<>();
            int loaders = 0;
            for (String line : Shell.attempt(30, JCMD, daemon, "VM.classloader_stats")
                    .output()
                    .lines()
                    .toList()) {
                String[] words = line.strip().split("\\s+");
                // what reflection makes for a method that is called often has a loader of its own
                if (words.length >= 6 && words[0].startsWith("0x") && !line.contains("DelegatingClassLoader")) {
                    loaders++;
                    kinds.merge(words[words.length - 1], 1, Integer::sum);
                }
            }
            // what is alive; the heap's "used" has what was allocated since the collection in it as well
            Matcher alive = HEAP.matcher(
                    Shell.attempt(30, JCMD, daemon, "GC.class_histogram").output());
            long heap = alive.find() ? Long.parseLong(alive.group(1)) / 1024 : 0;
            return new Holdings(
                    loaders,
                    count("/proc/" + daemon + "/task"),
                    count("/proc/" + daemon + "/fd"),
                    heap,
                    kinds,
                    files(daemon));
        }

        private static Map<String, Integer> files(String process) {
            Map<String, Integer> all = new TreeMap<>();
            try (Stream<Path> links = Files.list(Path.of("/proc/" + process + "/fd"))) {
                for (Path link : links.toList()) {
                    String to = Shell.attempt(5, "readlink", link.toString())
                            .output()
                            .strip();
                    all.merge(to.replaceAll("\\[?\\d+]?", "N"), 1, Integer::sum);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return all;
        }

        private static Map<String, Integer> grown(Map<String, Integer> before, Map<String, Integer> now) {
            Map<String, Integer> more = new TreeMap<>(now);
            before.forEach((kind, count) -> more.merge(kind, -count, Integer::sum));
            more.values().removeIf(count -> count == 0);
            return more;
        }

        private static int count(String folder) {
            try (Stream<Path> files = Files.list(Path.of(folder))) {
                return (int) files.count();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Threads of pools and connections to clients come and go; what grows with each swap exceeds this at twenty. */
        List<String> leaks(Holdings before) {
            List<String> found = new ArrayList<>();
            if (loaders > before.loaders + 3) {
                found.add("class loaders grew from " + before.loaders + " to " + loaders + ": "
                        + grown(before.kinds, kinds));
            }
            if (threads > before.threads + 8) {
                found.add("threads grew from " + before.threads + " to " + threads);
            }
            if (descriptors > before.descriptors + 12) {
                found.add("descriptors grew from " + before.descriptors + " to " + descriptors + ": "
                        + grown(before.files, files));
            }
            if (heapKib > before.heapKib + 6 * 1024) {
                found.add("the heap after a collection grew from " + before.heapKib + " KiB to " + heapKib + " KiB");
            }
            return found;
        }

        @Override
        public String toString() {
            return String.format(
                    "%d loaders, %d threads, %d descriptors, %.1f MiB heap",
                    loaders, threads, descriptors, heapKib / 1024.0);
        }
    }
}
