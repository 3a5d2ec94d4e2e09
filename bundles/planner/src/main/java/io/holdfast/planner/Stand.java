package io.holdfast.planner;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.config.Resource;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one instance stands now.
 *
 * @param resource its definition
 * @param record what is known of it
 * @param grant its grant, if any
 * @param here number of the node that holds it, or -1
 * @param home number of the node that it is or last was on under its present incarnation, or -1
 * @param pinned why it can neither be stopped nor moved now, empty if it can
 * @param left whether people asked to leave it alone (maintenance)
 * @param failed why a failure keeps it stopped everywhere, empty if none does
 */
record Stand(
        Resource resource,
        InstanceRecord record,
        Optional<Grant> grant,
        int here,
        int home,
        String pinned,
        boolean left,
        String failed) {

    static Stand of(
            Facts facts, Sites sites, Resource resource, @Nullable InstanceRecord known, @Nullable Grant given) {
        ClusterState state = facts.state();
        InstanceRecord record = known == null ? InstanceRecord.fresh(resource.name(), state.index()) : known;
        Optional<Grant> grant = Optional.ofNullable(given);
        int here = grant.map(held -> sites.numberOf(held.node())).orElse(-1);
        int home = here >= 0 ? here : home(sites, record);
        boolean nodeLeft = here >= 0 && sites.nodes.get(here).maintenance();
        boolean asked =
                record.wanted().maintenance() && !Instances.isRight(resource.name()); // that is left with its copy
        boolean left = state.maintenance() || asked || nodeLeft;
        String pinned = here < 0 ? "" : pinned(facts, sites, resource, record, here, left);
        return new Stand(resource, record, grant, here, home, pinned, left, failed(facts, record, resource));
    }

    private static String failed(Facts facts, InstanceRecord record, Resource resource) {
        for (Map.Entry<String, InstanceRecord.FailureRecord> failure :
                record.failures().entrySet()) {
            Failures failures = new Failures(facts);
            if (failures.onFail(resource, failure.getValue()).equals("stop")) {
                return "its " + failure.getValue().operation() + " failed on " + failure.getKey()
                        + ", and then it is to be stopped (on-fail: stop) "
                        + failures.until(resource, failure.getValue());
            }
        }
        return "";
    }

    private static int home(Sites sites, InstanceRecord record) {
        int last = sites.numberOf(record.lastNode());
        return last >= 0 && sites.nodes.get(last).incarnation() == record.lastIncarnation() ? last : -1;
    }

    private static String pinned(
            Facts facts, Sites sites, Resource resource, InstanceRecord record, int here, boolean left) {
        NodeRecord node = sites.nodes.get(here);
        if (node.phase() == Phase.EXPELLED) {
            return ""; // it goes elsewhere as soon as the node is fenced
        } else if (left) {
            return facts.state().maintenance()
                    ? "the cluster is in maintenance"
                    : (node.maintenance() ? node.name() : resource.name()) + " is in maintenance";
        } else if (!facts.of(node.name()).live()) {
            return node.name() + " is silent and may still run it; it moves only once that node is fenced";
        } else if (state(record) == State.BLOCKED) {
            return "it is blocked on " + node.name() + "; mend it there and 'ha retry " + resource.name()
                    + "', or 'ha fence " + node.name() + "'";
        } else if (!Instances.isRight(resource.name()) // of which the copy is asked instead
                && !facts.of(node.name()).types().contains(resource.type())
                && state(record) != State.FAILED) {
            return node.name() + " does not offer type " + resource.type()
                    + " at the moment, so it is left running there";
        }
        return "";
    }

    private static State state(InstanceRecord record) {
        return record.report().map(InstanceRecord.Report::state).orElse(State.STARTING);
    }

    /** Whether it was made of the very same record and grant. */
    @SuppressWarnings("ReferenceEquality") // quick, and what is equal but not the same is only looked at once more
    boolean of(@Nullable InstanceRecord known, @Nullable Grant given) {
        return record == known && grant.orElse(null) == given;
    }

    /** Whether it may be different though nothing but the time is. */
    boolean ages() {
        return !record.failures().isEmpty();
    }

    String name() {
        return resource.name();
    }

    boolean held() {
        return grant.isPresent();
    }

    boolean revoked() {
        return grant.filter(Grant::revoked).isPresent();
    }

    /** Held by an incarnation that was expelled and is not yet fenced. */
    boolean lost(Sites sites) {
        return here >= 0 && sites.nodes.get(here).phase() == Phase.EXPELLED;
    }

    /** What its holder says, {@code STARTING} until it has said something. */
    State state() {
        return state(record);
    }

    /** Held by who is to keep it, and serving. */
    boolean serves(Sites sites) {
        return held() && !revoked() && !lost(sites) && (state() == State.ACTIVE || left);
    }

    /** Runs something else than what is configured now. */
    boolean outdated() {
        return grant.filter(held -> held.token() < record.definedAt()).isPresent();
    }
}
