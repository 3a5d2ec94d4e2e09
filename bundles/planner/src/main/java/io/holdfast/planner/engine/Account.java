package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What counted for and against each node, kept for the pieces that somebody asks about. */
final class Account {
    /** One contribution; {@code by} is the constraint that says so, {@code who} the one whose wish it is, if it is somebody's. */
    record Line(
            int node,
            int score,
            String text,
            String by,
            @Nullable Piece who) {
        /** With the constraint, if that has a name. */
        String inFull() {
            return by.isEmpty() ? text : text + " (" + by + ")";
        }
    }

    final List<Line> lines = new ArrayList<>();

    static void note(Piece piece, int node, int score, String text) {
        note(piece, node, score, text, "");
    }

    static void note(Piece piece, int node, int score, String text, String by) {
        Account account = piece.account;
        if (account != null && score != 0) {
            account.lines.add(new Line(node, score, text, by, null));
        }
    }

    /** Notes how a table changed. */
    static void note(Piece piece, int[] before, int[] after, String text, String by) {
        Account account = piece.account;
        if (account != null) {
            for (int node = 0; node < before.length; node++) {
                if (before[node] != after[node] && before[node] != Scores.ABSENT) {
                    int change = after[node] <= -Scores.INFINITY ? -Scores.INFINITY : after[node] - before[node];
                    account.lines.add(new Line(node, change, text, by, null));
                }
            }
        }
    }

    /** Notes how the wishes of one who follows changed a table. */
    static void wishes(Piece piece, int[] before, int[] after, Bond bond) {
        Account account = piece.account;
        if (account == null) {
            return;
        }
        Piece who = bond.dependent();
        for (int node = 0; node < before.length; node++) {
            if (before[node] != after[node] && before[node] != Scores.ABSENT) {
                boolean never = after[node] <= -Scores.INFINITY;
                int change = never ? -Scores.INFINITY : after[node] - before[node];
                String text = who + ", which follows, " + (never ? "cannot be there" : "counts it so");
                account.lines.add(new Line(node, change, text, bond.id(), who));
            }
        }
    }
}
