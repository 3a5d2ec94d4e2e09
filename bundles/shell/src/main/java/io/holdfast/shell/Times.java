package io.holdfast.shell;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Wall clock times as people read them: of this machine's zone. */
final class Times {
    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private Times() {}

    static String local(long wallMillis) {
        return FORM.format(Instant.ofEpochMilli(wallMillis).atZone(ZoneId.systemDefault()));
    }

    /** {@return the time, or the text itself if it is none} */
    static String local(String iso) {
        try {
            return FORM.format(Instant.parse(iso).atZone(ZoneId.systemDefault()));
        } catch (DateTimeException e) {
            return iso;
        }
    }
}
