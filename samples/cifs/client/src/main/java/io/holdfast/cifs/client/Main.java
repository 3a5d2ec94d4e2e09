package io.holdfast.cifs.client;

import java.io.IOException;
import java.nio.file.Files;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Writes numbered, checksummed blocks with flush through a share, tells each gap, reads everything back, and ends with the line {@code
 * blocks=N gaps=N longest_gap_ms=N lost_writes=N}. Exit status 0: nothing acknowledged was lost; 1: something was; 2: wrong usage.
 */
public final class Main {
    private static final int VERIFY_TRIES = 500;

    private Main() {}

    /** Runs it. */
    public static void main(String[] arguments) throws InterruptedException {
        System.setProperty(
                "slf4j.internal.verbosity", "ERROR"); // the library logs; nobody listens, and that is all right
        try {
            System.exit(run(Options.parse(List.of(arguments))));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(Options.USAGE);
            System.exit(2);
        }
    }

    private static int run(Options options) throws InterruptedException {
        Writer writer = new Writer(options, () -> ShareFile.open(options), System.currentTimeMillis(), Main::tell);
        writer.write(end(options));
        long lost = writer.verify(VERIFY_TRIES);
        String summary = "blocks=" + writer.acknowledged() + " gaps="
                + writer.gaps().size() + " longest_gap_ms=" + writer.longestGapMillis() + " lost_writes=" + lost;
        report(options, writer, summary);
        System.out.println(summary);
        return lost == 0 ? 0 : 1;
    }

    private static BooleanSupplier end(Options options) {
        if (options.untilTold()) {
            CompletableFuture<Integer> told = CompletableFuture.supplyAsync(Main::readInput);
            return told::isDone;
        }
        long end = options.seconds() == 0
                ? Long.MAX_VALUE
                : System.nanoTime() + TimeUnit.SECONDS.toNanos(options.seconds());
        return () -> System.nanoTime() >= end;
    }

    private static int readInput() {
        try {
            return System.in.read();
        } catch (IOException e) {
            return -1; // closed: told as well
        }
    }

    private static void report(Options options, Writer writer, String summary) {
        StringBuilder text = new StringBuilder(summary.replace(' ', '\n')).append('\n');
        int index = 0;
        for (Gap gap : writer.gaps()) {
            text.append("gap.").append(index++).append('=').append(gap.millis()).append(" ms after block ");
            text.append(gap.before()).append(" at ").append(gap.startedAt()).append(": ");
            text.append(gap.reason()).append('\n');
        }
        options.report().ifPresent(file -> {
            try {
                Files.writeString(file, text);
            } catch (IOException e) {
                System.err.println("cannot write " + file + ": " + e);
            }
        });
    }

    private static void tell(String line) {
        System.out.println(LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.MILLIS) + " " + line);
    }
}
