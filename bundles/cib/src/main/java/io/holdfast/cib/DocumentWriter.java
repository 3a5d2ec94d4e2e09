package io.holdfast.cib;

import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Colocation;
import io.holdfast.planner.cluster.Location;
import io.holdfast.planner.cluster.Order;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Rule;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

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
            "expected-quorum-votes");

    private static final Map<String, String> WRITTEN = Map.of(
            "priority", "priority",
            "resource-stickiness", "stickiness",
            "migration-threshold", "migration-threshold",
            "failure-timeout", "failure-timeout");

    private final Cluster cluster;
    private final List<String> left = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private final List<Resource> primitives = new ArrayList<>();
    private final List<Resource> groups = new ArrayList<>();
    private final List<Resource> devices = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    DocumentWriter(Cluster cluster) {
        this.cluster = cluster;
    }

    PacemakerFiles.Converted write() {
        cluster.resources().forEach(this::collect);
        text.append("cluster: ")
                .append(quote(cluster.settings().text("cluster-name", "imported")))
                .append('\n');
        text.append(primitives.isEmpty() ? "resources: {}\n" : "resources:\n");
        primitives.forEach(this::resource);
        if (!groups.isEmpty()) {
            text.append("groups:\n");
            for (Resource group : groups) {
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
        constraints();
        fencing();
        settings();
        return new PacemakerFiles.Converted(text.toString(), left);
    }

    // ---- resources

    private void collect(Resource resource) {
        switch (resource.kind()) {
            case GROUP -> {
                groups.add(resource);
                names.add(resource.id());
                resource.members().forEach(this::collect);
            }
            case CLONE -> left.add("clone " + resource.id() + " with all in it: the document has no word for clones");
            case PRIMITIVE -> {
                if (resource.agent().fences()) {
                    devices.add(resource);
                } else if (type(resource).isEmpty()) {
                    left.add("resource " + resource.id() + ": agents of standard '"
                            + resource.agent().standard() + "' are not known here");
                } else {
                    primitives.add(resource);
                    names.add(resource.id());
                }
            }
        }
    }

    private static String type(Resource resource) {
        Resource.Agent agent = resource.agent();
        return switch (agent.standard()) {
            case "ocf" -> "ocf:" + agent.provider() + ":" + agent.type();
            case "systemd" -> "systemd:" + agent.type();
            default -> "";
        };
    }

    private void resource(Resource resource) {
        text.append("  ").append(quote(resource.id())).append(":\n");
        text.append("    type: ").append(quote(type(resource))).append('\n');
        if (!resource.parameters().isEmpty()) {
            text.append("    parameters: ").append(map(resource.parameters())).append('\n');
        }
        new TreeMap<>(resource.meta()).forEach((name, value) -> meta(resource, name, value));
        if (!resource.demand().isEmpty()) {
            left.add("resource " + resource.id() + ": utilization " + new TreeMap<>(resource.demand()));
        }
        Map<String, Map<String, String>> operations = new LinkedHashMap<>();
        for (Resource.Operation operation : resource.operations()) {
            operation(resource, operation, operations);
        }
        operations.forEach((name, times) -> text.append("    ")
                .append(name)
                .append(": {")
                .append(String.join(
                        ", ",
                        times.entrySet().stream()
                                .map(e -> e.getKey() + ": " + e.getValue())
                                .toList()))
                .append("}\n"));
    }

    private void meta(Resource resource, String name, String value) {
        String key = WRITTEN.get(name);
        if (key == null) {
            if (name.equals("target-role") && !value.equalsIgnoreCase("Stopped")) {
                return; // that is how it is anyway
            }
            String hint = name.equals("target-role") ? "; say 'ha stop " + resource.id() + "' once it is applied" : "";
            left.add("resource " + resource.id() + ": " + name + "=" + value + hint);
        } else if (key.equals("failure-timeout")) {
            text.append("    failure-timeout: ")
                    .append(Words.millis(value, 0) / 1000)
                    .append("s\n");
        } else {
            int score = Words.score(value);
            boolean infinite = Math.abs(score) >= Words.INFINITY && key.equals("stickiness");
            text.append("    ")
                    .append(key)
                    .append(": ")
                    .append(infinite ? "INFINITY" : Integer.toString(score))
                    .append('\n');
        }
    }

    private void operation(Resource resource, Resource.Operation operation, Map<String, Map<String, String>> written) {
        String name = operation.name();
        Map<String, String> meta = operation.meta();
        boolean known = Set.of("start", "stop", "monitor").contains(name);
        boolean plain = !meta.containsKey("role") || meta.get("role").equals("Started");
        if (!known
                || !plain
                || (name.equals("monitor") && operation.intervalMillis() == 0)
                || written.containsKey(name)) {
            if (!meta.containsKey("holdfast-default")) {
                left.add("resource " + resource.id() + ": operation " + name + " every " + operation.intervalMillis()
                        + " ms" + (plain ? "" : " of role " + meta.get("role")));
            }
            return;
        }
        Map<String, String> times = new LinkedHashMap<>();
        if (name.equals("monitor")) {
            times.put("interval", operation.intervalMillis() + "ms");
        }
        long timeout = Words.millis(meta.getOrDefault("timeout", ""), 0);
        if (timeout > 0) {
            times.put("timeout", timeout + "ms");
        }
        for (String option : List.of("on-fail", "enabled", "start-delay")) {
            if (meta.containsKey(option)) {
                left.add("resource " + resource.id() + ": " + option + "=" + meta.get(option) + " of its " + name);
            }
        }
        if (!times.isEmpty()) {
            written.put(name, times);
        }
    }

    // ---- constraints

    private void constraints() {
        List<String> lines = new ArrayList<>();
        cluster.locations().forEach(location -> add(lines, "location " + location.id(), location(location)));
        cluster.colocations()
                .forEach(colocation -> add(lines, "colocation " + colocation.id(), colocation(colocation)));
        cluster.orders().forEach(order -> add(lines, "order " + order.id(), order(order)));
        if (!lines.isEmpty()) {
            text.append("constraints:\n");
            lines.forEach(line -> text.append("  - ").append(line).append('\n'));
        }
    }

    private void add(List<String> lines, String what, Optional<String> line) {
        if (line.isPresent()) {
            lines.add(line.get());
        } else {
            left.add(what + ": the document cannot say it, or something in it was not carried over");
        }
    }

    private Optional<String> location(Location location) {
        if (!names.contains(location.resource())
                || !location.role().isEmpty()
                || !location.discovery().equals("always")) {
            return Optional.empty();
        }
        String head = "prefer: {resource: " + quote(location.resource()) + ", ";
        if (location.place() instanceof Location.Named named && knows(named.node())) {
            return Optional.of(head + "node: " + quote(named.node()) + ", score: " + score(named.score()) + "}");
        } else if (location.place() instanceof Location.Where where
                && where.rule() instanceof Rule.Several several
                && several.parts().size() == 1
                && several.parts().get(0) instanceof Rule.Attribute attribute) {
            boolean equal = attribute.operation().equals("eq");
            if (attribute.attribute().equals("#uname") && equal && knows(attribute.value())) {
                return Optional.of(
                        head + "node: " + quote(attribute.value()) + ", score: " + score(where.score()) + "}");
            } else if (!attribute.attribute().startsWith("#")
                    && (equal || attribute.operation().equals("ne"))) {
                String rule = attribute.attribute() + (equal ? "=" : "!=") + attribute.value();
                return Optional.of(head + "where: " + quote(rule) + ", score: " + score(where.score()) + "}");
            }
        }
        return Optional.empty();
    }

    private boolean knows(String node) {
        return cluster.nodes().stream().anyMatch(each -> each.name().equals(node));
    }

    private Optional<String> colocation(Colocation colocation) {
        if (!names.contains(colocation.dependent())
                || !names.contains(colocation.primary())
                || !(colocation.dependentRole() + colocation.primaryRole() + colocation.attribute()).isEmpty()
                || colocation.influence().equals("false")) {
            return Optional.empty();
        }
        boolean together = colocation.score() > 0;
        return Optional.of((together ? "together" : "apart") + ": {resource: " + quote(colocation.dependent()) + ", "
                + (together ? "with" : "from") + ": " + quote(colocation.primary()) + ", score: "
                + score(Math.abs(colocation.score())) + "}");
    }

    private Optional<String> order(Order order) {
        if (!order.plain() || order.kind() == Order.Kind.SERIALIZE) {
            return Optional.empty();
        }
        Order.Step first = order.steps().get(0);
        Order.Step then = order.steps().get(1);
        if (!first.action().equals("start")
                || !then.action().equals("start")
                || !names.contains(first.resources().get(0))
                || !names.contains(then.resources().get(0))) {
            return Optional.empty();
        }
        return Optional.of("order: {first: " + quote(first.resources().get(0)) + ", then: "
                + quote(then.resources().get(0))
                + (order.kind() == Order.Kind.OPTIONAL ? ", kind: optional" : "")
                + (order.symmetry() == Order.Symmetry.NO ? ", symmetrical: false" : "") + "}");
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
                        left.add("fence device " + device.id() + ": the names in pcmk_host_map=" + value);
                    }
                    default -> {
                        if (name.startsWith("pcmk_")) {
                            left.add("fence device " + device.id() + ": " + name + "=" + value);
                        } else {
                            parameters.put(name, value);
                        }
                    }
                }
            });
            nodes.removeIf(node -> !knows(node));
            if (nodes.isEmpty()) {
                cluster.nodes().forEach(node -> nodes.add(node.name()));
                left.add("fence device " + device.id()
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

    private void settings() {
        new TreeMap<>(cluster.settings().values()).forEach((name, value) -> {
            if (!WITHOUT_MEANING.contains(name)) {
                left.add("option " + name + "=" + value);
            }
        });
        cluster.nodes().forEach(node -> {
            if (!node.capacity().isEmpty()) {
                left.add("node " + node.name() + ": utilization " + new TreeMap<>(node.capacity()));
            }
        });
    }

    // ---- words

    private static String score(int score) {
        if (score >= Words.INFINITY) {
            return "INFINITY";
        }
        return score <= -Words.INFINITY ? "-INFINITY" : Integer.toString(score);
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
