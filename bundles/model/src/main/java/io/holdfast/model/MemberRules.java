package io.holdfast.model;

import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.NodeRecord.Terms;
import java.util.List;
import java.util.regex.Pattern;
import org.pcollections.TreePMap;

/** Joining, going on and leaving. */
final class MemberRules {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    private MemberRules() {}

    static long join(Draft draft, Command.Join join) {
        String node = join.node();
        String what = "Joining of " + node;
        draft.fromItself(node, what);
        if (!NAME.matcher(node).matches()) {
            throw new Refusal(
                    what + " refused: a node's name has up to 63 letters, digits, dots, dashes and underscores;"
                            + " set 'node' in its etc/holdfast.cfg");
        }
        newEnough(draft, node, join.level(), join.terms(), what);
        checkTerms(join.terms(), what);
        NodeRecord earlier = draft.nodes.get(node);
        if (earlier != null && earlier.mayRun()) {
            throw new Refusal(what + " refused: its incarnation " + earlier.incarnation() + " is "
                    + (earlier.joined() ? "still joined" : "expelled, but not yet fenced")
                    + " and may still run resources; resume it under its guard session, or have it fenced first");
        }
        sameLease(draft, node, join.terms(), what);
        long incarnation = draft.nextIncarnation++;
        draft.put(new NodeRecord(
                node,
                incarnation,
                Phase.JOINED,
                join.terms(),
                0,
                TreePMap.empty(),
                earlier != null && earlier.standby(),
                earlier != null && earlier.maintenance(),
                earlier == null ? TreePMap.empty() : earlier.attributes(),
                List.of()));
        ConfigurationRules.joined(draft);
        draft.info(node, "", node + " joined as incarnation " + incarnation + " (" + described(join.terms()) + ")");
        return incarnation;
    }

    private static void newEnough(Draft draft, String node, int level, Terms terms, String what) {
        if (level < draft.level.number()) {
            throw new Refusal(what + " refused: the cluster works at functional level " + draft.level.number()
                    + ", and "
                    + terms.version() + " on " + node + " understands only level " + level + "; install Holdfast "
                    + draft.level.version() + " or later on " + node);
        }
    }

    /**
     * Only names and phases are looked at, which every version keeps alike: what a node declared of its own level would be lost in a
     * snapshot of a version that does not know levels.
     */
    static long raiseLevel(Draft draft, Command.RaiseLevel raise) {
        if (raise.level() <= draft.level.number()) {
            return draft.index; // it was raised before
        }
        String what = "Raising the functional level to " + raise.level();
        for (String voter : draft.votes.voting()) {
            NodeRecord record = draft.nodes.get(voter);
            if (record == null || !record.joined()) {
                throw new Refusal(what + " refused: " + voter + " votes and is not here, and what it would understand"
                        + " when it comes is not known; start it, or 'ha voter remove " + voter + "'");
            }
        }
        for (NodeRecord record : draft.nodes.values()) {
            if (record.mayRun() && !raise.able().contains(record.name())) {
                throw new Refusal(what + " refused: " + record.name() + " is in the cluster and did not say that it"
                        + " understands it; install Holdfast " + raise.version() + " or later on it");
            }
        }
        draft.level = new ClusterState.Level(raise.level(), raise.version());
        draft.info(
                "",
                "",
                raise.who() + " raises the functional level to " + raise.level()
                        + ": from here on a node needs Holdfast " + raise.version() + " or later");
        return draft.index;
    }

    private static String described(Terms terms) {
        if (terms.witness()) {
            return "witness, version " + terms.version();
        }
        return "lease " + terms.leaseMillis() + " ms, guard " + terms.guard() + " stops everything within "
                + terms.killMillis() + " ms, containment " + (terms.contained() ? "strong" : "weak")
                + (terms.weakClock() ? ", weak clock" : "") + ", version " + terms.version();
    }

    private static void checkTerms(Terms terms, String what) {
        if (terms.leaseMillis() < 1 || terms.killMillis() < 0) {
            throw new Refusal(what + " refused: a lease of " + terms.leaseMillis() + " ms with a kill time of "
                    + terms.killMillis() + " ms is none; set 'lease' in its etc/holdfast.cfg");
        }
        if (!List.of("strong", "process", "none").contains(terms.guard())) {
            throw new Refusal(what + " refused: guard strength '" + terms.guard()
                    + "' is unknown here, expected strong, process or none; update the older nodes first");
        }
    }

    private static void sameLease(Draft draft, String node, Terms terms, String what) {
        draft.nodes.values().stream()
                .filter(other -> !other.name().equals(node) && other.mayRun())
                .filter(other -> other.terms().leaseMillis() != terms.leaseMillis())
                .findFirst()
                .ifPresent(other -> {
                    throw new Refusal(what + " refused: its lease of " + terms.leaseMillis() + " ms differs from the "
                            + other.terms().leaseMillis() + " ms of " + other.name()
                            + "; set the same 'lease' in etc/holdfast.cfg of all nodes");
                });
    }

    static long resume(Draft draft, Command.Resume resume) {
        String node = resume.node();
        String what = "Resuming of " + node + " incarnation " + resume.incarnation();
        draft.fromItself(node, what);
        NodeRecord record = draft.node(node, resume.incarnation(), what);
        if (!record.joined()) {
            throw new Refusal(what + " refused: it is " + record.phase().name().toLowerCase(java.util.Locale.ROOT)
                    + (record.mayRun() ? "; stop everything, wait until it is fenced, then join anew" : "; join anew"));
        }
        newEnough(draft, node, resume.level(), resume.terms(), what);
        Terms old = record.terms();
        Terms now = resume.terms();
        if (old.guardSession() != now.guardSession()) {
            throw new Refusal(
                    what + " refused: the guard's session is another one than at joining, so what ran was not watched"
                            + " throughout; let it be fenced, then join anew");
        }
        if (!bound(old).equals(bound(now))) {
            throw new Refusal(what + " refused: its terms changed from " + bound(old) + " to " + bound(now)
                    + "; end the node with 'bin/holdfast stop' and start it again");
        }
        draft.put(record.under(now));
        draft.info(
                node,
                "",
                node + " goes on as incarnation " + resume.incarnation()
                        + ": its daemon restarted under the same guard session");
        return resume.incarnation();
    }

    /** What others reckon with while they wait a lease out; it must not change within an incarnation. */
    private static String bound(Terms terms) {
        return "[witness=" + terms.witness() + " lease=" + terms.leaseMillis() + "ms kill=" + terms.killMillis()
                + "ms guard="
                + terms.guard() + " contained=" + terms.contained() + " boot=" + terms.bootCounter() + " machine="
                + terms.machineId() + " weakClock=" + terms.weakClock() + "]";
    }

    static long leave(Draft draft, Command.Leave leave) {
        String node = leave.node();
        String what = "Leaving of " + node + " incarnation " + leave.incarnation();
        draft.fromItself(node, what);
        NodeRecord record = draft.node(node, leave.incarnation(), what);
        if (!record.mayRun()) {
            throw new Refusal(what + " refused: it is out already");
        }
        List<String> held = draft.grants.values().stream()
                .filter(grant -> grant.node().equals(node))
                .map(grant -> grant.instance() + " (token " + grant.token() + ")")
                .toList();
        if (!held.isEmpty()) {
            throw new Refusal(what + " refused: it is still granted " + Draft.listed(held)
                    + "; stop and release each of them first");
        }
        draft.put(record.in(Phase.LEFT, record.expelIndex()).holding(TreePMap.empty()));
        draft.info(node, "", node + " stopped everything and left (incarnation " + leave.incarnation() + ")");
        DeploymentRules.gone(draft, node, "left");
        return draft.index;
    }
}
