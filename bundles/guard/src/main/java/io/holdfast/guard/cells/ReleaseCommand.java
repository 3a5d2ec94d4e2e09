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
    /**
     * Says in {@code environment} how many milliseconds the command may take. There, because a guard that does not know it yet reads
     * the file all the same, and a type says it without knowing of the guard.
     */
    private static final String LIMIT = "HOLDFAST_RELEASE_MS";

    /** Each should need below 50 ms. */
    private static final long USUAL_MS = 2_000;

    private static final long MOST_MS = 3_600_000;

    /** Copies the collections. */
    public ReleaseCommand {
        argv = List.copyOf(argv);
        environment = Map.copyOf(environment);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("a release command needs a program");
        }
    }

    /** {@return after how many milliseconds it is killed, to be tried again} */
    long limitMillis() {
        String said = environment.getOrDefault(LIMIT, "");
        return said.matches("\\d{1,9}") ? Math.min(Math.max(Long.parseLong(said), USUAL_MS), MOST_MS) : USUAL_MS;
    }

    boolean slow() {
        return limitMillis() > USUAL_MS;
    }
}
