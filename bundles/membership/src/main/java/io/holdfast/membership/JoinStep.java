package io.holdfast.membership;

import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Grant;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.NodeRecord.Terms;
import java.util.List;
import java.util.Optional;

/** How a daemon that starts becomes a member again. */
sealed interface JoinStep {
    /** Go on as this incarnation, with what runs: the guard watched it all the time. */
    record Resume(long incarnation) implements JoinStep {}

    /** This boot proves that the incarnation runs nothing. */
    record Rebooted(long incarnation) implements JoinStep {}

    /** Ask for a new incarnation. */
    record Join() implements JoinStep {}

    /** Have this incarnation expelled, because what it declared is true no more. Nothing runs under it now. */
    record GiveUp(long incarnation, String why) implements JoinStep {}

    /** Say that what runs under this grant, which could not be stopped before, is stopped. */
    record Unblock(Grant grant) implements JoinStep {}

    /** Not yet; the sentence says why. With {@code close}, the guard has to stop what runs. */
    record Wait(String why, boolean close) implements JoinStep {}

    /**
     * {@return the next step}
     *
     * @param state what is agreed on
     * @param now what this node would declare now
     * @param identity machine and boot
     * @param stopped whether everything on this node is proved stopped and the guard's gate is closed
     */
    static JoinStep next(String self, ClusterState state, Terms now, NodeIdentity identity, boolean stopped) {
        Optional<NodeRecord> record = state.node(self);
        if (record.isPresent() && record.get().mayRun()) {
            NodeRecord earlier = record.get();
            Terms terms = earlier.terms();
            if (earlier.phase() == Phase.JOINED && terms.guardSession() == now.guardSession()) {
                return goOn(earlier, now, stopped);
            }
            if (terms.bootCounter() > 0
                    && identity.bootCounter() > terms.bootCounter()
                    && !identity.machineId().isEmpty()
                    && identity.machineId().equals(terms.machineId())) {
                return new Rebooted(earlier.incarnation());
            }
            List<Grant> blocked = state.blocked(earlier);
            if (stopped && sameGuard(terms, now) && !blocked.isEmpty()) {
                return new Unblock(blocked.get(0));
            }
            return new Wait(
                    self + " cannot join yet: its incarnation " + earlier.incarnation()
                            + " is not fenced and may still run resources; "
                            + state.leaseProvesNothing(earlier)
                                    .map(why -> why + ": a device or 'ha confirm-fenced " + self
                                            + "' has to confirm that it is off")
                                    .orElse("this takes about its lease and kill time from its last sign of life"),
                    false);
        }
        return stopped
                ? new Join()
                : new Wait(
                        self + " cannot join yet: the guard is still stopping what an earlier incarnation ran", true);
    }

    /** {@return whether the guard watched all the time, and still sees what it saw then} */
    private static boolean sameGuard(Terms declared, Terms now) {
        return now.guardSession() == declared.guardSession()
                && keeps(declared, now)
                && now.contained() == declared.contained()
                && !now.guard().equals("none");
    }

    private static JoinStep goOn(NodeRecord earlier, Terms now, boolean stopped) {
        if (keeps(earlier.terms(), now)) {
            return new Resume(earlier.incarnation());
        }
        String why = "its guard is weaker than when it joined: " + described(earlier.terms()) + " then, "
                + described(now) + " now";
        return stopped
                ? new GiveUp(earlier.incarnation(), why)
                : new Wait(earlier.name() + " stops everything and joins anew: " + why, true);
    }

    /** {@return whether what was declared, which others reckon with, is still true} */
    static boolean keeps(Terms declared, Terms now) {
        return now.leaseMillis() == declared.leaseMillis()
                && now.killMillis() <= declared.killMillis()
                && strength(now) >= strength(declared)
                && (now.contained() || !declared.contained())
                && (!now.weakClock() || declared.weakClock());
    }

    private static int strength(Terms terms) {
        return List.of("none", "process", "strong").indexOf(terms.guard());
    }

    private static String described(Terms terms) {
        return "lease " + terms.leaseMillis() + " ms, guard=" + terms.guard() + ", kill time " + terms.killMillis()
                + " ms, containment " + (terms.contained() ? "strong" : "weak")
                + (terms.weakClock() ? ", clock=weak" : "");
    }
}
