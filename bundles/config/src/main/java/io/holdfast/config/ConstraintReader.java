package io.holdfast.config;

import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Condition;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads {@code constraints:}. */
final class ConstraintReader {
    static final Map<String, Set<String>> FORMS = Map.of(
            "prefer", Set.of("resource", "node", "where", "score", "score-from", "role", "only"),
            "together", Set.of("resource", "with", "resources", "score", "role", "with-role", "same", "influence"),
            "apart", Set.of("resource", "from", "resources", "score", "role", "from-role", "same", "influence"),
            "order", Set.of("first", "then", "steps", "kind", "symmetrical", "first-action", "then-action", "enough"));
    private static final List<String> ACTIONS = List.of("start", "stop", "promote", "demote");
    private static final List<String> ROLES = List.of("promoted", "unpromoted");
    private static final String FORMS_TEXT = "expected one of prefer, together, apart, order with its keys in braces";

    private final TreeSet<String> names = new TreeSet<>();
    private final TypeLookup types;
    private final Problems problems;
    private final Cycles places;
    private final Cycles orders;
    private final LiveOnly live;
    private final Roles roles;
    private final Contradictions contradictions;
    /** The clone of each resource that is in a group of which there are several copies. */
    private final Map<String, String> copied = new TreeMap<>();

    /** What tags stand for. */
    private final Map<String, List<String>> tags = new TreeMap<>();

    ConstraintReader(
            SortedMap<String, Resource> resources,
            SortedMap<String, List<String>> groups,
            SortedMap<String, CloneSetting> clones,
            Roles roles,
            TypeLookup types,
            LiveOnly live,
            Problems problems) {
        names.addAll(resources.keySet());
        names.addAll(groups.keySet());
        names.addAll(clones.keySet());
        this.types = types;
        this.live = live;
        this.roles = roles;
        this.problems = problems;
        Map<String, String> alike = new TreeMap<>();
        Map<String, String> cloned = new TreeMap<>();
        clones.forEach((clone, setting) -> cloned.put(clone, setting.of()));
        if (!live.planned()) {
            alike.putAll(cloned);
            clones.forEach((clone, setting) -> {
                groups.getOrDefault(setting.of(), List.of()).forEach(member -> copied.put(member, clone));
            });
        }
        places = new Cycles(groups, alike);
        orders = new Cycles(groups, alike);
        contradictions = new Contradictions(groups, cloned, problems);
    }

    List<Constraint> read(Section top) {
        tags(top);
        List<Constraint> constraints = new ArrayList<>();
        if (!top.has("constraints") || Section.empty(top.at("constraints"))) {
            return constraints;
        }
        if (!(top.at("constraints") instanceof SequenceNode sequence)) {
            problems.at(
                    top.at("constraints"), "constraints is " + Section.kind(top.at("constraints")), "expected a list");
            return constraints;
        }
        sequence.getValue().forEach(node -> constraints.addAll(constraint(node)));
        contradictions.tell();
        return constraints;
    }

    private void tags(Section top) {
        top.section("tags").entries().forEach((tag, node) -> {
            Names.check("tag", tag, node, problems);
            if (names.contains(tag)) {
                problems.at(node, "'" + tag + "' is also a resource, group or clone", "expected each name once");
            }
            List<String> meant = Section.list("tag " + tag, node, "of resources", problems);
            meant.stream()
                    .filter(name -> !names.contains(name))
                    .forEach(name -> problems.at(
                            node,
                            "tag " + tag + " names '" + name + "', which is no resource, group or clone",
                            Suggestion.of(name, names, "resource")));
            tags.put(tag, meant);
        });
    }

    private List<? extends Constraint> constraint(Node node) {
        if (!(node instanceof MappingNode mapping) || mapping.getValue().size() != 1) {
            problems.at(
                    node,
                    "a constraint is " + Section.kind(node)
                            + (node instanceof MappingNode ? " with more or fewer than one key" : ""),
                    FORMS_TEXT);
            return List.of();
        }
        Map.Entry<String, Node> form = new Section("a constraint", node, problems, FORMS.keySet())
                .entries().entrySet().stream().findFirst().orElse(Map.entry("", node));
        Set<String> keys = FORMS.get(form.getKey());
        if (keys == null) {
            return List.of();
        }
        Section section = new Section(form.getKey(), form.getValue(), problems, keys);
        return switch (form.getKey()) {
            case "prefer" -> prefer(section);
            case "together" -> together(section, "with", 1);
            case "apart" -> together(section, "from", -1);
            default -> order(section);
        };
    }

    private List<Constraint> prefer(Section section) {
        List<String> resources = named(section, "resource");
        String node = section.text("node", "a node's name").orElse("");
        String where = section.text("where", "a condition").orElse("");
        if (node.isEmpty() == where.isEmpty()) {
            problems.at(
                    section.node(),
                    "prefer has " + (node.isEmpty() ? "neither" : "both") + " 'node' and 'where'",
                    "expected one of them: node: NAME, or where: key=value");
        }
        if (!where.isEmpty()) {
            try {
                Condition.parse(where);
            } catch (IllegalArgumentException e) {
                problems.at(section.at("where"), "prefer.where " + e.getMessage(), "expected " + Condition.FORM);
            }
        }
        node(types, node, section.at("node"), problems);
        String scoreFrom = section.text("score-from", "an attribute").orElse("");
        if (!scoreFrom.isEmpty() && (section.has("score") || where.isEmpty())) {
            problems.at(
                    section.at("score-from"),
                    "prefer has 'score-from' and " + (where.isEmpty() ? "no 'where'" : "'score'"),
                    "expected it with 'where', in place of 'score'");
        }
        String role = role(section, "role", resources);
        int score = scoreFrom.isEmpty() ? score(section, -Constraint.INFINITY) : 0;
        boolean only = section.truth("only", false);
        if (only && score <= -Constraint.INFINITY) {
            problems.at(
                    section.at("only"),
                    "prefer has 'only' for nodes that it forbids",
                    "expected it with those that are allowed");
        }
        if (!resources.isEmpty()) {
            String written = section.text("resource", "").orElse("");
            contradictions.add(
                    written, new Constraint.Prefer(written, node, where, score, scoreFrom, role, only), section.node());
        }
        return resources.stream()
                .<Constraint>map(name -> new Constraint.Prefer(name, node, where, score, scoreFrom, role, only))
                .toList();
    }

    private String role(Section section, String key, List<String> of) {
        String role = section.oneOf(key, ROLES).orElse("");
        if (!role.isEmpty()) {
            roles.demand(section.at(key), of, "no '" + key + "'");
        }
        return role;
    }

    static void node(TypeLookup types, String name, Node at, Problems problems) {
        Set<String> nodes = types.nodes().orElse(Set.of(name));
        if (!name.isEmpty() && !nodes.contains(name)) {
            problems.at(at, "there is no node '" + name + "'", Suggestion.of(name, nodes, "node"));
        }
    }

    private List<Constraint.Together> together(Section section, String otherKey, int sign) {
        int score = sign * score(section, 1);
        String same = section.text("same", "an attribute").orElse("");
        boolean passive = !section.truth("influence", true);
        List<Constraint.Together> found = new ArrayList<>();
        if (section.has("resources")) {
            if (section.has("resource") || section.has(otherKey)) {
                problems.at(
                        section.at("resources"),
                        "there is 'resources' and 'resource' or '" + otherKey + "'",
                        "expected 'resources' alone, or the two others");
            }
            List<String> list = several(section);
            String role = role(section, "role", list);
            String otherRole = role(section, otherKey + "-role", list);
            for (int i = 1; i < list.size(); i++) {
                for (int j = sign > 0 ? i - 1 : 0; j < i; j++) { // each with the one before it; apart from all of them
                    found.add(new Constraint.Together(list.get(i), list.get(j), score, role, otherRole, same, passive));
                }
            }
            found.forEach(constraint -> tie(section, constraint));
            return found;
        }
        List<String> resources = named(section, "resource");
        List<String> others = named(section, otherKey);
        String role = role(section, "role", resources);
        String otherRole = role(section, otherKey + "-role", others);
        for (String resource : resources) {
            for (String other : others) {
                found.add(new Constraint.Together(resource, other, score, role, otherRole, same, passive));
            }
        }
        found.forEach(constraint -> tie(section, constraint));
        return found;
    }

    /** A role may follow what follows the whole: that is no circle. */
    private void tie(Section section, Constraint.Together constraint) {
        Optional<String> circle =
                constraint.role().isEmpty() ? places.add(constraint.with(), constraint.resource()) : Optional.empty();
        if (circle.isPresent()) {
            problems.at(
                    section.node(),
                    "resources are placed in a circle: " + circle.get(),
                    "expected that 'resource' follows and the other is placed first; one direction is enough");
        } else if (constraint.resource().equals(constraint.with())) {
            problems.at(
                    section.node(), "'" + constraint.resource() + "' is placed by itself", "expected another resource");
        } else {
            contradictions.add(constraint, section.node());
        }
    }

    private List<Constraint> order(Section section) {
        String kind = section.oneOf("kind", List.of("mandatory", "optional", "serialize"))
                .orElse("mandatory");
        boolean mandatory = kind.equals("mandatory");
        boolean serialize = kind.equals("serialize");
        boolean symmetrical = section.truth("symmetrical", !serialize);
        if (serialize && symmetrical) {
            problems.at(
                    section.at("symmetrical"),
                    "an order that only keeps resources from acting at one time has no direction",
                    "expected kind: serialize without symmetrical: true");
        }
        if (section.has("steps")) {
            return steps(section, mandatory, symmetrical, serialize);
        }
        String firstAction = action(section, "first-action");
        String thenAction = action(section, "then-action");
        boolean any =
                section.oneOf("enough", List.of("all", "any")).orElse("all").equals("any");
        List<String> firsts = named(section, "first");
        List<String> thens = named(section, "then");
        String second = thenAction.isEmpty() ? firstAction : thenAction;
        if (up(firstAction) && up(second) && !serialize) {
            firsts.forEach(first -> thens.forEach(then -> after(section, first, firstAction, then, second)));
        }
        demand(section.at("first-action"), firstAction, firsts, "another 'first-action'");
        demand(
                section.at(section.has("then-action") ? "then-action" : "first-action"),
                second,
                thens,
                thenAction.isEmpty() ? "a 'then-action', which else is the same" : "another 'then-action'");
        if (firsts.size() == 1 && thens.size() == 1) {
            return List.of(new Constraint.Order(
                    firsts.get(0), thens.get(0), mandatory, symmetrical, serialize, firstAction, thenAction, any));
        } else if (firsts.isEmpty() || thens.isEmpty()) {
            return List.of();
        }
        List<Constraint.Step> steps = List.of(
                new Constraint.Step(firsts, false, any, firstAction), new Constraint.Step(thens, false, false, second));
        return List.of(new Constraint.Steps(steps, mandatory, symmetrical, serialize));
    }

    private void after(Section section, String first, String firstAction, String then, String thenAction) {
        orders.add(first, firstAction.equals("promote"), then, thenAction.equals("promote"))
                .ifPresent(circle -> problems.at(
                        section.node(),
                        "resources wait for each other: " + circle,
                        "expected an order without a circle"));
    }

    /** Whether it leads to more being active: an order of a stop and a start makes no circle with those of two starts. */
    private static boolean up(String action) {
        return Set.of("", "start", "promote").contains(action);
    }

    private String action(Section section, String key) {
        String action = section.oneOf(key, ACTIONS).orElse("");
        if (!up(action)) {
            live.refuse(
                    section.at(key),
                    key + ": only the order of starts and promotions, and its reverse, can be run yet");
        }
        return action;
    }

    private void demand(Node at, String action, List<String> resources, String hint) {
        if (action.equals("promote") || (live.planned() && action.equals("demote"))) {
            roles.demand(at, resources, hint);
        }
    }

    private List<Constraint> steps(Section section, boolean mandatory, boolean symmetrical, boolean serialize) {
        for (String key : List.of("first", "then", "first-action", "then-action", "enough")) {
            if (section.has(key)) {
                problems.at(section.at(key), "order has 'steps' and '" + key + "'", "expected one of them");
            }
        }
        if (!(section.at("steps") instanceof SequenceNode sequence)) {
            problems.at(section.at("steps"), "order.steps is no list", "expected a list of resources and {all: [...]}");
            return List.of();
        }
        List<Constraint.Step> steps = new ArrayList<>();
        for (Node node : sequence.getValue()) {
            step(node).ifPresent(steps::add);
        }
        if (steps.isEmpty()) {
            return List.of();
        }
        boolean ways = !serialize && steps.stream().allMatch(step -> up(step.action()));
        for (int i = 0; ways && i < steps.size(); i++) {
            String action = steps.get(i).action();
            List<String> list = steps.get(i).resources();
            for (int j = 1; steps.get(i).sequential() && j < list.size(); j++) {
                after(section, list.get(j - 1), action, list.get(j), action);
            }
            Constraint.Step before = steps.get(Math.max(0, i - 1));
            for (String first : i == 0 ? List.<String>of() : before.resources()) {
                list.forEach(then -> after(section, first, before.action(), then, action));
            }
        }
        return List.of(new Constraint.Steps(steps, mandatory, symmetrical, serialize));
    }

    /** A resource, or {@code {all: [a, b]}}, {@code {any: [a, b]}}, {@code {in-order: [a, b]}}, with an {@code action} perhaps. */
    private Optional<Constraint.Step> step(Node node) {
        if (node instanceof ScalarNode scalar && !Section.empty(node)) {
            List<String> resources = known(scalar.getValue(), node);
            return resources.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Constraint.Step(resources, resources.size() == 1, false, ""));
        }
        Section section = new Section("a step", node, problems, Set.of("all", "any", "in-order", "action"));
        List<String> forms =
                List.of("all", "any", "in-order").stream().filter(section::has).toList();
        if (forms.size() != 1) {
            problems.at(
                    node,
                    "a step has " + (forms.isEmpty() ? "none" : "more than one") + " of 'all', 'any', 'in-order'",
                    "expected a resource, or one of them with a list of resources");
            return Optional.empty();
        }
        List<String> resources = section.list(forms.get(0), "of resources").stream()
                .flatMap(name -> known(name, section.at(forms.get(0))).stream())
                .toList();
        String action = action(section, "action");
        demand(section.at("action"), action, resources, "another 'action'");
        return resources.isEmpty()
                ? Optional.empty()
                : Optional.of(new Constraint.Step(
                        resources,
                        forms.get(0).equals("in-order"),
                        forms.get(0).equals("any"),
                        action.equals("start") ? "" : action));
    }

    private List<String> several(Section section) {
        return section.list("resources", "of resources").stream()
                .flatMap(name -> known(name, section.at("resources")).stream())
                .toList();
    }

    /** What the key names: one resource, group or clone, or all that a tag stands for. */
    private List<String> named(Section section, String key) {
        String name = section.required(key, "a resource or group");
        return name.isEmpty() ? List.of() : known(name, section.at(key));
    }

    private List<String> known(String name, Node at) {
        List<String> meant = tags.getOrDefault(name, names.contains(name) ? List.of(name) : List.of());
        meant.stream()
                .filter(copied::containsKey)
                .forEach(member -> problems.at(
                        at,
                        "'" + member + "' is in a group of which clone " + copied.get(member) + " has several copies",
                        "expected the whole: " + copied.get(member)));
        if (!meant.isEmpty() || tags.containsKey(name)) {
            return meant;
        }
        problems.at(at, "there is no resource or group '" + name + "'", Suggestion.of(name, names, "resource"));
        return List.of();
    }

    private int score(Section section, int least) {
        if (!section.has("score")) {
            return Constraint.INFINITY;
        }
        if (infinite(section, "score")) {
            boolean negative = section.text("score", "").orElse("").startsWith("-");
            if (negative && least > 0) {
                problems.at(
                        section.at("score"),
                        "the score is negative",
                        "expected a positive one; write 'apart' for together's opposite");
            }
            return negative ? -Constraint.INFINITY : Constraint.INFINITY;
        }
        OptionalInt number = section.number("score", least, Constraint.INFINITY);
        return number.orElse(Constraint.INFINITY);
    }

    static boolean infinite(Section section, String key) {
        String text = section.text(key, "a number or INFINITY").orElse("").toUpperCase(Locale.ROOT);
        return text.equals("INFINITY") || text.equals("+INFINITY") || text.equals("-INFINITY");
    }
}
