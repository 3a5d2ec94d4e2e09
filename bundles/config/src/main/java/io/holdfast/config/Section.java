package io.holdfast.config;

import io.holdfast.model.config.Constraint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A mapping of the document, read by typed keys. What is wrong goes to the problems, and reading goes on with nothing. */
final class Section {
    private final String name;
    private final Node node;
    private final Problems problems;
    private final Map<String, Node> values = new LinkedHashMap<>();

    /** Takes {@code node} for a mapping with any keys, each once. */
    Section(String name, Node node, Problems problems) {
        this.name = name;
        this.node = node;
        this.problems = problems;
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                add(tuple.getKeyNode(), tuple.getValueNode());
            }
        } else if (!empty(node)) {
            problems.at(node, name + " is " + kind(node), "expected a mapping 'key: value'");
        }
    }

    /** As above, with these keys only. */
    Section(String name, Node node, Problems problems, Set<String> keys) {
        this(name, node, problems);
        values.forEach((key, value) -> {
            if (!keys.contains(key)) {
                problems.at(value, name + " has the unknown key '" + key + "'", Suggestion.of(key, keys, "key"));
            }
        });
    }

    private void add(Node key, Node value) {
        if (!(key instanceof ScalarNode scalar)) {
            problems.at(key, "a key of " + name + " is " + kind(key), "expected a name");
        } else if (values.putIfAbsent(scalar.getValue(), value) != null) {
            problems.at(key, name + " has '" + scalar.getValue() + "' twice", "expected each name once");
        }
    }

    Map<String, Node> entries() {
        return values;
    }

    Node node() {
        return node;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    /** The node of a key, or the section's own where the key is absent; for the line of a problem. */
    Node at(String key) {
        return values.getOrDefault(key, node);
    }

    String required(String key, String expected) {
        Node value = values.get(key);
        if (value == null) {
            problems.at(node, name + " has no '" + key + "'", "expected " + expected);
            return "";
        }
        return text(name + "." + key, value, expected).orElse("");
    }

    Optional<String> text(String key, String expected) {
        return Optional.ofNullable(values.get(key)).flatMap(value -> text(name + "." + key, value, expected));
    }

    private Optional<String> text(String what, Node value, String expected) {
        if (value instanceof ScalarNode scalar
                && !empty(value)
                && !scalar.getValue().isBlank()) {
            return Optional.of(scalar.getValue());
        }
        problems.at(value, what + " is " + kind(value), "expected " + expected);
        return Optional.empty();
    }

    OptionalInt number(String key, int least, int most) {
        Optional<String> text = text(key, "a whole number");
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(text.get());
            if (number >= least && number <= most) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException e) {
            // told below
        }
        problems.at(
                at(key),
                name + "." + key + " is '" + text.get() + "'",
                "expected a whole number from " + least + " to " + most);
        return OptionalInt.empty();
    }

    /** A number or INFINITY. */
    OptionalInt score(String key, int least) {
        if (has(key) && ConstraintReader.infinite(this, key)) {
            boolean negative = text(key, "").orElse("").startsWith("-");
            return OptionalInt.of(negative ? -Constraint.INFINITY : Constraint.INFINITY);
        }
        return number(key, least, Constraint.INFINITY);
    }

    boolean truth(String key, boolean usual) {
        return oneOf(key, List.of("true", "false"))
                .map(word -> word.equals("true"))
                .orElse(usual);
    }

    /** Names with whole numbers from 0. */
    SortedMap<String, Integer> numbers(String key) {
        SortedMap<String, Integer> numbers = new TreeMap<>();
        Section section = section(key);
        section.entries()
                .keySet()
                .forEach(kind ->
                        section.number(kind, 0, Integer.MAX_VALUE).ifPresent(number -> numbers.put(kind, number)));
        return numbers;
    }

    Optional<Duration> duration(String key, Duration least) {
        Optional<String> text = text(key, Durations.FORM);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<Duration> duration = Durations.parse(text.get()).filter(value -> value.compareTo(least) >= 0);
        if (duration.isEmpty()) {
            problems.at(
                    at(key),
                    name + "." + key + " is '" + text.get() + "'",
                    "expected " + Durations.FORM + (least.isZero() ? "" : ", at least " + Durations.format(least)));
        }
        return duration;
    }

    Optional<String> oneOf(String key, List<String> choices) {
        String expected = "one of " + String.join(", ", choices);
        Optional<String> text = text(key, expected);
        if (text.isPresent() && !choices.contains(text.get())) {
            problems.at(at(key), name + "." + key + " is '" + text.get() + "'", "expected " + expected);
            return Optional.empty();
        }
        return text;
    }

    /** Names and texts, the texts as they are written: {@code 010} stays {@code 010}. */
    SortedMap<String, String> texts(String key) {
        SortedMap<String, String> texts = new TreeMap<>();
        section(key).entries().forEach((parameter, value) -> {
            if (value instanceof ScalarNode scalar && !empty(value)) {
                texts.put(parameter, scalar.getValue());
            } else {
                problems.at(
                        value, name + "." + key + "." + parameter + " is " + kind(value), "expected a text or number");
            }
        });
        return texts;
    }

    List<String> list(String key, String expected) {
        Node value = values.get(key);
        return value == null ? List.of() : list(name + "." + key, value, expected, problems);
    }

    static List<String> list(String what, Node value, String expected, Problems problems) {
        List<String> texts = new ArrayList<>();
        if (!(value instanceof SequenceNode sequence)) {
            problems.at(value, what + " is " + kind(value), "expected a list " + expected);
            return texts;
        }
        for (Node element : sequence.getValue()) {
            if (element instanceof ScalarNode scalar && !empty(element)) {
                texts.add(scalar.getValue());
            } else {
                problems.at(element, what + " holds " + kind(element), "expected a list " + expected);
            }
        }
        return texts;
    }

    Section section(String key) {
        return new Section(name + "." + key, values.getOrDefault(key, NOTHING), problems);
    }

    Section section(String key, Set<String> keys) {
        return new Section(name + "." + key, values.getOrDefault(key, NOTHING), problems, keys);
    }

    private static final Node NOTHING = new ScalarNode(Tag.NULL, "", org.snakeyaml.engine.v2.common.ScalarStyle.PLAIN);

    static boolean empty(Node node) {
        return node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL);
    }

    static String kind(Node node) {
        if (node instanceof ScalarNode scalar) {
            return empty(node) || scalar.getValue().isBlank() ? "empty" : "'" + scalar.getValue() + "'";
        }
        return node instanceof SequenceNode ? "a list" : "a mapping";
    }
}
