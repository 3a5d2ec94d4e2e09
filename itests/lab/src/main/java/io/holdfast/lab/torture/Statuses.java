package io.holdfast.lab.torture;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares each status that was shown with what the cluster's events say of the revision that it states: it shows neither more nor less.
 * One that was asked to be up to date shows all that was acknowledged before.
 */
final class Statuses {
    private static final Pattern SET = Pattern.compile("sets attribute (change\\S*) of \\S+ to (\\S+)$");
    private static final Pattern GRANTED = Pattern.compile("^(\\S+) goes to \\S+ under token (\\d+)");

    private final BiConsumer<Long, String> violation;
    private final Map<String, NavigableMap<Long, String>> attributes = new HashMap<>();
    private final Map<String, NavigableMap<Long, String>> tokens = new HashMap<>();
    private final Map<String, Long> acknowledged = new HashMap<>();
    private long newest;

    Statuses(BiConsumer<Long, String> violation) {
        this.violation = violation;
    }

    /** Takes all events of a run. */
    void judge(Iterable<Judge.Line> lines) {
        for (Judge.Line line : lines) {
            if (line.kind().equals("event")) {
                event(line.number(0), line.text());
            } else if (line.kind().equals("events") && line.number(0) >= Timeline.KEPT) {
                return; // some may be lost
            }
        }
        for (Judge.Line line : lines) {
            if (line.kind().equals("acked") && !line.word(0).equals("document")) {
                acknowledged.merge(line.word(0), revision(line.word(0), line.word(1)), Math::max);
            } else if (line.kind().equals("shown") && line.number(1) <= newest) {
                shown(line);
            }
        }
    }

    private void event(long revision, String text) {
        newest = Math.max(newest, revision);
        Matcher set = SET.matcher(text);
        if (set.find()) {
            attributes.computeIfAbsent(set.group(1), key -> new TreeMap<>()).put(revision, set.group(2));
        }
        Matcher granted = GRANTED.matcher(text.split(" ", 2)[1]);
        if (granted.find()) {
            tokens.computeIfAbsent(granted.group(1), key -> new TreeMap<>()).put(revision, granted.group(2));
        }
    }

    /** {@return the revision that set it so; 0 if no event tells} */
    private long revision(String key, String value) {
        return attributes.getOrDefault(key, new TreeMap<>()).entrySet().stream()
                .filter(entry -> entry.getValue().equals(value))
                .mapToLong(Map.Entry::getKey)
                .findFirst()
                .orElse(0);
    }

    private void shown(Judge.Line line) {
        long revision = line.number(1);
        String who = line.word(0) + " showed at revision " + revision + " ";
        Map<String, String> values = new HashMap<>();
        for (int i = 3; i < line.words(); i++) {
            String[] both = line.word(i).split("=", 2);
            values.put(both[0], both[1]);
        }
        attributes.forEach((key, all) -> {
            String shown = values.getOrDefault(key, "nothing");
            String then = all.floorEntry(revision) == null
                    ? "nothing"
                    : all.floorEntry(revision).getValue();
            if (!shown.equals(then)) {
                violation.accept(line.at(), who + key + " as " + shown + ", which was " + then + " then");
            }
        });
        tokens.forEach((resource, all) -> {
            String shown = values.get(resource);
            String then = all.floorEntry(revision) == null
                    ? "none"
                    : all.floorEntry(revision).getValue();
            if (shown != null && !shown.equals(then)) {
                violation.accept(line.at(), who + resource + " under token " + shown + "; the newest was " + then);
            }
        });
        if (line.word(2).equals("fresh")) {
            acknowledged.forEach((key, since) -> {
                if (since > revision) {
                    violation.accept(
                            line.at(),
                            who + "as up to date, though " + key + " had changed at revision " + since + " before");
                }
            });
        }
    }
}
