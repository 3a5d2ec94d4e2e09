package io.holdfast.lab.torture;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Looks at the status of one node or another now and then, and notes what it is shown. */
final class Onlooker extends Companion {
    private static final Duration PAUSE = Duration.ofSeconds(2);
    /** Each of so many looks asks for what is up to date. */
    private static final int FRESH_EACH = 3;

    private final Arena arena;
    private final Random random;

    Onlooker(Arena arena, Random random) {
        super("torture-onlooker", PAUSE);
        this.arena = arena;
        this.random = random;
    }

    @Override
    void turn(long number) {
        List<String> voters = arena.layout().voters();
        String on = voters.get(random.nextInt(voters.size()));
        try {
            if (arena.node(on).powered()) {
                look(on, number % FRESH_EACH == 0);
            }
        } catch (IllegalStateException | UncheckedIOException e) {
            arena.history().write("note", "status of", on, e);
        }
    }

    private void look(String on, boolean fresh) {
        long at = History.now();
        arena.status(on, fresh).ifPresent(status -> {
            StringBuilder shown = new StringBuilder();
            for (JsonNode node : status.path("nodes")) {
                if (node.path("name").asText().equals(arena.layout().nodes().get(0))) {
                    node.path("attributes").properties().forEach(one -> {
                        if (one.getKey().startsWith("change")) {
                            shown.append(' ')
                                    .append(one.getKey())
                                    .append('=')
                                    .append(one.getValue().asText());
                        }
                    });
                }
            }
            for (JsonNode resource : status.path("resources")) {
                if (resource.path("token").asLong() > 0) {
                    shown.append(' ')
                            .append(resource.path("name").asText())
                            .append('=')
                            .append(resource.path("token").asLong());
                }
            }
            arena.history()
                    .write(
                            at,
                            "shown",
                            on,
                            status.path("revision").asLong(),
                            fresh ? "fresh" : "known",
                            shown.toString().strip());
        });
    }
}
