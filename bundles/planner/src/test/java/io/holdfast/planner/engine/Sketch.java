package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Colocation;
import io.holdfast.planner.cluster.History;
import io.holdfast.planner.cluster.Location;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Order;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Rule;
import io.holdfast.planner.cluster.Settings;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Draws clusters in few words. Meta options and attributes are written {@code name=value}. */
final class Sketch {
    static final long NOW = 1_000_000;
    private static final Resource.Agent AGENT = new Resource.Agent("ocf", "test", "Thing");

    private final Map<String, String> settings = new LinkedHashMap<>(Map.of("fencing-enabled", "false"));
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final List<Resource> resources = new ArrayList<>();
    private final List<Location> locations = new ArrayList<>();
    private final List<Colocation> colocations = new ArrayList<>();
    private final List<Order> orders = new ArrayList<>();
    private final List<History> histories = new ArrayList<>();
    private boolean quorum = true;
    private int call = 1;

    Sketch(String... names) {
        Stream.of(names).forEach(name -> node(name, Node.Sight.WELL));
    }

    Sketch node(String name, Node.Sight sight, String... attributes) {
        nodes.put(name, new Node(name, name, withName(name, map(attributes)), Map.of(), sight));
        return this;
    }

    Sketch node(String name, int capacity, String... attributes) {
        nodes.put(
                name, new Node(name, name, withName(name, map(attributes)), Map.of("size", capacity), Node.Sight.WELL));
        return this;
    }

    private static Map<String, String> withName(String name, Map<String, String> attributes) {
        attributes.put("#uname", name);
        return attributes;
    }

    Sketch lost(String name) {
        return node(
                name, new Node.Sight(true, Node.Answer.NO, Node.Answer.NO, Node.Joining.DOWN, Node.Answer.YES, false));
    }

    Sketch set(String... options) {
        settings.putAll(map(options));
        return this;
    }

    Sketch fencing() {
        resources.add(new Resource(
                "fence",
                Resource.Kind.PRIMITIVE,
                new Resource.Agent("stonith", "", "fence_test"),
                Map.of("target-role", "Stopped"),
                Map.of(),
                Map.of(),
                List.of(),
                List.of()));
        return set("fencing-enabled=true");
    }

    Sketch noQuorum() {
        quorum = false;
        return this;
    }

    static Resource primitive(String id, String... meta) {
        Map<String, String> options = map(meta);
        String size = options.remove("size");
        List<Resource.Operation> operations = new ArrayList<>();
        String onFail = options.remove("on-fail");
        if (onFail != null) {
            operations.add(new Resource.Operation("monitor", 10_000, Map.of("on-fail", onFail)));
        }
        return new Resource(
                id,
                Resource.Kind.PRIMITIVE,
                AGENT,
                options,
                Map.of(),
                size == null ? Map.of() : Map.of("size", Integer.parseInt(size)),
                operations,
                List.of());
    }

    Sketch add(Resource... added) {
        resources.addAll(Arrays.asList(added));
        return this;
    }

    Sketch thing(String id, String... meta) {
        return add(primitive(id, meta));
    }

    Sketch things(String... ids) {
        Stream.of(ids).forEach(this::thing);
        return this;
    }

    Sketch group(String id, String... members) {
        return add(collective(
                id,
                Resource.Kind.GROUP,
                Stream.of(members).map(Sketch::primitive).toList()));
    }

    Sketch clone(Resource inner, String... meta) {
        Map<String, String> options = map(meta);
        options.putIfAbsent("resource-stickiness", "1");
        Resource handed = inner;
        if (inner.kind() == Resource.Kind.PRIMITIVE) {
            Map<String, String> all = new LinkedHashMap<>(options);
            all.putAll(inner.meta());
            handed = new Resource(
                    inner.id(),
                    inner.kind(),
                    inner.agent(),
                    all,
                    Map.of(),
                    inner.demand(),
                    inner.operations(),
                    List.of());
        }
        return add(collective(inner.id() + "s", Resource.Kind.CLONE, List.of(handed), options));
    }

    static Resource collective(String id, Resource.Kind kind, List<Resource> members, String... meta) {
        return collective(id, kind, members, map(meta));
    }

    private static Resource collective(
            String id, Resource.Kind kind, List<Resource> members, Map<String, String> meta) {
        return new Resource(id, kind, Resource.Agent.NONE, meta, Map.of(), Map.of(), List.of(), members);
    }

    Sketch prefer(String resource, String node, int score) {
        locations.add(new Location(resource + "-" + node, resource, "", "always", new Location.Named(node, score)));
        return this;
    }

    Sketch together(String dependent, String primary, int score) {
        return together(dependent, "", primary, "", score);
    }

    Sketch together(String dependent, String role, String primary, String primaryRole, int score) {
        colocations.add(
                new Colocation(dependent + "-with-" + primary, score, dependent, primary, role, primaryRole, "", ""));
        return this;
    }

    /** Nodes with the same value of the attribute count as one. */
    Sketch togetherBy(String attribute, String dependent, String primary, int score) {
        colocations.add(
                new Colocation(dependent + "-with-" + primary, score, dependent, primary, "", "", attribute, ""));
        return this;
    }

    /** On nodes that have the attribute alone; its value is the score. */
    Sketch only(String resource, String attribute) {
        locations.add(new Location(
                resource + "-" + attribute,
                resource,
                "",
                "exclusive",
                new Location.ByAttribute(new Rule.Several(true, List.of()), attribute)));
        return this;
    }

    /** Never two of them at one time. */
    Sketch serialize(String... all) {
        orders.add(new Order(
                "serialize",
                Order.Kind.SERIALIZE,
                Order.Symmetry.USUAL,
                List.of(new Order.Step("s", List.of(all), "start", false, true)),
                true,
                false));
        return this;
    }

    Sketch order(String first, String then) {
        return order(first, then, Order.Kind.MANDATORY, Order.Symmetry.USUAL);
    }

    Sketch order(String first, String then, Order.Kind kind, Order.Symmetry symmetry) {
        orders.add(new Order(
                first + "-then-" + then,
                kind,
                symmetry,
                List.of(
                        new Order.Step("f", List.of(first), "start", true, true),
                        new Order.Step("t", List.of(then), "start", true, true)),
                true,
                true));
        return this;
    }

    /** It was started there; {@code more} such as {@code monitor=1} says what a later operation came to. */
    Sketch on(String node, String resource, String... more) {
        List<History.Entry> entries = new ArrayList<>();
        entries.add(entry("start", 0, History.Execution.DONE, 0, 0));
        for (String word : more) {
            String task = word.replaceAll("=.*", "");
            int exit = Integer.parseInt(word.replaceAll(".*=", ""));
            entries.add(entry(
                    task,
                    task.equals("monitor") ? 10_000 : 0,
                    exit == 0 ? History.Execution.DONE : History.Execution.ERROR,
                    exit,
                    0));
        }
        histories.add(new History(node, resource, AGENT, entries));
        return this;
    }

    private History.Entry entry(String task, long interval, History.Execution execution, int exit, int expected) {
        return new History.Entry(
                task + call,
                task,
                interval,
                call++,
                execution,
                exit,
                expected,
                new History.Transition("test", 1),
                NOW - 100,
                "",
                "",
                "",
                "",
                "");
    }

    Cluster cluster() {
        return new Cluster(
                new Settings(settings),
                quorum,
                "",
                List.copyOf(nodes.values()),
                resources,
                locations,
                colocations,
                orders,
                histories,
                NOW);
    }

    Outcome plan() {
        return Engine.plan(cluster());
    }

    /** Each action as {@code start x a}, in an order that all waits allow, those that need not wait by name. */
    List<String> steps() {
        Outcome outcome = plan();
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < outcome.actions().size(); i++) {
            left.add(i);
        }
        List<String> steps = new ArrayList<>();
        while (!left.isEmpty()) {
            int next = left.stream()
                    .filter(i -> outcome.orders().stream()
                            .noneMatch(pair -> pair.then() == i && left.contains(pair.first())))
                    .min((a, b) -> text(outcome.actions().get(a))
                            .compareTo(text(outcome.actions().get(b))))
                    .orElseThrow();
            steps.add(text(outcome.actions().get(next)));
            left.remove((Integer) next);
        }
        return steps;
    }

    private static String text(Outcome.Action action) {
        return (action.what() + " " + (action.what().equals("fence") ? "" : action.resource() + " ") + action.node())
                .strip();
    }

    /** Where a resource is in the end, as {@code a} or {@code a:Promoted b:Unpromoted}; empty for nowhere. */
    String place(String resource) {
        List<String> places = new ArrayList<>();
        plan().placement()
                .getOrDefault(resource, new java.util.TreeMap<>())
                .forEach((node, roles) ->
                        roles.forEach(role -> places.add(role.equals("Started") ? node : node + ":" + role)));
        return String.join(" ", places);
    }

    private static Map<String, String> map(String... pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (String pair : pairs) {
            map.put(pair.replaceAll("=.*", ""), pair.replaceAll("^[^=]*=", ""));
        }
        return map;
    }

    static final int MUST = Words.INFINITY;
}
