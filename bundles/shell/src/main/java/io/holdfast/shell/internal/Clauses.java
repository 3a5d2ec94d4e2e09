package io.holdfast.shell.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A clause of a manifest header: {@code a;b;attribute=1;directive:=2}.
 *
 * @param names what it is about
 * @param attributes by name, without their types
 * @param directives by name
 */
record Clauses(List<String> names, Map<String, String> attributes, Map<String, String> directives) {

    /** {@return the clauses of a header} */
    static List<Clauses> parse(String header) {
        List<Clauses> clauses = new ArrayList<>();
        for (String clause : split(header, ',')) {
            List<String> names = new ArrayList<>();
            Map<String, String> attributes = new TreeMap<>();
            Map<String, String> directives = new TreeMap<>();
            for (String part : split(clause, ';')) {
                int equals = unquoted(part, '=');
                if (equals < 0) {
                    names.add(part.strip());
                } else if (equals > 0 && part.charAt(equals - 1) == ':') {
                    directives.put(part.substring(0, equals - 1).strip(), plain(part.substring(equals + 1)));
                } else {
                    String name = part.substring(0, equals).strip();
                    int type = name.indexOf(':');
                    attributes.put(type < 0 ? name : name.substring(0, type), plain(part.substring(equals + 1)));
                }
            }
            clauses.add(new Clauses(names, attributes, directives));
        }
        return clauses;
    }

    private static String plain(String value) {
        String text = value.strip();
        return text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        String rest = text;
        for (int at = unquoted(rest, separator); at >= 0; at = unquoted(rest, separator)) {
            parts.add(rest.substring(0, at));
            rest = rest.substring(at + 1);
        }
        if (!rest.isBlank()) {
            parts.add(rest);
        }
        return parts;
    }

    private static int unquoted(String text, char wanted) {
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char one = text.charAt(i);
            if (one == '"') {
                quoted = !quoted;
            } else if (one == wanted && !quoted) {
                return i;
            }
        }
        return -1;
    }
}
