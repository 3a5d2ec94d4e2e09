package io.holdfast.cib;

import io.holdfast.model.config.Condition;
import io.holdfast.planner.cluster.Rule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Puts a rule into the words that a cluster document has after {@code where:}. */
final class ConditionText {
    private static final Set<String> WORDS = Set.of("and", "or", "not", "defined", "date", "node");
    private static final long LAST = Instant.parse("9999-01-01T00:00:00Z").getEpochSecond();

    /** Attributes that were asked about. */
    final Set<String> attributes = new TreeSet<>();

    /** {@return the text; empty if there are no words for it} */
    Optional<String> of(Rule rule) {
        return text(rule, false);
    }

    private Optional<String> text(Rule rule, boolean inner) {
        if (rule instanceof Rule.Several several) {
            return several(several, inner);
        } else if (rule instanceof Rule.Attribute attribute) {
            return attribute(attribute);
        } else if (rule instanceof Rule.Time time) {
            return time(time, inner);
        }
        return Optional.empty();
    }

    private Optional<String> several(Rule.Several several, boolean inner) {
        List<String> parts = new ArrayList<>();
        boolean one = several.parts().size() == 1;
        for (Rule part : several.parts()) {
            Optional<String> text = text(part, inner || !one);
            if (text.isEmpty()) {
                return text;
            }
            parts.add(text.get());
        }
        return joined(parts, several.all() ? " and " : " or ", inner);
    }

    private static Optional<String> joined(List<String> parts, String word, boolean inner) {
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        String text = String.join(word, parts);
        return Optional.of(inner && parts.size() > 1 ? "(" + text + ")" : text);
    }

    private Optional<String> attribute(Rule.Attribute rule) {
        boolean name = rule.attribute().equals("#uname");
        if (!rule.attribute().matches("[^\\s=!<>()\"']+")
                || WORDS.contains(rule.attribute())
                || !(rule.source().isEmpty() || rule.source().equals("literal"))) {
            return Optional.empty();
        }
        if (!rule.attribute().startsWith("#")) {
            attributes.add(rule.attribute());
        }
        String attribute = name ? "node" : rule.attribute();
        String operator = switch (rule.operation()) {
            case "eq" -> "=";
            case "ne" -> "!=";
            case "lt" -> "<";
            case "lte" -> "<=";
            case "gt" -> ">";
            case "gte" -> ">=";
            default -> "";
        };
        if (rule.operation().equals("defined")) {
            return Optional.of("defined(" + rule.attribute() + ")");
        } else if (rule.operation().equals("not_defined")) {
            return Optional.of("not defined(" + rule.attribute() + ")");
        }
        boolean ordering = !operator.equals("=") && !operator.equals("!=");
        String usual = ordering ? (rule.value().contains(".") ? "number" : "integer") : "string";
        if (operator.isEmpty()
                || !(rule.type().isEmpty() || rule.type().equals(usual))
                || rule.value().contains("\"")) {
            return Optional.empty();
        }
        boolean plain = rule.value().matches("[^\\s=!<>()\"']+");
        return Optional.of(attribute + operator + (plain ? rule.value() : '"' + rule.value() + '"'));
    }

    private static Optional<String> time(Rule.Time time, boolean inner) {
        List<String> parts = new ArrayList<>();
        switch (time.operation()) {
            case "gt" -> parts.add(moment(">=", time.start() == Long.MIN_VALUE ? time.start() : time.start() + 1));
            case "lt" -> parts.add(moment("<", time.end()));
            case "in_range" -> {
                if (time.start() != Long.MIN_VALUE) {
                    parts.add(moment(">=", time.start()));
                }
                if (time.end() != Long.MAX_VALUE) {
                    parts.add(moment("<", time.end() + 1));
                }
            }
            case "date_spec" -> {
                for (var field : new TreeMap<>(time.calendar()).entrySet()) {
                    boolean known = Condition.DATE_FIELDS.contains(field.getKey())
                            && field.getValue().matches("\\d{1,4}(-\\d{0,4})?|-\\d{1,4}");
                    parts.add(known ? "date " + field.getKey() + "=" + field.getValue() : "");
                }
            }
            default -> parts.add("");
        }
        return parts.contains("") ? Optional.empty() : joined(parts, " and ", inner);
    }

    private static String moment(String operator, long seconds) {
        boolean writable = seconds > -60_000_000_000L && seconds < LAST;
        return writable
                ? "date" + operator + Instant.ofEpochSecond(seconds).toString().replaceFirst("\\.\\d+Z", "Z")
                : "";
    }
}
