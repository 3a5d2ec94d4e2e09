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
                earlier == null ? TreePMap.empty() : earlier.attributes()));
        draft.info(node, "", node + " joined as incarnation " + incarnation + " (" + described(join.terms()) + ")");
        return incarnation;
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
