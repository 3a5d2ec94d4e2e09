package io.holdfast.cib;

import io.holdfast.planner.engine.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes an outcome for people. */
final class OutcomeText {
    private OutcomeText() {}

    static String write(Outcome outcome) {
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
        text.append("Where everything would be then:\n");
        outcome.placement().forEach((resource, nodes) -> {
            List<String> places = new ArrayList<>();
            for (Map.Entry<String, List<String>> node : nodes.entrySet()) {
                node.getValue()
                        .forEach(role -> places.add(node.getKey()
                                + (role.equals("Started")
                                        ? ""
                                        : " (" + role.toLowerCase(java.util.Locale.ROOT) + ")")));
            }
            text.append("  ")
                    .append(resource)
                    .append(": ")
                    .append(places.isEmpty() ? "nowhere" : String.join(", ", places))
                    .append('\n');
        });
        return text.toString();
    }
}
