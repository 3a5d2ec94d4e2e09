package io.holdfast.cib;

import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.config.ConfigParser;
import io.holdfast.config.Parsed;
import io.holdfast.config.Problem;
import io.holdfast.config.Purpose;
import io.holdfast.config.TypeLookup;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Colocation;
import io.holdfast.planner.cluster.Location;
import io.holdfast.planner.cluster.Order;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** Writes a cluster as a cluster document, and a line for each thing that the document has no words for. */
final class DocumentWriter {
    /** Options that mean nothing here: they are about Pacemaker's own work. */
    private static final Set<String> WITHOUT_MEANING = Set.of(
            "dc-version",
            "cluster-infrastructure",
            "cluster-name",
            "last-lrm-refresh",
            "have-watchdog",
            "pe-input-series-max",
            "pe-warn-series-max",
            "pe-error-series-max",
            "expected-quorum-votes",
            "placement-strategy",
            "symmetric-cluster");

    private static final String START_FAILURES = "start-failure-is-fatal";

    /** What a clone or group says of itself, and hands down to those within. */
    private static final Set<String> OF_COLLECTIVES = Set.of(
            "clone-max",
            "clone-node-max",
            "clone-min",
            "interleave",
            "ordered",
            "globally-unique",
            "promotable",
            "promoted-max",
            "promoted-node-max",
            "notify",
            "collocated");

    private final Cluster cluster;
    private final SourceLines source;
    private final List<String> left = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private final Set<String> promotable = new HashSet<>();
    private final List<Resource> primitives = new ArrayList<>();
    private final List<Resource> groups = new ArrayList<>();
    private final List<Resource> clones = new ArrayList<>();
    private final List<Resource> devices = new ArrayList<>();
    private final ConditionText conditions = new ConditionText();
    private final StringBuilder text = new StringBuilder();
    /** Who comes before whom, and who is placed before whom: a document has no circles. */
    private final Ways orders = new Ways();

    private final Ways places = new Ways();

    DocumentWriter(Cluster cluster, SourceLines source) {
        this.cluster = cluster;
        this.source = source;
    }

    PacemakerFiles.Converted write() {
        cluster.resources().forEach(resource -> collect(resource, false));
        text.append("cluster: ")
                .append(quote(cluster.settings().text("cluster-name", "imported")))
                .append('\n');
        text.append("defaults: {stickiness: 0, migration-threshold: INFINITY, failure-timeout: 0s}\n");
        text.append(primitives.isEmpty() ? "resources: {}\n" : "resources:\n");
        primitives.forEach(this::resource);
        groups();
        clones();
        constraints();
        nodes();
        settings();
        fencing();
        startFailures();
        return new PacemakerFiles.Converted(text.toString(), left);
    }

    private void left(String id, String what) {
        left.add(source.of(id) + what);
    }

    private void left(String id, String name, String what) {
        left.add(source.within(id, name) + what);
    }

    // ---- resources

    /** Whether it, and all within it, can be carried over. */
    private boolean collect(Resource resource, boolean inside) {
        if (!resource.id().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
            left(resource.id(), "'" + resource.id() + "' with all in it: that is no name in a document");
            return false;
        }
        if (resource.kind() != Resource.Kind.PRIMITIVE && Changes.fences(resource)) {
            resource.members().forEach(member -> collect(member, false));
            return false;
        }
        switch (resource.kind()) {
            case GROUP -> {
                groups.add(resource);
                for (Resource member : resource.members()) {
                    if (!collect(member, true)) {
                        left(resource.id(), "group " + resource.id() + ": its member " + member.id());
                    }
                }
                String loose = resource.meta().getOrDefault("ordered", "true")
                        + resource.meta().getOrDefault("collocated", "true");
                if (!loose.equals("truetrue")) {
                    left(resource.id(), "ordered", "group " + resource.id() + ": its members are not as strict there");
                }
                for (int i = 1; i < resource.members().size(); i++) {
                    String first = resource.members().get(i - 1).id();
                    orders.add(List.of(first), List.of(resource.members().get(i).id()));
                    places.add(List.of(first), List.of(resource.members().get(i).id()));
                }
            }
            case CLONE -> {
                if (resource.members().isEmpty() || !collect(resource.members().get(0), true)) {
                    left(resource.id(), "clone " + resource.id() + ": nothing in it could be carried over");
                    return false;
                }
                clones.add(resource);
                if (Words.truth(resource.meta().getOrDefault("promotable", "false"), false)) {
                    resource.members().forEach(this::promotable);
                }
                if (Words.truth(resource.meta().getOrDefault("notify", "false"), false)) {
                    left(resource.id(), "notify", "clone " + resource.id() + ": notify=true");
                }
            }
            case PRIMITIVE -> {
                if (resource.agent().fences()) {
                    devices.add(resource);
                    if (inside) {
                        left(resource.id(), "fence device " + resource.id() + ": that it is in a group or clone");
                    }
                    return !inside;
                }
                primitives.add(resource);
                if (!Set.of("ocf", "systemd").contains(resource.agent().standard())) {
                    left(
                            resource.id(),
                            "resource " + resource.id() + ": no node runs agents of standard '"
                                    + resource.agent().standard() + "' here");
                }
            }
        }
        names.add(resource.id());
        return true;
    }

    private void promotable(Resource resource) {
        promotable.add(resource.id());
        resource.members().forEach(this::promotable);
    }

    private static String type(Resource resource) {
        Resource.Agent agent = resource.agent();
        return agent.standard()
                + (agent.provider().isEmpty() ? "" : ":" + agent.provider())
                + (agent.type().isEmpty() ? "" : ":" + unit(agent));
    }

    /** A unit of systemd is a service here without saying so. */
    private static String unit(Resource.Agent agent) {
        String type = agent.type();
        boolean said = agent.standard().equals("systemd") && type.endsWith(".service");
        return said ? type.substring(0, type.length() - ".service".length()) : type;
    }

    private void line(String key, String value) {
        text.append("    ").append(key).append(": ").append(value).append('\n');
    }

    private void resource(Resource resource) {
        text.append("  ").append(quote(resource.id())).append(":\n");
        line("type", quote(type(resource)));
        if (!resource.parameters().isEmpty()) {
            line("parameters", map(resource.parameters()));
        }
        new TreeMap<>(resource.meta()).forEach((name, value) -> meta(resource, name, value));
        if (resource.demand().values().stream().anyMatch(amount -> amount < 0)) {
            left(resource.id(), "utilization", "resource " + resource.id() + ": negative utilization");
        } else if (!resource.demand().isEmpty()) {
            line("uses", numbers(resource.demand()));
        }
        Map<String, Map<String, String>> operations = new LinkedHashMap<>();
        for (Resource.Operation operation : resource.operations()) {
            operation(resource, operation, operations);
        }
        operations.forEach((name, times) -> line(
                name,
                "{"
                        + String.join(
                                ", ",
                                times.entrySet().stream()
                                        .map(e -> e.getKey() + ": " + e.getValue())
                                        .toList())
                        + "}"));
    }

    private void meta(Resource resource, String name, String value) {
        boolean truth = Words.truth(value, false);
        switch (name) {
            case "priority" -> line("priority", Integer.toString(Words.score(value)));
            case "resource-stickiness" -> line("stickiness", score(Math.max(0, Words.score(value))));
            case "migration-threshold" -> line("migration-threshold", score(Math.max(0, Words.score(value))));
            case "failure-timeout" -> line("failure-timeout", Words.millis(value, 0) + "ms");
            case "critical" -> line("critical", Boolean.toString(Words.truth(value, true)));
            case "allow-migrate" -> {
                if (truth) {
                    line("live-migration", "true");
                }
            }
            case "allow-unhealthy-nodes" -> {
                if (truth) {
                    line("unhealthy-nodes", "true");
                }
            }
            case "multiple-active" -> {
                String word = value.equals("stop_unexpected") ? "stop-others" : value.replace('_', '-');
                if (Set.of("stop-start", "stop-only", "stop-others", "block").contains(word)) {
                    line("several-active", word);
                }
            }
            case "requires" -> {
                if (Set.of("nothing", "quorum", "fencing").contains(value)) {
                    line("requires", value);
                } else {
                    left(resource.id(), name, "resource " + resource.id() + ": requires=" + value);
                }
            }
            default -> otherMeta(resource, name, value);
        }
    }

    private void otherMeta(Resource resource, String name, String value) {
        boolean usual = (name.equals("target-role")
                        && !Set.of("stopped", "slave", "unpromoted").contains(value.toLowerCase(java.util.Locale.ROOT)))
                || (name.equals("is-managed") && Words.truth(value, true))
                || (name.equals("maintenance") && !Words.truth(value, false));
        if (OF_COLLECTIVES.contains(name) || usual || name.equals("description")) {
            return;
        }
        String hint = switch (name) {
            case "target-role" -> "; say 'ha stop " + resource.id() + "' once it is applied";
            case "is-managed", "maintenance" -> "; say 'ha maintenance on " + resource.id() + "' once it is applied";
            default -> "";
        };
        left(resource.id(), name, "resource " + resource.id() + ": " + name + "=" + value + hint);
    }

    private void operation(Resource resource, Resource.Operation operation, Map<String, Map<String, String>> written) {
        Map<String, String> meta = operation.meta();
        String role = meta.getOrDefault("role", "Started").toLowerCase(java.util.Locale.ROOT);
        String what = operation.name() + (role.equals("started") ? "" : " of role " + role);
        boolean monitor = operation.name().equals("monitor");
        String name = monitor && Set.of("promoted", "master").contains(role) ? "monitor-promoted" : operation.name();
        boolean known = Set.of("start", "stop", "monitor", "promote", "demote").contains(operation.name())
                && !role.equals("stopped")
                && !(monitor && operation.intervalMillis() == 0)
                && !written.containsKey(name);
        if (meta.containsKey("holdfast-default")) {
            if (!meta.containsKey("on-fail") || written.containsKey(name)) {
                return;
            }
            known &= !monitor;
        }
        boolean enabled = Words.truth(meta.getOrDefault("enabled", "true"), true);
        if (!known || !enabled) {
            left(
                    resource.id(),
                    operation.name(),
                    "resource " + resource.id() + ": operation " + what + " every " + operation.intervalMillis()
                            + " ms");
            return;
        }
        Map<String, String> times = new LinkedHashMap<>();
        if (monitor) {
            times.put("interval", operation.intervalMillis() + "ms");
        }
        long timeout = Words.millis(meta.getOrDefault("timeout", ""), 0);
        if (timeout > 0) {
            times.put("timeout", timeout + "ms");
        }
        onFail(resource, operation, name).ifPresent(word -> times.put("on-fail", word));
        if (meta.containsKey("start-delay")) {
            left(resource.id(), "start-delay", "resource " + resource.id() + ": start-delay of its " + what);
        }
        if (!times.isEmpty()) {
            written.put(name, times);
        }
    }

    private Optional<String> onFail(Resource resource, Resource.Operation operation, String name) {
        String said = operation.meta().getOrDefault("on-fail", "").toLowerCase(java.util.Locale.ROOT);
        boolean roles = promotable.contains(resource.id())
                && Set.of("promote", "monitor-promoted").contains(name);
        boolean nothing = (said.equals("demote") && !roles) || (said.equals("stop") && name.equals("stop"));
        String word = nothing ? said + ", which means nothing there," : said;
        return switch (word) {
            case "" -> Optional.empty();
            case "nothing", "ignore" -> Optional.of("ignore");
            case "migrate" -> Optional.of("move");
            case "restart", "stop", "standby", "block", "demote", "fence" -> Optional.of(word);
            default -> {
                left(
                        resource.id(),
                        "on-fail",
                        "resource " + resource.id() + ": on-fail=" + word + " of its " + operation.name());
                yield Optional.empty();
            }
        };
    }

    private void groups() {
        List<Resource> full = groups.stream()
                .filter(group -> group.members().stream().anyMatch(member -> names.contains(member.id())))
                .toList();
        if (!full.isEmpty()) {
            text.append("groups:\n");
        }
        for (Resource group : full) {
            List<String> members = group.members().stream()
                    .map(Resource::id)
                    .filter(names::contains)
                    .map(DocumentWriter::quote)
                    .toList();
            text.append("  ")
                    .append(quote(group.id()))
                    .append(": [")
                    .append(String.join(", ", members))
                    .append("]\n");
        }
    }

    private void clones() {
        if (!clones.isEmpty()) {
            text.append("clones:\n");
        }
        for (Resource clone : clones) {
            Map<String, String> meta = clone.meta();
            Map<String, String> keys = new LinkedHashMap<>();
            keys.put("of", quote(clone.members().get(0).id()));
            OptionalInt instances = number(meta, "clone-max");
            instances.ifPresent(number -> keys.put("instances", Integer.toString(number)));
            long perNode = Words.leadingNumber(meta.getOrDefault("clone-node-max", "1"));
            boolean unique = Words.truth(meta.getOrDefault("globally-unique", "false"), perNode > 1)
                    || (!meta.containsKey("globally-unique") && perNode > 1);
            if (unique) {
                keys.put("unique", "true");
                keys.put("per-node", Long.toString(Math.max(1, perNode)));
            }
            OptionalInt atLeast = number(meta, "clone-min");
            if (atLeast.orElse(0) > instances.orElse(Integer.MAX_VALUE)) {
                left(
                        clone.id(),
                        "clone-min",
                        "clone " + clone.id() + ": clone-min=" + atLeast.getAsInt()
                                + ", and there are never so many; what comes after it would never start");
            } else {
                atLeast.ifPresent(number -> keys.put("at-least", Integer.toString(number)));
            }
            for (String flag : List.of("interleave", "ordered")) {
                if (Words.truth(meta.getOrDefault(flag, "false"), false)) {
                    keys.put(flag, "true");
                }
            }
            if (Words.truth(meta.getOrDefault("promotable", "false"), false)) {
                int most = instances.orElse(Integer.MAX_VALUE);
                int promoted = Math.min(number(meta, "promoted-max").orElse(1), most);
                keys.put("promoted", Integer.toString(promoted));
                int onNode = (int) Math.max(1, unique ? perNode : 1);
                number(meta, "promoted-node-max")
                        .ifPresent(number -> keys.put("promoted-per-node", Integer.toString(Math.min(number, onNode))));
            }
            text.append("  ")
                    .append(quote(clone.id()))
                    .append(": {")
                    .append(String.join(
                            ", ",
                            keys.entrySet().stream()
                                    .map(e -> e.getKey() + ": " + e.getValue())
                                    .toList()))
                    .append("}\n");
        }
    }

    private static OptionalInt number(Map<String, String> meta, String name) {
        String value = meta.get(name);
        return value == null
                ? OptionalInt.empty()
                : OptionalInt.of((int) Math.max(0, Math.min(10_000, Words.leadingNumber(value))));
    }

    // ---- constraints

    /** A line of the document, and what it was written for. */
    private record Written(String line, String id, String what) {}

    private void constraints() {
        List<Written> lines = new ArrayList<>();
        for (Location location : cluster.locations()) {
            for (String resource : meant(location.resource())) {
                add(lines, location.id(), "location " + location.id(), location(location, resource));
            }
        }
        cluster.colocations().stream()
                .sorted(Comparator.comparing(Colocation::id))
                .forEach(colocation ->
                        add(lines, colocation.id(), "colocation " + colocation.id(), colocation(colocation)));
        cluster.orders().forEach(order -> add(lines, order.id(), "order " + order.id(), order(order)));
        String before = text.toString();
        String document = text(before, lines);
        while (refused(document, before, lines)) {
            document = text(before, lines);
        }
        text.setLength(0);
        text.append(document);
    }

    private static String text(String before, List<Written> constraints) {
        return constraints.isEmpty()
                ? before
                : before + "constraints:\n"
                        + constraints.stream()
                                .map(written -> "  - " + written.line() + "\n")
                                .collect(Collectors.joining());
    }

    /** Leaves out the constraints that our own reader refuses, such as those that contradict others; {@return whether there were any} */
    private boolean refused(String document, String before, List<Written> constraints) {
        if (!(ConfigParser.parse(document, "", TypeLookup.trusting(), Purpose.PLAN) instanceof Parsed.Faulty faulty)) {
            return false;
        }
        int first = (int) before.lines().count() + 2;
        Map<Integer, String> refused = new TreeMap<>();
        for (Problem problem : faulty.problems()) {
            if (problem.line() >= first) {
                refused.putIfAbsent(problem.line() - first, problem.what());
            }
        }
        refused.forEach((index, why) ->
                left(constraints.get(index).id(), constraints.get(index).what() + ": " + why));
        List.copyOf(refused.keySet()).stream()
                .sorted(Comparator.reverseOrder())
                .forEach(index -> constraints.remove(index.intValue()));
        return !refused.isEmpty();
    }

    private void add(List<Written> lines, String id, String what, Optional<String> line) {
        if (line.isPresent()) {
            lines.add(new Written(line.get(), id, what));
        } else {
            left(id, what + ": the document cannot say it, or something in it was not carried over");
        }
    }

    /** The resources that a name or a pattern stands for. */
    private List<String> meant(String name) {
        if (!name.startsWith("/")) {
            return List.of(name);
        }
        boolean inverted = name.startsWith("/!");
        try {
            Pattern pattern = Pattern.compile(name.substring(inverted ? 2 : 1));
            return cluster.resources().stream()
                    .map(Resource::id)
                    .filter(id -> pattern.matcher(id).find() != inverted)
                    .toList();
        } catch (PatternSyntaxException e) {
            return List.of();
        }
    }

    private Optional<String> location(Location location, String resource) {
        Location.Place place = location.place();
        boolean stranger = !names.contains(resource)
                || location.discovery().equals("never")
                || location.role().equals("Stopped")
                || (place instanceof Location.ByAttribute by && by.attribute().contains("%"));
        if (stranger) {
            return Optional.empty();
        }
        StringBuilder line = new StringBuilder("prefer: {resource: " + quote(resource));
        if (place instanceof Location.Named named) {
            if (!knows(named.node())) {
                return Optional.empty();
            }
            line.append(", node: ")
                    .append(quote(named.node()))
                    .append(", score: ")
                    .append(score(named.score()));
        } else if (place instanceof Location.Where where) {
            Optional<String> condition = conditions.of(where.rule());
            if (condition.isEmpty()) {
                return Optional.empty();
            }
            line.append(", where: ")
                    .append(quote(condition.get()))
                    .append(", score: ")
                    .append(score(where.score()));
        } else if (place instanceof Location.ByAttribute by) {
            Optional<String> condition = conditions.of(by.rule());
            if (condition.isEmpty()) {
                return Optional.empty();
            }
            line.append(", where: ").append(quote(condition.get()));
            line.append(", score-from: ").append(quote(by.attribute()));
        }
        line.append(location.role().isEmpty() ? "" : ", role: " + role(location.role()));
        boolean only = location.discovery().equals("exclusive")
                && cluster.resources().stream().anyMatch(each -> each.id().equals(resource));
        line.append(only ? ", only: true" : "");
        return Optional.of(line.append("}").toString());
    }

    private static String role(String role) {
        return role.toLowerCase(java.util.Locale.ROOT);
    }

    private boolean knows(String node) {
        return cluster.nodes().stream().anyMatch(each -> each.name().equals(node));
    }

    private Optional<String> colocation(Colocation colocation) {
        boolean ofPlace = colocation.dependentRole().isEmpty();
        boolean draws = Words.truth(colocation.influence(), false);
        boolean sound = names.contains(colocation.dependent())
                && names.contains(colocation.primary())
                && !(colocation.dependentRole() + colocation.primaryRole()).contains("Stopped")
                && !draws
                && colocation.score() != 0
                && (!ofPlace || places.add(ends(colocation.primary(), false), ends(colocation.dependent(), true)));
        if (!sound) {
            return Optional.empty();
        }
        boolean together = colocation.score() > 0;
        String other = together ? "with" : "from";
        return Optional.of((together ? "together" : "apart") + ": {resource: " + quote(colocation.dependent()) + ", "
                + other + ": " + quote(colocation.primary()) + ", score: "
                + score(Math.abs(colocation.score()))
                + (ofPlace ? "" : ", role: " + role(colocation.dependentRole()))
                + (colocation.primaryRole().isEmpty() ? "" : ", " + other + "-role: " + role(colocation.primaryRole()))
                + (colocation.attribute().isEmpty() || colocation.attribute().equals("#uname")
                        ? ""
                        : ", same: " + quote(colocation.attribute()))
                + (colocation.influence().isEmpty() ? "" : ", influence: false")
                + "}");
    }

    /** The members of a group that others follow or that follow others: its last, or its first. */
    private List<String> ends(String name, boolean first) {
        for (Resource group : groups) {
            if (group.id().equals(name) && !group.members().isEmpty()) {
                int size = group.members().size();
                return List.of(group.members().get(first ? 0 : size - 1).id());
            }
        }
        return List.of(name);
    }

    private Optional<String> order(Order order) {
        boolean serialize = order.kind() == Order.Kind.SERIALIZE;
        boolean starts = !serialize
                && order.steps().stream().allMatch(step -> step.action().equals("start"));
        boolean sound = order.steps().stream()
                        .allMatch(step -> names.containsAll(step.resources())
                                && Set.of("start", "stop", "promote", "demote").contains(step.action())
                                && (step.requireAll()
                                        || !step.sequential()
                                        || step.resources().size() == 1))
                && !(serialize && order.symmetry() == Order.Symmetry.YES)
                && (!starts || ways(order));
        if (!sound) {
            return Optional.empty();
        }
        String rest = (serialize ? ", kind: serialize" : order.kind() == Order.Kind.OPTIONAL ? ", kind: optional" : "")
                + (order.symmetry() == Order.Symmetry.NO && !serialize ? ", symmetrical: false" : "");
        if (order.plain()) {
            Order.Step first = order.steps().get(0);
            Order.Step then = order.steps().get(1);
            boolean usual = first.action().equals("start") && then.action().equals("start");
            return Optional.of("order: {first: " + quote(first.resources().get(0)) + ", then: "
                    + quote(then.resources().get(0))
                    + (usual ? "" : ", first-action: " + first.action() + ", then-action: " + then.action())
                    + (order.requireAll() ? "" : ", enough: any")
                    + rest + "}");
        }
        return Optional.of("order: {steps: ["
                + String.join(
                        ", ", order.steps().stream().map(DocumentWriter::step).toList())
                + "]" + rest + "}");
    }

    private static String step(Order.Step step) {
        List<String> resources =
                step.resources().stream().map(DocumentWriter::quote).toList();
        boolean start = step.action().equals("start");
        if (resources.size() == 1 && start && step.requireAll()) {
            return resources.get(0);
        }
        String form = !step.requireAll() ? "any" : step.sequential() ? "in-order" : "all";
        return "{" + form + ": [" + String.join(", ", resources) + "]" + (start ? "" : ", action: " + step.action())
                + "}";
    }

    /** Whether it makes no circle with those before it. */
    private boolean ways(Order order) {
        List<Ways.Way> ways = new ArrayList<>();
        for (int i = 0; i < order.steps().size(); i++) {
            List<String> list = order.steps().get(i).resources();
            for (int j = 1; order.steps().get(i).sequential() && j < list.size(); j++) {
                ways.add(new Ways.Way(ends(list.get(j - 1), false), ends(list.get(j), true)));
            }
            for (String first :
                    i == 0 ? List.<String>of() : order.steps().get(i - 1).resources()) {
                list.forEach(then -> ways.add(new Ways.Way(ends(first, false), ends(then, true))));
            }
        }
        return ways.stream().allMatch(way -> orders.add(way.from(), way.to()));
    }

    // ---- nodes and options

    private void nodes() {
        Map<String, String> lines = new LinkedHashMap<>();
        cluster.nodes().forEach(node -> {
            if (node.capacity().values().stream().anyMatch(amount -> amount < 0)) {
                left(node.id(), "node " + node.name() + ": negative utilization");
            } else if (!node.capacity().isEmpty()) {
                lines.put(node.name(), "{capacity: " + numbers(node.capacity()) + "}");
            }
            for (String attribute : conditions.attributes) {
                String value = node.attributes().get(attribute);
                if (value != null) {
                    left(
                            node.id(),
                            attribute,
                            "node " + node.name() + ": " + attribute + "=" + value + "; say 'ha attribute "
                                    + node.name() + " " + attribute + " " + value + "'");
                }
            }
            for (String state : List.of("standby", "maintenance")) {
                if (Words.truth(node.attributes().getOrDefault(state, "false"), false)) {
                    left(
                            node.id(),
                            state,
                            "node " + node.name() + ": " + state + "; say 'ha " + state
                                    + (state.equals("standby") ? " " : " on ") + node.name() + "'");
                }
            }
        });
        if (!lines.isEmpty()) {
            text.append("nodes:\n");
            lines.forEach((node, line) -> text.append("  ")
                    .append(quote(node))
                    .append(": ")
                    .append(line)
                    .append('\n'));
        }
    }

    private void settings() {
        Map<String, String> placement = new LinkedHashMap<>();
        String strategy = cluster.settings().text("placement-strategy", "default");
        if (Set.of("utilization", "balanced", "minimal").contains(strategy)) {
            placement.put("strategy", strategy);
        }
        if (!cluster.settings().flag("symmetric-cluster", true)) {
            placement.put("opt-in", "true");
        }
        if (!placement.isEmpty()) {
            text.append("placement: ").append(plain(placement)).append('\n');
        }
        Map<String, String> health = health();
        new TreeMap<>(cluster.settings().values()).forEach((name, value) -> {
            boolean written = name.startsWith("node-health-") && !health.isEmpty();
            boolean stop = name.equals("no-quorum-policy") && value.equals("stop");
            boolean told = written || stop || name.equals(START_FAILURES);
            if (!WITHOUT_MEANING.contains(name) && !told) {
                left.add(source.named(name) + "option " + name + "=" + value);
            }
        });
    }

    /** What no line of the file may say, and yet holds: it is so unless it is set to false. */
    private void startFailures() {
        if (cluster.settings().flag(START_FAILURES, true) && !primitives.isEmpty()) {
            boolean said = !cluster.settings().text(START_FAILURES, "").isEmpty();
            left.add(
                    source.named(START_FAILURES) + "option " + START_FAILURES + "=true"
                            + (said ? "" : ", which holds unless the CIB says false")
                            + ": a failed start counts as one failure here, so a node is forbidden only at the migration-threshold");
        }
    }

    private Map<String, String> health() {
        Map<String, String> health = new LinkedHashMap<>();
        String strategy = cluster.settings().text("node-health-strategy", "none");
        if (Set.of("migrate-on-red", "only-green", "progressive").contains(strategy)) {
            health.put("strategy", strategy);
            if (strategy.equals("progressive")) {
                for (String colour : List.of("red", "yellow", "green", "base")) {
                    String value = cluster.settings().text("node-health-" + colour, "");
                    if (!value.isEmpty()) {
                        health.put(colour, score(Words.score(value)));
                    }
                }
            }
            text.append("health: ").append(plain(health)).append('\n');
        }
        return health;
    }

    // ---- fence devices and options

    private void fencing() {
        List<String> lines = new ArrayList<>();
        for (Resource device : devices) {
            Set<String> nodes = new LinkedHashSet<>();
            Map<String, String> parameters = new TreeMap<>();
            device.parameters().forEach((name, value) -> {
                switch (name) {
                    case "pcmk_host_list", "hostlist" ->
                        nodes.addAll(List.of(value.trim().split("[\\s,;]+")));
                    case "pcmk_host_map" -> {
                        for (String pair : value.split("[\\s;]+")) {
                            nodes.add(pair.replaceAll("[:=].*", ""));
                        }
                        left.add(source.of(device.id()) + "fence device " + device.id()
                                + ": the names in pcmk_host_map=" + value);
                    }
                    default -> {
                        if (name.startsWith("pcmk_")) {
                            left.add(
                                    source.of(device.id()) + "fence device " + device.id() + ": " + name + "=" + value);
                        } else {
                            parameters.put(name, value);
                        }
                    }
                }
            });
            nodes.removeIf(node -> !knows(node));
            if (nodes.isEmpty()) {
                cluster.nodes().forEach(node -> nodes.add(node.name()));
                left.add(source.of(device.id()) + "fence device " + device.id()
                        + ": it does not say for which nodes it is; written for all of them");
            }
            lines.add("{name: " + quote(device.id()) + ", agent: "
                    + quote(device.agent().type()) + ", nodes: ["
                    + String.join(
                            ", ", nodes.stream().map(DocumentWriter::quote).toList()) + "]"
                    + (parameters.isEmpty() ? "" : ", parameters: " + map(parameters)) + "}");
        }
        if (!lines.isEmpty()) {
            text.append("fencing:\n");
            lines.forEach(line -> text.append("  - ").append(line).append('\n'));
        }
    }

    // ---- words

    private static String score(int score) {
        if (score >= Words.INFINITY) {
            return "INFINITY";
        }
        return score <= -Words.INFINITY ? "-INFINITY" : Integer.toString(score);
    }

    private static String numbers(Map<String, Integer> numbers) {
        Map<String, String> texts = new TreeMap<>();
        numbers.forEach((kind, amount) -> texts.put(quote(kind), Integer.toString(amount)));
        return plain(texts);
    }

    private static String plain(Map<String, String> values) {
        return "{"
                + String.join(
                        ", ",
                        values.entrySet().stream()
                                .map(entry -> entry.getKey() + ": " + entry.getValue())
                                .toList())
                + "}";
    }

    private static String map(Map<String, String> values) {
        return "{"
                + String.join(
                        ", ",
                        new TreeMap<>(values)
                                .entrySet().stream()
                                        .map(entry -> quote(entry.getKey()) + ": " + quote(entry.getValue()))
                                        .toList())
                + "}";
    }

    /** Plain where that is safe; in quotes otherwise. */
    private static String quote(String word) {
        if (word.matches("[A-Za-z_][A-Za-z0-9_.-]*")
                && !Set.of("true", "false", "yes", "no", "on", "off", "null", "y", "n")
                        .contains(word.toLowerCase(java.util.Locale.ROOT))) {
            return word;
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
