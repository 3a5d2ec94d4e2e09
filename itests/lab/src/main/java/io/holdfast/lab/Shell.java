package io.holdfast.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands of the machine, each with a time limit. */
public final class Shell {
    /** How a command ended. */
    public record Ended(int status, String output) {}

    private Shell() {}

    /** Runs a command and returns its output; one that fails is an error. */
    public static String run(String... argv) {
        Ended ended = attempt(30, argv);
        if (ended.status != 0) {
            throw new IllegalStateException(
                    String.join(" ", argv) + " ended with status " + ended.status + ": " + ended.output.strip());
        }
        return ended.output;
    }

    /** Sends a signal to processes; who has ended meanwhile is passed over. */
    static void signal(String signal, List<Long> processes) {
        List<String> argv = new ArrayList<>(List.of("kill", "-" + signal));
        processes.forEach(pid -> argv.add(pid.toString()));
        if (argv.size() > 2) {
            attempt(10, argv.toArray(String[]::new));
        }
    }

    /** Runs a command and returns how it ended; {@code seconds} is the longest it may take. */
    public static Ended attempt(int seconds, String... argv) {
        try {
            Path output = Files.createTempFile("holdfast-lab", ".out");
            try {
                Process process = new ProcessBuilder(List.of(argv))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .start();
                if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    return new Ended(124, "no end within " + seconds + " s: " + Files.readString(output));
                }
                return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + String.join(" ", argv), e);
        }
    }
}
