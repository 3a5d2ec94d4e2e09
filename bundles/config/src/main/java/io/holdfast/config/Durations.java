package io.holdfast.config;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 5s}, {@code 10m}, {@code 1h}, {@code 2d}. */
public final class Durations {
    /** How they look, for messages. */
    public static final String FORM = "a duration such as 500ms, 5s, 10m or 1h";

    private static final Pattern PATTERN = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");

    private Durations() {}

    /** {@return the duration, or nothing if it is none; a plain {@code 0} is one, other numbers need a unit} */
    public static Optional<Duration> parse(String text) {
        if (text.trim().equals("0")) {
            return Optional.of(Duration.ZERO);
        }
        Matcher matcher = PATTERN.matcher(text.trim());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                });
    }

    /** {@return the duration as people write it, in the largest unit that is exact} */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        } else if (millis % 1000 != 0) {
            return millis + "ms";
        } else if (millis % 60_000 != 0) {
            return millis / 1000 + "s";
        } else if (millis % 3_600_000 != 0) {
            return millis / 60_000 + "m";
        }
        return millis / 3_600_000 + "h";
    }
}
