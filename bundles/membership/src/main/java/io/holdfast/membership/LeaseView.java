package io.holdfast.membership;

import java.util.List;

/** What is known here of the leases of all nodes. On the loop only. */
public interface LeaseView {
    /** Nothing is known. */
    LeaseView UNKNOWN = new LeaseView() {
        @Override
        public boolean heard(String node) {
            return true;
        }

        @Override
        public long leaseMillis(String node) {
            return 0;
        }

        @Override
        public List<String> problems() {
            return List.of();
        }
    };

    /** {@return whether the node renewed its lease within about the lease duration, or holds it} */
    boolean heard(String node);

    /** {@return what is left of the node's lease, as far as it is known here; 0 if it ended or is unknown} */
    long leaseMillis(String node);

    /** {@return what keeps nodes from being fenced, one sentence each, with what to do} */
    List<String> problems();
}
