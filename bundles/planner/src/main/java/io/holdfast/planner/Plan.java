package io.holdfast.planner;

import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What ought to be, and what to do next.
 *
 * @param decisions by instance
 * @param actions what can be done now, sorted by instance; waits among them
 * @param nextWakeMillis wall clock at which a failure ages, so that a new plan may differ though nothing happened
 */
public record Plan(SortedMap<String, Decision> decisions, List<Action> actions, OptionalLong nextWakeMillis) {
    /** Copies the collections. */
    public Plan {
        decisions = Collections.unmodifiableSortedMap(new TreeMap<>(decisions));
        actions = List.copyOf(actions);
    }

    /** {@return whether nothing is to be done now; something may still be waited for} */
    public boolean quiet() {
        return actions.stream().allMatch(action -> action instanceof Action.Wait);
    }
}
