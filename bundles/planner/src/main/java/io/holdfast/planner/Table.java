package io.holdfast.planner;

import java.util.ArrayList;
import java.util.List;

/** The scores of the nodes for one resource; with the reasons, if somebody asked for them. */
final class Table {
    /** One reason: what it adds on a node. */
    record Note(int node, int score, String text) {}

    final int[] scores;
    private final boolean traced;
    final List<Note> notes = new ArrayList<>();

    Table(int nodes, boolean traced) {
        scores = new int[nodes];
        this.traced = traced;
    }

    private Table(Table other) {
        scores = other.scores.clone();
        traced = other.traced;
        notes.addAll(other.notes);
    }

    Table copy() {
        return new Table(this);
    }

    /** Texts are made on demand: a plan of thousands of resources needs few of them. */
    interface Text {
        String get();
    }

    void add(int node, int score, Text text) {
        if (score != 0) {
            scores[node] = Score.add(scores[node], score);
            if (traced) {
                notes.add(new Note(node, score, text.get()));
            }
        }
    }

    boolean usable() {
        for (int score : scores) {
            if (score >= 0) {
                return true;
            }
        }
        return false;
    }

    int best() {
        int best = -Score.INFINITY;
        for (int score : scores) {
            best = Math.max(best, score);
        }
        return best;
    }

    /** What speaks against a node: the reasons for minus infinity, or else all that count against it. */
    String against(int node) {
        List<String> fatal = texts(node, -Score.INFINITY);
        return String.join("; ", fatal.isEmpty() ? texts(node, -1) : fatal);
    }

    private List<String> texts(int node, int most) {
        return notes.stream()
                .filter(note -> note.node() == node && note.score() <= most)
                .map(Note::text)
                .distinct()
                .toList();
    }
}
