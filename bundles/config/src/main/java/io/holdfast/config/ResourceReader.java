package io.holdfast.config;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Option;
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
    static final Set<String> KEYS = Set.of(
            "type",
            "parameters",
            "start",
            "stop",
            "monitor",
            "stickiness",
            "migration-threshold",
            "failure-timeout",
            "priority",
            "template",
            "uses",
            "promote",
            "demote",
            "monitor-promoted",
            Option.CRITICAL,
            Option.LIVE_MIGRATION,
            Option.SEVERAL_ACTIVE,
            Option.REQUIRES,
            Option.UNHEALTHY_NODES);
    /** What a failure may lead to. */
    static final List<String> ON_FAIL =
            List.of("restart", "stop", "standby", "ignore", "block", "move", "demote", "fence");
    /** Those that a running cluster knows. */
    private static final Set<String> ON_FAIL_LIVE = Set.of("restart", "stop", "standby", "ignore", "block", "fence");

    private static final Set<String> ON_FAIL_PROMOTED = Set.of("restart", "demote");
    private static final Set<String> ON_FAIL_ROLE = Set.of("restart", "stop", "standby");

    private static final Set<String> TRUTHS = Set.of("true", "false", "yes", "no", "on", "off", "1", "0");
    private static final Duration LEAST_TIMEOUT = Duration.ofMillis(1);

    private final TypeLookup types;
    private final Problems problems;
    private final LiveOnly live;
    private final SortedMap<String, Node> demoting = new TreeMap<>();

    ResourceReader(TypeLookup types, LiveOnly live, Problems problems) {
        this.types = types;
        this.live = live;
        this.problems = problems;
    }

    SortedMap<String, Resource> read(Section top) {
        SortedMap<String, Resource> resources = new TreeMap<>();
        TemplateReader templates = new TemplateReader(top, KEYS, problems);
        top.section("resources").entries().forEach((name, node) -> {
            Names.check("resource", name, node, problems);
            resources.put(name, resource(name, templates.applied(name, node)));
        });
        return resources;
    }

    /** {@return the resources of which a failure leads to a demotion, each with the place where it says so} */
    SortedMap<String, Node> demoting() {
        return demoting;
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
                operation(name, section, "start", false).orElse(OperationSetting.UNSET),
                operation(name, section, "stop", false).orElse(OperationSetting.UNSET),
                operation(name, section, "monitor", true).orElse(OperationSetting.UNSET),
                stickiness(section),
                section.score("migration-threshold", 0),
                section.duration("failure-timeout", Duration.ZERO),
                section.number("priority", -Constraint.INFINITY, Constraint.INFINITY)
                        .orElse(0),
                section.numbers("uses"),
                roleOperations(name, section),
                options(section));
    }

    private SortedMap<String, OperationSetting> roleOperations(String name, Section section) {
        SortedMap<String, OperationSetting> operations = new TreeMap<>();
        for (String key : List.of("promote", "demote", "monitor-promoted")) {
            operation(name, section, key, key.equals("monitor-promoted"))
                    .ifPresent(setting -> operations.put(key, setting));
        }
        return operations;
    }

    private SortedMap<String, String> options(Section section) {
        SortedMap<String, String> options = new TreeMap<>();
        for (String key : List.of(Option.CRITICAL, Option.UNHEALTHY_NODES, Option.LIVE_MIGRATION)) {
            section.oneOf(key, List.of("true", "false")).ifPresent(word -> options.put(key, word));
        }
        section.oneOf(Option.SEVERAL_ACTIVE, List.of("stop-start", "stop-only", "stop-others", "block"))
                .ifPresent(word -> options.put(Option.SEVERAL_ACTIVE, word));
        section.oneOf(Option.REQUIRES, List.of("nothing", "quorum", "fencing"))
                .ifPresent(word -> options.put(Option.REQUIRES, word));
        if ("true".equals(options.get(Option.LIVE_MIGRATION))) {
            live.refuse(section.at(Option.LIVE_MIGRATION), "live-migration: a move without a stop cannot be run yet");
        }
        if (section.has(Option.SEVERAL_ACTIVE)) {
            live.refuse(
                    section.at(Option.SEVERAL_ACTIVE),
                    "several-active: an instance that Holdfast runs is never active on two nodes");
        }
        if (section.has(Option.REQUIRES)) {
            live.refuse(
                    section.at(Option.REQUIRES),
                    "requires: an instance always needs a majority, and the proof that no other node runs it");
        }
        return options;
    }

    static OptionalInt stickiness(Section section) {
        if (section.has("stickiness") && ConstraintReader.infinite(section, "stickiness")) {
            return OptionalInt.of(Constraint.INFINITY);
        }
        return section.number("stickiness", 0, Constraint.INFINITY);
    }

    private Optional<OperationSetting> operation(String name, Section resource, String key, boolean repeated) {
        Section section = resource.section(
                key, repeated ? Set.of("interval", "timeout", "on-fail") : Set.of("timeout", "on-fail"));
        Optional<Duration> interval = repeated ? section.duration("interval", Duration.ZERO) : Optional.empty();
        String onFail = section.oneOf("on-fail", ON_FAIL).orElse("");
        boolean runs = switch (key) {
            case "start", "monitor" -> ON_FAIL_LIVE.contains(onFail);
            case "monitor-promoted" -> ON_FAIL_PROMOTED.contains(onFail);
            case "promote", "demote" -> ON_FAIL_ROLE.contains(onFail);
            default -> false; // a stop
        };
        boolean contradicts = (live.planned() || onFail.equals("demote")) && contradiction(name, key, onFail, section);
        if (!onFail.isEmpty() && !runs && !contradicts) {
            live.refuse(
                    section.at("on-fail"),
                    key.equals("stop")
                            ? "on-fail of a stop: what cannot be proved stopped blocks the instance, or costs the node its lease"
                            : "on-fail: " + onFail + " of " + key + " cannot be run yet");
        }
        return resource.has(key)
                ? Optional.of(new OperationSetting(interval, section.duration("timeout", LEAST_TIMEOUT), onFail))
                : Optional.empty();
    }

    /** {@return whether it contradicts itself as it stands} */
    private boolean contradiction(String name, String operation, String onFail, Section section) {
        boolean ofRole = operation.equals("promote") || operation.equals("monitor-promoted");
        if (onFail.equals("demote") && ofRole) {
            demoting.put(name, section.at("on-fail")); // whether it is ever promoted is not known yet
            return false;
        } else if (onFail.equals("demote")) {
            problems.at(
                    section.at("on-fail"),
                    "resource " + name + ": after a failed " + operation + " there is nothing to demote",
                    "expected on-fail: demote with promote or monitor-promoted");
            return true;
        } else if (onFail.equals("stop") && operation.equals("stop")) {
            problems.at(
                    section.at("on-fail"),
                    "resource " + name + ": a failed stop cannot be answered by a stop",
                    "expected another word, such as fence or block");
            return true;
        }
        return false;
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
