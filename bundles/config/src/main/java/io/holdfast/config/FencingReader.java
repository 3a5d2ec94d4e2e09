package io.holdfast.config;

import io.holdfast.model.config.FenceSetting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads {@code fencing:}. */
final class FencingReader {
    private static final Set<String> KEYS =
            Set.of("name", "agent", "nodes", "parameters", "level", "retries", "delay", "timeout", "action");
    private static final Duration USUAL_TIMEOUT = Duration.ofSeconds(20);

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
        List<String> nodes = section.list("nodes", "of node names");
        if (nodes.isEmpty()) {
            problems.at(node, "fence device " + name + " is for no node", "expected nodes: [NAME, ...]");
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
                section.duration("timeout", Duration.ofMillis(1)).orElse(USUAL_TIMEOUT),
                section.oneOf("action", List.of("off", "reboot")).orElse("off"));
    }
}
