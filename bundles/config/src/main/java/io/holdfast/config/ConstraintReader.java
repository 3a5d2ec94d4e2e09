package io.holdfast.config;

import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads {@code constraints:}. */
final class ConstraintReader {
    private static final Map<String, Set<String>> FORMS = Map.of(
            "prefer", Set.of("resource", "node", "where", "score"),
            "together", Set.of("resource", "with", "score"),
            "apart", Set.of("resource", "from", "score"),
            "order", Set.of("first", "then", "kind", "symmetrical"));
    private static final String FORMS_TEXT = "expected one of prefer, together, apart, order with its keys in braces";

    private final TreeSet<String> names = new TreeSet<>();
    private final TypeLookup types;
    private final Problems problems;
    private final Cycles places;
    private final Cycles orders;

    ConstraintReader(
            SortedMap<String, Resource> resources,
            SortedMap<String, List<String>> groups,
            TypeLookup types,
            Problems problems) {
        names.addAll(resources.keySet());
        names.addAll(groups.keySet());
        this.types = types;
        this.problems = problems;
        places = new Cycles(groups);
        orders = new Cycles(groups);
    }

    List<Constraint> read(Section top) {
        List<Constraint> constraints = new ArrayList<>();
        if (!top.has("constraints") || Section.empty(top.at("constraints"))) {
            return constraints;
        }
        if (!(top.at("constraints") instanceof SequenceNode sequence)) {
            problems.at(
                    top.at("constraints"), "constraints is " + Section.kind(top.at("constraints")), "expected a list");
            return constraints;
        }
        sequence.getValue().forEach(node -> constraint(node).ifPresent(constraints::add));
        return constraints;
    }

    private Optional<Constraint> constraint(Node node) {
        if (!(node instanceof MappingNode mapping) || mapping.getValue().size() != 1) {
            problems.at(
                    node,
                    "a constraint is " + Section.kind(node)
                            + (node instanceof MappingNode ? " with more or fewer than one key" : ""),
                    FORMS_TEXT);
            return Optional.empty();
        }
        Map.Entry<String, Node> form = new Section("a constraint", node, problems, FORMS.keySet())
                .entries().entrySet().stream().findFirst().orElse(Map.entry("", node));
        Set<String> keys = FORMS.get(form.getKey());
        if (keys == null) {
            return Optional.empty();
        }
        Section section = new Section(form.getKey(), form.getValue(), problems, keys);
        return switch (form.getKey()) {
            case "prefer" -> prefer(section);
            case "together" -> together(section, "with", 1);
            case "apart" -> together(section, "from", -1);
            default -> order(section);
        };
    }

    private Optional<Constraint> prefer(Section section) {
        String resource = name(section, "resource");
        String node = section.text("node", "a node's name").orElse("");
        String where = section.text("where", "a rule key=value").orElse("");
        if (node.isEmpty() == where.isEmpty()) {
            problems.at(
                    section.node(),
                    "prefer has " + (node.isEmpty() ? "neither" : "both") + " 'node' and 'where'",
                    "expected one of them: node: NAME, or where: key=value");
        }
        if (!where.isEmpty() && !where.matches("[^=!\\s]+!?=\\S.*")) {
            problems.at(section.at("where"), "prefer.where is '" + where + "'", "expected key=value or key!=value");
        }
        node(types, node, section.at("node"), problems);
        return Optional.of(new Constraint.Prefer(resource, node, where, score(section, -Constraint.INFINITY)));
    }

    static void node(TypeLookup types, String name, Node at, Problems problems) {
        Set<String> nodes = types.nodes().orElse(Set.of(name));
        if (!name.isEmpty() && !nodes.contains(name)) {
            problems.at(at, "there is no node '" + name + "'", Suggestion.of(name, nodes, "node"));
        }
    }

    private Optional<Constraint> together(Section section, String otherKey, int sign) {
        String resource = name(section, "resource");
        String other = name(section, otherKey);
        int score = score(section, 1);
        if (!resource.isEmpty() && !other.isEmpty()) {
            places.add(other, resource)
                    .ifPresent(circle -> problems.at(
                            section.node(),
                            "resources are placed in a circle: " + circle,
                            "expected that 'resource' follows and the other is placed first; one direction is enough"));
        }
        return Optional.of(new Constraint.Together(resource, other, sign * score));
    }

    private Optional<Constraint> order(Section section) {
        String first = name(section, "first");
        String then = name(section, "then");
        boolean mandatory = section.oneOf("kind", List.of("mandatory", "optional"))
                .orElse("mandatory")
                .equals("mandatory");
        boolean symmetrical = section.oneOf("symmetrical", List.of("true", "false"))
                .orElse("true")
                .equals("true");
        if (!first.isEmpty() && !then.isEmpty()) {
            orders.add(first, then)
                    .ifPresent(circle -> problems.at(
                            section.node(),
                            "resources wait for each other: " + circle,
                            "expected an order without a circle"));
        }
        return Optional.of(new Constraint.Order(first, then, mandatory, symmetrical));
    }

    private String name(Section section, String key) {
        String name = section.required(key, "a resource or group");
        if (!name.isEmpty() && !names.contains(name)) {
            problems.at(
                    section.at(key),
                    "there is no resource or group '" + name + "'",
                    Suggestion.of(name, names, "resource"));
            return "";
        }
        return name;
    }

    private int score(Section section, int least) {
        if (!section.has("score")) {
            return Constraint.INFINITY;
        }
        if (infinite(section, "score")) {
            boolean negative = section.text("score", "").orElse("").startsWith("-");
            if (negative && least > 0) {
                problems.at(
                        section.at("score"),
                        "the score is negative",
                        "expected a positive one; write 'apart' for together's opposite");
            }
            return negative ? -Constraint.INFINITY : Constraint.INFINITY;
        }
        OptionalInt number = section.number("score", least, Constraint.INFINITY);
        return number.orElse(Constraint.INFINITY);
    }

    static boolean infinite(Section section, String key) {
        String text = section.text(key, "a number or INFINITY").orElse("").toUpperCase(Locale.ROOT);
        return text.equals("INFINITY") || text.equals("+INFINITY") || text.equals("-INFINITY");
    }
}
