package io.holdfast.lab;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The observer outside the nodes: runs a {@link Probe} on the client's machine and judges what it saw. */
public final class Watcher implements AutoCloseable {
    private static final String SERVICE = "service";

    private record Span(String node, long from, long to) {}

    /** A time in which the service did not answer, in milliseconds of the machine's clock. */
    private record Outage(long from, long to) {
        long length() {
            return to - from;
        }
    }

    private final Process process;
    private final Thread reader;
    private final List<String> breaches = new ArrayList<>();
    private final List<Outage> outages = new ArrayList<>();
    private final Map<String, Long> upSince = new TreeMap<>();
    private final Map<String, String> answers = new LinkedHashMap<>();
    private final List<Span> nodeSpans = new ArrayList<>();
    private boolean serviceDown;
    private int holders;

    /**
     * Watches who has the service address, and {@code port} of it and of each node's own address to see who really runs the
     * service; with {@code port} 0 only that.
     */
    public Watcher(Lab lab, int port) {
        List<String> argv = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                Probe.class.getName(),
                lab.ground().ownership()));
        if (port > 0) {
            argv.add(SERVICE + "=" + lab.ground().serviceAddress() + ":" + port);
            lab.nodes().forEach(node -> argv.add(node.name() + "=" + node.address() + ":" + port));
        }
        try {
            process = lab.onClient(argv)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader = new Thread(this::read, "lab-watcher");
        reader.setDaemon(true);
        reader.start();
    }

    /** {@return the class path of this program with absolute paths} */
    static String classPath() {
        List<String> parts = new ArrayList<>();
        for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
            parts.add(Path.of(part).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, parts);
    }

    private void read() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                take(line.split(" ", 4));
            }
        } catch (IOException e) {
            synchronized (this) {
                breaches.add("the probe broke off: " + e);
            }
        }
    }

    private synchronized void take(String[] words) {
        switch (words[0]) {
            case "up" -> up(words[1], Long.parseLong(words[2]), words[3]);
            case "gap" -> gap(words[1], Long.parseLong(words[2]), Long.parseLong(words[3]));
            case "down" -> down(words[1], Long.parseLong(words[2]));
            case "twice" -> breaches.add(String.join(" ", words));
            case "mac", "has" -> holders++;
            default -> {
                // a remark for people
            }
        }
    }

    private void up(String target, long time, String answer) {
        answers.put(target, answer);
        if (target.equals(SERVICE)) {
            serviceDown = false;
            return;
        }
        if (upSince.putIfAbsent(target, time) == null) {
            upSince.keySet().stream()
                    .filter(other -> !other.equals(target))
                    .forEach(other -> nodeSpans.add(new Span(other + "+" + target, time, time)));
        }
    }

    private void gap(String target, long from, long to) {
        if (target.equals(SERVICE)) {
            outages.add(new Outage(from, to));
        }
    }

    private void down(String target, long lastAnswer) {
        if (target.equals(SERVICE)) {
            serviceDown = true;
            return;
        }
        upSince.remove(target);
        // A node's end is told 100 ms late: what began after its last answer did not overlap.
        nodeSpans.removeIf(span ->
                span.from() > lastAnswer && List.of(span.node().split("\\+")).contains(target));
    }

    /** {@return whether the service answers now} */
    public synchronized boolean answering() {
        return answers.containsKey(SERVICE) && !serviceDown;
    }

    /** {@return how often it saw the service address come to somebody: an observer that never did has observed nothing} */
    public synchronized int holders() {
        return holders;
    }

    /** {@return what the service answered last: {@code NODE TOKEN}} */
    public synchronized Optional<String> lastAnswer() {
        return Optional.ofNullable(answers.get(SERVICE));
    }

    /** {@return the longest time without an answer, of those that ended after {@code since}, in milliseconds; 0 if none exceeds 25 ms} */
    public synchronized long longestOutageSince(long since) {
        return outages.stream()
                .filter(outage -> outage.to() >= since)
                .mapToLong(Outage::length)
                .max()
                .orElse(0);
    }

    /** Waits until the service answers, and from {@code node} if that is not empty. */
    public void await(String node, Duration limit) {
        Waiting.until(
                "the service answers" + (node.isEmpty() ? "" : " from " + node),
                limit,
                () -> answering() && lastAnswer().orElse("").startsWith(node),
                () -> "last answer: " + lastAnswer());
    }

    /** {@return each time when two nodes answered at once; call it after {@link #close}, or 200 ms after the last change} */
    public synchronized List<String> breaches() {
        List<String> all = new ArrayList<>(breaches);
        nodeSpans.forEach(span -> all.add(span.node() + " both served at " + span.from() + " ms"));
        return all;
    }

    /** Ends the probe and waits for its last words. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            reader.join(Duration.ofSeconds(5).toMillis());
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
