package io.holdfast.planner;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.Instances;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.config.Configuration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Says why a resource is where it is, with the alternatives and what spoke against each. */
public final class Explain {
    private Explain() {}

    /** {@return the explanation of a resource, or of each member of a group; several lines} */
    public static String text(Facts facts, String name) {
        Instances instances = Instances.of(facts.state());
        List<String> members = new ArrayList<>(instances.expand(name));
        facts.state().configuration().expand(name).forEach(resource -> members.addAll(instances.rights(resource)));
        if (members.isEmpty()) {
            return "There is no resource or group " + name + " in the cluster document.\n";
        }
        Plan plan = Planner.plan(facts);
        Placer placer = Planner.placed(facts, new Memory());
        return members.stream()
                .map(member -> one(facts, plan, placer, placer.number(member)))
                .collect(Collectors.joining("\n"));
    }

    /** {@return the same as it would be under another document} */
    public static String under(Facts facts, Configuration other, String name) {
        ClusterState state = facts.state();
        Rules.Applied applied = Rules.apply(
                state,
                state.index() + 1,
                new Entry("", facts.wallMillis(), new Command.Apply(other, "", -1, "explain")));
        return applied.result() instanceof Result.Refused refused
                ? "That document would be refused: " + refused.reason() + "\n"
                : text(new Facts(applied.state(), facts.nodes(), facts.wallMillis()), name);
    }

    private static String one(Facts facts, Plan plan, Placer placer, int i) {
        Stand stand = placer.stands.get(i);
        Decision decision = Objects.requireNonNull(plan.decisions().get(stand.name()));
        List<String> lines = new ArrayList<>();
        boolean right = Instances.isRight(stand.name());
        String kind = right ? "the right to be promoted" : stand.resource().type();
        lines.add(stand.name() + " (" + kind + ") " + (right ? held(stand) : now(stand) + role(placer, i)) + ".");
        lines.add(
                decision.node().isEmpty()
                        ? "It is to " + (right ? "promote nobody" : "run nowhere") + ": " + decision.reason() + "."
                        : "It belongs on " + decision.node() + ": " + decision.reason() + ".");
        plan.actions().stream()
                .filter(action -> action.instance().equals(stand.name()))
                .filter(action -> !action.reason().equals(decision.reason()) || !(action instanceof Action.Wait))
                .map(Explain::next)
                .forEach(lines::add);
        lines.add("Nodes:");
        for (int node = 0; node < placer.sites.count(); node++) {
            lines.add("  " + node(placer, i, node));
        }
        lines.addAll(failures(facts, stand));
        lines.addAll(order(placer, i));
        return String.join("\n", lines) + "\n";
    }

    private static String now(Stand stand) {
        if (stand.grant().isEmpty()) {
            return "is not running";
        }
        Grant grant = stand.grant().get();
        return "is " + (grant.revoked() ? "stopping" : stand.state().name().toLowerCase(Locale.ROOT)) + " on "
                + grant.node() + " under token " + grant.token();
    }

    private static String held(Stand stand) {
        if (stand.grant().isEmpty()) {
            return "is held by nobody";
        }
        Grant grant = stand.grant().get();
        String stage = grant.revoked()
                ? ", where the copy is being demoted"
                : stand.state() == State.ACTIVE ? ", where the copy is promoted" : ", where the copy is being promoted";
        return "is held by " + grant.node() + " under token " + grant.token() + stage;
    }

    /** What an instance of a clone that can be promoted is beside running. */
    private static String role(Placer placer, int i) {
        Stand stand = placer.stands.get(i);
        List<Integer> rights =
                placer.links.siblings(stand.name()).map(Links.Siblings::rights).orElse(List.of());
        if (rights.isEmpty() || !stand.held()) {
            return "";
        }
        return rights.stream()
                .map(placer.stands::get)
                .filter(right -> right.here() == stand.here())
                .map(right -> ", promoted by " + right.name() + " under token "
                        + right.grant().orElseThrow().token())
                .findFirst()
                .orElse(", not promoted");
    }

    private static String next(Action action) {
        boolean right = Instances.isRight(action.instance());
        if (action instanceof Action.Allow allow) {
            return "Next: " + (right ? "promote" : "start") + " on " + allow.node() + " (" + allow.reason() + ").";
        } else if (action instanceof Action.Revoke) {
            return "Next: " + (right ? "demote" : "stop") + ", because " + action.reason() + ".";
        } else if (action instanceof Action.Forget) {
            return "Next: forget that " + action.reason() + ".";
        }
        return "Waiting: " + action.reason() + ".";
    }

    private static String node(Placer placer, int i, int node) {
        String notes = placer.marks(i, node).stream()
                .map(note -> Score.signed(note.score()) + " " + note.text())
                .distinct()
                .collect(Collectors.joining("; "));
        String verdict = verdict(placer, i, node);
        return placer.sites.name(node) + ": " + verdict + ", score " + Score.text(placer.score(i, node))
                + (notes.isEmpty() ? "" : " (" + notes + ")");
    }

    private static String verdict(Placer placer, int i, int node) {
        int target = placer.targets[i];
        if (node == target) {
            return placer.stands.get(i).pinned().isEmpty() ? "chosen" : "stays";
        } else if (!placer.stands.get(i).pinned().isEmpty()
                || placer.stands.get(i).record().wanted().stopped()) {
            return "not asked";
        } else if (placer.score(i, node) < 0) {
            return "cannot be";
        } else if (target < 0) {
            return "possible";
        }
        return placer.score(i, node) == placer.score(i, target) ? "as good" : "less good";
    }

    private static List<String> failures(Facts facts, Stand stand) {
        Failures failures = new Failures(facts);
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, FailureRecord> entry : stand.record().failures().entrySet()) {
            FailureRecord failure = entry.getValue();
            OptionalLong end = failures.end(stand.resource(), failure);
            lines.add("Failed on " + entry.getKey() + ": " + failure.count() + ", last " + failure.operation() + " at "
                    + Instant.ofEpochMilli(failure.lastWallMillis()) + ": " + failure.reason() + "; counts until "
                    + (end.isPresent() ? Instant.ofEpochMilli(end.getAsLong()) : "'ha retry " + stand.name() + "'"));
        }
        return lines;
    }

    private static List<String> order(Placer placer, int i) {
        List<String> lines = new ArrayList<>();
        String name = placer.stands.get(i).name();
        String verb = Instances.isRight(name) ? "Promotes " : "Starts ";
        placer.links.before.get(i).stream()
                .filter(edge -> !ownRight(placer, i, edge))
                .map(edge -> verb + "after " + end(placer, edge, true))
                .distinct()
                .forEach(lines::add);
        placer.links.after.get(i).stream()
                .filter(edge -> !ownRight(placer, i, edge))
                .map(edge -> verb + "before " + end(placer, edge, false))
                .distinct()
                .forEach(lines::add);
        return lines;
    }

    /** That a copy is promoted after its start goes without saying. */
    private static boolean ownRight(Placer placer, int i, Links.Edge edge) {
        String name = placer.stands.get(i).name();
        String other = placer.stands.get(edge.other()).name();
        return Instances.isRight(name) != Instances.isRight(other)
                && Instances.resource(name).equals(Instances.resource(other));
    }

    private static Set<String> names(Placer placer, List<Integer> instances) {
        return instances.stream()
                .map(i -> Instances.resource(placer.stands.get(i).name()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String end(Placer placer, Links.Edge edge, boolean before) {
        String name = placer.stands.get(edge.other()).name();
        String resource = Instances.resource(name);
        boolean several = before && !edge.here() && (edge.all() || edge.choice());
        String which = Instances.isRight(name)
                ? resource + " is promoted" + (edge.here() ? " on the same node" : "")
                : several
                        ? edge.enough() + (edge.all() ? " or more" : "") + " of "
                                + String.join(", ", names(placer, edge.oneOf()))
                        : edge.here() ? resource + " on the same node" : name;
        return which + (edge.mandatory() ? "" : ", if that starts too") + ".";
    }
}
