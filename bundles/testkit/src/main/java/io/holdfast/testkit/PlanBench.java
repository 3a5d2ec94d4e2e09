package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Rules;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.Resource;
import io.holdfast.planner.Action;
import io.holdfast.planner.Facts;
import io.holdfast.planner.NodeFacts;
import io.holdfast.planner.Plan;
import io.holdfast.planner.Planner;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Part of {@code ./holdfast bench planner}: what the leader of a running cluster spends on a plan. Groups of five with one preference
 * each, every tenth group together with and after the one before it, on 16 nodes.
 */
public final class PlanBench {
    private static final int NODES = 16;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private ClusterState state = ClusterState.empty();
    private final TreeMap<String, NodeFacts> nodes = new TreeMap<>();

    private PlanBench() {}

    /** Words: how often. */
    public static void main(String[] words) {
        int times = words.length > 0 ? Integer.parseInt(words[0]) : 20;
        System.out.println("CPU time of a plan of the leader, ms     min   median      max");
        for (int resources : List.of(1000, 10_000)) {
            new PlanBench().run(resources, times);
        }
    }

    private void run(int resources, int times) {
        NodeRecord.Terms terms = new NodeRecord.Terms(false, 2000, 250, "process", true, 1, 1, "m", false, "0");
        for (int node = 1; node <= NODES; node++) {
            commit("n" + node, new Command.Join("n" + node, terms));
            nodes.put("n" + node, new NodeFacts(true, Set.of("t"), Map.of()));
        }
        commit("n1", new Command.Apply(configuration(resources), "", -1, "bench"));
        Planner planner = new Planner();
        for (Plan plan = planner.next(facts()); !plan.quiet(); plan = planner.next(facts())) {
            plan.actions().forEach(this::play);
        }
        String what = resources + " x " + NODES + ", ";
        List<Facts> again = new ArrayList<>();
        List<Facts> failed = new ArrayList<>();
        Facts settled = facts();
        for (int i = 0; i < 2 * times; i++) {
            Grant grant = Objects.requireNonNull(settled.state().grants().get("r" + (i * 37 % resources)));
            report(grant, State.ACTIVE, "look " + i);
            again.add(facts());
            ClusterState before = state;
            commit(
                    grant.node(),
                    new Command.Failure(
                            grant.instance(),
                            grant.node(),
                            grant.incarnation(),
                            grant.token(),
                            "monitor",
                            "gone",
                            true));
            failed.add(facts());
            state = before;
        }
        tell(what + "one reported", times, i -> planner.next(again.get(i)));
        tell(what + "one failed, must move", times, i -> planner.next(failed.get(i)));
        NodeRecord lost = Objects.requireNonNull(settled.state().nodes().get("n" + NODES));
        commit("n1", new Command.Expel(lost.name(), lost.incarnation(), "bench"));
        commit("n1", new Command.Fenced(lost.name(), lost.incarnation(), new Command.Proof.Manual("bench")));
        Facts without = facts();
        tell(what + "a node is lost", times, i -> planner.next(i % 2 == 0 ? settled : without));
        tell(what + "made anew", times, i -> Planner.plan(settled));
    }

    private interface Planning {
        Plan plan(int i);
    }

    private static void tell(String what, int times, Planning planning) {
        long until = THREADS.getCurrentThreadCpuTime() + TimeUnit.SECONDS.toNanos(2); // to be compiled
        for (int i = 0; THREADS.getCurrentThreadCpuTime() < until; i++) {
            planning.plan(i % times);
        }
        long[] nanos = new long[times];
        for (int i = 0; i < times; i++) {
            long start = THREADS.getCurrentThreadCpuTime();
            planning.plan(times + i);
            nanos[i] = THREADS.getCurrentThreadCpuTime() - start;
        }
        Arrays.sort(nanos);
        System.out.printf(
                "%-36s %8.2f %8.2f %8.2f%n", what, nanos[0] / 1e6, nanos[times / 2] / 1e6, nanos[times - 1] / 1e6);
    }

    private static Configuration configuration(int resources) {
        SortedMap<String, Resource> map = new TreeMap<>();
        SortedMap<String, List<String>> groups = new TreeMap<>();
        List<Constraint> constraints = new ArrayList<>();
        for (int r = 0; r < resources; r++) {
            map.put("r" + r, Resource.of("r" + r, "t", Map.of()));
        }
        for (int group = 0; group * 5 < resources; group++) {
            List<String> members = new ArrayList<>();
            for (int r = group * 5; r < Math.min(resources, group * 5 + 5); r++) {
                members.add("r" + r);
            }
            groups.put("g" + group, members);
            constraints.add(new Constraint.Prefer("g" + group, "n" + (group % NODES + 1), "", 100));
            if (group % 10 == 9) {
                constraints.add(new Constraint.Together("g" + group, "g" + (group - 1), Constraint.INFINITY));
                constraints.add(new Constraint.Order("g" + (group - 1), "g" + group, true));
            }
        }
        return new Configuration(
                "bench", map, groups, constraints, List.of(), new Defaults(10, 3, Defaults.USUAL.failureTimeout()));
    }

    private void play(Action action) {
        if (action.command().isEmpty()) {
            return;
        }
        commit("n1", action.command().get());
        Grant grant = state.grants().get(action.instance());
        if (grant != null) {
            report(grant, State.ACTIVE, "");
        }
    }

    private void report(Grant grant, State report, String text) {
        commit(
                grant.node(),
                new Command.Reported(grant.instance(), grant.node(), grant.incarnation(), grant.token(), report, text));
    }

    private void commit(String origin, Command command) {
        state = Rules.apply(state, state.index() + 1, new Entry(origin, 0, command))
                .state();
    }

    private Facts facts() {
        return new Facts(state, nodes, 0);
    }
}
