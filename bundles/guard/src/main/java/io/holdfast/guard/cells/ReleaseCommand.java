package io.holdfast.guard.cells;

import java.util.List;
import java.util.Map;

/**
 * A command that takes back what killing leaves.
 *
 * @param argv program and arguments
 * @param environment added to PATH and LANG
 * @param input for its standard input
 */
public record ReleaseCommand(List<String> argv, Map<String, String> environment, String input) {

    /** Copies the collections. */
    public ReleaseCommand {
        argv = List.copyOf(argv);
        environment = Map.copyOf(environment);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("a release command needs a program");
        }
    }
}
