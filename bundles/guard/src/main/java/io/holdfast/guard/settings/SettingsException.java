package io.holdfast.guard.settings;

import java.util.List;

/** Settings that cannot be used; each problem is one sentence with place, key, value and rule. */
public final class SettingsException extends Exception {
    private static final long serialVersionUID = 1;
    private final List<String> problems;

    SettingsException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** {@return the problems, in the order of the file} */
    public List<String> problems() {
        return problems;
    }
}
