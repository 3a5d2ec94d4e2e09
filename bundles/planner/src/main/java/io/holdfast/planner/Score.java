package io.holdfast.planner;

import io.holdfast.model.config.Constraint;

/** Scores in words. */
final class Score {
    static final int INFINITY = Constraint.INFINITY;

    private Score() {}

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
