package io.holdfast.guard.cells;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs the release commands of one instance until each of them ended with status 0. */
public final class ReleaseRun {
    /** Where programs are looked for. */
    public static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final String instance;
    private final List<ReleaseCommand> pending;
    private final boolean slow;
    private final Consumer<String> log;
    private String told = "";

    /** A run of {@code commands}; what fails is told to {@code log}, in sentences, once for each new reason. */
    public ReleaseRun(String instance, List<ReleaseCommand> commands, Consumer<String> log) {
        this.instance = instance;
        this.pending = new ArrayList<>(commands);
        this.slow = commands.stream().anyMatch(ReleaseCommand::slow);
        this.log = log;
    }

    /** {@return whether each has succeeded} */
    public boolean done() {
        return pending.isEmpty();
    }

    /** {@return whether a pass may take much longer than usual, so that nothing else should wait for it} */
    public boolean slow() {
        return slow;
    }

    /** Tries each that has not succeeded yet, in order, once; {@return whether each has succeeded now} Blocks. */
    public boolean pass() throws InterruptedException {
        for (ReleaseCommand command : List.copyOf(pending)) {
            String problem = run(command);
            if (problem.isEmpty()) {
                pending.remove(command);
            } else if (!problem.equals(told)) {
                told = problem;
                log.accept("Release command of " + instance + " failed and is tried again: "
                        + String.join(" ", command.argv()) + ": " + problem);
            }
        }
        return done();
    }

    private static String run(ReleaseCommand command) throws InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command.argv()).directory(new File("/")).redirectErrorStream(true);
        environment(builder.environment(), command.environment());
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
        try {
            try (OutputStream input = process.getOutputStream()) {
                input.write(command.input().getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // it reads no input, or ended already: its status says how it went
            }
            long limit = command.limitMillis();
            if (!process.waitFor(limit, TimeUnit.MILLISECONDS)) {
                return "it did not end within " + limit + " ms";
            }
            return process.exitValue() == 0 ? "" : "status " + process.exitValue() + tail(process.getInputStream());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static String tail(InputStream output) {
        try {
            byte[] text = output.readNBytes(Math.min(output.available(), 400));
            return text.length == 0
                    ? ""
                    : ": " + new String(text, StandardCharsets.UTF_8).strip().replace('\n', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    /** Replaces the environment by PATH, LANG and {@code own}. */
    public static void environment(Map<String, String> environment, Map<String, String> own) {
        environment.clear();
        environment.put("PATH", PATH);
        environment.put("LANG", "C.UTF-8");
        environment.putAll(own);
    }
}
