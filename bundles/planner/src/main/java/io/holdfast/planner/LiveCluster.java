package io.holdfast.planner;

import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Resource;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Colocation;
import io.holdfast.planner.cluster.Location;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Rule;
import io.holdfast.planner.cluster.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The cluster document and the nodes as the engine wants them. */
final class LiveCluster {
    /** No device fences in the engine: the grants and leases do what fencing does there. */
    private static final Settings SETTINGS = new Settings(Map.of("fencing-enabled", "false"));

    private static final Node.Sight GONE =
            new Node.Sight(true, Node.Answer.NO, Node.Answer.NO, Node.Joining.DOWN, Node.Answer.NO, false);

    private LiveCluster() {}

    static Cluster of(Facts facts, Sites sites) {
        Configuration configuration = facts.state().configuration();
        List<Location> locations = new ArrayList<>();
        List<Colocation> colocations = new ArrayList<>();
        for (Constraint constraint : configuration.constraints()) {
            if (constraint instanceof Constraint.Prefer prefer) {
                locations.add(location(prefer));
            } else if (constraint instanceof Constraint.Together together) {
                colocations.add(
                        new Colocation("", together.score(), together.resource(), together.with(), "", "", "", "true"));
            }
        }
        return new Cluster(
                SETTINGS,
                true,
                "",
                nodes(sites),
                resources(configuration),
                locations,
                colocations,
                List.of(),
                List.of(),
                facts.wallMillis() / 1000);
    }

    private static List<Node> nodes(Sites sites) {
        List<Node> nodes = new ArrayList<>();
        for (int node = 0; node < sites.count(); node++) {
            Map<String, String> attributes = new HashMap<>(sites.facts(node).attributes());
            attributes.putAll(sites.nodes.get(node).attributes()); // what administrators set counts first
            attributes.keySet().removeAll(List.of("standby", "maintenance", "shutdown", "terminate"));
            String name = sites.name(node);
            boolean well = sites.problem(node).isEmpty();
            nodes.add(new Node(name, name, attributes, Map.of(), well ? Node.Sight.WELL : GONE));
        }
        return nodes;
    }

    /** By name; a group where its first member would be. */
    private static List<io.holdfast.planner.cluster.Resource> resources(Configuration configuration) {
        Map<String, String> groupOf = new HashMap<>();
        configuration.groups().forEach((group, members) -> members.forEach(member -> groupOf.put(member, group)));
        Map<String, io.holdfast.planner.cluster.Resource> tops = new LinkedHashMap<>();
        for (Resource resource : configuration.resources().values()) {
            String group = groupOf.get(resource.name());
            if (group == null) {
                tops.put(resource.name(), primitive(configuration, resource));
            } else if (!tops.containsKey(group)) {
                tops.put(group, group(configuration, group));
            }
        }
        return List.copyOf(tops.values());
    }

    private static io.holdfast.planner.cluster.Resource group(Configuration configuration, String name) {
        List<io.holdfast.planner.cluster.Resource> members = new ArrayList<>();
        int priority = 0;
        for (String member : configuration.groups().getOrDefault(name, List.of())) {
            Resource resource = configuration.resources().get(member);
            if (resource != null) {
                members.add(primitive(configuration, resource));
                priority = Math.max(priority, resource.priority());
            }
        }
        return new io.holdfast.planner.cluster.Resource(
                name,
                io.holdfast.planner.cluster.Resource.Kind.GROUP,
                io.holdfast.planner.cluster.Resource.Agent.NONE,
                Map.of("priority", Integer.toString(priority)),
                Map.of(),
                Map.of(),
                List.of(),
                members);
    }

    private static io.holdfast.planner.cluster.Resource primitive(Configuration configuration, Resource resource) {
        return new io.holdfast.planner.cluster.Resource(
                resource.name(),
                io.holdfast.planner.cluster.Resource.Kind.PRIMITIVE,
                io.holdfast.planner.cluster.Resource.Agent.NONE,
                Map.of(
                        "priority", Integer.toString(resource.priority()),
                        "resource-stickiness", Integer.toString(configuration.stickiness(resource))),
                Map.of(),
                Map.of(),
                List.of(),
                List.of());
    }

    private static Location location(Constraint.Prefer prefer) {
        String text = (prefer.score() < 0 ? "avoided" : "preferred")
                + (prefer.where().isEmpty() ? "" : " where " + prefer.where())
                + " by a constraint";
        Location.Place place = prefer.node().isEmpty()
                ? new Location.Where(rule(prefer.where()), prefer.score())
                : new Location.Named(prefer.node(), prefer.score());
        return new Location(text, prefer.resource(), "", "always", place);
    }

    /** {@code key=value} or {@code key!=value}. */
    private static Rule rule(String where) {
        int equals = where.indexOf('=');
        boolean not = equals > 0 && where.charAt(equals - 1) == '!';
        String key = where.substring(0, not ? equals - 1 : equals).trim();
        String value = where.substring(equals + 1).trim();
        return new Rule.Attribute(key, not ? "ne" : "eq", value, "string", "literal");
    }
}
