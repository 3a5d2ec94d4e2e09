package io.holdfast.cib;

import io.holdfast.planner.engine.Outcome;
import java.util.List;
import java.util.Map;

/** Writes an outcome as JSON. */
public final class OutcomeJson {
    private OutcomeJson() {}

    /** {@return one object with {@code placement}, {@code fenced}, {@code actions} and {@code orders}} */
    public static String write(Outcome outcome) {
        StringBuilder text = new StringBuilder("{\"placement\": {");
        String gap = "";
        for (Map.Entry<String, ? extends Map<String, List<String>>> resource :
                outcome.placement().entrySet()) {
            text.append(gap).append(quote(resource.getKey())).append(": {");
            String inner = "";
            for (Map.Entry<String, List<String>> node : resource.getValue().entrySet()) {
                text.append(inner).append(quote(node.getKey())).append(": ").append(roles(node.getValue()));
                inner = ", ";
            }
            text.append('}');
            gap = ",\n  ";
        }
        text.append("},\n \"fenced\": [")
                .append(String.join(
                        ", ", outcome.fenced().stream().map(OutcomeJson::quote).toList()))
                .append("],\n \"actions\": [")
                .append(String.join(
                        ",\n  ",
                        outcome.actions().stream().map(OutcomeJson::action).toList()))
                .append("],\n \"orders\": [")
                .append(String.join(
                        ", ",
                        outcome.orders().stream()
                                .map(pair -> "[" + pair.first() + "," + pair.then() + "]")
                                .toList()))
                .append("]}\n");
        return text.toString();
    }

    private static String roles(List<String> roles) {
        List<String> quoted = roles.stream().map(OutcomeJson::quote).toList();
        return quoted.size() == 1 ? quoted.get(0) : "[" + String.join(", ", quoted) + "]";
    }

    private static String action(Outcome.Action action) {
        return "[" + quote(action.what()) + ", " + quote(action.resource()) + ", "
                + (action.node().isEmpty() ? "null" : quote(action.node())) + "]";
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
