package io.holdfast.lab.torture;

import io.holdfast.lab.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Two things at the moment at which they hurt most: what alone keeps the promise then is that somebody waits. */
final class CoincidentFaults {
    private CoincidentFaults() {}

    /** A node that not many hear of, and whose services go on meanwhile. */
    abstract static class CutOff extends NetworkFaults.Filtered {
        final String node;

        CutOff(String node, Duration span, String text) {
            super(span, text);
            this.node = node;
            on(node).claiming(node + ":processes");
        }

        final void cutOff(Arena arena) {
            drop(arena, node, NetworkFaults.NOT_THE_CLIENT, NetworkFaults.NOT_THE_CLIENT);
        }

        @Override
        void end(Arena arena) {
            dropNothing(arena, List.of(node));
        }
    }

    /** It was renewed a moment ago, cannot hear that it is expelled, and so runs on until its lease is over. */
    static final class FencedUnheard extends CutOff {
        FencedUnheard(Draw draw) {
            this(
                    draw.any(draw.layout().nodes().stream()
                            .filter(name -> !name.equals(draw.leader()))
                            .toList()),
                    draw.longSpan());
        }

        private FencedUnheard(String node, Duration span) {
            super(node, span, "an administrator fences, as soon as nobody hears it, " + node);
        }

        @Override
        void begin(Arena arena) {
            cutOff(arena);
            for (String other : arena.layout().nodes()) {
                if (!other.equals(node) && arena.node(other).powered() && arena.ha(other, "fence", node) == 0) {
                    return;
                }
            }
        }
    }

    /** The guard dies with the lease, just before it would act: only the watchdog acts, and as late as it may. */
    static final class StoppedAtTheEnd extends CutOff {
        private final Duration after;
        private final List<Long> stopped = new ArrayList<>();

        StoppedAtTheEnd(Draw draw) {
            this(draw.watched(), draw.share(50, 75), draw.longSpan());
        }

        private StoppedAtTheEnd(String node, Duration after, Duration span) {
            super(
                    node,
                    span,
                    "SIGSTOP of daemon and guard, " + after.toMillis() + " ms after nobody hears it, of " + node);
            this.after = after;
        }

        @Override
        void begin(Arena arena) {
            List<Long> both =
                    List.of(arena.node(node).daemon(), arena.node(node).guard());
            cutOff(arena);
            Waiting.pause(after);
            stopped.addAll(both);
            ProcessFaults.signal("STOP", stopped.toArray(Long[]::new));
        }

        @Override
        void end(Arena arena) {
            ProcessFaults.signal("CONT", stopped.toArray(Long[]::new));
            super.end(arena);
        }
    }
}
