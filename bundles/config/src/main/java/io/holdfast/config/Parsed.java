package io.holdfast.config;

import io.holdfast.model.config.Configuration;
import java.util.List;

/** What reading a document gave: all of it, or nothing but its problems. */
public sealed interface Parsed {
    /**
     * A sound document.
     *
     * @param configuration it, as values
     */
    record Sound(Configuration configuration) implements Parsed {}

    /**
     * A document with problems.
     *
     * @param problems by line, at least one
     */
    record Faulty(List<Problem> problems) implements Parsed {
        /** Copies the list. */
        public Faulty {
            problems = List.copyOf(problems);
        }

        /** {@return the problems, one a line} */
        public String text() {
            return String.join("\n", problems.stream().map(Problem::toString).toList());
        }
    }
}
