package io.holdfast.cifs.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Writes blocks one after the other; after an error connects anew and writes the block that was not acknowledged again. */
final class Writer {
    /** A shorter time between two acknowledgements is no gap. */
    private static final long GAP_MILLIS = 100;

    private static final long RETRY_MILLIS = 20;

    private final Options options;
    private final BlockFile.Opening opening;
    private final long run;
    private final Consumer<String> tell;
    private final List<Gap> gaps = new ArrayList<>();
    private @Nullable BlockFile file;
    private long acknowledged;
    private long lastNanos;
    private long lastWall;
    private int attempts;
    private String reason = "";

    Writer(Options options, BlockFile.Opening opening, long run, Consumer<String> tell) {
        this.options = options;
        this.opening = opening;
        this.run = run;
        this.tell = tell;
    }

    /** Writes until {@code done}. */
    void write(BooleanSupplier done) throws InterruptedException {
        lastNanos = System.nanoTime();
        lastWall = System.currentTimeMillis();
        while (acknowledged < options.blocks() && !done.getAsBoolean()) {
            try {
                current().write(Block.write(run, acknowledged), acknowledged);
                acknowledge();
                Thread.sleep(options.pauseMillis());
            } catch (IOException | RuntimeException e) { // the library throws several kinds of its own
                failed(e);
                Thread.sleep(RETRY_MILLIS);
            }
        }
        drop();
    }

    private BlockFile current() throws IOException {
        BlockFile open = file;
        if (open == null) {
            attempts++;
            open = opening.open();
            file = open;
        }
        return open;
    }

    private void acknowledge() {
        long now = System.nanoTime();
        long millis = (now - lastNanos) / 1_000_000;
        if (millis >= GAP_MILLIS && acknowledged > 0) {
            Gap gap = new Gap(acknowledged - 1, millis, lastWall, attempts, reason);
            gaps.add(gap);
            tell.accept("gap of " + millis + " ms after block " + gap.before() + ", " + attempts + " connections tried"
                    + (reason.isEmpty() ? "" : ": " + reason));
        }
        if (acknowledged == 0) {
            tell.accept("first block acknowledged");
        }
        acknowledged++;
        lastNanos = now;
        lastWall = System.currentTimeMillis();
        attempts = 0;
        reason = "";
    }

    private void failed(Exception failure) {
        if (reason.isEmpty()) {
            Throwable cause = failure;
            while (cause.getCause() != null && cause.getCause() != cause) {
                cause = cause.getCause();
            }
            reason = String.valueOf(cause.getMessage());
            tell.accept("no answer for block " + acknowledged + " after " + (System.nanoTime() - lastNanos) / 1_000_000
                    + " ms: " + reason);
        }
        drop();
    }

    private void drop() {
        BlockFile open = file;
        file = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException | RuntimeException e) {
                return; // it was broken already
            }
        }
    }

    /** Reads everything back through a new connection. {@return how many acknowledged blocks are not there unharmed} */
    long verify(int tries) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try (BlockFile open = opening.open()) {
                long lost = 0;
                for (long number = 0; number < acknowledged; number++) {
                    if (!Block.is(open.read(number), run, number)) {
                        lost++;
                    }
                }
                return lost;
            } catch (IOException | RuntimeException e) {
                if (attempt >= tries) {
                    tell.accept("cannot read back: " + e.getMessage());
                    return acknowledged; // not proved is lost
                }
                Thread.sleep(RETRY_MILLIS);
            }
        }
    }

    long acknowledged() {
        return acknowledged;
    }

    List<Gap> gaps() {
        return List.copyOf(gaps);
    }

    long longestGapMillis() {
        return gaps.stream().mapToLong(Gap::millis).max().orElse(0);
    }
}
