package io.holdfast.planner.engine;

import java.util.List;
import java.util.OptionalInt;

/**
 * How a primitive stands, where that is known from elsewhere than from histories.
 *
 * @param home name of the node that it is on, or would return to; empty if there is none
 * @param runs whether it runs there now, and takes room
 * @param stopped whether it is not to run
 * @param left whether it is to be left as it is
 * @param promoted whether it is promoted there, or would be again
 * @param ready whether it serves there, so that it could be promoted at once
 * @param promotion how much it wants to be promoted there, as it says itself; empty if it says nothing
 * @param marks what counts for and against nodes beside the constraints
 */
public record Standing(
        String home,
        boolean runs,
        boolean stopped,
        boolean left,
        boolean promoted,
        boolean ready,
        OptionalInt promotion,
        List<Mark> marks) {
    /** Copies the list. */
    public Standing {
        marks = List.copyOf(marks);
    }

    /** One of something that is never promoted. */
    public Standing(String home, boolean runs, boolean stopped, boolean left, List<Mark> marks) {
        this(home, runs, stopped, left, false, false, OptionalInt.empty(), marks);
    }

    /**
     * Counts for or against a node.
     *
     * @param node number of the node
     * @param score how much
     * @param text why
     */
    public record Mark(int node, int score, String text) {}
}
