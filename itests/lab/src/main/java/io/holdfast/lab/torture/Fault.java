package io.holdfast.lab.torture;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One fault. A new kind is one small class: what it is called and whom it may hurt in the constructor, what it does in {@link #begin} and
 * {@link #end}, and its constructor in {@link Faults#ALL}.
 */
abstract class Fault {
    private final String text;
    private final Duration span;
    private final Set<String> targets = new LinkedHashSet<>();
    private final Set<String> resources = new LinkedHashSet<>();
    private final Set<String> claims = new LinkedHashSet<>();
    private final Set<String> told = new LinkedHashSet<>();
    private boolean harmless;

    /** @param span how long it lasts; zero for one that is over at once */
    Fault(Duration span, String text) {
        this.span = span;
        this.text = text;
    }

    /** Says which voters it befalls: they may lose what they run, and their votes may be missing. */
    final Fault on(String... nodes) {
        return on(List.of(nodes));
    }

    final Fault on(Iterable<String> nodes) {
        nodes.forEach(targets::add);
        return this;
    }

    /** Says which resources may be interrupted or moved, wherever they are. */
    final Fault touching(Iterable<String> names) {
        names.forEach(resources::add);
        return this;
    }

    /** Says that, if it comes alone, nothing may stop or move. */
    final Fault harmless(boolean alone) {
        harmless = alone;
        return this;
    }

    /** Says what the cluster's events must say of it, if it comes alone; {@code " ... "} stands for anything. */
    final Fault told(String sentence) {
        told.add(sentence);
        return this;
    }

    /** Says that nobody hears from these nodes: if it is for so long that there is no doubt, the events must say that. */
    final Fault silencing(Draw draw, Iterable<String> nodes) {
        if (draw.certain(span)) {
            nodes.forEach(node -> told(node + " is expelled ... silent since"));
        }
        return this;
    }

    /** Says what no other fault may use at the same time. */
    final Fault claiming(String... things) {
        claims.addAll(List.of(things));
        return this;
    }

    final Set<String> told() {
        return told;
    }

    abstract void begin(Arena arena) throws Exception;

    /** Ends it; called also when {@link #begin} failed half way. */
    void end(Arena arena) throws Exception {}

    final Duration span() {
        return span;
    }

    final Set<String> claims() {
        return claims;
    }

    final boolean isHarmless() {
        return harmless;
    }

    private static String list(Set<String> names) {
        return names.isEmpty() ? "-" : String.join(",", names);
    }

    /** {@return the words behind its number in the history} */
    final String words() {
        return list(targets) + " " + list(resources) + " " + (harmless ? "harmless" : "hurts") + " " + this;
    }

    @Override
    public final String toString() {
        return text + (span.isZero() ? "" : " for " + span.toMillis() + " ms");
    }
}
