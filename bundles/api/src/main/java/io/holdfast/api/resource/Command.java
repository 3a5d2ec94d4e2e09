package io.holdfast.api.resource;

import java.util.List;
import java.util.Map;

/**
 * A command line with its environment.
 *
 * @param argv the program (absolute path, or found in PATH) and its arguments; no shell is involved
 * @param environment added to a clean environment (PATH, LANG)
 * @param input written to its standard input, which is then closed
 */
public record Command(List<String> argv, Map<String, String> environment, String input) {

    /** Copies the collections. */
    public Command {
        argv = List.copyOf(argv);
        environment = Map.copyOf(environment);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("a command needs a program");
        }
    }

    /** A command with no environment of its own and no input. */
    public static Command of(String... argv) {
        return new Command(List.of(argv), Map.of(), "");
    }
}
