package io.holdfast.config;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads {@code resources:}. */
final class ResourceReader {
    private static final String SYSTEMD = "systemd:";
    private static final Set<String> KEYS = Set.of(
            "type",
            "parameters",
            "start",
            "stop",
            "monitor",
            "stickiness",
            "migration-threshold",
            "failure-timeout",
            "priority");
    private static final Set<String> TRUTHS = Set.of("true", "false", "yes", "no", "on", "off", "1", "0");
    private static final Duration LEAST_TIMEOUT = Duration.ofMillis(1);

    private final TypeLookup types;
    private final Problems problems;

    ResourceReader(TypeLookup types, Problems problems) {
        this.types = types;
        this.problems = problems;
    }

    SortedMap<String, Resource> read(Section top) {
        SortedMap<String, Resource> resources = new TreeMap<>();
        top.section("resources").entries().forEach((name, node) -> {
            Names.check("resource", name, node, problems);
            resources.put(name, resource(name, node));
        });
        return resources;
    }

    private Resource resource(String name, Node node) {
        Section section = new Section("resource " + name, node, problems, KEYS);
        String type = section.required("type", "a type such as ocf:heartbeat:IPaddr2 or process");
        SortedMap<String, String> parameters = section.texts("parameters");
        if (!type.isEmpty()) {
            checkType(section, name, type, parameters);
        }
        return new Resource(
                name,
                type,
                parameters,
                operation(section, "start", false),
                operation(section, "stop", false),
                operation(section, "monitor", true),
                stickiness(section),
                section.number("migration-threshold", 0, Constraint.INFINITY),
                section.duration("failure-timeout", Duration.ZERO),
                section.number("priority", -Constraint.INFINITY, Constraint.INFINITY)
                        .orElse(0));
    }

    static OptionalInt stickiness(Section section) {
        if (section.has("stickiness") && ConstraintReader.infinite(section, "stickiness")) {
            return OptionalInt.of(Constraint.INFINITY);
        }
        return section.number("stickiness", 0, Constraint.INFINITY);
    }

    private OperationSetting operation(Section resource, String key, boolean repeated) {
        Section section = resource.section(key, repeated ? Set.of("interval", "timeout") : Set.of("timeout"));
        Optional<Duration> interval = repeated ? section.duration("interval", Duration.ZERO) : Optional.empty();
        return new OperationSetting(interval, section.duration("timeout", LEAST_TIMEOUT));
    }

    private void checkType(Section section, String name, String type, Map<String, String> parameters) {
        Optional<TypeDescription> description = types.describe(type);
        if (description.isPresent()) {
            checkParameters(section, name, description.get(), parameters);
        } else if (type.startsWith(SYSTEMD) && !types.offered(type)) {
            problems.at(
                    section.at("type"),
                    "resource " + name + " has type '" + type + "', and no node has such a service under systemd",
                    "expected the name of a service unit without '.service', on a machine that systemd runs; 'ha attributes' shows"
                            + " them. For an instance of a template, give it a file: systemctl edit --full --force NAME@INSTANCE");
        } else if (!types.offered(type)) {
            problems.at(
                    section.at("type"),
                    "resource " + name + " has type '" + type + "', which no node offers",
                    "expected one of those that 'ha attributes' shows for a node; install the agent or bundle first");
        }
    }

    private void checkParameters(Section section, String name, TypeDescription type, Map<String, String> parameters) {
        Section given = section.section("parameters");
        List<String> known = type.parameters().stream().map(Parameter::name).toList();
        parameters.keySet().stream()
                .filter(key -> !known.contains(key))
                .forEach(key -> problems.at(
                        given.at(key),
                        "resource " + name + ": type " + type.name() + " has no parameter '" + key + "'",
                        known.isEmpty() ? "it has none: " + type.summary() : Suggestion.of(key, known, "parameter")));
        for (Parameter parameter : type.parameters()) {
            String value = parameters.get(parameter.name());
            if (value != null) {
                checkValue(given, name, parameter, value);
            } else if (parameter.required() && !given.has(parameter.name())) {
                problems.at(
                        section.node(),
                        "resource " + name + " lacks parameter '" + parameter.name() + "', which type " + type.name()
                                + " requires",
                        "expected " + parameter.description());
            }
        }
    }

    private void checkValue(Section given, String name, Parameter parameter, String value) {
        boolean fits = switch (parameter.kind()) {
            case STRING -> true;
            case INTEGER -> value.matches("[+-]?\\d{1,18}");
            case BOOLEAN -> TRUTHS.contains(value.toLowerCase(Locale.ROOT));
            case DURATION -> value.matches("\\d{1,9}") || Durations.parse(value).isPresent();
        };
        if (!fits) {
            problems.at(
                    given.at(parameter.name()),
                    "resource " + name + ": parameter " + parameter.name() + " is '" + value + "'",
                    "expected "
                            + switch (parameter.kind()) {
                                case STRING -> "a text";
                                case INTEGER -> "a whole number";
                                case BOOLEAN -> "true or false";
                                case DURATION -> Durations.FORM;
                            });
        }
    }
}
