package io.holdfast.config;

import org.snakeyaml.engine.v2.nodes.Node;

/** Refuses in a document that is to be run what can only be planned so far. */
final class LiveOnly {
    private static final String HINT =
            "'ha simulate --cib FILE --apply DOCUMENT' plans it; to run it, take it out of the document";

    private final Purpose purpose;
    private final Problems problems;

    LiveOnly(Purpose purpose, Problems problems) {
        this.purpose = purpose;
        this.problems = problems;
    }

    /** Whether it is only to be planned. Then the order of the document counts, as it does in Pacemaker. */
    boolean planned() {
        return purpose == Purpose.PLAN;
    }

    /** {@code what} cannot be run: it is a whole clause, such as "copies that are promoted cannot be run yet". */
    void refuse(Node at, String what) {
        if (purpose == Purpose.RUN) {
            problems.at(at, what, HINT);
        }
    }
}
