package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Words;

/** Arithmetic of scores: minus infinity beats everything, infinity everything else. */
final class Scores {
    static final int INFINITY = Words.INFINITY;
    /** A node that the resource does not know. */
    static final int ABSENT = Integer.MIN_VALUE;
    /** A node that would have been ruled out by somebody's wishes alone; it becomes 1 in the end. */
    static final int SPARED = -100 * INFINITY;

    private Scores() {}

    static int add(int a, int b) {
        if (a <= -INFINITY || b <= -INFINITY) {
            return -INFINITY;
        } else if (a >= INFINITY || b >= INFINITY) {
            return INFINITY;
        }
        return Math.max(-INFINITY, Math.min(INFINITY, a + b));
    }

    /** Rounded to the nearest, and never to nothing. */
    static int scale(int score, float factor) {
        float product = factor * score;
        int rounded = (int) (product < 0 ? product - 0.5f : product + 0.5f);
        if (rounded == 0 && score != 0) {
            return factor > 0 ? 1 : factor < 0 ? -1 : 0;
        }
        return rounded;
    }

    static void add(int[] table, int node, int score) {
        if (table[node] != ABSENT) {
            table[node] = add(table[node], score);
        }
    }
}
