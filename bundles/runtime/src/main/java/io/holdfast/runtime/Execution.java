package io.holdfast.runtime;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.cells.Cells.Part;
import io.holdfast.guard.cells.ReleaseRun;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One command in one part of a cell. */
final class Execution {
    /** Between two looks at the outputs; a command that writes a lot is not slowed down below some MB a second. */
    private static final long LONGEST_PAUSE_MS = 20;
    /** For the last lines of a command whose output a background process still holds open. */
    private static final long GRACE_MS = 20;

    private static final boolean SETSID =
            List.of("/usr/bin/setsid", "/bin/setsid").stream().anyMatch(file -> Files.isExecutable(Path.of(file)));

    private final SystemContainment all;
    private final Cells cells;
    private final String instance;
    private final Part part;
    private final Command command;
    private final Optional<String> registered;

    /** @param registered the release commands that must be there still when it begins, see {@code ReleaseFiles.mark} */
    Execution(SystemContainment all, String instance, Part part, Command command, Optional<String> registered) {
        this.all = all;
        this.cells = all.cells;
        this.instance = instance;
        this.part = part;
        this.command = command;
        this.registered = registered;
    }

    CommandResult run(Duration limit) throws ResourceException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        Process process = launch(builder());
        boolean ended = false;
        try {
            BoundedOutput output = new BoundedOutput(process.getInputStream());
            BoundedOutput errors = new BoundedOutput(process.getErrorStream());
            ended = follow(process, output, errors, end);
            if (!ended) {
                throw new ResourceException(name() + " did not end within " + limit.toMillis() + " ms; it was killed"
                        + errors.tail().map(line -> "; its last words: " + line).orElse(""));
            }
            last(output, errors, process.exitValue() != 0);
            return result(process.exitValue(), output.text(), errors.text());
        } catch (IOException e) {
            throw new ResourceException(name() + ": its output could not be read: " + e.getMessage(), e);
        } finally {
            if (!ended) {
                kill(process);
            }
        }
    }

    private static boolean follow(Process process, BoundedOutput output, BoundedOutput errors, long end)
            throws IOException, InterruptedException {
        long pause = 1;
        while (true) {
            boolean moved = output.drain();
            moved |= errors.drain();
            pause = moved ? 1 : Math.min(2 * pause, LONGEST_PAUSE_MS);
            long left = (end - System.nanoTime()) / 1_000_000;
            if (process.waitFor(Math.max(0, Math.min(pause, left)), TimeUnit.MILLISECONDS)) {
                return true;
            }
            if (left <= 0) {
                return false;
            }
        }
    }

    /**
     * Reads to the end when nobody is left who could write. Otherwise what the command itself wrote is there already; if it failed, it is
     * waited a moment for what those say that it left behind.
     */
    private void last(BoundedOutput output, BoundedOutput errors, boolean failed)
            throws IOException, InterruptedException {
        if (part == Part.OP) {
            for (int look = 0; !cells.processes(instance, part).isEmpty() && look < 200; look++) {
                cells.kill(instance, part);
                Thread.sleep(Math.min(look, 10));
            }
        }
        if (cells.contained() && cells.processes(instance, part).isEmpty()) {
            output.finish();
            errors.finish();
            return;
        }
        output.drain();
        errors.drain();
        long end = System.nanoTime() + GRACE_MS * 1_000_000;
        while (failed && System.nanoTime() - end < 0) {
            Thread.sleep(2);
            output.drain();
            errors.drain();
        }
    }

    private CommandResult result(int status, String output, String errors) throws ResourceException {
        if (status == Cells.REFUSED && errors.contains(Cells.REFUSAL)) {
            throw new ResourceException(name() + " was not started: " + Cells.CLOSED);
        }
        return new CommandResult(status, output, errors);
    }

    long spawn() throws ResourceException {
        try {
            File file = all.logs.file(instance).toFile();
            Process process = launch(builder()
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(file))
                    .redirectError(ProcessBuilder.Redirect.appendTo(file)));
            entered(process);
            return process.pid();
        } catch (IOException e) {
            throw new ResourceException(
                    name() + " was not started: its log in " + all.base + "/log/resources cannot be written: "
                            + e.getMessage(),
                    e);
        }
    }

    /** Waits until the process is in its cell, a few milliseconds; it has become the command then, or is about to. */
    private void entered(Process process) throws ResourceException, IOException {
        long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
        try {
            while (process.isAlive() && System.nanoTime() - end < 0) {
                if (cells.processes(instance, part).contains(process.pid())) {
                    return;
                }
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            kill(process);
            Thread.currentThread().interrupt();
            throw new ResourceException(name() + " was being started when its time was over; it was killed", e);
        }
        if (!process.isAlive() && process.exitValue() == Cells.REFUSED && !cells.gateOpen()) {
            throw new ResourceException(name() + " was not started: " + Cells.CLOSED);
        }
    }

    private ProcessBuilder builder() throws ResourceException {
        program();
        List<String> line = new ArrayList<>();
        if (SETSID) {
            line.add("setsid"); // a session of its own: no signal from a terminal reaches it
        }
        line.addAll(cells.launcher(instance, part));
        line.addAll(command.argv());
        ProcessBuilder builder = new ProcessBuilder(line).directory(new File("/"));
        ReleaseRun.environment(builder.environment(), command.environment());
        builder.environment().putAll(cells.environment(instance, part));
        return builder;
    }

    private Process launch(ProcessBuilder builder) throws ResourceException {
        Path input = null;
        try {
            cells.prepare(instance, part);
            checkStillWanted();
            if (command.input().isEmpty()) {
                builder.redirectInput(new File("/dev/null"));
            } else {
                // a file and no pipe: nobody has to wait for a command that does not read
                input = Files.createTempFile(
                        all.base.resolve("run"),
                        "input",
                        "",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(input, command.input());
                builder.redirectInput(input.toFile());
            }
            return builder.start();
        } catch (IOException e) {
            throw new ResourceException(name() + " was not started: " + e.getMessage(), e);
        } finally {
            delete(input);
        }
    }

    /**
     * Whoever stopped the instance meanwhile removed its cell, which {@code prepare} then made anew. So this comes after it: from here on a
     * stop removes the cell again, and the launcher finds none.
     */
    private void checkStillWanted() throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new IOException("its time was over before it began");
        }
        if (registered.isPresent() && !all.releases.mark(instance).equals(registered)) {
            throw new IOException("it was stopped meanwhile, and its release commands are gone");
        }
    }

    private static void delete(@Nullable Path file) throws ResourceException {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new ResourceException("the input file " + file + " cannot be removed: " + e.getMessage(), e);
        }
    }

    private void program() throws ResourceException {
        String program = command.argv().get(0);
        boolean there = program.contains("/")
                ? executable(Path.of(program))
                : List.of(command.environment()
                                .getOrDefault("PATH", ReleaseRun.PATH)
                                .split(":"))
                        .stream()
                        .anyMatch(folder -> executable(Path.of(folder, program)));
        if (!there) {
            throw new ResourceException(
                    name() + " cannot be started: there is no program " + program + " here; install it", true);
        }
    }

    private static boolean executable(Path file) {
        return Files.isExecutable(file) && !Files.isDirectory(file);
    }

    private void kill(Process process) {
        try {
            cells.kill(instance, part);
        } catch (IOException e) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
        }
        process.destroyForcibly(); // it may not have entered the cell yet
    }

    private String name() {
        return instance + ": "
                + String.join(
                        " ",
                        command.argv().subList(0, Math.min(3, command.argv().size())));
    }

    /** The first 256 KiB of a stream; the rest is read and thrown away, so that a flood neither blocks its writer nor fills memory. */
    private static final class BoundedOutput {
        private static final int LIMIT = 256 << 10;
        private final InputStream stream;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final byte[] buffer = new byte[16 << 10];

        BoundedOutput(InputStream stream) {
            this.stream = stream;
        }

        boolean drain() throws IOException {
            boolean moved = false;
            // at most 1 MB in a row: the other output and the time limit come in between
            for (int i = 0; i < 64 && stream.available() > 0; i++) {
                int length = stream.read(buffer, 0, Math.min(buffer.length, stream.available()));
                if (length <= 0) {
                    return moved;
                }
                keep(length);
                moved = true;
            }
            return moved;
        }

        void finish() throws IOException {
            for (int length = stream.read(buffer); length > 0; length = stream.read(buffer)) {
                keep(length);
            }
        }

        private void keep(int length) {
            kept.write(buffer, 0, Math.min(length, LIMIT - kept.size()));
        }

        String text() {
            return kept.toString(StandardCharsets.UTF_8);
        }

        Optional<String> tail() {
            List<String> lines = text().strip().lines().toList();
            return lines.isEmpty() ? Optional.empty() : Optional.of(lines.get(lines.size() - 1));
        }
    }
}
