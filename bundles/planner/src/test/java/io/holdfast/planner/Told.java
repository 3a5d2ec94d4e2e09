package io.holdfast.planner;

import java.util.List;
import java.util.TreeMap;

/** A plan and a state, as tests tell them in few words. */
final class Told {
    private Told() {}

    /** {@return what a plan does: {@code +a@n1} grants, {@code -a} revokes, {@code ~a} waits, {@code .a} is anything else} */
    static List<String> actions(Facts facts) {
        return Planner.plan(facts).actions().stream()
                .map(action -> action instanceof Action.Allow allow
                        ? "+" + allow.instance() + "@" + allow.node()
                        : (action instanceof Action.Wait ? "~" : action instanceof Action.Revoke ? "-" : ".")
                                + action.instance())
                .toList();
    }

    /** {@return why a plan does what it does first about an instance} */
    static String reason(Facts facts, String instance) {
        return Planner.plan(facts).actions().stream()
                .filter(action -> action.instance().equals(instance))
                .map(Action::reason)
                .findFirst()
                .orElse("");
    }

    /** {@return who holds what} */
    static String where(Facts facts) {
        TreeMap<String, String> where = new TreeMap<>();
        facts.state().grants().values().forEach(grant -> where.put(grant.instance(), grant.node()));
        return where.toString();
    }
}
