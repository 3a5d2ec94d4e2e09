package io.holdfast.membership;

import io.holdfast.api.runtime.Scheduled;
import io.holdfast.model.Command;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells everybody that this node was stalled, so that it is not the others that are blamed for what followed: an attribute for ten
 * minutes, and an event, one a minute at most. On the loop.
 */
final class StallNotes {
    private static final Logger log = LoggerFactory.getLogger(StallNotes.class);
    static final String KEY = "stalled";
    private static final Duration SHOWN = Duration.ofMinutes(10);
    private static final Duration BETWEEN = Duration.ofMinutes(1);
    /** It may have to find the leader first, and to join again. */
    private static final Duration APPEND_LIMIT = Duration.ofSeconds(30);

    private final World world;
    private final InstantSource wall;
    private final BiConsumer<String, String> tell;
    private @Nullable Scheduled end;
    private boolean told;
    private long toldAt;
    private int untold;

    StallNotes(World world, InstantSource wall, BiConsumer<String, String> tell) {
        this.world = world;
        this.wall = wall;
        this.tell = tell;
    }

    void stalled(Duration length, String cause) {
        Instant until = wall.instant().truncatedTo(ChronoUnit.SECONDS);
        boolean over = length.toNanos() >= world.leaseNanos();
        String what = String.format(Locale.ROOT, "%.1f s until %s", length.toMillis() / 1000.0, until)
                + (over ? ", longer than its lease" : "") + ", because " + cause;
        tell.accept(KEY, what);
        if (end != null) {
            end.cancel();
        }
        end = world.loop().schedule(SHOWN, () -> tell.accept(KEY, ""));
        log.warn("This node was stalled for {}", what);
        long now = world.loop().nanos();
        if (told && now - toldAt < BETWEEN.toNanos()) {
            untold++;
            return;
        }
        String more = untold == 0 ? "" : "; and " + untold + " more since the last time that it said so";
        told = true;
        toldAt = now;
        untold = 0;
        world.log()
                .append(
                        new Command.Announce(
                                world.self(), "", "warn", world.self() + " was stalled for " + what + more),
                        APPEND_LIMIT)
                .whenComplete((appended, failure) -> {
                    if (failure != null) {
                        log.info("That this node was stalled is not among the events: {}", failure.getMessage());
                    }
                });
    }
}
