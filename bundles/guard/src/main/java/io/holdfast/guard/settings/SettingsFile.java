package io.holdfast.guard.settings;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The lines of {@code etc/holdfast.cfg} and the {@code HOLDFAST_*} variables over them, each with the place it came from. */
final class SettingsFile {
    /**
     * A value and its place.
     *
     * @param value without surrounding space
     * @param place for people: file and line, or the variable
     */
    record Entry(String value, String place) {}

    private final Map<String, Entry> entries = new TreeMap<>();
    private final List<String> problems;

    SettingsFile(Set<String> keys, List<String> problems) {
        this.problems = problems;
        this.keys = keys;
    }

    private final Set<String> keys;

    Map<String, Entry> entries() {
        return entries;
    }

    void read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return; // every setting has a default
        } catch (MalformedInputException e) {
            problems.add(file + ": it is not text in UTF-8");
            return;
        } catch (IOException e) {
            problems.add(file + ": cannot be read: " + e.getMessage());
            return;
        }
        for (int i = 0; i < lines.size(); i++) {
            line(file + ":" + (i + 1), lines.get(i).strip());
        }
    }

    private void line(String place, String line) {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        int equals = line.indexOf('=');
        if (equals <= 0) {
            problems.add(place + ": \"" + line + "\": a line is KEY = VALUE, or begins with #");
            return;
        }
        String key = line.substring(0, equals).strip();
        if (!keys.contains(key)) {
            problems.add(place + ": unknown key " + key + Suggestion.of(key, keys));
            return;
        }
        Entry before = entries.put(key, new Entry(line.substring(equals + 1).strip(), place));
        if (before != null) {
            problems.add(place + ": " + key + " was set before, at " + before.place() + "; keep one of them");
        }
    }

    void read(Map<String, String> environment) {
        Map<String, String> variables = new TreeMap<>();
        keys.forEach(key -> variables.put(variable(key), key));
        new TreeMap<>(environment).forEach((name, value) -> {
            if (variables.containsKey(name)) {
                entries.put(variables.get(name), new Entry(value.strip(), name));
            } else if (name.startsWith("HOLDFAST_") && Suggestion.isClose(name, variables.keySet())) {
                // others are for scripts; but a slip of the pen must not go unseen
                problems.add(name + ": unknown variable" + Suggestion.of(name, variables.keySet()));
            }
        });
    }

    static String variable(String key) {
        return "HOLDFAST_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
    }
}
