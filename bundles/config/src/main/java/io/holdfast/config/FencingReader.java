package io.holdfast.config;

import io.holdfast.model.config.FenceSetting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads {@code fencing:}. */
final class FencingReader {
    private static final Set<String> KEYS =
            Set.of("name", "agent", "nodes", "parameters", "level", "retries", "delay", "timeout", "action", "monitor");
    /** As long as the agent says that it may take. */
    private static final Duration DERIVED = Duration.ZERO;

    /** More often would be a load for a device that has a small computer in it. */
    private static final Duration OFTENEST = Duration.ofSeconds(10);

    private final TypeLookup types;
    private final Problems problems;

    FencingReader(TypeLookup types, Problems problems) {
        this.types = types;
        this.problems = problems;
    }

    List<FenceSetting> read(Section top) {
        List<FenceSetting> settings = new ArrayList<>();
        Node node = top.at("fencing");
        if (!top.has("fencing") || Section.empty(node)) {
            return settings;
        }
        if (!(node instanceof SequenceNode sequence)) {
            problems.at(node, "fencing is " + Section.kind(node), "expected a list of devices");
            return settings;
        }
        Set<String> names = new HashSet<>();
        for (Node element : sequence.getValue()) {
            FenceSetting setting = device(element);
            if (!setting.name().isEmpty() && !names.add(setting.name())) {
                problems.at(element, "there are two fence devices '" + setting.name() + "'", "expected each name once");
            }
            settings.add(setting);
        }
        return settings;
    }

    private FenceSetting device(Node node) {
        Section section = new Section("a fence device", node, problems, KEYS);
        String name = section.required("name", "the device's name");
        if (!name.isEmpty()) {
            Names.check("fence device", name, section.at("name"), problems);
        }
        String agent = section.required("agent", "a fence agent such as fence_ipmilan, or its path");
        SortedMap<String, String> plugs = new TreeMap<>();
        List<String> nodes = nodes(section, plugs);
        if (nodes.isEmpty()) {
            problems.at(
                    node,
                    "fence device " + name + " is for no node",
                    "expected nodes: [NAME, ...] or nodes: {NAME: PLUG, ...}");
        }
        nodes.forEach(target -> ConstraintReader.node(types, target, section.at("nodes"), problems));
        return new FenceSetting(
                name,
                agent,
                nodes,
                section.texts("parameters"),
                section.number("level", 1, 9).orElse(1),
                section.number("retries", 0, 10).orElse(1),
                section.duration("delay", Duration.ZERO).orElse(Duration.ZERO),
                section.duration("timeout", Duration.ofMillis(1)).orElse(DERIVED),
                section.oneOf("action", List.of("off", "reboot")).orElse("off"),
                plugs,
                monitor(section));
    }

    /** A list of names, or a mapping from names to what the device calls them. */
    private List<String> nodes(Section section, SortedMap<String, String> plugs) {
        if (!(section.at("nodes") instanceof MappingNode) || !section.has("nodes")) {
            return section.list("nodes", "of node names, or a mapping from node names to plugs");
        }
        plugs.putAll(section.texts("nodes"));
        for (String own : List.of("plug", "port")) {
            if (section.texts("parameters").containsKey(own)) {
                problems.at(
                        section.at("parameters"),
                        "the device says its plug twice: nodes and parameters." + own,
                        "expected it under nodes only");
            }
        }
        return List.copyOf(plugs.keySet());
    }

    private Optional<Duration> monitor(Section section) {
        Optional<Duration> monitor = section.duration("monitor", Duration.ZERO);
        if (monitor.isPresent() && !monitor.get().isZero() && monitor.get().compareTo(OFTENEST) < 0) {
            problems.at(
                    section.at("monitor"),
                    "monitor is '" + Durations.format(monitor.get()) + "'",
                    "expected 0 (no self-test) or at least " + Durations.format(OFTENEST));
        }
        return monitor;
    }
}
