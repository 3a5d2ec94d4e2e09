package io.holdfast.cib;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where in the text of a CIB something is. */
final class SourceLines {
    private static final Pattern ID = Pattern.compile("<(\\w+)\\b[^>]*?\\bid\\s*=\\s*[\"']([^\"']*)[\"']");

    private final String text;
    /** The first place of each id. */
    private final Map<String, Integer> places = new HashMap<>();

    SourceLines(String text) {
        this.text = text;
        Matcher matcher = ID.matcher(text);
        while (matcher.find()) {
            places.putIfAbsent(matcher.group(2), matcher.start());
        }
    }

    /** {@return {@code line 7: } for the element with this id, or nothing if there is none} */
    String of(String id) {
        Integer place = places.get(id);
        return place == null ? "" : line(place);
    }

    /** The same for what is called {@code name} within that element, as far as it is found there. */
    String within(String id, String name) {
        Integer place = places.get(id);
        if (place == null) {
            return named(name);
        }
        Matcher end = Pattern.compile("</(primitive|group|clone|master|node)>").matcher(text);
        int until = end.find(place) ? end.start() : text.length();
        Matcher matcher = Pattern.compile("[\"']" + Pattern.quote(name) + "[\"']|\\b" + Pattern.quote(name) + "\\s*=")
                .matcher(text)
                .region(place, until);
        return line(matcher.find() ? matcher.start() : place);
    }

    /** The same for the first setting of this name. */
    String named(String name) {
        List<String> words = new ArrayList<>(List.of(name));
        CibReader.OLDER.forEach((older, present) -> {
            if (present.equals(name)) {
                words.add(older);
            }
        });
        for (String word : words) {
            String either = Pattern.quote(word).replace("-", "\\E[-_]\\Q");
            Matcher matcher =
                    Pattern.compile("\\bname\\s*=\\s*[\"']" + either + "[\"']").matcher(text);
            if (matcher.find()) {
                return line(matcher.start());
            }
        }
        return "";
    }

    private String line(int place) {
        long line = 1 + text.chars().limit(place).filter(c -> c == '\n').count();
        return "line " + line + ": ";
    }
}
