package io.holdfast.lab.torture;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/** A client that changes the cluster's attributes and document all the time and notes what was acknowledged. */
final class Changes extends Companion {
    private static final Duration PAUSE = Duration.ofMillis(1200);
    private static final int KEYS = 10;
    private static final int DOCUMENT_EACH = 8;

    private final Arena arena;
    private final Random random;

    Changes(Arena arena, Random random) {
        super("torture-changes", PAUSE);
        this.arena = arena;
        this.random = random;
    }

    @Override
    void turn(long number) {
        List<String> nodes = arena.layout().nodes();
        String on = nodes.get(random.nextInt(nodes.size()));
        boolean document = number % DOCUMENT_EACH == 0;
        String key = document ? "document" : "change" + number % KEYS;
        try {
            if (!arena.node(on).powered()) {
                return;
            }
            arena.history().write("asked", key, number);
            int status = document
                    ? arena.node(on)
                            .tryHa(
                                    "--wait",
                                    "5s",
                                    "apply",
                                    arena.document(number).toString())
                            .status()
                    : arena.node(on)
                            .tryHa("--wait", "5s", "attribute", nodes.get(0), key, Long.toString(number))
                            .status();
            if (status == 0) {
                arena.history().write("acked", key, number);
            }
        } catch (IllegalStateException e) {
            arena.history().write("note", "change", number, "on", on, e);
        }
    }
}
