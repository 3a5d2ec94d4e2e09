package io.holdfast.planner;

import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Decides where everything ought to be and what to do next. Equal facts give equal plans, whatever it was asked before. It is asked
 * again after every change, so a plan holds the next actions only; none of them needs another of the same plan to succeed. One thread
 * at a time.
 */
public final class Planner {
    /** What has not settled after so many moves will not. */
    private static final int STEPS_TO_REST = 5;

    private final Memory memory = new Memory();

    /** {@return the plan for these facts, made anew} */
    public static Plan plan(Facts facts) {
        return new Planner().next(facts);
    }

    /** {@return the plan for these facts: the same as {@link #plan}, but what did not change since the last one is not placed anew} */
    public Plan next(Facts facts) {
        Placer placer = placed(facts, memory);
        Sequencer sequencer = new Sequencer(placer);
        TreeMap<String, Decision> decisions = new TreeMap<>(memory.decisions(placer, sequencer.waits));
        List<Action> actions = new ArrayList<>(sequencer.actions);
        if (facts.state().grants().size() > placer.held()) {
            removed(facts, decisions, actions);
        }
        OptionalLong wake = age(facts, placer, actions);
        actions.sort(Comparator.comparing(Action::instance));
        return new Plan(decisions, actions, wake);
    }

    /**
     * A move is planned only if the placement comes to rest after it: constraints that pull against each other would otherwise move
     * things to and fro for ever.
     */
    static Placer placed(Facts facts, Memory memory) {
        Placer placer = new Placer(facts, memory);
        boolean rests = !placer.moves() || (comesToRest(placer, true) && comesToRest(placer, false));
        return rests ? placer : Placer.still(facts, memory);
    }

    private static boolean comesToRest(Placer placer, boolean started) {
        Placer now = placer;
        for (int step = 0; step < STEPS_TO_REST; step++) {
            Placer next = now.next(started);
            if (next.sameAs(now)) {
                return true;
            }
            now = next;
        }
        return false;
    }

    /** Grants of what is no longer in the document. */
    private static void removed(Facts facts, Map<String, Decision> decisions, List<Action> actions) {
        for (Grant grant : facts.state().grants().values()) {
            if (decisions.containsKey(grant.instance())) {
                continue;
            }
            NodeRecord node = facts.state().node(grant.node()).orElseThrow();
            String reason = "it is no longer in the cluster document";
            String waiting = removedWait(facts, grant, node);
            decisions.put(grant.instance(), new Decision(grant.instance(), "", reason, waiting));
            actions.add(
                    waiting.isEmpty()
                            ? new Action.Revoke(grant.instance(), grant.token(), reason)
                            : new Action.Wait(grant.instance(), waiting));
        }
    }

    /** The copies that may be promoted by this right. */
    private static List<InstanceRecord> copies(Facts facts, Grant right) {
        return Instances.copies(facts.state().grants(), Instances.resource(right.instance())).stream()
                .filter(copy -> copy.heldBy(right.node(), right.incarnation()))
                .flatMap(copy -> facts.state().instance(copy.instance()).stream())
                .toList();
    }

    /** Whether the copy that is promoted by this right is to stay and blocked: nothing is done about it before people looked at it. */
    private static boolean blocked(Facts facts, Grant right) {
        Instances defined = Instances.of(facts.state());
        return Instances.isRight(right.instance())
                && copies(facts, right).stream()
                        .filter(copy -> defined.definition(copy.instance()).isPresent())
                        .flatMap(record -> record.report().stream())
                        .anyMatch(report -> report.state() == InstanceRecord.State.BLOCKED);
    }

    private static String removedWait(Facts facts, Grant grant, NodeRecord node) {
        List<InstanceRecord> about = Instances.isRight(grant.instance())
                ? copies(facts, grant)
                : facts.state().instance(grant.instance()).stream().toList();
        boolean left = about.stream().anyMatch(record -> record.wanted().maintenance());
        if (grant.revoked()) {
            return "it is being stopped on " + grant.node();
        } else if (left || facts.state().maintenance() || node.maintenance()) {
            return "it is in maintenance";
        } else if (node.joined() && blocked(facts, grant)) {
            return "the copy that is promoted by it is blocked on " + grant.node();
        } else if (!Instances.isRight(grant.instance())
                && Instances.rights(facts.state().grants(), Instances.resource(grant.instance())).stream()
                        .anyMatch(right -> right.heldBy(grant.node(), grant.incarnation()))) {
            return "it is demoted on " + grant.node() + " first";
        } else if (!node.joined()) {
            return grant.node() + " is lost and may still run it, until it is proved fenced";
        }
        return "";
    }

    /** Forgets failures that are old enough; returns when the next ones will be. */
    private static OptionalLong age(Facts facts, Placer placer, List<Action> actions) {
        Failures failures = new Failures(facts);
        long minute = Duration.ofMinutes(1).toMillis(); // the finest that a calendar says is looked at so often
        long wake = placer.timed() ? (facts.wallMillis() / minute + 1) * minute : Long.MAX_VALUE;
        for (Stand stand : placer.stands) {
            for (Map.Entry<String, FailureRecord> entry :
                    stand.record().failures().entrySet()) {
                FailureRecord failure = entry.getValue();
                OptionalLong end = failures.end(stand.resource(), failure);
                if (failures.aged(stand.resource(), failure)) {
                    actions.add(new Action.Forget(
                            stand.name(),
                            entry.getKey(),
                            failure.lastWallMillis(),
                            "its failures on " + entry.getKey() + " are older than its failure-timeout"));
                } else if (end.isPresent()) {
                    wake = Math.min(wake, end.getAsLong());
                }
            }
        }
        return wake == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(wake);
    }
}
