package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.List;

/** A node while a plan is made. */
final class Site {
    final int index;
    final String name;
    final Node node;
    boolean online;
    boolean unclean;
    boolean standby;
    boolean maintenance;
    boolean shutdown;
    boolean pending;
    /** Never seen, and not to be fenced for it. */
    boolean unseen;
    /** Instances that were given to it in this run. */
    int load;
    /** What is left of its capacity, by kind. */
    final int[] free;

    final List<Piece> running = new ArrayList<>();
    String fenceReason = "";

    Site(int index, Node node, int kinds) {
        this.index = index;
        this.node = node;
        name = node.name();
        free = new int[kinds];
        standby = truth("standby");
        maintenance = truth("maintenance");
    }

    boolean truth(String attribute) {
        return Words.truth(node.attributes().getOrDefault(attribute, "false"), false);
    }

    /** Whether something could run there, whoever it is. */
    boolean usable() {
        return online && !shutdown && !unclean && !standby && !maintenance;
    }

    boolean usable(int score) {
        return score >= 0 && usable();
    }

    void fence(String reason) {
        if (!unclean) {
            unclean = true;
            fenceReason = reason;
        }
    }
}
