package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.List;

/** What counted for and against each node, kept for the pieces that somebody asks about. */
final class Account {
    /** One contribution. */
    record Line(int node, int score, String text) {}

    final List<Line> lines = new ArrayList<>();

    static void note(Piece piece, int node, int score, String text) {
        Account account = piece.account;
        if (account != null && score != 0) {
            account.lines.add(new Line(node, score, text));
        }
    }

    /** Notes how a table changed. */
    static void note(Piece piece, int[] before, int[] after, String text) {
        Account account = piece.account;
        if (account != null) {
            for (int node = 0; node < before.length; node++) {
                if (before[node] != after[node] && before[node] != Scores.ABSENT) {
                    int change = after[node] <= -Scores.INFINITY ? -Scores.INFINITY : after[node] - before[node];
                    account.lines.add(new Line(node, change, text));
                }
            }
        }
    }
}
