package io.holdfast.planner;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Grant;
import io.holdfast.model.Instances;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Resource;
import io.holdfast.planner.engine.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which right to be promoted goes to which node. The engine chooses the copies that are to be promoted; who of them has a right keeps
 * it, and the others get those that are free.
 */
final class Rights {
    private Rights() {}

    /**
     * {@return the rights of a document of before that are planned for as long as somebody holds them: of a clone of which fewer may
     * be promoted now, who is to stay promoted may hold one of those that are too many}
     */
    static List<String> ofBefore(ClusterState state, Instances defined) {
        List<String> rights = new ArrayList<>();
        for (CloneSetting clone : state.configuration().clones().values()) {
            for (String resource : Instances.promoted(clone) == 0
                    ? List.<String>of()
                    : state.configuration().expand(clone.of())) {
                Instances.rights(state.grants(), resource).stream()
                        .map(Grant::instance)
                        .filter(right -> defined.definition(right).isEmpty())
                        .forEach(rights::add);
            }
        }
        return rights;
    }

    /** {@return all instances and rights that are planned for, each with what it is of} */
    static SortedMap<String, Resource> with(Instances defined, List<String> more) {
        if (more.isEmpty()) {
            return defined.withRights();
        }
        TreeMap<String, Resource> all = new TreeMap<>(defined.withRights());
        more.forEach(right -> defined.definition(
                        defined.rights(Instances.resource(right)).get(0))
                .ifPresent(resource -> all.put(right, resource)));
        return all;
    }

    /** Sets the targets of all rights. */
    static void place(Placer placer) {
        for (Links.Siblings clone : placer.links.promotable()) {
            place(placer, clone);
        }
    }

    private static void place(Placer placer, Links.Siblings clone) {
        List<Integer> rights = clone.rights();
        List<Integer> waiting = new ArrayList<>(); // the nodes on which a copy is to be promoted
        for (int copy : clone.instances()) {
            if (placer.placements[copy].promoted(placer.stands.get(copy).name())) {
                waiting.add(placer.targets[copy]);
            }
        }
        for (int right : rights) {
            Stand stand = placer.stands.get(right);
            placer.targets[right] = placer.pinned(right).isEmpty() ? Placer.NOWHERE : stand.here();
            placer.placements[right] = clone.instances().isEmpty()
                    ? placer.placements[right]
                    : placer.placements[clone.instances().get(0)];
            waiting.remove((Integer) placer.targets[right]);
        }
        for (int right : rights) {
            if (placer.targets[right] < 0 && waiting.remove((Integer) placer.homes[right])) {
                placer.targets[right] = placer.homes[right];
            }
        }
        waiting.removeIf(node -> leftAlone(placer, clone, node));
        fill(placer, rights, waiting, false); // nobody has to give those back first
        fill(placer, rights, waiting, true);
    }

    private static void fill(Placer placer, List<Integer> rights, List<Integer> waiting, boolean held) {
        for (int right : rights) {
            if (placer.targets[right] < 0 && placer.stands.get(right).held() == held && !waiting.isEmpty()) {
                placer.targets[right] = waiting.remove(0);
            }
        }
    }

    /** Whether people asked to leave the copy on that node alone, or nothing can be done with it now. */
    private static boolean leftAlone(Placer placer, Links.Siblings clone, int node) {
        return clone.instances().stream()
                .map(placer.stands::get)
                .anyMatch(copy ->
                        copy.here() == node && (copy.left() || !copy.pinned().isEmpty()));
    }

    /** Whether the copy on that node is promoted, or was last; of one that is left alone only the first. */
    static boolean promoted(Placer placer, int copy, int node, boolean left) {
        Optional<Links.Siblings> clone =
                placer.links.siblings(placer.stands.get(copy).name());
        return clone.isPresent()
                && clone.get().rights().stream()
                        .anyMatch(right -> (left ? placer.stands.get(right).here() : placer.homes[right]) == node);
    }

    // ---- for people

    /** The copy that is to be on the node. */
    private static Optional<Integer> copy(Placer placer, int right, int node) {
        return placer.links.siblings(placer.stands.get(right).name()).orElseThrow().instances().stream()
                .filter(copy -> placer.targets[copy] == node)
                .findFirst();
    }

    static int score(Placer placer, int right, int node) {
        return copy(placer, right, node)
                .map(copy -> placer.placements[copy].promotion(
                        placer.stands.get(copy).name()))
                .orElse(-Score.INFINITY);
    }

    static String against(Placer placer, int right, int node) {
        Optional<Integer> copy = copy(placer, right, node);
        if (copy.isEmpty()) {
            return "no copy is to run there";
        }
        Placement placement = placer.placements[copy.get()];
        String name = placer.stands.get(copy.get()).name();
        return placement.promotion(name) >= 0 ? "" : name + " has no promotion score there, or one below 0";
    }

    static String reason(Placer placer, int right) {
        int target = placer.targets[right];
        if (target < 0) {
            List<String> nodes = new ArrayList<>();
            for (int node = 0; node < placer.sites.count() && nodes.size() < 10; node++) {
                String against = against(placer, right, node);
                nodes.add(placer.sites.name(node) + ": " + (against.isEmpty() ? "others come first" : against));
            }
            return "no copy is to be promoted by it" + (nodes.isEmpty() ? "" : " (" + String.join(" | ", nodes) + ")");
        }
        int best = score(placer, right, target);
        int next = -Score.INFINITY;
        for (int node = 0; node < placer.sites.count(); node++) {
            next = node == target ? next : Math.max(next, score(placer, right, node));
        }
        String name = placer.sites.name(target);
        if (next > best && placer.stands.get(right).serves(placer.sites)) {
            return "it is there already, and those with a better promotion score (" + Score.text(next)
                    + ") cannot be promoted yet";
        } else if (next < 0) {
            return "only the copy on " + name + " can be promoted";
        } else if (next == best && placer.homes[right] == target) {
            return "it is there already, and no other copy has a better promotion score (" + Score.text(best) + ")";
        } else if (next >= best) {
            return "the copy on " + name + " is the first of those with promotion score " + Score.text(best);
        }
        return "the copy on " + name + " has the best promotion score (" + Score.text(best) + ", the next has "
                + Score.text(next) + ")";
    }
}
