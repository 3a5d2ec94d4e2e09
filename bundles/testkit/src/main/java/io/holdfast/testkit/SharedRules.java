package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Entry;
import io.holdfast.model.Rules;
import java.util.HashMap;
import java.util.Map;

/**
 * Applies entries for all processes of a simulation. The rules are pure, so what one process got from a state and an entry, another
 * that has the very same state gets too; a process whose state is another object computes for itself.
 */
final class SharedRules implements SimulatedLedger.Applier {
    private record Step(ClusterState before, Entry entry, Rules.Applied applied) {}

    private final SimulatedLedger.Applier rules;
    private final Map<Long, Step> steps = new HashMap<>();

    SharedRules(SimulatedLedger.Applier rules) {
        this.rules = rules;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // an equal state that is another object has a history of its own
    public Rules.Applied apply(ClusterState state, long index, Entry entry) {
        Step step = steps.get(index);
        if (step != null
                && step.before() == state
                && (step.entry() == entry || step.entry().equals(entry))) {
            return step.applied();
        }
        Rules.Applied applied = rules.apply(state, index, entry);
        steps.put(index, new Step(state, entry, applied));
        return applied;
    }
}
