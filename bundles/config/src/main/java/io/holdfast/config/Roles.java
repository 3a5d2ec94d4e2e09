package io.holdfast.config;

import io.holdfast.model.config.CloneSetting;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.Node;

/** Refuses what is said of a role where nothing is ever promoted. */
final class Roles {
    private final Set<String> promotable = new TreeSet<>();
    private final Problems problems;

    Roles(
            SortedMap<String, List<String>> groups,
            SortedMap<String, CloneSetting> clones,
            SortedMap<String, Node> demoting,
            Problems problems) {
        this.problems = problems;
        clones.forEach((name, clone) -> {
            if (clone.promotable()) {
                promotable.add(name);
                promotable.add(clone.of());
                promotable.addAll(groups.getOrDefault(clone.of(), List.of()));
            }
        });
        demoting.forEach((resource, at) -> {
            if (!promotable.contains(resource)) {
                problems.at(
                        at,
                        "resource " + resource + ": on-fail: demote, and '" + resource + "' is never promoted",
                        "expected a clone with 'promoted', or another word");
            }
        });
    }

    /** {@code hint}: what else could be meant. */
    void demand(Node at, List<String> names, String hint) {
        names.stream()
                .filter(name -> !promotable.contains(name))
                .findFirst()
                .ifPresent(name -> problems.at(
                        at, "'" + name + "' is never promoted", "expected a clone with 'promoted', or " + hint));
    }
}
