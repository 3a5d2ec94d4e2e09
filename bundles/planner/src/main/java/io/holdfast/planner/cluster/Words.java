package io.holdfast.planner.cluster;

import java.util.Locale;

/** Reads the small words of configurations: truths, scores, durations. */
public final class Words {
    /** Scores go from minus this to this. */
    public static final int INFINITY = 1_000_000;

    private Words() {}

    /** {@return true for yes, false for no, else {@code usual}} */
    public static boolean truth(String word, boolean usual) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes", "y", "1" -> true;
            case "false", "off", "no", "n", "0" -> false;
            default -> usual;
        };
    }

    /** {@return the score, within minus to plus infinity; 0 if it is no number} */
    public static int score(String word) {
        String text = word.trim();
        if (text.equalsIgnoreCase("INFINITY") || text.equalsIgnoreCase("+INFINITY")) {
            return INFINITY;
        } else if (text.equalsIgnoreCase("-INFINITY")) {
            return -INFINITY;
        }
        return (int) Math.max(-INFINITY, Math.min(INFINITY, leadingNumber(text)));
    }

    /** {@return the whole number that the text starts with, as far as there is one; else 0} */
    public static long leadingNumber(String text) {
        int end = !text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+') ? 1 : 0;
        int from = text.startsWith("+") ? 1 : 0;
        while (end < text.length() && Character.isDigit(text.charAt(end)) && end < 18) {
            end++;
        }
        String number = text.substring(from, end);
        return number.isEmpty() || number.equals("-") ? 0 : Long.parseLong(number);
    }

    /** {@return the duration in milliseconds; a number without a unit counts seconds; {@code usual} if it is none} */
    public static long millis(String word, long usual) {
        String text = word.trim();
        int end = 0;
        while (end < text.length() && Character.isDigit(text.charAt(end)) && end < 15) {
            end++;
        }
        if (end == 0) {
            return isoMillis(text, usual);
        }
        long number = Long.parseLong(text.substring(0, end));
        return switch (text.substring(end).trim().toLowerCase(Locale.ROOT)) {
            case "", "s", "sec" -> number * 1000;
            case "ms", "msec" -> number;
            case "us", "usec" -> number / 1000;
            case "m", "min" -> number * 60_000;
            case "h", "hr" -> number * 3_600_000;
            case "d" -> number * 86_400_000;
            default -> usual;
        };
    }

    private static long isoMillis(String text, long usual) {
        if (!text.startsWith("P")) {
            return usual;
        }
        try {
            return java.time.Duration.parse(text).toMillis();
        } catch (java.time.format.DateTimeParseException e) {
            return usual;
        }
    }
}
