package io.holdfast.fencing.internal;

import io.holdfast.api.fencing.FenceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Runs a command with a time limit and bounded output, and leaves no process behind. Blocks its thread, starts none. */
final class BoundedProcess {
    /** The beginning of what it says; a program that floods is read on and forgotten. */
    private static final int KEPT = 256 * 1024;

    private static final long LOOK_MILLIS = 10;
    private final LongSupplier nanos;

    BoundedProcess(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** How a command ended; the status is -1 if its time was over. */
    record Ended(int status, String output, String errors) {
        /** {@return status and the last thing it said, to be put behind a sentence} */
        String explained() {
            String said = (errors.isBlank() ? output : errors).strip();
            String last = said.isEmpty() ? "" : said.substring(said.lastIndexOf('\n') + 1);
            return (status < 0 ? ": its time was over" : " with status " + status)
                    + (last.isEmpty() ? "" : ": " + last);
        }
    }

    Ended run(List<String> command, String input, Duration limit) throws FenceException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw new FenceException(command.get(0) + " cannot be started: " + e.getMessage());
        }
        StringBuilder output = new StringBuilder();
        StringBuilder errors = new StringBuilder();
        long end = nanos.getAsLong() + limit.toNanos();
        try {
            feed(process, input);
            boolean ended = false;
            while (!ended && nanos.getAsLong() < end) {
                ended = process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                drain(process.getInputStream(), output);
                drain(process.getErrorStream(), errors);
            }
            return new Ended(ended ? process.exitValue() : -1, output.toString(), errors.toString());
        } catch (IOException e) {
            throw new FenceException(command.get(0) + " closed its streams: " + e.getMessage());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** The input fits into a pipe's buffer, so this does not wait for the reader. */
    private static void feed(Process process, String input) {
        try (OutputStream out = process.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            return; // it ended without reading; its status says why
        }
    }

    private static void drain(InputStream in, StringBuilder kept) throws IOException {
        byte[] buffer = new byte[8192];
        for (int available = in.available(); available > 0; available = in.available()) {
            int read = in.read(buffer, 0, Math.min(available, buffer.length));
            if (read < 0) {
                return;
            }
            int room = Math.min(read, KEPT - kept.length());
            kept.append(new String(buffer, 0, Math.max(0, room), StandardCharsets.UTF_8));
        }
    }
}
