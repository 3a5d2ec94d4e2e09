package io.holdfast.lab.torture;

import io.holdfast.lab.Lab;
import io.holdfast.lab.Share;
import io.holdfast.lab.Shell;
import io.holdfast.lab.Watcher;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Real faults on real nodes, drawn from a seed, and a judge who reads afterwards what the resources themselves said. The last line is
 * {@code faults=N longest_outage_ms=N violations=N}; exit status 1 if there was a violation.
 */
public final class Torture {
    private static final Duration BEGIN = Duration.ofMinutes(2);
    /** Where a sabotaged class is compiled from: {@code ./holdfast} runs in the source tree. */
    private static final Path SOURCES = Path.of("bundles");

    private static final Duration CLIENT_LIMIT = Duration.ofMinutes(10);

    private final Options options;
    private final PrintStream out = System.out;

    /**
     * What to do.
     *
     * @param parts installation, bundle of the share, its client, bundle of the beacon
     * @param report folder for the history, and for the logs of the nodes if there was a violation
     */
    public record Options(
            List<Path> parts, Duration span, long seed, String layout, Duration lease, Path report, Extra extra) {}

    /**
     * What is not usual.
     *
     * @param only words of the faults that are drawn, with commas between; all if empty, none if {@code nothing}
     * @param load number of processes that keep the machine's processors and disk busy all the time
     * @param sabotage a rule of the product that is broken, to see the judge find it; none if empty
     */
    public record Extra(String only, int load, String sabotage) {
        /** All faults, on a machine that has nothing else to do. */
        public static final Extra NOTHING = new Extra("", 0, "");
    }

    /** What came of it. */
    public record Result(int faults, long longestOutageMs, List<String> violations) {}

    private Torture(Options options) {
        this.options = options;
    }

    /** Runs it: {@code INSTALLATION SHARE_BUNDLE CLIENT_JAR BEACON_BUNDLE REPORT --minutes N --seed S} and what is not necessary. */
    public static void main(String[] arguments) throws IOException {
        Map<String, String> words = new HashMap<>();
        Iterator<String> rest = List.of(arguments).subList(5, arguments.length).iterator();
        while (rest.hasNext()) {
            words.put(rest.next(), rest.hasNext() ? rest.next() : "");
        }
        Options options;
        try {
            options = new Options(
                    List.of(arguments).subList(0, 4).stream().map(Path::of).toList(),
                    Duration.ofSeconds((long) (60 * Double.parseDouble(words.getOrDefault("--minutes", "")))),
                    Long.parseLong(words.getOrDefault("--seed", "")),
                    words.getOrDefault("--layout", "3"),
                    Duration.ofMillis(Long.parseLong(words.getOrDefault("--lease", "1000"))),
                    Path.of(arguments[4]),
                    new Extra(
                            words.getOrDefault("--only", ""),
                            Integer.parseInt(words.getOrDefault("--load", "0")),
                            words.getOrDefault("--sabotage", "")));
            if (!options.extra.sabotage.isEmpty()) {
                Sabotage.of(options.extra.sabotage);
            }
            Layout.of(options.layout);
        } catch (IllegalArgumentException e) {
            System.err.println(
                    "usage: --minutes N --seed S [--layout 3|5|2w] [--lease MS] [--only WORDS,WORDS] [--load N] [--sabotage RULE]: "
                            + e.getMessage());
            System.exit(2);
            return;
        }
        System.exit(run(options).violations().isEmpty() ? 0 : 1);
    }

    /** Runs it and prints what it does. */
    public static Result run(Options options) throws IOException {
        return new Torture(options).run();
    }

    private Result run() throws IOException {
        String name = options.layout + "-" + options.seed;
        Path folder = Files.createTempDirectory("holdfast-torture");
        Path report = options.report.resolve(name + ".history").toAbsolutePath();
        Layout layout = Layout.of(options.layout);
        boolean whole;
        try (History history = new History(report);
                Arena arena = arena(layout, folder, history);
                Stalls stalls = new Stalls(arena)) {
            out.printf(
                    "torture: layout %s, seed %d, lease %d ms, history %s%n",
                    options.layout, options.seed, options.lease.toMillis(), report);
            history.write("begin", options.layout, options.lease.toMillis());
            stalls.start();
            try {
                arena.begin(BEGIN);
                history.write("calm");
                try (Load load = new Load(arena, options.extra.load);
                        Schedule schedule = new Schedule(
                                arena,
                                new Random(options.seed),
                                options.lease,
                                only(),
                                !options.extra.sabotage.isEmpty())) {
                    load.start();
                    whole = torture(arena, schedule);
                }
                if (!whole) {
                    out.println(arena.told());
                    arena.dumpThreads();
                }
            } finally {
                arena.lab().saveLogs(options.report.resolve(name + ".logs").toAbsolutePath());
            }
        }
        return judge(layout, report);
    }

    private String only() {
        return options.extra.only.isEmpty() && !options.extra.sabotage.isEmpty()
                ? Sabotage.of(options.extra.sabotage).focus()
                : options.extra.only;
    }

    private Path installation(Path folder) throws IOException {
        return options.extra.sabotage.isEmpty()
                ? options.parts.get(0)
                : Sabotage.of(options.extra.sabotage).breakCopy(SOURCES, options.parts.get(0), folder);
    }

    private Arena arena(Layout layout, Path folder, History history) throws IOException {
        try {
            Arena.Parts parts = new Arena.Parts(installation(folder), options.parts.get(1), options.parts.get(3));
            Arena arena = new Arena(layout, parts, folder, options.lease, history);
            arena.lab().afterwards(() -> Shell.attempt(60, "rm", "-rf", "--one-file-system", folder.toString()));
            return arena;
        } catch (RuntimeException | IOException e) {
            Shell.attempt(60, "rm", "-rf", "--one-file-system", folder.toString());
            throw e;
        }
    }

    private boolean torture(Arena arena, Schedule schedule) throws IOException {
        Path written = arena.lab().folder().resolve("client.report");
        Process client = client(arena.lab(), written);
        boolean well;
        try (Watcher watcher = new Watcher(arena.lab(), 0)) {
            try (Changes changes = new Changes(arena, new Random(options.seed + 1));
                    Onlooker onlooker = new Onlooker(arena, new Random(options.seed + 2))) {
                changes.start();
                onlooker.start();
                well = schedule.run(options.span);
            }
            watcher.breaches().forEach(breach -> arena.history().write("twice", breach));
        }
        if (well) {
            arena.changes().forEach((key, value) -> arena.history().write("found", key, value));
            arena.readEvents();
            finish(client, written, arena.history());
        }
        client.destroyForcibly();
        arena.history().write("end");
        return well;
    }

    private Process client(Lab lab, Path report) throws IOException {
        return Share.client(lab, options.parts.get(2), report, List.of("--pause-ms", "20"))
                .redirectOutput(lab.folder().resolve("client.out").toFile())
                .start();
    }

    private static void finish(Process client, Path report, History history) throws IOException {
        client.getOutputStream().close();
        try {
            if (!client.waitFor(CLIENT_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                history.write("lost", "the client of the share does not end");
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        Share.Written written = Share.read(report);
        history.write("smb", written.acknowledged(), written.lost());
    }

    private Result judge(Layout layout, Path history) throws IOException {
        Judge judge = new Judge(layout, Schedule.BOUND, history);
        StringBuilder text = new StringBuilder();
        judge.outages()
                .forEach((resource, ms) -> text.append(String.format("longest outage of %-8s %6d ms%n", resource, ms)));
        List<Long> recoveries = judge.recoveries().stream().sorted().toList();
        if (!recoveries.isEmpty()) {
            text.append(String.format(
                    "all well again after the last fault of an episode: min %d ms, median %d ms, max %d ms (%d episodes)%n",
                    recoveries.get(0),
                    recoveries.get(recoveries.size() / 2),
                    recoveries.get(recoveries.size() - 1),
                    recoveries.size()));
        }
        text.append(String.format(
                "the machine itself stood still for at most %d ms; a node waited for a processor for at most %d ms in a lease's time%n",
                judge.longestStall(), judge.mostStarved()));
        judge.violations().forEach(violation -> {
            text.append(String.format("VIOLATION at %d: %s%n", violation.at(), violation.text()));
            violation.excerpt().forEach(line -> text.append("    ").append(line).append('\n'));
        });
        if (judge.excused() > 0) {
            text.append(String.format(
                    "%d interruptions had no other cause than that the machine itself stood still%n", judge.excused()));
        }
        if (judge.voided() > 0) {
            text.append(
                    String.format("%d faults did not come about: others had taken what they need%n", judge.voided()));
        }
        long longest = judge.outages().values().stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
        text.append(String.format(
                "faults=%d longest_outage_ms=%d violations=%d%n",
                judge.faults(), longest, judge.violations().size()));
        out.print(text);
        Files.writeString(Path.of(history + ".report"), text);
        return new Result(
                judge.faults(),
                longest,
                judge.violations().stream().map(Judge.Violation::text).toList());
    }
}
