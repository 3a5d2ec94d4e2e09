package io.holdfast.config;

import io.holdfast.model.config.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads {@code groups:}. */
final class GroupReader {
    private final SortedMap<String, Resource> resources;
    private final Problems problems;

    GroupReader(SortedMap<String, Resource> resources, Problems problems) {
        this.resources = resources;
        this.problems = problems;
    }

    SortedMap<String, List<String>> read(Section top) {
        SortedMap<String, List<String>> groups = new TreeMap<>();
        Map<String, String> groupOf = new HashMap<>();
        top.section("groups").entries().forEach((name, node) -> {
            Names.check("group", name, node, problems);
            if (resources.containsKey(name)) {
                problems.at(node, "'" + name + "' is a resource and a group", "expected each name once");
            }
            List<String> members = Section.list("group " + name, node, "of resources", problems);
            if (members.isEmpty()) {
                problems.at(node, "group " + name + " has no members", "expected a list of resources");
            }
            members.forEach(member -> check(name, member, node, groupOf));
            groups.put(name, members);
        });
        return groups;
    }

    private void check(String group, String member, Node node, Map<String, String> groupOf) {
        if (!resources.containsKey(member)) {
            problems.at(
                    node,
                    "group " + group + " names '" + member + "', which is no resource",
                    Suggestion.of(member, resources.keySet(), "resource"));
        }
        String other = groupOf.putIfAbsent(member, group);
        if (other != null) {
            problems.at(
                    node,
                    other.equals(group)
                            ? "group " + group + " names '" + member + "' twice"
                            : "resource " + member + " is in the groups " + other + " and " + group,
                    "expected it in one group, once");
        }
    }
}
