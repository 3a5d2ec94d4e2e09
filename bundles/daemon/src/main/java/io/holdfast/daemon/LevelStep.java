package io.holdfast.daemon;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.NodeRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Works out whether the whole cluster may work at the functional level of this node. Pure, but for what it is handed. */
public final class LevelStep {
    /** Attribute of a node: the functional level that its version understands. */
    public static final String LEVEL = "level";

    private static final String VERSION = "version";

    private LevelStep() {}

    /**
     * {@return the command that raises the level to what this node understands; its level is the present one if that is as high}
     *
     * @throws ClusterException if a node is too old or is not heard, with what to do about each
     */
    public static Command.RaiseLevel toMine(Site site, String who) {
        ClusterState state = site.log().state();
        Map<String, Map<String, String>> told = site.peers().attributes();
        Map<String, String> own = told.getOrDefault(site.node(), Map.of());
        int mine = level(own);
        String version = own.getOrDefault(VERSION, "");
        TreeSet<String> needed = new TreeSet<>(state.votes().voting());
        state.nodes().values().stream()
                .filter(NodeRecord::mayRun)
                .map(NodeRecord::name)
                .forEach(needed::add);
        List<String> wrong = new ArrayList<>();
        for (String node : needed) {
            Map<String, String> its = told.getOrDefault(node, Map.of());
            if (!node.equals(site.node()) && !site.peers().heard(node)) {
                wrong.add(node + " is not heard: start it, or mend the network to it");
            } else if (!its.containsKey(VERSION)) {
                wrong.add(node + " has not told its version yet: ask again in some seconds");
            } else if (level(its) < mine) {
                wrong.add(node + " has " + its.get(VERSION) + ", which understands level " + level(its)
                        + ": install Holdfast " + version + " or later on it");
            }
        }
        if (!wrong.isEmpty() && mine > state.level().number()) {
            throw new ClusterException(
                    Kind.REFUSED,
                    "The cluster stays at functional level " + state.level().number() + ", level " + mine
                            + " is not possible yet: " + String.join("; ", wrong));
        }
        return new Command.RaiseLevel(mine, version, List.copyOf(needed), who);
    }

    /** A version that says nothing of levels understands the first. */
    private static int level(Map<String, String> told) {
        String text = told.getOrDefault(LEVEL, "");
        return text.matches("[1-9][0-9]{0,5}") ? Integer.parseInt(text) : 1;
    }
}
