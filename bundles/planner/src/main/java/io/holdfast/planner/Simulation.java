package io.holdfast.planner;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.config.Configuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Plays what would happen if nodes failed or a document were applied: every start and stop succeeds, every fencing is confirmed. */
public final class Simulation {
    /** Each round starts or stops something; more rounds than this are no longer a prospect but a mistake. */
    private static final int MOST_ROUNDS = 1000;

    private final Facts before;
    private final List<String> lines = new ArrayList<>();
    private Facts facts;

    private Simulation(Facts facts) {
        before = facts;
        this.facts = facts;
    }

    /** {@return what would happen, step by step with reasons, and where everything would be then; several lines} */
    public static String text(Facts facts, List<String> failedNodes, Optional<Configuration> next) {
        Simulation simulation = new Simulation(facts);
        failedNodes.forEach(simulation::fail);
        next.ifPresent(simulation::configure);
        simulation.run();
        simulation.outcome();
        return String.join("\n", simulation.lines) + "\n";
    }

    private void fail(String name) {
        NodeRecord node = facts.state().nodes().get(name);
        if (node == null || !node.mayRun()) {
            lines.add("There is no node " + name + " that could fail.");
            return;
        }
        if (node.joined()) {
            commit(name, new Command.Expel(name, node.incarnation(), "it fails in this simulation"));
        }
        commit(name, new Command.Fenced(name, node.incarnation(), new Command.Proof.Manual("simulation")));
        lines.add(name + " fails and is fenced.");
    }

    private void configure(Configuration next) {
        Result result = commit("", new Command.Apply(next, "", -1, "simulation"));
        lines.add(
                result instanceof Result.Refused refused
                        ? "The document would be refused: " + refused.reason()
                        : "The document is applied.");
    }

    private void run() {
        Plan plan = Planner.plan(facts);
        for (int round = 0; round < MOST_ROUNDS && !plan.quiet(); round++) {
            plan.actions().forEach(this::play);
            plan = Planner.plan(facts);
        }
        if (!plan.quiet()) {
            lines.add("It does not come to rest within " + MOST_ROUNDS + " rounds.");
        }
    }

    private void play(Action action) {
        String instance = action.instance();
        if (action.command().isEmpty() || commit("", action.command().get()) instanceof Result.Refused) {
            return;
        }
        if (action instanceof Action.Allow allow) {
            long token = facts.state().index();
            lines.add(acted("start ", "promote ", instance) + " on " + allow.node() + ": " + action.reason());
            commit(
                    allow.node(),
                    new Command.Reported(instance, allow.node(), allow.incarnation(), token, State.ACTIVE, ""));
        } else if (action instanceof Action.Revoke) {
            Grant grant = facts.state().grant(instance).orElseThrow();
            lines.add(acted("stop ", "demote ", instance) + " on " + grant.node() + ": " + action.reason());
            commit(grant.node(), new Command.Release(instance, grant.node(), grant.incarnation(), grant.token()));
        }
    }

    /** An instance is started and stopped, and by a right a copy of the resource is promoted and demoted. */
    private static String acted(String instances, String rights, String name) {
        return Instances.isRight(name) ? rights + Instances.resource(name) : instances + name;
    }

    private Result commit(String origin, Command command) {
        ClusterState state = facts.state();
        Rules.Applied applied = Rules.apply(state, state.index() + 1, new Entry(origin, facts.wallMillis(), command));
        facts = new Facts(applied.state(), facts.nodes(), facts.wallMillis());
        return applied.result();
    }

    private void outcome() {
        int steps = lines.size();
        Plan plan = Planner.plan(facts);
        Map<String, Decision> decisions = new TreeMap<>(plan.decisions());
        for (Map.Entry<String, Decision> entry : decisions.entrySet()) {
            String was = node(before, entry.getKey());
            String is = node(facts, entry.getKey());
            String waiting = entry.getValue().waiting();
            if (!was.equals(is) || !waiting.isEmpty()) {
                String way = was.equals(is)
                        ? (is.isEmpty() ? "runs nowhere" : "stays on " + is)
                        : (was.isEmpty() ? "nowhere" : was) + " -> " + (is.isEmpty() ? "nowhere" : is);
                lines.add(entry.getKey() + ": " + way + (waiting.isEmpty() ? "" : " (" + waiting + ")"));
            }
        }
        if (lines.size() == steps) {
            lines.add("Nothing else would change.");
        }
    }

    private static String node(Facts facts, String instance) {
        return facts.state().grant(instance).map(Grant::node).orElse("");
    }
}
