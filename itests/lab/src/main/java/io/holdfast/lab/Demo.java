package io.holdfast.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The main job, shown: three nodes keep a CIFS share alive when the active one dies, while a client writes. Prints what it does with
 * times and ends with {@code outage_ms=N lost_writes=N dual_active=N}.
 */
public final class Demo {
    /** A busy machine's hiccups are not what is shown here; the report counts them. */
    private static final Pattern SMALL_GAP = Pattern.compile("gap of [0-9]{3} ms");

    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration WRITING = Duration.ofSeconds(6);

    private final Path installation;
    private final Path shareBundle;
    private final Path clientJar;
    private final boolean once;
    private final boolean loopback;
    private final PrintStream out = System.out;
    private final long began = System.nanoTime();

    private Demo(Path installation, Path shareBundle, Path clientJar, boolean once, boolean loopback) {
        this.installation = installation;
        this.shareBundle = shareBundle;
        this.clientJar = clientJar;
        this.once = once;
        this.loopback = loopback;
    }

    /** Runs it: {@code INSTALLATION SHARE_BUNDLE CLIENT_JAR [--loopback] [--once]}. Ends with status 0 if no write was lost and never two nodes were active. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Demo demo = new Demo(
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                Path.of(arguments[2]),
                List.of(arguments).contains("--once"),
                List.of(arguments).contains("--loopback"));
        System.exit(demo.run() ? 0 : 1);
    }

    private void say(String sentence, Object... values) {
        String text = values.length == 0 ? sentence : String.format(Locale.ROOT, sentence, values);
        out.printf(Locale.ROOT, "%6.1f s  %s%n", (System.nanoTime() - began) / 1e9, text);
    }

    private void quote(String text) {
        text.lines().forEach(line -> out.println("            | " + line));
    }

    private boolean run() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("holdfast-demo");
        try (Lab lab = new Lab(installation, folder, LEASE, List.of("n1", "n2", "n3"), loopback)) {
            return show(lab);
        } finally {
            Shell.attempt(20, "rm", "-rf", folder.toString());
        }
    }

    private boolean show(Lab lab) throws IOException, InterruptedException {
        say(
                "Three nodes are starting, %s: %s.",
                lab.ground().describe(),
                lab.nodes().stream()
                        .map(node -> node.name() + " " + node.address())
                        .collect(Collectors.joining(", ")));
        if (loopback) {
            say(
                    "Their containment is weak: without cgroups of their own a guard finds what it has to stop by a mark in the environment,");
            say(
                    "and a process that sheds it would escape, so nothing here proves a stop as it would for root. smbd sheds nothing.");
        }
        lab.startAll();
        say("They form a cluster; its lease is %d ms.", LEASE.toMillis());
        say("The bundle that knows CIFS shares is dropped into the deploy folder of each node, while they run.");
        lab.nodes().forEach(node -> node.deploy(shareBundle));
        Waiting.until(
                "all nodes offer the type cifs",
                PATIENCE,
                () -> lab.nodes().stream().allMatch(Share::offersShares),
                () -> lab.node("n3").ha("--json", "status"));
        say(
                "Now a CIFS share 'data' on the service address %s. The cluster document:",
                lab.ground().serviceAddress());
        Path document = Examples.share(lab);
        quote(Files.readString(document));
        Node any = lab.node("n3");
        any.ha("apply", document.toString());
        Waiting.until(
                "the share is active", PATIENCE, () -> !any.activeOn("files").isEmpty(), () -> any.ha("status"));
        Node active = lab.node(any.activeOn("files"));
        say("The share is active on %s:", active.name());
        quote(any.ha("status"));

        Path report = lab.folder().resolve("client.json");
        Watcher watcher = new Watcher(lab, 0);
        try (watcher) {
            Process client = Share.client(lab, clientJar, report).start();
            Thread voice = new Thread(() -> repeat(client), "demo-client");
            voice.start();
            say("An SMB client outside the nodes writes numbered, checksummed blocks, each with a flush.");
            Waiting.pause(WRITING);
            Node survivor = lab.powered().stream()
                    .filter(node -> node != active)
                    .findFirst()
                    .orElseThrow();
            long revision = survivor.status()
                    .map(status -> status.path("revision").asLong())
                    .orElse(0L);
            say(
                    "Now %s dies whole: its %sdaemon, guard and smbd are killed with SIGKILL.",
                    active.name(), loopback ? "" : "network, ");
            active.powerOff();
            String heir = heir(survivor, active);
            say("%s took over. What the cluster says, and why it was safe:", heir);
            quote(survivor.ha("events", "--since", Long.toString(revision)));
            quote(survivor.ha("explain", "files"));
            Waiting.pause(WRITING);
            say("The client stops writing and reads everything back.");
            client.getOutputStream().close();
            if (!client.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                client.destroyForcibly();
            }
            voice.join(5000);
            say("%s comes back:", active.name());
            lab.powerOn(active.name());
            lab.settle();
            quote(survivor.ha("status"));
            if (!once) {
                stay(survivor);
            }
        }
        return judge(report, watcher);
    }

    private static String heir(Node survivor, Node dead) {
        String[] heir = {""};
        Waiting.until(
                "another node takes over",
                PATIENCE,
                () -> {
                    heir[0] = survivor.activeOn(Share.RESOURCE);
                    return !heir[0].isEmpty() && !heir[0].equals(dead.name());
                },
                () -> survivor.ha("status"));
        return heir[0];
    }

    private void repeat(Process client) {
        try (BufferedReader in = client.inputReader(StandardCharsets.UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!SMALL_GAP.matcher(line).find()) {
                    say("client: %s", line.strip());
                }
            }
        } catch (IOException e) {
            say("client: %s", e);
        }
    }

    private void stay(Node node) throws IOException {
        say("The cluster goes on running. Look at it from another terminal, for example:");
        quote(installation.resolve("bin/ha") + " --base " + node.base() + " status");
        say("Press Ctrl-C or Enter to end it; everything is then removed.");
        if (System.in.read() < 0) {
            Waiting.until("somebody ends the demo", Duration.ofDays(365), () -> false, () -> "a year is over");
        }
    }

    private boolean judge(Path report, Watcher watcher) throws IOException {
        if (!Files.exists(report)) {
            say("The client left no report, so nothing is known of its writes.");
            return false;
        }
        Share.Written written = Share.read(report);
        watcher.breaches().forEach(breach -> say("TWO ACTIVE: %s", breach));
        if (watcher.holders() < 2) {
            say(
                    "The observer saw the service address at %d nodes, so it cannot tell that it was never at two at once.",
                    watcher.holders());
            return false;
        }
        say("%d blocks were acknowledged, %d of them lost.", written.acknowledged(), written.lost());
        out.printf(
                "outage_ms=%d lost_writes=%d dual_active=%d%n",
                written.longestGapMs(), written.lost(), watcher.breaches().size());
        return written.lost() == 0
                && written.acknowledged() > 0
                && watcher.breaches().isEmpty();
    }
}
