package io.holdfast.daemon;

import io.holdfast.config.ConfigParser;
import io.holdfast.config.Parsed;
import io.holdfast.config.TypeLookup;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.Rules;
import io.holdfast.planner.Explain;
import io.holdfast.planner.Facts;
import io.holdfast.planner.NodeFacts;
import io.holdfast.planner.Planner;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Plans a small cluster once on a worker, so that the classes are loaded when the first real plan is made: loading them takes some
 * hundred milliseconds, in which the loop would renew no lease.
 */
public final class WarmUp {
    private static final String NODE = "n";
    private static final String DOCUMENT = """
            cluster: warm
            resources:
              a: {type: t, parameters: {k: v}, monitor: {interval: 5s, timeout: 5s}}
              b: {type: t}
              c: {type: t}
            groups:
              g: [a, b]
            constraints:
              - prefer: {resource: g, node: n, score: 100}
              - together: {resource: c, with: g}
              - order: {first: g, then: c}
            """;

    private WarmUp() {}

    /** {@return how many actions the plan had} Blocks; pure otherwise. */
    public static int run() {
        if (!(ConfigParser.parse(DOCUMENT, "warm", TypeLookup.trusting()) instanceof Parsed.Sound sound)) {
            return 0;
        }
        Terms terms = new Terms(false, 2000, 250, "process", true, 1, 1, "m", false, "0");
        ClusterState state = applied(ClusterState.empty(), new Command.Join(NODE, terms));
        state = applied(state, new Command.Apply(sound.configuration(), DOCUMENT, -1, NODE));
        int actions = plan(state);
        state = applied(state, new Command.Allow("a", NODE, 1, ""));
        return actions + plan(state);
    }

    private static ClusterState applied(ClusterState state, Command command) {
        return Rules.apply(state, state.index() + 1, new Entry(NODE, 0, command))
                .state();
    }

    private static int plan(ClusterState state) {
        Facts facts = new Facts(state, new TreeMap<>(Map.of(NODE, new NodeFacts(true, Set.of("t"), Map.of()))), 0);
        Explain.text(facts, "a");
        return Planner.plan(facts).actions().size();
    }
}
