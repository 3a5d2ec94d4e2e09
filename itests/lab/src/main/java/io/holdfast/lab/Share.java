package io.holdfast.lab;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/** The CIFS share of the lab, and the client that writes to it. */
public final class Share {
    /** The resource's name. */
    public static final String RESOURCE = "files";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration WRITING = Duration.ofSeconds(4);

    private final Lab lab;
    private final Path bundle;
    private final Path clientJar;

    /** What a client wrote. */
    public record Written(long acknowledged, long lost, long longestGapMs) {}

    /** Drops the share's bundle into running nodes, applies a document with one share, and waits until it is active. */
    public Share(Lab lab, Path bundle, Path clientJar) {
        this.lab = lab;
        this.bundle = bundle;
        this.clientJar = clientJar;
        offer();
        lab.powered().get(0).ha("apply", Examples.share(lab).toString());
        lab.holder(RESOURCE);
    }

    private void offer() {
        offer(lab, bundle);
    }

    /** Drops the share's bundle into running nodes. */
    static void offer(Lab lab, Path bundle) {
        lab.nodes().forEach(node -> node.deploy(bundle));
        Waiting.until(
                "all nodes offer the type cifs",
                PATIENCE,
                () -> lab.nodes().stream().allMatch(Share::offersShares),
                () -> lab.powered().get(0).ha("--json", "status"));
    }

    static boolean offersShares(Node node) {
        return node.status().stream()
                .flatMap(status -> StreamSupport.stream(status.path("nodes").spliterator(), false))
                .filter(one -> one.path("name").asText().equals(node.name()))
                .anyMatch(one -> List.of(
                                one.path("attributes").path("types").asText().split(" "))
                        .contains("cifs"));
    }

    /** A client on the client's machine; it writes until its input ends, then verifies and leaves its report in {@code report}. */
    static ProcessBuilder client(Lab lab, Path clientJar, Path report) {
        return client(lab, clientJar, report, List.of());
    }

    /** The same with more options. */
    public static ProcessBuilder client(Lab lab, Path clientJar, Path report, List<String> options) {
        List<String> argv = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                clientJar.toAbsolutePath().toString(),
                "--host",
                lab.ground().serviceAddress(),
                "--port",
                Integer.toString(lab.ground().sharePort()),
                "--share",
                "data",
                "--report",
                report.toString()));
        argv.addAll(options);
        return lab.onClient(argv).redirectErrorStream(true);
    }

    /** Reads a client's report. */
    public static Written read(Path report) {
        Properties values = new Properties();
        try {
            values.load(new StringReader(Files.readString(report)));
        } catch (IOException e) {
            throw new UncheckedIOException("the client left no report", e);
        }
        return new Written(
                Long.parseLong(values.getProperty("blocks")),
                Long.parseLong(values.getProperty("lost_writes")),
                Long.parseLong(values.getProperty("longest_gap_ms")));
    }

    /** Lets a client write, does {@code fault} in the middle, lets it go on, and reads everything back. */
    public Written writeWhile(Runnable fault) {
        Path report = lab.folder().resolve("client.report");
        try {
            Files.deleteIfExists(report);
            Process client = client(lab, clientJar, report)
                    .redirectOutput(lab.folder().resolve("client.out").toFile())
                    .start();
            try {
                Waiting.pause(WRITING);
                fault.run();
                Waiting.pause(WRITING.plus(lab.lease().multipliedBy(2)));
                client.getOutputStream().close();
                if (!client.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the client did not end: "
                            + Files.readString(lab.folder().resolve("client.out")));
                }
            } finally {
                client.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a client writes", e);
        }
        return read(report);
    }
}
