package io.holdfast.membership;

import io.holdfast.model.ClusterState;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.ledger.ReplicatedLog;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Everything that the status is made of, read at one moment on the loop.
 *
 * @param attributes by node
 * @param heard nodes that renew their lease now, as far as is known here
 * @param fresh nodes that told something of themselves lately
 * @param leaseUntil when each known lease ends, on the loop's clock
 * @param configured the voters of this node's settings
 * @param standing why this node has not joined, empty if it has
 * @param refused whether that is the log's refusal, which waiting does not mend
 * @param refusals why other nodes refuse this one, by node or address
 * @param fencing what keeps nodes from being fenced, and what is wrong with the guard
 */
record Picture(
        String self,
        ClusterState state,
        ReplicatedLog.Leadership leadership,
        ReplicatedLog.Voters voters,
        ReplicatedLog.Health health,
        Map<String, Map<String, String>> attributes,
        Set<String> heard,
        Set<String> fresh,
        Map<String, Long> leaseUntil,
        List<String> configured,
        String standing,
        boolean refused,
        Map<String, String> refusals,
        List<String> fencing) {

    /** {@return the same, but for what the log says} */
    Picture with(ClusterState newer, ReplicatedLog log) {
        return new Picture(
                self,
                newer,
                log.leadership(),
                log.voters(),
                log.health(),
                attributes,
                heard,
                fresh,
                leaseUntil,
                configured,
                standing,
                refused,
                refusals,
                fencing);
    }

    /** {@return the names of all nodes that are known in any way, sorted} */
    Set<String> names() {
        Set<String> names = new TreeSet<>(state.nodes().keySet());
        names.addAll(voters.voting());
        names.addAll(voters.listening());
        names.addAll(configured);
        names.addAll(fresh);
        return names;
    }

    Optional<NodeRecord> record(String node) {
        return state.node(node);
    }

    /** {@return the names of those who vote, as far as is known here} */
    List<String> voting() {
        return voters.voting().isEmpty() ? configured : voters.voting();
    }

    /**
     * {@return whether this node can do nothing by itself: the log refused it, or so many voters that no majority is left, or its
     *     version is too old for the log}
     */
    boolean keptOut() {
        long refusing = voting().stream().filter(refusals::containsKey).count();
        return !standing.isEmpty()
                && (refused
                        || health.tooOld()
                        || (refusing > 0 && 2 * (voting().size() - refusing) <= voting().size()));
    }

    boolean quorum() {
        return !leadership.leader().isEmpty();
    }

    /** {@return the state of a node in CONTRACT's words} */
    String nodeState(String node) {
        NodeRecord record = state.nodes().get(node);
        if (record == null) {
            return fresh.contains(node) ? "joining" : "offline";
        }
        boolean back = fresh.contains(node)
                && !attributes
                        .getOrDefault(node, Map.of())
                        .getOrDefault("standing", "")
                        .isEmpty();
        return switch (record.phase()) {
            case UNKNOWN -> back ? "joining" : "offline";
            case LEFT -> back ? "joining" : "offline";
            case FENCED -> back ? "joining" : "fenced";
            case EXPELLED -> "lost";
            case JOINED -> joinedState(record);
        };
    }

    private String joinedState(NodeRecord record) {
        if (!heard.contains(record.name())) {
            return "lost";
        }
        return !record.holds().isEmpty() ? "held" : record.standby() ? "standby" : "online";
    }
}
