package io.holdfast.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** The problems found so far in one file. */
final class Problems {
    /** More than a screen of them helps nobody. */
    private static final int MOST = 100;

    private final String file;
    private final List<Problem> found = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void at(Node node, String what, String expected) {
        at(line(node), what, expected);
    }

    void at(int line, String what, String expected) {
        Problem problem = new Problem(file, line, what, expected);
        if (found.size() < MOST && !found.contains(problem)) { // a section may be looked at twice
            found.add(problem);
        }
    }

    static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    boolean none() {
        return found.isEmpty();
    }

    List<Problem> sorted() {
        return found.stream().sorted(Comparator.comparingInt(Problem::line)).toList();
    }
}
