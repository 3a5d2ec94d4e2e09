package io.holdfast.cib;

import io.holdfast.planner.cluster.Words;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.OptionalLong;
import org.w3c.dom.Element;

/** Reads dates and durations as ISO 8601 writes them, and seconds since 1970. */
final class Dates {
    private static final List<DateTimeFormatter> DAYS = List.of(
            DateTimeFormatter.ISO_LOCAL_DATE,
            DateTimeFormatter.ISO_ORDINAL_DATE,
            DateTimeFormatter.ISO_WEEK_DATE,
            DateTimeFormatter.ofPattern("yyyyMMdd"));

    private Dates() {}

    /** {@return seconds since 1970} */
    static OptionalLong seconds(String word) {
        String text = word.trim();
        if (!text.isEmpty() && text.length() != 8 && text.chars().allMatch(Character::isDigit)) {
            return OptionalLong.of(Long.parseLong(text));
        }
        int gap = Math.max(text.indexOf('T'), text.indexOf(' '));
        String day = gap < 0 ? text : text.substring(0, gap);
        String time = gap < 0 ? "" : text.substring(gap + 1).replace(" ", "");
        for (DateTimeFormatter format : DAYS) {
            try {
                LocalDate date = LocalDate.parse(day, format);
                return OptionalLong.of(at(date, time));
            } catch (DateTimeParseException e) {
                // it may be in another of the formats
            }
        }
        return OptionalLong.empty();
    }

    private static long at(LocalDate date, String time) {
        if (time.isEmpty()) {
            return date.atStartOfDay(ZoneOffset.UTC).toEpochSecond();
        }
        int sign = Math.max(time.indexOf('+'), time.indexOf('-'));
        if (time.endsWith("Z")) {
            return date.atTime(clock(time.substring(0, time.length() - 1))).toEpochSecond(ZoneOffset.UTC);
        } else if (sign < 0) {
            return date.atTime(clock(time)).toEpochSecond(ZoneOffset.UTC);
        }
        return OffsetDateTime.of(date, clock(time.substring(0, sign)), ZoneOffset.of(time.substring(sign)))
                .toEpochSecond();
    }

    private static LocalTime clock(String text) {
        String digits = text.replace(":", "");
        return LocalTime.of(part(digits, 0), part(digits, 2), part(digits, 4));
    }

    private static int part(String digits, int at) {
        return digits.length() < at + 2 ? 0 : Integer.parseInt(digits.substring(at, at + 2));
    }

    /** {@return {@code from} and a duration as its fields say} */
    static long plus(long from, Element duration) {
        ZonedDateTime time = java.time.Instant.ofEpochSecond(from).atZone(ZoneOffset.UTC);
        return time.plusYears(Words.leadingNumber(duration.getAttribute("years")))
                .plusMonths(Words.leadingNumber(duration.getAttribute("months")))
                .plusWeeks(Words.leadingNumber(duration.getAttribute("weeks")))
                .plusDays(Words.leadingNumber(duration.getAttribute("days")))
                .plusHours(Words.leadingNumber(duration.getAttribute("hours")))
                .plusMinutes(Words.leadingNumber(duration.getAttribute("minutes")))
                .plusSeconds(Words.leadingNumber(duration.getAttribute("seconds")))
                .toEpochSecond();
    }
}
