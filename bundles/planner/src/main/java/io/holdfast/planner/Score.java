package io.holdfast.planner;

import io.holdfast.model.config.Constraint;

/** Arithmetic of scores. Minus infinity beats everything, infinity everything else. */
final class Score {
    static final int INFINITY = Constraint.INFINITY;

    private Score() {}

    static int add(int a, int b) {
        if (a <= -INFINITY || b <= -INFINITY) {
            return -INFINITY;
        } else if (a >= INFINITY || b >= INFINITY) {
            return INFINITY;
        }
        return Math.max(-INFINITY, Math.min(INFINITY, a + b));
    }

    /** {@code value} as far as a constraint of weight {@code weight} lets it count; never rounded to nothing. */
    static int scale(int value, int weight) {
        if (weight < 0 && value <= -INFINITY) {
            return 0; // where the other cannot run is no reason to go there
        }
        long product = (long) value * weight;
        if (product == 0) {
            return 0;
        }
        long scaled = product / INFINITY;
        return scaled == 0 ? Long.signum(product) : (int) scaled;
    }

    static String text(int score) {
        if (score >= INFINITY) {
            return "INFINITY";
        }
        return score <= -INFINITY ? "-INFINITY" : Integer.toString(score);
    }

    static String signed(int score) {
        return (score >= 0 ? "+" : "") + text(score);
    }
}
