package io.holdfast.model.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A condition about a node or the time, as it is written after {@code where:}: {@code rack=a}, {@code cpus>=8 and not
 * (defined(broken) or node=n3)}, {@code date hours=9-16}.
 */
public sealed interface Condition {

    /** What to expect, for people who wrote something else. */
    String FORM =
            "a condition such as rack=a, rack!=a, cpus>=8, defined(rack), node=n1, date hours=9-16 or date>=2026-01-31, joined by"
                    + " 'and', 'or', 'not' and parentheses";

    /** What {@code date FIELD=RANGE} may name, as Pacemaker's {@code date_spec} does too. */
    List<String> DATE_FIELDS = List.of(
            "seconds",
            "minutes",
            "hours",
            "monthdays",
            "weekdays",
            "yeardays",
            "months",
            "weeks",
            "years",
            "weekyears");

    /**
     * All or any of several.
     *
     * @param every whether all must hold
     * @param parts at least two
     */
    record Several(boolean every, List<Condition> parts) implements Condition {
        /** Copies the list. */
        public Several {
            parts = List.copyOf(parts);
        }
    }

    /**
     * An attribute compared.
     *
     * @param attribute its name; {@code node} is the node's own
     * @param operation one of {@code = != < <= > >=}
     * @param value compared with
     */
    record Compared(String attribute, String operation, String value) implements Condition {}

    /**
     * Whether a node has an attribute.
     *
     * @param attribute its name
     * @param there whether it must be there
     */
    record Defined(String attribute, boolean there) implements Condition {}

    /**
     * A field of the calendar, in UTC.
     *
     * @param field such as {@code hours} or {@code weekdays}
     * @param range a number, or two with {@code -} between them
     */
    record Calendar(String field, String range) implements Condition {}

    /**
     * Before or after a moment.
     *
     * @param after whether the time must have come
     * @param moment a date, or a date and time, as ISO 8601 writes it
     */
    record Moment(boolean after, String moment) implements Condition {}

    /**
     * {@return the condition that the text says}
     *
     * @throws IllegalArgumentException if it says none; the message tells where
     */
    static Condition parse(String text) {
        return new Parser(text).whole();
    }

    /** Adds the attributes that it asks about. */
    default void attributes(Collection<String> found) {
        if (this instanceof Several several) {
            several.parts().forEach(part -> part.attributes(found));
        } else if (this instanceof Compared compared) {
            found.add(compared.attribute());
        } else if (this instanceof Defined defined) {
            found.add(defined.attribute());
        }
    }

    /** Whether it depends on the time. */
    default boolean timed() {
        if (this instanceof Several several) {
            return several.parts().stream().anyMatch(Condition::timed);
        }
        return this instanceof Calendar || this instanceof Moment;
    }

    /** Reads a condition from left to right. */
    final class Parser {
        private static final Pattern TOKEN = Pattern.compile(
                "\\s*(?:(?<quoted>\"[^\"]*\"|'[^']*')|(?<operator>!=|<=|>=|[=<>()])|(?<word>[^\\s=!<>()\"']+))");

        private final String text;
        private final List<String> tokens = new ArrayList<>();
        private int at;

        Parser(String text) {
            this.text = text;
            Matcher matcher = TOKEN.matcher(text);
            int end = 0;
            while (end < text.length() && matcher.find(end) && matcher.start() == end) {
                tokens.add(matcher.group().strip());
                end = matcher.end();
            }
            if (!text.substring(end).isBlank()) {
                throw wrong("cannot be read from '" + text.substring(end).strip() + "' on");
            }
        }

        Condition whole() {
            Condition condition = any();
            if (at < tokens.size()) {
                throw wrong("has '" + tokens.get(at) + "' too many");
            }
            return condition;
        }

        private Condition any() {
            List<Condition> parts = new ArrayList<>(List.of(every()));
            while (take("or")) {
                parts.add(every());
            }
            return parts.size() == 1 ? parts.get(0) : new Several(false, parts);
        }

        private Condition every() {
            List<Condition> parts = new ArrayList<>(List.of(one()));
            while (take("and")) {
                parts.add(one());
            }
            return parts.size() == 1 ? parts.get(0) : new Several(true, parts);
        }

        private Condition one() {
            if (take("not")) {
                return opposite(one());
            } else if (take("(")) {
                Condition inner = any();
                expect(")");
                return inner;
            }
            String word = word("an attribute");
            if (word.equals("defined") && take("(")) {
                String attribute = word("an attribute");
                expect(")");
                return new Defined(attribute, true);
            } else if (word.equals("date") && at < tokens.size()) {
                return date();
            }
            return new Compared(word, operator(), word("a value"));
        }

        private Condition date() {
            String next = tokens.get(at);
            if (next.equals(">=") || next.equals("<")) {
                at++;
                String moment = word("a date");
                if (!moment.matches("\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d)?Z?)?")) {
                    throw wrong("has '" + moment + "' where a date such as 2026-01-31 or 2026-01-31T08:00 belongs");
                }
                return new Moment(next.equals(">="), moment);
            }
            String field = word("a field of the calendar");
            if (!DATE_FIELDS.contains(field)) {
                throw wrong("has '" + field + "' where one of " + String.join(", ", DATE_FIELDS) + " belongs");
            }
            expect("=");
            String range = word("a number or a range such as 9-16");
            if (!range.matches("\\d{1,4}(-\\d{0,4})?|-\\d{1,4}")) {
                throw wrong("has '" + range + "' where a number or a range such as 9-16 belongs");
            }
            return new Calendar(field, range);
        }

        private Condition opposite(Condition condition) {
            if (condition instanceof Several several) {
                return new Several(
                        !several.every(),
                        several.parts().stream().map(this::opposite).toList());
            } else if (condition instanceof Defined defined) {
                return new Defined(defined.attribute(), !defined.there());
            } else if (condition instanceof Compared compared
                    && (compared.operation().equals("=") || compared.operation().equals("!="))) {
                return new Compared(
                        compared.attribute(), compared.operation().equals("=") ? "!=" : "=", compared.value());
            } else if (condition instanceof Moment moment) {
                return new Moment(!moment.after(), moment.moment());
            }
            throw wrong("has 'not' before what has no simple opposite; turn it round yourself");
        }

        private boolean take(String word) {
            boolean there = at < tokens.size() && tokens.get(at).equals(word);
            at += there ? 1 : 0;
            return there;
        }

        private void expect(String word) {
            if (!take(word)) {
                throw wrong("lacks '" + word + "'" + (at < tokens.size() ? " before '" + tokens.get(at) + "'" : ""));
            }
        }

        private String operator() {
            if (at < tokens.size() && tokens.get(at).matches("!=|[<>]=?|=")) {
                return tokens.get(at++);
            }
            throw wrong("lacks a comparison (=, !=, <, <=, >, >=)"
                    + (at < tokens.size() ? " before '" + tokens.get(at) + "'" : " at its end"));
        }

        private String word(String what) {
            if (at >= tokens.size() || tokens.get(at).matches("!=|[<>]=?|[=()]")) {
                throw wrong(
                        "lacks " + what + (at < tokens.size() ? " before '" + tokens.get(at) + "'" : " at its end"));
            }
            String token = tokens.get(at++);
            return token.matches("[\"'].*[\"']") ? token.substring(1, token.length() - 1) : token;
        }

        private IllegalArgumentException wrong(String what) {
            return new IllegalArgumentException("'" + text + "' " + what);
        }
    }
}
