package io.holdfast.cib;

import io.holdfast.planner.engine.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes an outcome for people. */
final class OutcomeText {
    private OutcomeText() {}

    static String write(Outcome outcome) {
        StringBuilder text = new StringBuilder(steps(outcome)).append("Where everything would be then:\n");
        outcome.placement()
                .forEach((resource, nodes) -> text.append("  ")
                        .append(resource)
                        .append(": ")
                        .append(places(nodes))
                        .append('\n'));
        return text.toString();
    }

    /** What would be done, and who would be elsewhere than without the change that is asked about. */
    static String compare(Outcome without, Outcome with) {
        StringBuilder text = new StringBuilder(steps(with));
        TreeSet<String> names = new TreeSet<>(without.placement().keySet());
        names.addAll(with.placement().keySet());
        List<String> lines = new ArrayList<>();
        for (String name : names) {
            String was = places(without.placement().getOrDefault(name, new TreeMap<>()));
            String is = places(with.placement().getOrDefault(name, new TreeMap<>()));
            if (!was.equals(is)) {
                lines.add("  " + name + ": " + is + ", and not " + was + "\n");
            }
        }
        int same = names.size() - lines.size();
        text.append(
                lines.isEmpty() ? "Everything would be where it is without that" : "What would be different then:\n");
        lines.forEach(text::append);
        return text.append(lines.isEmpty() ? ".\n" : "The other " + same + " would be where they are without that.\n")
                .toString();
    }

    private static String steps(Outcome outcome) {
        StringBuilder text = new StringBuilder();
        if (outcome.actions().isEmpty()) {
            text.append("Nothing would be done.\n");
        } else {
            text.append("What would be done (a step waits for those in brackets):\n");
        }
        List<List<Integer>> before = new ArrayList<>();
        outcome.actions().forEach(action -> before.add(new ArrayList<>()));
        outcome.orders().forEach(pair -> before.get(pair.then()).add(pair.first() + 1));
        for (int i = 0; i < outcome.actions().size(); i++) {
            Outcome.Action action = outcome.actions().get(i);
            String where = action.node().isEmpty() ? "" : " on " + action.node();
            text.append(String.format("%5d  ", i + 1))
                    .append(
                            action.what().equals("fence")
                                    ? "fence " + action.node()
                                    : action.what() + " " + action.resource() + where)
                    .append(before.get(i).isEmpty() ? "" : "  " + before.get(i))
                    .append('\n');
        }
        return text.toString();
    }

    private static String places(SortedMap<String, List<String>> nodes) {
        List<String> places = new ArrayList<>();
        for (Map.Entry<String, List<String>> node : nodes.entrySet()) {
            node.getValue()
                    .forEach(role -> places.add(node.getKey()
                            + (role.equals("Started") ? "" : " (" + role.toLowerCase(Locale.ROOT) + ")")));
        }
        return places.isEmpty() ? "nowhere" : String.join(", ", places);
    }
}
