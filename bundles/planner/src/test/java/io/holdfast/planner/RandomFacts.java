package io.holdfast.planner;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.PromotionScore;
import io.holdfast.model.Rules;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.NodeSetting;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Option;
import io.holdfast.model.config.Resource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** A random cluster in a random condition, reached by commands. */
final class RandomFacts {
    private static final Terms TERMS = new Terms(false, 2000, 250, "process", true, 1, 1, "m", false, "0.1.0");
    private static final int[] SCORES = {1, 5, 100, 1000, 500_000, Constraint.INFINITY};
    private final Random random;
    private ClusterState state = ClusterState.empty();
    private final List<String> nodes = new ArrayList<>();
    private final List<String> resources = new ArrayList<>();
    private final TreeMap<String, NodeFacts> known = new TreeMap<>();

    private final boolean clones;
    private final boolean promotes;

    RandomFacts(long seed) {
        this(seed, false);
    }

    RandomFacts(long seed, boolean clones) {
        this(seed, clones, false);
    }

    private RandomFacts(long seed, boolean clones, boolean promotes) {
        random = new Random(seed);
        this.clones = clones;
        this.promotes = promotes;
    }

    /** With clones of which copies are promoted. */
    static RandomFacts promoting(long seed) {
        return new RandomFacts(seed, true, true);
    }

    Facts facts() {
        int nodeCount = 1 + random.nextInt(4);
        for (int i = 1; i <= nodeCount; i++) {
            nodes.add("n" + i);
            commit("n" + i, new Command.Join("n" + i, TERMS));
        }
        int resourceCount = 1 + random.nextInt(6);
        for (int i = 1; i <= resourceCount; i++) {
            resources.add("r" + i);
        }
        commit("n1", new Command.Apply(configuration(), "", -1, "ann"));
        for (int i = random.nextInt(30); i > 0; i--) {
            commit();
        }
        if (random.nextInt(4) == 0) {
            commit("n1", new Command.Apply(configuration(), "", -1, "ann"));
        }
        nodes.forEach(this::condition);
        return new Facts(state, known, Scene.NOW);
    }

    /** A little later. */
    Facts changed() {
        for (int i = random.nextInt(3); i > 0; i--) {
            commit();
        }
        if (random.nextInt(4) == 0) {
            condition(nodes.get(random.nextInt(nodes.size())));
        }
        if (random.nextInt(10) == 0) {
            commit("n1", new Command.Apply(configuration(), "", -1, "ann"));
        }
        return new Facts(state, known, Scene.NOW);
    }

    private void condition(String node) {
        NodeRecord record = state.nodes().get(node);
        if (random.nextInt(6) == 0) {
            commit("n1", new Command.Expel(node, record.incarnation(), "silent"));
        }
        boolean live = state.nodes().get(node).joined() && random.nextInt(6) > 0;
        Set<String> types = new HashSet<>(List.of("x"));
        if (random.nextInt(4) > 0) {
            types.add("y");
        }
        known.put(node, new NodeFacts(live, types, java.util.Map.of()));
    }

    private Configuration configuration() {
        TreeMap<String, Resource> map = new TreeMap<>();
        boolean sized = random.nextInt(4) == 0;
        for (String name : resources) {
            map.put(
                    name,
                    new Resource(
                            name,
                            random.nextInt(5) == 0 ? "y" : "x",
                            new TreeMap<>(),
                            OperationSetting.UNSET,
                            OperationSetting.UNSET,
                            OperationSetting.UNSET,
                            random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(score() - 1),
                            OptionalInt.empty(),
                            Optional.empty(),
                            random.nextInt(3),
                            sized ? new TreeMap<>(Map.of("size", 1 + random.nextInt(3))) : new TreeMap<>(),
                            new TreeMap<>(),
                            new TreeMap<>()));
        }
        TreeMap<String, NodeSetting> offered = new TreeMap<>();
        nodes.forEach(node -> offered.put(node, new NodeSetting(new TreeMap<>(Map.of("size", 2 + random.nextInt(4))))));
        TreeMap<String, List<String>> groups = new TreeMap<>();
        if (resources.size() > 2 && random.nextBoolean()) {
            groups.put("g", resources.subList(0, 2));
        }
        List<Constraint> constraints = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            constraints.add(constraint());
        }
        String strategy = List.of("utilization", "balanced", "minimal").get(random.nextInt(3));
        return new Configuration(
                "t",
                map,
                groups,
                constraints,
                List.of(),
                Defaults.USUAL,
                clones ? new TreeMap<>(clones(groups)) : new TreeMap<>(),
                sized ? offered : new TreeMap<>(),
                sized ? new TreeMap<>(Map.of(Option.STRATEGY, strategy)) : new TreeMap<>(),
                List.of());
    }

    private Map<String, CloneSetting> clones(Map<String, List<String>> groups) {
        Map<String, CloneSetting> some = new TreeMap<>();
        List<String> names = new ArrayList<>(resources);
        groups.values().forEach(names::removeAll);
        names.addAll(groups.keySet());
        for (String name : names) {
            int perNode = random.nextInt(3) == 0 ? 2 : 1;
            if (random.nextInt(5) < 2) {
                some.put(
                        "clone-" + name,
                        new CloneSetting(
                                name,
                                random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(5)),
                                perNode,
                                random.nextInt(3) == 0 ? 2 : 0,
                                random.nextBoolean(),
                                random.nextInt(3) == 0,
                                perNode > 1,
                                false,
                                0,
                                0));
            }
            if (promotes && !groups.containsKey(name) && random.nextInt(5) < 3) {
                CloneSetting plain = some.getOrDefault(
                        "clone-" + name,
                        new CloneSetting(name, OptionalInt.empty(), 1, 0, false, false, false, false, 0, 0));
                some.put("clone-" + name, promotable(plain));
            }
        }
        return some;
    }

    private CloneSetting promotable(CloneSetting plain) {
        return new CloneSetting(
                plain.of(),
                plain.instances(),
                1,
                plain.atLeast(),
                plain.interleave(),
                plain.ordered(),
                false,
                true,
                1 + random.nextInt(2),
                1);
    }

    /** Something about a role; what is not cloned never has it. */
    private Constraint role(String low, String high, int sign) {
        return switch (random.nextInt(low.equals(high) ? 1 : 4)) {
            case 0 ->
                new Constraint.Prefer(
                        low, nodes.get(random.nextInt(nodes.size())), "", sign * score(), "", "promoted", false);
            case 1 -> new Constraint.Together(high, low, sign * score(), "", "promoted", "", random.nextBoolean());
            case 2 -> new Constraint.Together(high, low, sign * score(), "promoted", "", "", random.nextBoolean());
            default ->
                new Constraint.Order(
                        low,
                        high,
                        random.nextInt(3) > 0,
                        random.nextInt(4) > 0,
                        false,
                        random.nextBoolean() ? "promote" : "start",
                        random.nextBoolean() ? "promote" : "start",
                        false);
        };
    }

    /** Orders go from lower to higher names and ties the other way, so that there are no circles. */
    private Constraint constraint() {
        int a = random.nextInt(resources.size());
        int b = random.nextInt(resources.size());
        String low = resources.get(Math.min(a, b));
        String high = resources.get(Math.max(a, b));
        int sign = random.nextInt(3) == 0 ? -1 : 1;
        if (promotes && random.nextInt(3) == 0) {
            return role(low, high, sign);
        }
        if (a != b && random.nextInt(5) == 0) {
            boolean serialize = random.nextBoolean();
            List<String> firsts = resources.subList(0, Math.max(a, b));
            List<Constraint.Step> steps = List.of(
                    new Constraint.Step(firsts, false, random.nextBoolean(), ""),
                    new Constraint.Step(List.of(high), true, false, ""));
            return new Constraint.Steps(steps, !serialize, !serialize && random.nextInt(4) > 0, serialize);
        }
        return switch (random.nextInt(a == b ? 1 : 3)) {
            case 0 -> new Constraint.Prefer(low, nodes.get(random.nextInt(nodes.size())), "", sign * score());
            case 1 -> new Constraint.Together(high, low, sign * score());
            default -> new Constraint.Order(low, high, random.nextInt(3) > 0, random.nextInt(4) > 0);
        };
    }

    private int score() {
        return SCORES[random.nextInt(SCORES.length)];
    }

    private void commit() {
        String node = nodes.get(random.nextInt(nodes.size()));
        String resource = resources.get(random.nextInt(resources.size()));
        List<String> instances = List.copyOf(state.instances().keySet());
        if (clones && !instances.isEmpty() && random.nextInt(8) > 0) {
            resource = instances.get(random.nextInt(instances.size()));
        }
        long incarnation = state.nodes().get(node).incarnation();
        Grant grant = state.grants().get(resource);
        if (promotes && grant != null && random.nextInt(3) == 0) {
            String score = PromotionScore.text(random.nextInt(4) * 5 - 5, grant.token());
            commit(grant.node(), new Command.Note(resource, grant.token(), PromotionScore.NOTE, score));
            return;
        }
        switch (random.nextInt(grant == null ? 8 : 14)) {
            case 0, 1, 2, 3 -> {
                commit(node, new Command.Allow(resource, node, incarnation, "random"));
                report(resource, State.ACTIVE);
            }
            case 4 -> commit(node, new Command.Standby(node, random.nextBoolean(), "ann"));
            case 5 ->
                commit(
                        node,
                        new Command.Maintenance(
                                random.nextBoolean() ? resource : random.nextInt(6) == 0 ? "" : node,
                                random.nextBoolean(),
                                "ann"));
            case 6 -> commit(node, new Command.Move(resource, node, "ann"));
            case 7 -> commit(node, new Command.Stop(resource, "ann"));
            case 8 -> commit(node, new Command.Revoke(resource, grant.token(), "random"));
            case 9 -> report(resource, List.of(State.values()).get(random.nextInt(5)));
            case 10 -> {
                commit(node, new Command.Revoke(resource, grant.token(), "random"));
                commit(grant.node(), new Command.Release(resource, grant.node(), grant.incarnation(), grant.token()));
            }
            default ->
                commit(
                        grant.node(),
                        new Command.Failure(
                                resource,
                                grant.node(),
                                grant.incarnation(),
                                grant.token(),
                                "monitor",
                                "exit code 7",
                                random.nextInt(8) == 0));
        }
    }

    private void report(String resource, State report) {
        Grant grant = state.grants().get(resource);
        if (grant != null) {
            commit(
                    grant.node(),
                    new Command.Reported(resource, grant.node(), grant.incarnation(), grant.token(), report, ""));
        }
    }

    private void commit(String origin, Command command) {
        long wall = Scene.NOW - (random.nextInt(4) == 0 ? 700_000 : 1000);
        state = Rules.apply(state, state.index() + 1, new Entry(origin, wall, command))
                .state();
    }
}
