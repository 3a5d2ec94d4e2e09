package io.holdfast.planner.engine;

import java.util.List;

/**
 * How a primitive stands, where that is known from elsewhere than from histories.
 *
 * @param home name of the node that it is on, or would return to; empty if there is none
 * @param runs whether it runs there now, and takes room
 * @param stopped whether it is not to run
 * @param left whether it is to be left as it is
 * @param marks what counts for and against nodes beside the constraints
 */
public record Standing(String home, boolean runs, boolean stopped, boolean left, List<Mark> marks) {
    /** Copies the list. */
    public Standing {
        marks = List.copyOf(marks);
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
