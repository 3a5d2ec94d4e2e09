package io.holdfast.agents.process.internal;

import java.util.ArrayList;
import java.util.List;

/** Splits a command line into words as a shell does: blanks divide, quotes hold together, a backslash takes the next character as it is. */
final class Words {
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean begun;
    private char quote;

    private Words() {}

    /**
     * {@return the words of {@code line}}
     *
     * @throws IllegalArgumentException if a quote is not closed or the line ends with a backslash
     */
    static List<String> of(String line) {
        Words words = new Words();
        boolean escaped = false;
        for (int index = 0; index < line.length(); index++) {
            char next = line.charAt(index);
            if (escaped) {
                words.take(next);
                escaped = false;
            } else if (next == '\\' && words.quote != '\'') {
                escaped = true;
            } else {
                words.read(next);
            }
        }
        if (escaped) {
            throw new IllegalArgumentException("ends with a backslash");
        }
        if (words.quote != 0) {
            throw new IllegalArgumentException("the quote " + words.quote + " is not closed");
        }
        words.end();
        return List.copyOf(words.words);
    }

    private void read(char next) {
        if (quote != 0) {
            if (next == quote) {
                quote = 0;
            } else {
                word.append(next);
            }
        } else if (next == '\'' || next == '"') {
            quote = next;
            begun = true; // "" is a word
        } else if (Character.isWhitespace(next)) {
            end();
        } else {
            take(next);
        }
    }

    private void take(char next) {
        word.append(next);
        begun = true;
    }

    private void end() {
        if (begun) {
            words.add(word.toString());
        }
        word.setLength(0);
        begun = false;
    }
}
