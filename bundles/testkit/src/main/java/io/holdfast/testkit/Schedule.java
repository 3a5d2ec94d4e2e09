package io.holdfast.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Draws the faults of a seed: all of them before the run, so that any part of them can be run again by itself. */
final class Schedule {
    /** Of the faults of a run that has a focus, this share is of that focus. */
    private static final double FOCUSED = 0.6;

    /** All that come anywhere. */
    private static final FaultKind[] KINDS = Arrays.stream(FaultKind.values())
            .filter(kind -> kind != FaultKind.MAINTENANCE)
            .toArray(FaultKind[]::new);

    private Schedule() {}

    /**
     * {@return the faults, in order of time}
     *
     * @param focus kinds to bring more often than others; empty for all alike
     */
    static List<Fault> of(SplittableRandom random, Layout layout, Timing timing, List<FaultKind> focus) {
        List<Fault> faults = new ArrayList<>();
        long now = timing.faultsBegin().toMillis();
        while (now < timing.faultsEnd().toMillis()) {
            FaultKind kind = !focus.isEmpty() && random.nextDouble() < FOCUSED
                    ? focus.get(random.nextInt(focus.size()))
                    : KINDS[random.nextInt(KINDS.length)];
            String node = layout.nodes().get(random.nextInt(layout.nodes().size()));
            String other = layout.nodes().get(random.nextInt(layout.nodes().size()));
            faults.add(new Fault(
                    faults.size(),
                    kind,
                    Duration.ofMillis(now),
                    node,
                    other,
                    span(random, layout, timing),
                    random.nextDouble(),
                    random.nextLong()));
            now += 20 + random.nextLong(timing.longestPause().toMillis());
            if (focus.contains(kind) && Coincidences.LONG.contains(kind)) {
                now += random.nextLong(
                        3 * timing.longestPause().toMillis()); // it takes a while, and the next would end it
            }
        }
        return List.copyOf(faults);
    }

    /** Shorter than the lease, about as long, or longer. */
    private static Duration span(SplittableRandom random, Layout layout, Timing timing) {
        long lease = layout.lease().toMillis();
        long millis = switch (random.nextInt(4)) {
            case 0 -> 10 + random.nextLong(lease / 2);
            case 1 -> lease / 2 + random.nextLong(lease);
            case 2 -> lease + random.nextLong(3 * lease);
            default -> 50 + random.nextLong(timing.longestSpan().toMillis());
        };
        return Duration.ofMillis(millis);
    }
}
