package io.holdfast.shell.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Whether a bundle reads and speaks what the present one wrote and spoke, by what both say in their manifests. */
final class Formats {
    /** The functional level up to which the model understands commands. */
    private static final String LEVEL = "Holdfast-Level";

    /** The format of entries and snapshots on disk. */
    private static final String LOG = "Holdfast-Log-Format";

    /** What nodes speak; both ends must speak the same. */
    private static final String PROTOCOL = "Holdfast-Protocol";

    private Formats() {}

    /** What a manifest says. */
    interface Headers extends UnaryOperator<@Nullable String> {}

    /** {@return one sentence for each reason against the new one} */
    static List<String> unfit(Headers present, Headers next) {
        List<String> reasons = new ArrayList<>();
        if (number(next, LEVEL) < number(present, LEVEL)) {
            reasons.add("it understands functional level " + number(next, LEVEL) + ", the present one level "
                    + number(present, LEVEL) + ": the log may hold what it cannot read");
        }
        if (number(next, LOG) < number(present, LOG)) {
            reasons.add("it reads format " + number(next, LOG) + " of the log, and the present one wrote format "
                    + number(present, LOG));
        }
        if (number(next, PROTOCOL) != number(present, PROTOCOL)) {
            reasons.add("it speaks protocol " + number(next, PROTOCOL) + ", and this cluster protocol "
                    + number(present, PROTOCOL) + ": the other nodes would refuse this one");
        }
        return reasons;
    }

    private static int number(Headers headers, String name) {
        @Nullable String text = headers.apply(name);
        return text != null && text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
    }
}
