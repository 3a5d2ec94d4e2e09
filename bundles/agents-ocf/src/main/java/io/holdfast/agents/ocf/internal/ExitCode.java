package io.holdfast.agents.ocf.internal;

import java.util.Arrays;
import java.util.Optional;

/** The exit codes of the OCF resource agent interface. */
enum ExitCode {
    SUCCESS(0, "done", false),
    GENERIC(1, "failed", false),
    ARGUMENTS(2, "got parameters that it does not accept", true),
    UNIMPLEMENTED(3, "does not know this action", true),
    PERMISSIONS(4, "lacks permission", true),
    INSTALLED(5, "misses something that is not installed here", true),
    CONFIGURED(6, "is not configured correctly", true),
    NOT_RUNNING(7, "found it not running", false),
    PROMOTED(8, "found it running as promoted", false),
    FAILED_PROMOTED(9, "found it failed while promoted", false);

    private final int code;
    private final String meaning;
    private final boolean permanent;

    ExitCode(int code, String meaning, boolean permanent) {
        this.code = code;
        this.meaning = meaning;
        this.permanent = permanent;
    }

    static Optional<ExitCode> of(int status) {
        return Arrays.stream(values()).filter(value -> value.code == status).findFirst();
    }

    /** {@return whether another try on the same node is useless} */
    boolean permanent() {
        return permanent;
    }

    /** {@return what an exit status means, for people; a status that OCF does not know included} */
    static String meaning(int status) {
        return of(status)
                .map(code -> code.meaning + " (exit code " + status + ")")
                .orElse(
                        status > 128
                                ? "was ended by signal " + (status - 128)
                                : "ended with exit code " + status + ", which OCF does not know");
    }
}
