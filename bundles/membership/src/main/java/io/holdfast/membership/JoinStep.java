package io.holdfast.membership;

import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import java.util.Optional;

/** How a daemon that starts becomes a member again. */
sealed interface JoinStep {
    /** Go on as this incarnation, with what runs: the guard watched it all the time. */
    record Resume(long incarnation) implements JoinStep {}

    /** This boot proves that the incarnation runs nothing. */
    record Rebooted(long incarnation) implements JoinStep {}

    /** Ask for a new incarnation. */
    record Join() implements JoinStep {}

    /** Not yet; the sentence says why. */
    record Wait(String why) implements JoinStep {}

    /**
     * {@return the next step}
     *
     * @param record what is agreed on about this node
     * @param session the guard's session
     * @param stopped whether everything on this node is proved stopped and the guard's gate is closed
     */
    static JoinStep next(String self, Optional<NodeRecord> record, long session, NodeIdentity now, boolean stopped) {
        if (record.isPresent() && record.get().mayRun()) {
            NodeRecord earlier = record.get();
            NodeRecord.Terms terms = earlier.terms();
            if (earlier.phase() == Phase.JOINED && terms.guardSession() == session) {
                return new Resume(earlier.incarnation());
            }
            if (terms.bootCounter() > 0
                    && now.bootCounter() > terms.bootCounter()
                    && !now.machineId().isEmpty()
                    && now.machineId().equals(terms.machineId())) {
                return new Rebooted(earlier.incarnation());
            }
            return new Wait(self + " cannot join yet: its incarnation " + earlier.incarnation()
                    + " is not fenced and may still run resources"
                    + (terms.leaseProves()
                            ? "; this takes about its lease and kill time from its last sign of life"
                            : "; a device or 'ha confirm-fenced " + self + "' has to confirm that it is off"));
        }
        return stopped
                ? new Join()
                : new Wait(self + " cannot join yet: the guard is still stopping what an earlier incarnation ran");
    }
}
