package io.holdfast.planner;

import io.holdfast.model.config.NodeSetting;
import io.holdfast.model.config.Option;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Lets nobody start where those that are to leave still take the room. */
final class Room {
    private final List<Stand> stands;
    private final Sites sites;
    private final Map<String, NodeSetting> settings;
    private final boolean counts;
    /** What is held on each node, by kind; made when somebody asks. */
    private final Map<Integer, Map<String, Integer>> used = new HashMap<>();

    Room(Placer placer) {
        stands = placer.stands;
        sites = placer.sites;
        settings = placer.facts.state().configuration().nodes();
        String strategy = placer.facts.state().configuration().options().getOrDefault(Option.STRATEGY, "default");
        counts = !strategy.equals("default");
    }

    /** What has to happen before there is room; empty if there is. What starts by this plan is counted from now on. */
    String obstacle(int i, int node) {
        Map<String, Integer> uses = stands.get(i).resource().uses();
        if (!counts || uses.isEmpty()) {
            return "";
        }
        Map<String, Integer> now = used.computeIfAbsent(node, this::held);
        NodeSetting setting = settings.get(sites.name(node));
        for (Map.Entry<String, Integer> use : uses.entrySet()) {
            int offered = setting == null ? 0 : setting.capacity().getOrDefault(use.getKey(), 0);
            if (now.getOrDefault(use.getKey(), 0) + use.getValue() > offered) {
                return sites.name(node) + " has " + use.getKey() + " " + use.getValue() + " to spare again";
            }
        }
        uses.forEach((kind, amount) -> now.merge(kind, amount, Integer::sum));
        return "";
    }

    private Map<String, Integer> held(int node) {
        Map<String, Integer> sum = new HashMap<>();
        for (Stand stand : stands) {
            if (stand.here() == node) {
                stand.resource().uses().forEach((kind, amount) -> sum.merge(kind, amount, Integer::sum));
            }
        }
        return sum;
    }
}
