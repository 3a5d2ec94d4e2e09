package io.holdfast.planner.cluster;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.IsoFields;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says whether a rule holds. */
public final class Rules {
    private Rules() {}

    /**
     * What a rule may ask about.
     *
     * @param attributes the node's attribute of a name, or null
     * @param parameters the resource's parameters
     * @param meta the resource's options
     * @param agent the resource's agent
     * @param operation the operation's name, or empty
     * @param intervalMillis the operation's interval
     * @param now seconds since 1970
     */
    public record Question(
            Function<String, @Nullable String> attributes,
            Map<String, String> parameters,
            Map<String, String> meta,
            Resource.Agent agent,
            String operation,
            long intervalMillis,
            long now) {
        /** Only about the time. */
        public static Question at(long now) {
            return new Question(name -> null, Map.of(), Map.of(), Resource.Agent.NONE, "", 0, now);
        }
    }

    /** {@return whether the rule holds} */
    public static boolean holds(Rule rule, Question question) {
        if (rule instanceof Rule.Several several) {
            return several.all()
                    ? several.parts().stream().allMatch(part -> holds(part, question))
                    : several.parts().stream().anyMatch(part -> holds(part, question));
        } else if (rule instanceof Rule.Attribute attribute) {
            return attribute(attribute, question);
        } else if (rule instanceof Rule.Time time) {
            return time(time, question.now());
        } else if (rule instanceof Rule.AgentIs agent) {
            return matches(agent.standard(), question.agent().standard())
                    && matches(agent.provider(), question.agent().provider())
                    && matches(agent.type(), question.agent().type());
        }
        Rule.OperationIs operation = (Rule.OperationIs) rule;
        return operation.name().equals(question.operation())
                && (operation.intervalMillis() < 0 || operation.intervalMillis() == question.intervalMillis());
    }

    private static boolean matches(String wanted, String found) {
        return wanted.isEmpty() || wanted.equals(found);
    }

    private static boolean attribute(Rule.Attribute rule, Question question) {
        String found = question.attributes().apply(rule.attribute());
        String value = wanted(rule, question);
        if (rule.operation().equals("defined")) {
            return found != null;
        } else if (rule.operation().equals("not_defined")) {
            return found == null;
        }
        if (found == null || value == null) {
            // what is not there differs from what is there
            return rule.operation().equals("ne") && (found == null) != (value == null);
        }
        int order = compare(found, value, rule);
        return switch (rule.operation()) {
            case "eq" -> order == 0;
            case "ne" -> order != 0;
            case "lt" -> order < 0;
            case "lte" -> order <= 0;
            case "gt" -> order > 0;
            case "gte" -> order >= 0;
            default -> false;
        };
    }

    private static @Nullable String wanted(Rule.Attribute rule, Question question) {
        return switch (rule.source()) {
            case "param" -> question.parameters().get(rule.value());
            case "meta" -> question.meta().get(rule.value());
            default -> rule.value();
        };
    }

    private static int compare(String found, String value, Rule.Attribute rule) {
        boolean ordering = !rule.operation().equals("eq") && !rule.operation().equals("ne");
        String type = rule.type();
        if (type.isEmpty()) {
            type = ordering ? (found.contains(".") || value.contains(".") ? "number" : "integer") : "string";
        }
        return switch (type) {
            case "integer" -> number(found, value, true);
            case "number" -> number(found, value, false);
            case "version" -> version(found, value);
            default -> found.compareToIgnoreCase(value);
        };
    }

    /** As texts where one of them is no number. */
    private static int number(String found, String value, boolean whole) {
        try {
            double left = Double.parseDouble(found);
            double right = Double.parseDouble(value);
            return whole ? Long.compare((long) left, (long) right) : Double.compare(left, right);
        } catch (NumberFormatException e) {
            return found.compareToIgnoreCase(value);
        }
    }

    private static int version(String found, String value) {
        String[] left = found.split("\\.", -1);
        String[] right = value.split("\\.", -1);
        for (int i = 0; i < Math.max(left.length, right.length); i++) {
            long l = i < left.length ? Words.leadingNumber(left[i]) : 0;
            long r = i < right.length ? Words.leadingNumber(right[i]) : 0;
            if (l != r) {
                return Long.compare(l, r);
            }
        }
        return 0;
    }

    private static boolean time(Rule.Time rule, long now) {
        return switch (rule.operation()) {
            case "gt" -> now > rule.start();
            case "lt" -> now < rule.end();
            case "in_range" -> now >= rule.start() && now <= rule.end();
            case "date_spec" ->
                calendar(rule.calendar(), Instant.ofEpochSecond(now).atZone(ZoneOffset.UTC));
            default -> false;
        };
    }

    private static boolean calendar(Map<String, String> ranges, ZonedDateTime time) {
        return ranges.entrySet().stream().allMatch(range -> inRange(range.getValue(), field(range.getKey(), time)));
    }

    private static long field(String name, ZonedDateTime time) {
        DayOfWeek day = time.getDayOfWeek();
        return switch (name) {
            case "seconds" -> time.getSecond();
            case "minutes" -> time.getMinute();
            case "hours" -> time.getHour();
            case "monthdays" -> time.getDayOfMonth();
            case "weekdays" -> day.getValue();
            case "yeardays" -> time.getDayOfYear();
            case "months" -> time.getMonthValue();
            case "weeks" -> time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
            case "years" -> time.getYear();
            case "weekyears" -> time.get(IsoFields.WEEK_BASED_YEAR);
            default -> Long.MIN_VALUE;
        };
    }

    private static boolean inRange(String range, long value) {
        int dash = range.indexOf('-');
        if (dash < 0) {
            return Words.leadingNumber(range) == value;
        }
        String from = range.substring(0, dash);
        String to = range.substring(dash + 1);
        return (from.isEmpty() || value >= Words.leadingNumber(from))
                && (to.isEmpty() || value <= Words.leadingNumber(to));
    }
}
