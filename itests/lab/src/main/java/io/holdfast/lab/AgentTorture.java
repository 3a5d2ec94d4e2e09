package io.holdfast.lab;

import io.holdfast.agents.ocf.internal.OcfAgents;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.testkit.resource.Torture;
import io.holdfast.testkit.resource.Torture.Report;
import io.holdfast.testkit.resource.Torture.Trial;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tortures OCF agents on this machine, without a cluster: {@code TYPE [NAME=VALUE ...]}, or a table of agents, one a line:
 * {@code --table FILE FOLDER}, with {@code @} for the folder.
 */
public final class AgentTorture {
    private static final int UNIMPLEMENTED = 3;
    private static final Path ROOT = Path.of(System.getenv().getOrDefault("OCF_ROOT", "/usr/lib/ocf"));

    private final PrintStream out;
    private final OcfAgents agents;

    private AgentTorture(Path base, PrintStream out) {
        this.out = out;
        agents = new OcfAgents(new NodeSettings(
                "torture",
                "n1",
                "127.0.0.1",
                7800,
                List.of(),
                NodeSettings.Role.NODE,
                Duration.ofSeconds(2),
                List.of(ROOT),
                base,
                Optional.empty(),
                false,
                List.of(),
                Map.of("guard.kill", "1h"))); // what works outside its cell is tried as well
    }

    /** Runs it; its status is 1 if something was found. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path base = Files.createTempDirectory("holdfast-torture");
        AgentTorture torture = new AgentTorture(base, System.out);
        boolean good;
        try {
            good = arguments[0].equals("--table")
                    ? torture.table(Path.of(arguments[1]), arguments[2])
                    : torture.one(arguments[0], parameters(List.of(arguments).subList(1, arguments.length)));
        } finally {
            Shell.attempt(20, "rm", "-rf", base.toString());
        }
        System.exit(good ? 0 : 1);
    }

    private static Map<String, String> parameters(List<String> words) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(word + " is not NAME=VALUE");
            }
            all.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return all;
    }

    private Optional<Report> torture(String type, Map<String, String> parameters) throws InterruptedException {
        if (agents.find(type).isEmpty()) {
            return Optional.empty();
        }
        Torture torture = new Torture(() -> made(type), parameters, System::nanoTime, documentation(type));
        return Optional.of(torture.run());
    }

    private ResourceType made(String type) {
        try {
            return agents.find(type).orElseThrow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static String documentation(String type) {
        String[] parts = type.split(":");
        return "OCF Resource Agent API 1.1; man 7 ocf_" + parts[1] + "_" + parts[2];
    }

    /** What the API asks for an action that an agent does not know. */
    private static String unknownAction(String type) {
        String[] parts = type.split(":");
        Path file = ROOT.resolve(Path.of("resource.d", parts[1], parts[2]));
        int status = Shell.attempt(20, "env", "OCF_ROOT=" + ROOT, file.toString(), "frobnicate")
                .status();
        return status == UNIMPLEMENTED ? "" : "status " + status + " for an unknown action instead of " + UNIMPLEMENTED;
    }

    private boolean one(String type, Map<String, String> parameters) throws InterruptedException {
        Optional<Report> found = torture(type, parameters);
        if (found.isEmpty()) {
            out.println("There is no " + type + " on this machine.");
            return false;
        }
        Report report = found.get();
        for (Trial trial : Trial.values()) {
            String said = report.passed().contains(trial)
                    ? "good"
                    : report.skipped().containsKey(trial)
                            ? "-     " + report.skipped().get(trial)
                            : "WRONG";
            out.printf("%-12s %s%n", trial, said);
        }
        report.findings().forEach(finding -> out.println("  " + finding));
        String unknown = unknownAction(type);
        if (!unknown.isEmpty()) {
            out.println("  " + unknown);
        }
        return report.findings().isEmpty() && unknown.isEmpty();
    }

    private boolean table(Path file, String folder) throws IOException, InterruptedException {
        out.println("| agent | good | means nothing here | wrong |");
        out.println("|---|---|---|---|");
        boolean good = true;
        for (String line : Files.readAllLines(file)) {
            String text = line.strip().replace("@", folder);
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            List<String> words = List.of(text.split("\\s+"));
            Optional<Report> found;
            try {
                found = torture(words.get(0), parameters(words.subList(1, words.size())));
            } catch (IllegalArgumentException e) {
                out.println("| `" + words.get(0) + "` | | | " + e.getMessage() + " |");
                continue;
            }
            good &= found.isPresent() && found.get().findings().isEmpty();
            out.println(
                    found.map(report -> row(words.get(0), report)).orElse("| " + words.get(0) + " | not there | | |"));
        }
        return good;
    }

    private static String row(String type, Report report) {
        List<String> wrong = new ArrayList<>();
        report.findings()
                .forEach(finding -> wrong.add(finding.trial() + ": "
                        + finding.what()
                                .replace("|", "/")
                                .replaceAll("\\s+", " ")
                                .replaceAll("pid \\d+", "pid N")));
        String unknown = unknownAction(type);
        if (!unknown.isEmpty()) {
            wrong.add(unknown);
        }
        return "| `" + type + "` | " + report.passed().size() + " | "
                + report.skipped().size() + " | " + String.join("<br>", wrong) + " |";
    }
}
