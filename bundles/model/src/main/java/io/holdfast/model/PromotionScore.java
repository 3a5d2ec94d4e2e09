package io.holdfast.model;

import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How much an instance wants to be promoted where it runs, as it said itself. It is kept as a note, and counts only under the grant
 * under which it was said: the next holder has other data.
 */
public final class PromotionScore {
    /** The key of the note. */
    public static final String NOTE = "promotion-score";

    /** The highest and, negative, the lowest: must and must not. */
    public static final int INFINITY = 1_000_000;

    private static final Pattern SCORE = Pattern.compile("-?[0-9]{1,7}");

    private PromotionScore() {}

    /** {@return the note's text} */
    public static String text(int score, long token) {
        return Math.max(-INFINITY, Math.min(INFINITY, score)) + "@" + token;
    }

    /** {@return what the holder of this grant said last; empty if it said nothing} */
    public static OptionalInt of(InstanceRecord record, Grant grant) {
        return of(record.notes().getOrDefault(NOTE, ""), grant.token());
    }

    /** {@return the score in a note, if it was written under that token} */
    public static OptionalInt of(String note, long token) {
        String end = "@" + token;
        String number = note.endsWith(end) ? note.substring(0, note.length() - end.length()) : "";
        return SCORE.matcher(number).matches() ? OptionalInt.of(Integer.parseInt(number)) : OptionalInt.empty();
    }
}
