package io.holdfast.config;

import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.NodeSetting;
import io.holdfast.model.config.Option;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads {@code nodes:}, {@code placement:}, {@code health:} and {@code no-quorum:}. */
final class OptionReader {
    private static final List<String> COLOURS = List.of("red", "yellow", "green", "base");

    private final TypeLookup types;
    private final Problems problems;

    OptionReader(TypeLookup types, Problems problems) {
        this.types = types;
        this.problems = problems;
    }

    SortedMap<String, NodeSetting> nodes(Section top) {
        SortedMap<String, NodeSetting> nodes = new TreeMap<>();
        top.section("nodes").entries().forEach((name, node) -> {
            ConstraintReader.node(types, name, node, problems);
            Section section = new Section("node " + name, node, problems, Set.of("capacity"));
            nodes.put(name, new NodeSetting(section.numbers("capacity")));
        });
        return nodes;
    }

    SortedMap<String, String> options(Section top) {
        SortedMap<String, String> options = new TreeMap<>();
        Section placement = top.section("placement", Set.of("strategy", "opt-in"));
        placement
                .oneOf("strategy", List.of("default", "utilization", "balanced", "minimal"))
                .ifPresent(strategy -> options.put(Option.STRATEGY, strategy));
        if (placement.truth("opt-in", false)) {
            options.put(Option.OPT_IN, "true");
        }
        health(top, options);
        top.oneOf("no-quorum", List.of("stop", "freeze", "ignore", "demote", "fence"))
                .filter(word -> !word.equals("stop"))
                .ifPresent(
                        word -> problems.at(
                                top.at("no-quorum"),
                                "no-quorum is '" + word + "', and Holdfast knows no other policy than 'stop'",
                                "without a majority nothing starts, and the lease ends what runs: anything else could run twice"));
        return options;
    }

    private void health(Section top, SortedMap<String, String> options) {
        Section health = top.section("health", Set.of("strategy", "red", "yellow", "green", "base"));
        String strategy = health.oneOf("strategy", List.of("none", "migrate-on-red", "only-green", "progressive"))
                .orElse("");
        if (!strategy.isEmpty()) {
            options.put(Option.HEALTH, strategy);
        }
        for (String colour : COLOURS) {
            if (health.has(colour)) {
                if (!strategy.equals("progressive")) {
                    problems.at(
                            health.at(colour),
                            "health." + colour + " counts for nothing here",
                            "expected it with strategy: progressive only");
                }
                health.score(colour, -Constraint.INFINITY)
                        .ifPresent(score -> options.put(Option.HEALTH_SCORES + colour, Integer.toString(score)));
            }
        }
    }
}
