package io.holdfast.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.TreeSet;

/** Finds what was meant by a name that does not exist. */
final class Suggestion {
    /** Of a longer list nobody reads to the end. */
    private static final int MOST_LISTED = 12;

    private Suggestion() {}

    /** "did you mean X?", or the list of what exists. */
    static String of(String wrong, Collection<String> known, String kind) {
        if (known.isEmpty()) {
            return "there is no " + kind + " at all";
        }
        int bound = Math.max(1, Math.min(3, wrong.length() / 3));
        return known.stream()
                .filter(name -> distance(wrong, name) <= bound)
                .min(Comparator.<String>comparingInt(name -> distance(wrong, name))
                        .thenComparing(Comparator.naturalOrder()))
                .map(name -> "did you mean '" + name + "'?")
                .orElseGet(() -> listed(known));
    }

    private static String listed(Collection<String> known) {
        TreeSet<String> sorted = new TreeSet<>(known);
        String text = String.join(", ", sorted.stream().limit(MOST_LISTED).toList());
        return "known: " + text + (sorted.size() > MOST_LISTED ? ", ... (" + sorted.size() + ")" : "");
    }

    /** Levenshtein's distance, by letters, case ignored. */
    private static int distance(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                char a = Character.toLowerCase(left.charAt(i - 1));
                char b = Character.toLowerCase(right.charAt(j - 1));
                int replaced = corner + (a == b ? 0 : 1);
                corner = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[row.length - 1];
    }
}
