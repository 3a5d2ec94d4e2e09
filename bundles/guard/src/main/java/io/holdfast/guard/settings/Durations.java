package io.holdfast.guard.settings;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Time spans as people write them: {@code 500ms}, {@code 2s}, {@code 1.5s}, {@code 10m}, {@code 1h}. */
public final class Durations {
    private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(?:\\.(\\d{1,3}))?(ms|s|m|h)");

    private Durations() {}

    /** {@return the time span, or empty if it is none} */
    public static Optional<Duration> parse(String text) {
        Matcher matcher = SPAN.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long unit = switch (matcher.group(3)) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m" -> 60_000;
            default -> 3_600_000;
        };
        String fraction = matcher.group(2) == null ? "" : matcher.group(2);
        long thousandths = Long.parseLong(matcher.group(1)) * 1_000
                + (fraction.isEmpty() ? 0 : Long.parseLong((fraction + "00").substring(0, 3)));
        return thousandths * unit % 1_000 == 0
                ? Optional.of(Duration.ofMillis(thousandths * unit / 1_000))
                : Optional.empty(); // finer than a millisecond
    }

    /** {@return the shortest way to write {@code duration}, in whole milliseconds} */
    public static String format(Duration duration) {
        long ms = duration.toMillis();
        return ms % 60_000 == 0 && ms > 0 ? ms / 60_000 + "m" : ms % 1_000 == 0 ? ms / 1_000 + "s" : ms + "ms";
    }
}
