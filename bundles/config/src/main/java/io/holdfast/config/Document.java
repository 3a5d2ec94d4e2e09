package io.holdfast.config;

import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Documents compared, and the smallest one. */
public final class Document {
    /** The smallest document. */
    public static final String MINIMAL = "cluster: holdfast\nresources: {}\n";

    private static final String HIDDEN = " (hidden)";

    private Document() {}

    /**
     * {@return what changes from one document to the other, one line each: {@code +} added, {@code -} removed, {@code ~} changed;
     * empty if they say the same}
     */
    public static List<String> diff(Configuration old, Configuration next) {
        List<String> lines = new ArrayList<>();
        SortedMap<String, String> before = flat(old, next);
        SortedMap<String, String> after = flat(next, old);
        TreeSet<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        for (String key : keys) {
            String was = before.get(key);
            String is = after.get(key);
            if (was == null) {
                lines.add("+ " + key + (key.endsWith(HIDDEN) ? "" : ": " + is));
            } else if (is == null) {
                lines.add("- " + key + (key.endsWith(HIDDEN) ? "" : ": " + was));
            } else if (!was.equals(is)) {
                boolean hidden = key.endsWith(HIDDEN);
                lines.add("~ " + key + (hidden ? ": changed" : ": " + was + " -> " + is));
            }
        }
        return lines;
    }

    /** Each thing that can change, in words; a resource that {@code other} has not is one of them, otherwise each of its keys is. */
    private static SortedMap<String, String> flat(Configuration configuration, Configuration other) {
        SortedMap<String, String> flat = new TreeMap<>();
        flat.put("cluster", configuration.cluster());
        Defaults defaults = configuration.defaults();
        flat.put("defaults stickiness", score(defaults.stickiness()));
        flat.put("defaults migration-threshold", "" + defaults.migrationThreshold());
        flat.put("defaults failure-timeout", Durations.format(defaults.failureTimeout()));
        configuration.resources().values().forEach(resource -> {
            flat.put("resource " + resource.name(), "type " + resource.type());
            if (other.resources().containsKey(resource.name())) {
                put(flat, resource);
            }
        });
        configuration.options().forEach((name, value) -> flat.put(name.replace('.', ' '), value));
        configuration.nodes().forEach((name, node) -> flat.put("node " + name + " capacity", "" + node.capacity()));
        configuration.clones().forEach((name, clone) -> flat.put("clone " + name, text(clone)));
        configuration.groups().forEach((name, members) -> flat.put("group " + name, members.toString()));
        configuration
                .constraints()
                .forEach(constraint -> flat.merge(text(constraint), score(constraint), (a, b) -> a + " and " + b));
        configuration.fencing().forEach(device -> {
            flat.put("fence device " + device.name(), text(device));
            parameters(flat, "fence device " + device.name(), device.parameters());
        });
        return flat;
    }

    private static void put(Map<String, String> flat, Resource resource) {
        String head = "resource " + resource.name();
        parameters(flat, head, resource.parameters());
        put(flat, head + " start", resource.start());
        put(flat, head + " stop", resource.stop());
        put(flat, head + " monitor", resource.monitor());
        resource.stickiness().ifPresent(value -> flat.put(head + " stickiness", score(value)));
        resource.migrationThreshold().ifPresent(value -> flat.put(head + " migration-threshold", "" + value));
        resource.failureTimeout().ifPresent(value -> flat.put(head + " failure-timeout", Durations.format(value)));
        if (resource.priority() != 0) {
            flat.put(head + " priority", "" + resource.priority());
        }
        resource.uses().forEach((kind, amount) -> flat.put(head + " uses." + kind, "" + amount));
        resource.operations().forEach((name, setting) -> {
            flat.put(head + " " + name, "set");
            put(flat, head + " " + name, setting);
        });
        resource.options().forEach((name, value) -> flat.put(head + " " + name, value));
    }

    private static String text(CloneSetting clone) {
        return "of " + clone.of()
                + (clone.instances().isPresent()
                        ? " instances " + clone.instances().getAsInt()
                        : "")
                + " per-node " + clone.perNode()
                + (clone.atLeast() > 0 ? " at-least " + clone.atLeast() : "")
                + (clone.interleave() ? " interleave" : "")
                + (clone.ordered() ? " ordered" : "")
                + (clone.unique() ? " unique" : "")
                + (clone.promotable()
                        ? " promoted " + clone.promoted() + " promoted-per-node " + clone.promotedPerNode()
                        : "");
    }

    /** What looks like a secret is compared, and not shown. */
    private static void parameters(Map<String, String> flat, String head, Map<String, String> parameters) {
        parameters.forEach((key, value) -> {
            String name = key.toLowerCase(Locale.ROOT);
            boolean secret = name.contains("pass") || name.contains("secret") || name.contains("credential");
            flat.put(head + " parameters." + key + (secret ? HIDDEN : ""), value);
        });
    }

    private static void put(Map<String, String> flat, String head, OperationSetting operation) {
        operation.interval().ifPresent(value -> flat.put(head + ".interval", Durations.format(value)));
        operation.timeout().ifPresent(value -> flat.put(head + ".timeout", Durations.format(value)));
        if (!operation.onFail().isEmpty()) {
            flat.put(head + ".on-fail", operation.onFail());
        }
    }

    /** {@return a constraint in a few words, without its score} */
    public static String text(Constraint constraint) {
        if (constraint instanceof Constraint.Prefer prefer) {
            return "constraint prefer " + prefer.resource() + " on "
                    + (prefer.node().isEmpty() ? "nodes where " + prefer.where() : prefer.node());
        } else if (constraint instanceof Constraint.Together together) {
            return "constraint " + (together.score() < 0 ? "apart " : "together ") + together.resource()
                    + (together.score() < 0 ? " from " : " with ") + together.with();
        } else if (constraint instanceof Constraint.Order order) {
            return "constraint order " + action(order.firstAction()) + order.first() + " then "
                    + action(order.thenAction()) + order.then();
        } else if (constraint instanceof Constraint.Steps steps) {
            return "constraint order "
                    + steps.steps().stream()
                            .map(step -> action(step.action()) + step(step))
                            .collect(Collectors.joining(" then "));
        }
        throw new IllegalStateException("No text for " + constraint.getClass().getSimpleName());
    }

    private static String score(Constraint constraint) {
        if (constraint instanceof Constraint.Prefer prefer) {
            return (prefer.scoreFrom().isEmpty()
                            ? "score " + score(prefer.score())
                            : "score from " + prefer.scoreFrom())
                    + (prefer.role().isEmpty() ? "" : " when " + prefer.role())
                    + (prefer.only() ? ", nowhere else" : "");
        } else if (constraint instanceof Constraint.Together together) {
            return "score " + score(Math.abs(together.score()))
                    + (together.role().isEmpty() ? "" : " when " + together.role())
                    + (together.withRole().isEmpty() ? "" : " with what is " + together.withRole())
                    + (together.same().isEmpty() ? "" : " by " + together.same())
                    + (together.passive() ? ", without influence" : "");
        } else if (constraint instanceof Constraint.Order order) {
            return kind(order.mandatory(), order.serialize())
                    + (order.symmetrical() || order.serialize() ? "" : ", not symmetrical")
                    + (order.any() ? ", any is enough" : "");
        } else if (constraint instanceof Constraint.Steps steps) {
            return kind(steps.mandatory(), steps.serialize())
                    + (steps.symmetrical() || steps.serialize() ? "" : ", not symmetrical");
        }
        throw new IllegalStateException("No text for " + constraint.getClass().getSimpleName());
    }

    private static String kind(boolean mandatory, boolean serialize) {
        return serialize ? "serialize" : mandatory ? "mandatory" : "optional";
    }

    private static String action(String action) {
        return action.isEmpty() ? "" : action + " ";
    }

    private static String step(Constraint.Step step) {
        return step.resources().size() == 1
                ? step.resources().get(0)
                : (step.any() ? "any of " : step.sequential() ? "in order " : "all of ") + step.resources();
    }

    private static String score(int score) {
        return Math.abs(score) >= Constraint.INFINITY ? (score < 0 ? "-INFINITY" : "INFINITY") : "" + score;
    }

    private static String text(FenceSetting device) {
        String nodes = device.nodes().stream()
                .map(node -> node + device.plug(node).map(plug -> "=" + plug).orElse(""))
                .collect(Collectors.joining(", ", "[", "]"));
        return device.agent() + " for " + nodes + " level " + device.level()
                + " retries " + device.retries() + " delay " + Durations.format(device.delay()) + " timeout "
                + (device.timeout().isZero() ? "as the agent says" : Durations.format(device.timeout())) + " action "
                + device.action() + " monitor " + Durations.format(device.monitorEvery());
    }
}
