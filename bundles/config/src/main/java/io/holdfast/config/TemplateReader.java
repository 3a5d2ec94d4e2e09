package io.holdfast.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads {@code templates:}, and gives resources what their template says and they do not. */
final class TemplateReader {
    /** Within these each key counts by itself. */
    private static final Set<String> MERGED = Set.of("parameters", "uses", "start", "stop", "monitor");

    private final Problems problems;
    private final Map<String, Node> templates = new TreeMap<>();

    TemplateReader(Section top, Set<String> keys, Problems problems) {
        this.problems = problems;
        top.section("templates").entries().forEach((name, node) -> {
            Names.check("template", name, node, problems);
            Section section = new Section("template " + name, node, problems, keys);
            if (section.has("template")) {
                problems.at(
                        section.at("template"),
                        "template " + name + " has a template itself",
                        "expected templates of resources only");
            }
            templates.put(name, node);
        });
    }

    /** {@return the resource's node with what its template adds} */
    Node applied(String resource, Node node) {
        Section section = new Section("resource " + resource, node, new Problems(""));
        if (!section.has("template")) {
            return node;
        }
        String name = section.text("template", "a template").orElse("");
        Node template = templates.get(name);
        if (template == null) {
            problems.at(
                    section.at("template"),
                    "there is no template '" + name + "'",
                    Suggestion.of(name, templates.keySet(), "template"));
            return node;
        }
        return merged(node, template, true);
    }

    private static Node merged(Node own, Node other, boolean deep) {
        if (!(own instanceof MappingNode mapping) || !(other instanceof MappingNode added)) {
            return own;
        }
        Map<String, NodeTuple> tuples = new TreeMap<>();
        added.getValue().forEach(tuple -> tuples.put(key(tuple), tuple));
        List<NodeTuple> result = new ArrayList<>();
        for (NodeTuple tuple : mapping.getValue()) {
            NodeTuple theirs = tuples.remove(key(tuple));
            boolean both = deep && theirs != null && MERGED.contains(key(tuple));
            result.add(
                    both
                            ? new NodeTuple(
                                    tuple.getKeyNode(), merged(tuple.getValueNode(), theirs.getValueNode(), false))
                            : tuple);
        }
        result.addAll(tuples.values());
        return new MappingNode(
                mapping.getTag(), true, result, mapping.getFlowStyle(), mapping.getStartMark(), mapping.getEndMark());
    }

    private static String key(NodeTuple tuple) {
        return tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
    }
}
