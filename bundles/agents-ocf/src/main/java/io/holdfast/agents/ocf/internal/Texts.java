package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.CommandResult;
import java.util.List;
import java.util.stream.Collectors;

/** Short, clean pieces of what an agent wrote. */
final class Texts {
    private static final int LENGTH = 300;
    private static final int LINES = 3;
    private static final String REASON = "ocf-exit-reason:";

    private Texts() {}

    static String start(String text) {
        String clean = clean(text);
        return clean.isEmpty() ? "(nothing)" : "'" + clean.substring(0, Math.min(LENGTH, clean.length())) + "'";
    }

    /** {@return the reason that the agent gives, or else the end of what it wrote; with a colon in front, or empty} */
    static String reason(CommandResult result) {
        List<String> lines =
                result.errors().lines().filter(line -> !line.isBlank()).toList();
        String said = lines.stream()
                .filter(line -> line.startsWith(REASON))
                .map(line -> line.substring(REASON.length()).strip())
                .distinct()
                .collect(Collectors.joining("; "));
        if (said.isEmpty()) {
            List<String> all = lines.isEmpty()
                    ? result.output().lines().filter(line -> !line.isBlank()).toList()
                    : lines;
            said = String.join(" / ", all.subList(Math.max(0, all.size() - LINES), all.size()));
        }
        String clean = clean(said);
        return clean.isEmpty() ? "" : ": " + clean.substring(Math.max(0, clean.length() - LENGTH));
    }

    private static String clean(String text) {
        String head = text.length() > 4 * LENGTH ? text.substring(text.length() - 4 * LENGTH) : text;
        long strange = head.chars()
                .filter(c -> c == '\uFFFD' || (Character.isISOControl(c) && !Character.isWhitespace(c)))
                .count();
        if (strange * 10 > head.length()) {
            return "(it wrote what is no text)";
        }
        return head.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    }
}
