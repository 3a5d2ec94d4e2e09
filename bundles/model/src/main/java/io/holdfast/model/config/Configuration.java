package io.holdfast.model.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The cluster document as values. Checked by who parses it, and again when it is applied: every name in it exists.
 *
 * @param cluster the cluster's name
 * @param resources by name
 * @param groups members in order, by the group's name; a resource is in one group at most
 * @param constraints in the order of the document
 * @param fencing in the order of the document
 * @param defaults what holds for resources that do not say otherwise
 * @param clones by name
 * @param nodes what is said of nodes, by name
 * @param options what is said of the cluster as a whole, by name, as {@link Option} lists it
 * @param sequence names of resources in the order of the document; empty: by name
 */
public record Configuration(
        String cluster,
        SortedMap<String, Resource> resources,
        SortedMap<String, List<String>> groups,
        List<Constraint> constraints,
        List<FenceSetting> fencing,
        Defaults defaults,
        SortedMap<String, CloneSetting> clones,
        SortedMap<String, NodeSetting> nodes,
        SortedMap<String, String> options,
        List<String> sequence) {

    /** Nothing to run, under the name {@code holdfast}. */
    public static final Configuration EMPTY =
            new Configuration("holdfast", new TreeMap<>(), new TreeMap<>(), List.of(), List.of(), Defaults.USUAL);

    /** Copies the collections. */
    public Configuration {
        resources = Collections.unmodifiableSortedMap(new TreeMap<>(resources));
        TreeMap<String, List<String>> copy = new TreeMap<>();
        groups.forEach((group, members) -> copy.put(group, List.copyOf(members)));
        groups = Collections.unmodifiableSortedMap(copy);
        constraints = List.copyOf(constraints);
        fencing = List.copyOf(fencing);
        clones = Collections.unmodifiableSortedMap(new TreeMap<>(clones));
        nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
        options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
        sequence = List.copyOf(sequence);
    }

    /** A document without clones, and with nothing about nodes and the cluster as a whole. */
    public Configuration(
            String cluster,
            SortedMap<String, Resource> resources,
            SortedMap<String, List<String>> groups,
            List<Constraint> constraints,
            List<FenceSetting> fencing,
            Defaults defaults) {
        this(
                cluster,
                resources,
                groups,
                constraints,
                fencing,
                defaults,
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                List.of());
    }

    /** {@return the resources that {@code name} stands for: itself, the members of a group or clone in order, or none if unknown} */
    public List<String> expand(String name) {
        CloneSetting clone = clones.get(name);
        if (clone != null && !clones.containsKey(clone.of())) {
            return expand(clone.of());
        }
        return resources.containsKey(name) ? List.of(name) : groups.getOrDefault(name, List.of());
    }

    /** {@return how much the resource likes to stay where it runs} */
    public int stickiness(Resource resource) {
        return resource.stickiness().orElse(defaults.stickiness());
    }

    /** {@return how many failures on a node forbid it that node; 0: any number is borne} */
    public int migrationThreshold(Resource resource) {
        return resource.migrationThreshold().orElse(defaults.migrationThreshold());
    }

    /** {@return how long a failure counts; zero: until {@code retry}} */
    public Duration failureTimeout(Resource resource) {
        return resource.failureTimeout().orElse(defaults.failureTimeout());
    }

    /** {@return the names that are used in groups and constraints but are no resource or group here, sorted; empty if it is sound} */
    public List<String> unknownNames() {
        TreeSet<String> unknown = new TreeSet<>();
        groups.values()
                .forEach(members -> members.stream()
                        .filter(member -> !resources.containsKey(member))
                        .forEach(unknown::add));
        constraints.stream()
                .flatMap(constraint -> constraint.names().stream())
                .filter(name -> expand(name).isEmpty())
                .forEach(unknown::add);
        return new ArrayList<>(unknown);
    }
}
