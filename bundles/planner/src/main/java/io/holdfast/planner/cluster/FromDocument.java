package io.holdfast.planner.cluster;

import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Condition;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Option;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The cluster document in the words of the engine. */
public final class FromDocument {
    private final Configuration configuration;
    private final Map<String, Resource> tops = new LinkedHashMap<>();

    private FromDocument(Configuration configuration) {
        this.configuration = configuration;
    }

    /**
     * {@return the cluster as it would be with this document}
     *
     * @param configuration the document
     * @param status what is known beside it: nodes, histories, options that the document has no word for
     */
    public static Cluster with(Configuration configuration, Cluster status) {
        FromDocument from = new FromDocument(configuration);
        return new Cluster(
                from.settings(status.settings()),
                status.quorum(),
                status.leader(),
                from.nodes(status.nodes()),
                from.resources(),
                from.locations(),
                from.colocations(),
                from.orders(),
                status.histories(),
                status.now());
    }

    private Settings settings(Settings status) {
        Map<String, String> values = new HashMap<>(status.values());
        Map<String, String> options = configuration.options();
        values.put("placement-strategy", options.getOrDefault(Option.STRATEGY, "default"));
        values.put("symmetric-cluster", options.containsKey(Option.OPT_IN) ? "false" : "true");
        values.put("node-health-strategy", options.getOrDefault(Option.HEALTH, "none"));
        for (String colour : List.of("red", "yellow", "green", "base")) {
            String score = options.get(Option.HEALTH_SCORES + colour);
            if (score == null) {
                values.remove("node-health-" + colour);
            } else {
                values.put("node-health-" + colour, score);
            }
        }
        return new Settings(values);
    }

    private List<Node> nodes(List<Node> status) {
        return status.stream()
                .map(node -> {
                    var setting = configuration.nodes().get(node.name());
                    Map<String, Integer> capacity = setting == null ? Map.of() : setting.capacity();
                    return new Node(node.id(), node.name(), node.attributes(), capacity, node.sight());
                })
                .toList();
    }

    // ---- resources

    /** In the order of the document; a group or clone where the first of its resources is. */
    private List<Resource> resources() {
        Map<String, String> groupOf = new HashMap<>();
        configuration.groups().forEach((group, members) -> members.forEach(member -> groupOf.put(member, group)));
        Map<String, String> cloneOf = new HashMap<>();
        configuration.clones().forEach((clone, setting) -> cloneOf.put(setting.of(), clone));
        Set<String> names = new TreeSet<>(configuration.resources().keySet());
        List<String> sequence = new ArrayList<>(configuration.sequence());
        sequence.retainAll(names);
        sequence.forEach(names::remove);
        sequence.addAll(names);
        for (String name : sequence) {
            String group = groupOf.getOrDefault(name, name);
            String top = cloneOf.getOrDefault(group, group);
            if (!tops.containsKey(top)) {
                tops.put(top, top(top, group));
            }
        }
        return List.copyOf(tops.values());
    }

    private Resource top(String name, String inner) {
        List<String> members = configuration.groups().get(inner);
        Resource resource = members == null ? primitive(inner) : group(inner, members);
        CloneSetting clone = configuration.clones().get(name);
        return clone == null ? resource : clone(name, clone, resource);
    }

    private Resource group(String name, List<String> members) {
        List<Resource> primitives = members.stream()
                .filter(member -> configuration.resources().containsKey(member))
                .map(this::primitive)
                .toList();
        return collective(name, Resource.Kind.GROUP, Map.of(), primitives);
    }

    /** It counts as much as the most important within. */
    private static Resource collective(
            String name, Resource.Kind kind, Map<String, String> own, List<Resource> members) {
        Map<String, String> meta = new HashMap<>(own);
        int priority = members.stream()
                .mapToInt(member -> Words.score(member.meta().getOrDefault("priority", "0")))
                .max()
                .orElse(0);
        meta.put("priority", Integer.toString(priority));
        if (members.stream().allMatch(member -> member.meta().containsKey("allow-unhealthy-nodes"))) {
            meta.put("allow-unhealthy-nodes", "true");
        }
        return new Resource(name, kind, Resource.Agent.NONE, meta, Map.of(), Map.of(), List.of(), members);
    }

    private static Resource clone(String name, CloneSetting clone, Resource inner) {
        Map<String, String> meta = new HashMap<>();
        clone.instances().ifPresent(number -> meta.put("clone-max", Integer.toString(number)));
        meta.put("clone-node-max", Integer.toString(clone.perNode()));
        meta.put("globally-unique", Boolean.toString(clone.unique()));
        meta.put("interleave", Boolean.toString(clone.interleave()));
        meta.put("ordered", Boolean.toString(clone.ordered()));
        meta.put("promotable", Boolean.toString(clone.promotable()));
        if (clone.atLeast() > 0) {
            meta.put("clone-min", Integer.toString(clone.atLeast()));
        }
        if (clone.promotable()) {
            meta.put("promoted-max", Integer.toString(clone.promoted()));
            meta.put("promoted-node-max", Integer.toString(clone.promotedPerNode()));
        }
        return collective(name, Resource.Kind.CLONE, meta, List.of(inner));
    }

    private Resource primitive(String name) {
        io.holdfast.model.config.Resource resource = configuration.resources().get(name);
        if (resource == null) {
            throw new IllegalArgumentException("there is no resource '" + name + "'");
        }
        Map<String, String> meta = new HashMap<>();
        meta.put("priority", Integer.toString(resource.priority()));
        meta.put("resource-stickiness", Integer.toString(configuration.stickiness(resource)));
        meta.put("migration-threshold", Integer.toString(configuration.migrationThreshold(resource)));
        meta.put("failure-timeout", configuration.failureTimeout(resource).toMillis() + "ms");
        resource.options().forEach((option, value) -> {
            switch (option) {
                case Option.CRITICAL -> meta.put("critical", value);
                case Option.LIVE_MIGRATION -> meta.put("allow-migrate", value);
                case Option.REQUIRES -> meta.put("requires", value);
                case Option.UNHEALTHY_NODES -> {
                    if (value.equals("true")) {
                        meta.put("allow-unhealthy-nodes", "true");
                    }
                }
                case Option.SEVERAL_ACTIVE ->
                    meta.put(
                            "multiple-active",
                            value.equals("stop-others") ? "stop_unexpected" : value.replace('-', '_'));
                default -> {}
            }
        });
        return new Resource(
                name,
                Resource.Kind.PRIMITIVE,
                agent(resource.type()),
                meta,
                resource.parameters(),
                resource.uses(),
                operations(resource),
                List.of());
    }

    private static Resource.Agent agent(String type) {
        String[] parts = type.split(":", 3);
        return switch (parts.length) {
            case 1 -> new Resource.Agent("", "", type);
            case 2 -> new Resource.Agent(parts[0], "", parts[1]);
            default -> new Resource.Agent(parts[0], parts[1], parts[2]);
        };
    }

    private static List<Resource.Operation> operations(io.holdfast.model.config.Resource resource) {
        List<Resource.Operation> operations = new ArrayList<>();
        operation(operations, "start", resource.start(), "");
        operation(operations, "stop", resource.stop(), "");
        operation(operations, "monitor", resource.monitor(), "");
        resource.operations().forEach((name, setting) -> {
            boolean promoted = name.equals("monitor-promoted");
            operation(operations, promoted ? "monitor" : name, setting, promoted ? "Promoted" : "");
        });
        return operations;
    }

    private static void operation(
            List<Resource.Operation> operations, String name, OperationSetting setting, String role) {
        if (setting.equals(OperationSetting.UNSET)) {
            return;
        }
        Map<String, String> meta = new HashMap<>();
        if (!setting.onFail().isEmpty()) {
            meta.put("on-fail", setting.onFail().equals("move") ? "migrate" : setting.onFail());
        }
        if (!role.isEmpty()) {
            meta.put("role", role);
        }
        setting.timeout().ifPresent(timeout -> meta.put("timeout", timeout.toMillis() + "ms"));
        operations.add(new Resource.Operation(
                name, setting.interval().map(java.time.Duration::toMillis).orElse(0L), meta));
    }

    // ---- constraints

    private List<Location> locations() {
        List<Location> locations = new ArrayList<>();
        for (Constraint constraint : configuration.constraints()) {
            if (constraint instanceof Constraint.Prefer prefer) {
                locations.add(location(prefer));
            }
        }
        return locations;
    }

    private static Location location(Constraint.Prefer prefer) {
        String text = (prefer.score() < 0 ? "avoided" : "preferred")
                + (prefer.where().isEmpty() ? "" : " where " + prefer.where())
                + (prefer.scoreFrom().isEmpty() ? "" : " by its " + prefer.scoreFrom())
                + " by a constraint";
        Location.Place place;
        if (!prefer.node().isEmpty()) {
            place = new Location.Named(prefer.node(), prefer.score());
        } else {
            Rule rule = rule(Condition.parse(prefer.where()));
            place = prefer.scoreFrom().isEmpty()
                    ? new Location.Where(rule, prefer.score())
                    : new Location.ByAttribute(rule, prefer.scoreFrom());
        }
        return new Location(text, prefer.resource(), role(prefer.role()), prefer.only() ? "only" : "always", place);
    }

    private static String role(String role) {
        return switch (role) {
            case "promoted" -> "Promoted";
            case "unpromoted" -> "Unpromoted";
            default -> "";
        };
    }

    private static Rule rule(Condition condition) {
        if (condition instanceof Condition.Several several) {
            return new Rule.Several(
                    several.every(),
                    several.parts().stream().map(FromDocument::rule).toList());
        } else if (condition instanceof Condition.Compared compared) {
            String operation = switch (compared.operation()) {
                case "=" -> "eq";
                case "!=" -> "ne";
                case "<" -> "lt";
                case "<=" -> "lte";
                case ">" -> "gt";
                default -> "gte";
            };
            String attribute = compared.attribute().equals("node") ? "#uname" : compared.attribute();
            return new Rule.Attribute(attribute, operation, compared.value(), "", "literal");
        } else if (condition instanceof Condition.Defined defined) {
            return new Rule.Attribute(
                    defined.attribute(), defined.there() ? "defined" : "not_defined", "", "", "literal");
        } else if (condition instanceof Condition.Calendar calendar) {
            return new Rule.Time(
                    "date_spec", Long.MIN_VALUE, Long.MAX_VALUE, Map.of(calendar.field(), calendar.range()));
        } else if (condition instanceof Condition.Moment moment) {
            long at = seconds(moment.moment());
            return moment.after()
                    ? new Rule.Time("gt", at - 1, Long.MAX_VALUE, Map.of())
                    : new Rule.Time("lt", Long.MIN_VALUE, at, Map.of());
        }
        throw new IllegalStateException("No rule for " + condition.getClass().getSimpleName());
    }

    private static long seconds(String moment) {
        String text = moment.endsWith("Z") ? moment.substring(0, moment.length() - 1) : moment;
        LocalDateTime time = text.contains("T")
                ? LocalDateTime.parse(text)
                : LocalDate.parse(text).atStartOfDay();
        return time.toEpochSecond(ZoneOffset.UTC);
    }

    private List<Colocation> colocations() {
        List<Colocation> colocations = new ArrayList<>();
        for (Constraint constraint : configuration.constraints()) {
            if (constraint instanceof Constraint.Together together) {
                colocations.add(new Colocation(
                        "",
                        together.score(),
                        together.resource(),
                        together.with(),
                        role(together.role()),
                        role(together.withRole()),
                        together.same(),
                        together.passive() ? "false" : ""));
            }
        }
        return colocations;
    }

    private List<Order> orders() {
        List<Order> orders = new ArrayList<>();
        for (Constraint constraint : configuration.constraints()) {
            String id = "order-" + (orders.size() + 1);
            if (constraint instanceof Constraint.Order order) {
                String first = order.firstAction().isEmpty() ? "start" : order.firstAction();
                String then = order.thenAction().isEmpty() ? first : order.thenAction();
                orders.add(new Order(
                        id,
                        kind(order.mandatory(), order.serialize()),
                        symmetry(order.symmetrical(), order.serialize()),
                        List.of(
                                new Order.Step(id + "-first", List.of(order.first()), first, true, true),
                                new Order.Step(id + "-then", List.of(order.then()), then, true, true)),
                        !order.any(),
                        true));
            } else if (constraint instanceof Constraint.Steps several) {
                List<Order.Step> steps = new ArrayList<>();
                for (Constraint.Step step : several.steps()) {
                    String action = step.action().isEmpty() ? "start" : step.action();
                    steps.add(new Order.Step(
                            id + "-" + (steps.size() + 1), step.resources(), action, step.sequential(), !step.any()));
                }
                orders.add(new Order(
                        id,
                        kind(several.mandatory(), several.serialize()),
                        symmetry(several.symmetrical(), several.serialize()),
                        steps,
                        true,
                        false));
            }
        }
        return orders;
    }

    private static Order.Kind kind(boolean mandatory, boolean serialize) {
        return serialize ? Order.Kind.SERIALIZE : mandatory ? Order.Kind.MANDATORY : Order.Kind.OPTIONAL;
    }

    private static Order.Symmetry symmetry(boolean symmetrical, boolean serialize) {
        return symmetrical || serialize ? Order.Symmetry.USUAL : Order.Symmetry.NO;
    }
}
