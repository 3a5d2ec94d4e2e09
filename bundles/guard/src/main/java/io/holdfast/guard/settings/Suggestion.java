package io.holdfast.guard.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what was probably meant. */
final class Suggestion {
    private Suggestion() {}

    static String of(String given, Collection<String> known) {
        return nearest(given, known)
                .map(name -> "; did you mean " + name + "?")
                .orElse("; known are "
                        + String.join(", ", known.stream().sorted().toList()));
    }

    static boolean isClose(String given, Collection<String> known) {
        return nearest(given, known).filter(name -> distance(given, name) <= 1).isPresent();
    }

    private static Optional<String> nearest(String given, Collection<String> known) {
        return known.stream()
                .min(Comparator.<String>comparingInt(name -> distance(given, name))
                        .thenComparing(name -> name))
                .filter(name -> distance(given, name) <= Math.max(2, given.length() / 3));
    }

    /** {@return how many letters must be changed, added or taken away} */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
