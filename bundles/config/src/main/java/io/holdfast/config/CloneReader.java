package io.holdfast.config;

import io.holdfast.api.resource.TypeDescription;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Resource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads {@code clones:}. */
final class CloneReader {
    private static final int MOST = 10_000;
    static final Set<String> KEYS = Set.of(
            "of",
            "instances",
            "per-node",
            "at-least",
            "interleave",
            "ordered",
            "unique",
            "promoted",
            "promoted-per-node");

    private final Set<String> names = new TreeSet<>();
    private final SortedMap<String, Resource> resources;
    private final Set<String> groups;
    private final TypeLookup types;
    private final Map<String, String> groupOf = new TreeMap<>();
    private final LiveOnly live;
    private final Problems problems;

    CloneReader(
            SortedMap<String, Resource> resources,
            SortedMap<String, List<String>> groups,
            TypeLookup types,
            LiveOnly live,
            Problems problems) {
        this.resources = resources;
        this.groups = groups.keySet();
        this.types = types;
        names.addAll(resources.keySet());
        names.addAll(groups.keySet());
        groups.forEach((group, members) -> members.forEach(member -> groupOf.put(member, group)));
        this.live = live;
        this.problems = problems;
    }

    SortedMap<String, CloneSetting> read(Section top) {
        SortedMap<String, CloneSetting> clones = new TreeMap<>();
        Map<String, String> cloneOf = new TreeMap<>();
        top.section("clones").entries().forEach((name, node) -> {
            Names.check("clone", name, node, problems);
            if (names.contains(name)) {
                problems.at(node, "'" + name + "' is also a resource or group", "expected each name once");
            }
            CloneSetting clone = clone(name, node);
            String other = cloneOf.putIfAbsent(clone.of(), name);
            if (other != null) {
                problems.at(
                        node, clone.of() + " is cloned by " + other + " and by " + name, "expected one clone of each");
            }
            clones.put(name, clone);
        });
        return clones;
    }

    /** Which copy a right to be promoted is about has to be plain: it is the only one on its node, and one resource. */
    private void promotable(String name, String of, int perNode, Section section) {
        Node at = section.at(section.has("promoted") ? "promoted" : "promoted-per-node");
        if (groups.contains(of)) {
            live.refuse(at, "clone " + name + ": copies of a group that are promoted cannot be run yet");
        }
        if (perNode > 1 || section.number("promoted-per-node", 1, MOST).orElse(1) > 1) {
            live.refuse(
                    at, "clone " + name + ": several copies on a node of which some are promoted cannot be run yet");
        }
        Optional<TypeDescription> type =
                Optional.ofNullable(resources.get(of)).flatMap(resource -> types.describe(resource.type()));
        type.filter(known -> known.promotion().isEmpty() && !live.planned())
                .ifPresent(
                        known -> problems.at(
                                at,
                                "clone " + name + ": '" + of + "' has type '" + known.name()
                                        + "', which cannot be promoted",
                                "expected an agent that knows the actions promote and demote, or a Java type that is Promotable"));
    }

    private CloneSetting clone(String name, Node node) {
        Section section = new Section("clone " + name, node, problems, KEYS);
        String of = section.required("of", "a resource or group");
        if (!of.isEmpty() && !names.contains(of)) {
            problems.at(
                    section.at("of"),
                    "there is no resource or group '" + of + "'",
                    Suggestion.of(of, names, "resource"));
        } else if (groupOf.containsKey(of)) {
            problems.at(
                    section.at("of"),
                    "'" + of + "' is in group " + groupOf.get(of),
                    "expected the whole group to be cloned, or a resource in no group");
        }
        boolean unique = section.truth("unique", false);
        int perNode = section.number("per-node", 1, MOST).orElse(1);
        if (perNode > 1 && section.has("unique") && !unique) {
            problems.at(
                    section.at("per-node"),
                    "clone " + name + " has " + perNode + " copies on a node, which do not differ",
                    "expected per-node: 1, or unique: true");
        }
        OptionalInt instances = section.number("instances", 0, MOST);
        int atLeast = section.number("at-least", 0, MOST).orElse(0);
        if (atLeast > instances.orElse(atLeast)) {
            problems.at(
                    section.at("at-least"),
                    "clone " + name + ": " + atLeast + " of " + instances.getAsInt() + " copies are never active",
                    "expected at-least: " + instances.getAsInt() + " or less, or more instances");
        }
        boolean promotable = section.has("promoted") || section.has("promoted-per-node");
        int promoted = section.number("promoted", 0, MOST).orElse(promotable ? 1 : 0);
        int promotedPerNode = section.number("promoted-per-node", 1, MOST).orElse(promotable ? 1 : 0);
        if (promotable) {
            promotable(name, of, perNode, section);
        }
        if (promoted > instances.orElse(promoted)) {
            problems.at(
                    section.at("promoted"),
                    "clone " + name + ": " + promoted + " of " + instances.getAsInt() + " copies cannot be promoted",
                    "expected promoted: " + instances.getAsInt() + " or less, or more instances");
        }
        if (promotedPerNode > perNode) {
            problems.at(
                    section.at("promoted-per-node"),
                    "clone " + name + ": " + promotedPerNode + " promoted copies on a node with " + perNode
                            + (perNode == 1 ? " copy" : " copies"),
                    "expected promoted-per-node: " + perNode + " or less, or more with per-node");
        }
        return new CloneSetting(
                of,
                instances,
                perNode,
                atLeast,
                section.truth("interleave", false),
                section.truth("ordered", false),
                unique || perNode > 1,
                promotable,
                promoted,
                promotedPerNode);
    }
}
