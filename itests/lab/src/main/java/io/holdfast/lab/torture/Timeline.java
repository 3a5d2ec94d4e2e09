package io.holdfast.lab.torture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.LongBinaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Compares what was done to the cluster with what its events say of it. All that befell it in an episode must be told before the next
 * one begins; what it cannot know, such as a stop shorter than the lease, need not.
 */
final class Timeline {
    /** As many events as the cluster keeps: if so many were read at once, some may have been lost. */
    static final int KEPT = 1000;

    private static final String LEFT = " stopped everything and left";

    /** In a sentence that is demanded: here comes something, whatever it is. */
    private static final Pattern GAP = Pattern.compile(" \\.\\.\\. ");

    private static final String END = "\n";

    private final BiConsumer<Long, String> violation;
    private final LongBinaryOperator stalled;
    private final long lease;
    private final List<Window> windows = new ArrayList<>();
    private final Map<String, String> daemons = new HashMap<>();
    private final Set<String> told = new HashSet<>();
    /** Whether the events were read, and none is missing. */
    private boolean whole;

    private boolean gap;
    private int documents;

    /** From the first fault of an episode to that of the next one. */
    private static final class Window {
        final List<Judge.Line> faults = new ArrayList<>();
        final List<Judge.Line> done = new ArrayList<>();
        final List<Judge.Line> demanded = new ArrayList<>();
        final List<String> events = new ArrayList<>();
        final Set<String> rebooted = new TreeSet<>();
        final Set<String> restarted = new TreeSet<>();
        boolean voided;
        boolean calm;
        boolean read;

        boolean alone() {
            return faults.size() == 1 && !voided;
        }

        boolean says(String sentence) {
            return events.stream().anyMatch(text -> matches(text, sentence));
        }

        long at() {
            return faults.get(0).at();
        }
    }

    /** @param stalled how many nanoseconds of the time between two the machine had nothing left for the nodes */
    Timeline(List<Judge.Line> lines, long lease, LongBinaryOperator stalled, BiConsumer<Long, String> violation) {
        this.lease = lease;
        this.stalled = stalled;
        this.violation = violation;
        lines.forEach(this::take);
    }

    private void take(Judge.Line line) {
        if (line.kind().equals("fault")
                && latest().filter(window -> !window.calm).isEmpty()) {
            windows.add(new Window());
        }
        if (line.kind().equals("daemon")) {
            String before = daemons.put(line.word(0), line.word(1));
            if (before != null && !before.equals(line.word(1))) {
                latest().ifPresent(window -> window.restarted.add(line.word(0)));
            }
        } else if (line.kind().equals("event")) {
            String text = line.text().split(" ", 2)[1];
            told.add(text);
            documents += text.contains(" of the cluster document is applied by ") ? 1 : 0;
        } else if (line.kind().equals("events")) {
            gap |= line.number(0) >= KEPT;
            whole = !gap;
        }
        latest().ifPresent(window -> take(window, line));
    }

    private Optional<Window> latest() {
        return windows.isEmpty() ? Optional.empty() : Optional.of(windows.get(windows.size() - 1));
    }

    private static void take(Window window, Judge.Line line) {
        switch (line.kind()) {
            case "fault" -> window.faults.add(line);
            case "void" -> window.voided = true;
            case "machine" -> window.rebooted.add(line.word(0));
            case "did" -> window.done.add(line);
            case "must" -> window.demanded.add(line);
            case "event" -> window.events.add(line.text().split(" ", 2)[1]);
            case "events" -> window.read = window.calm;
            case "calm" -> window.calm = true;
            default -> {
                // says nothing of what befell the cluster
            }
        }
    }

    void judge(List<Judge.Line> lines) {
        windows.stream().filter(window -> window.calm && window.read).forEach(this::judge);
        if (whole && lines.stream().anyMatch(line -> line.kind().equals("found"))) {
            changesAreTold(lines);
        }
    }

    private void judge(Window window) {
        window.rebooted.forEach(node -> {
            demand(window, window.at(), node + " lost its power", node + " is expelled", node + LEFT);
            demand(window, window.at(), node + " started again", node + " joined as incarnation");
        });
        window.restarted.forEach(node -> demand(
                window,
                window.at(),
                "the daemon of " + node + " is another one",
                node + " joined as incarnation",
                node + " goes on as incarnation ... its daemon restarted"));
        window.done.forEach(line -> {
            List<String> sentences = sentences(line, window.alone());
            if (!sentences.isEmpty()) {
                demand(window, line.at(), "it was told " + line.text(), sentences.toArray(String[]::new));
            }
        });
        if (window.alone()) {
            window.demanded.stream()
                    .filter(line -> stalled.applyAsLong(line.at(), line.at() + 5 * lease) < lease)
                    .forEach(line -> demand(
                            window,
                            line.at(),
                            window.faults.get(0).text().split(" ", 5)[4],
                            line.text().split(" ", 2)[1]));
        }
    }

    /** {@return one of which an event must say after a command of an administrator; none if it need not} */
    private static List<String> sentences(Judge.Line line, boolean alone) {
        String on = line.word(0);
        String first = line.words() > 2 ? line.word(2) : "";
        return switch (line.word(1)) {
            case "standby" -> List.of(" puts " + first + " in standby");
            case "online" -> List.of(" takes " + first + " out of standby");
            case "move" -> List.of(" wants " + first + " on " + line.word(3) + ",");
            case "unmove" -> List.of(" lets " + first + " be where it is best");
            case "fence" -> List.of(first + " is expelled", first + LEFT);
            case "hold" -> List.of(on + " is held for at most");
            // Who swapped says so afterwards, if it can.
            case "swap" -> alone ? List.of(" swapped " + first + " on " + on + ":") : List.of();
            default -> List.of();
        };
    }

    private void demand(Window window, long at, String cause, String... sentences) {
        if (Stream.of(sentences).noneMatch(window::says)) {
            violation.accept(at, "no event says '" + String.join("' or '", sentences) + "', though " + cause);
        }
    }

    private void changesAreTold(List<Judge.Line> lines) {
        int applied = 0;
        for (Judge.Line line : lines) {
            if (line.kind().equals("acked") && line.word(0).equals("document")) {
                applied++;
            } else if (line.kind().equals("acked")) {
                String sentence = "sets attribute " + line.word(0) + " of ... to " + line.word(1);
                if (told.stream().noneMatch(text -> matches(text + END, sentence + END))) {
                    violation.accept(line.at(), "no event says '" + sentence + "', though it was acknowledged");
                }
            }
        }
        if (documents < applied) {
            violation.accept(
                    lines.get(lines.size() - 1).at(),
                    applied + " documents were acknowledged, and the events tell of " + documents);
        }
    }

    private static boolean matches(String text, String sentence) {
        int at = 0;
        for (String part : GAP.split(sentence)) {
            int found = text.indexOf(part, at);
            if (found < 0) {
                return false;
            }
            at = found + part.length();
        }
        return true;
    }
}
