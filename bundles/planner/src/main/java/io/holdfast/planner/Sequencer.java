package io.holdfast.planner;

import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.Instances;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pcollections.PSortedMap;

/** What can be done next to bring everything where it ought to be: stops before what they rest on, starts after it. */
final class Sequencer {
    private final Placer placer;
    private final List<Stand> stands;
    private final Links links;
    private final Sites sites;
    /** Why an instance has to stop; empty if it has not. */
    private final String[] stops;
    /** Who begins to start or stop by this very plan. */
    private final boolean[] acting;

    private final Room room;

    final String[] waits;
    final List<Action> actions = new ArrayList<>();

    Sequencer(Placer placer) {
        this.placer = placer;
        stands = placer.stands;
        links = placer.links;
        sites = placer.sites;
        room = new Room(placer);
        acting = new boolean[stands.size()];
        stops = new String[stands.size()];
        waits = new String[stands.size()];
        Arrays.fill(stops, "");
        Arrays.fill(waits, "");
        findStops();
        for (int i = 0; i < stands.size(); i++) {
            step(i);
        }
    }

    /** Who has to stop for its own sake, and then who needs one of those. */
    private void findStops() {
        ArrayDeque<Integer> open = new ArrayDeque<>();
        for (int i = 0; i < stands.size(); i++) {
            stops[i] = stoppable(i) ? ownStop(i) : "";
            if (unsteady(i)) {
                open.add(i);
            }
        }
        while (!open.isEmpty()) {
            int first = open.remove();
            for (Links.Edge edge : links.after.get(first)) {
                int then = edge.other();
                if (edge.mandatory()
                        && edge.symmetrical()
                        && stoppable(then)
                        && stops[then].isEmpty()
                        && near(edge, first, then)
                        && !enough(edge, -1)) {
                    stops[then] = "it needs " + (edge.choice() ? some(edge) + "; " : "") + name(first)
                            + (edge.choice() ? "" : ", which") + " " + unsteadiness(first);
                    open.add(then);
                }
            }
        }
    }

    private boolean stoppable(int i) {
        Stand stand = stands.get(i);
        return stand.held()
                && !stand.revoked()
                && !stand.lost(sites)
                && placer.pinned(i).isEmpty();
    }

    private String ownStop(int i) {
        Stand stand = stands.get(i);
        int target = placer.targets[i];
        if (target < 0) {
            return placer.reason(i);
        } else if (target != stand.here()) {
            String against = placer.against(i, stand.here());
            return "it moves to " + sites.name(target) + ": "
                    + (against.isEmpty() ? placer.reason(i) : sites.name(stand.here()) + " " + against);
        }
        String absent = absent(i, target);
        if (!absent.isEmpty()) {
            return "it needs " + absent + " on the same node, which is not to run there";
        }
        return stand.outdated() ? "its definition changed, so it is restarted" : "";
    }

    /** Whether those that need it cannot go on. */
    private boolean unsteady(int i) {
        return !stops[i].isEmpty() || !stands.get(i).serves(sites);
    }

    private String unsteadiness(int i) {
        Stand stand = stands.get(i);
        if (!stops[i].isEmpty() || stand.revoked()) {
            return "has to stop";
        } else if (!stand.held()) {
            return placer.targets[i] < 0 ? "runs nowhere" : "is not started yet";
        } else if (stand.lost(sites)) {
            return "was on " + sites.name(stand.here()) + ", which is lost";
        }
        return "is " + stand.state().name().toLowerCase(java.util.Locale.ROOT);
    }

    private String names(List<Integer> instances) {
        return String.join(", ", instances.stream().map(this::name).toList());
    }

    private void step(int i) {
        Stand stand = stands.get(i);
        if (!stops[i].isEmpty()) {
            String obstacle = stopObstacle(i);
            obstacle = obstacle.isEmpty() ? busy(i) : obstacle;
            if (obstacle.isEmpty()) {
                acting[i] = true;
                long token = stand.grant().orElseThrow().token();
                actions.add(new Action.Revoke(stand.name(), token, stops[i]));
            } else {
                await(
                        i,
                        Instances.isRight(name(i))
                                ? "it is demoted once " + obstacle + "; it has to be because " + stops[i]
                                : "stops once " + obstacle + "; it has to stop because " + stops[i]);
            }
        } else if (stand.held()) {
            hold(i, stand);
        } else if (placer.targets[i] >= 0) {
            start(i, stand);
        } else if (!stand.record().wanted().stopped() && !stand.left()) {
            await(i, placer.reason(i));
        }
    }

    private void hold(int i, Stand stand) {
        if (stand.lost(sites)) {
            String next = placer.targets[i] < 0 ? "" : "; then it goes to " + sites.name(placer.targets[i]);
            await(i, sites.name(stand.here()) + " is lost and may still run it, until it is proved fenced" + next);
        } else if (stand.revoked()) {
            String verb = Instances.isRight(name(i)) ? "demoted" : "stopped";
            await(i, "it is being " + verb + " on " + sites.name(stand.here()));
        } else if (!placer.pinned(i).isEmpty()) {
            await(i, placer.pinned(i));
        }
    }

    private void start(int i, Stand stand) {
        int target = placer.targets[i];
        String obstacle = startObstacle(i, target);
        obstacle = obstacle.isEmpty() ? busy(i) : obstacle;
        obstacle = obstacle.isEmpty() ? room.obstacle(i, target) : obstacle;
        if (obstacle.isEmpty()) {
            acting[i] = true;
            actions.add(new Action.Allow(
                    stand.name(), sites.name(target), sites.nodes.get(target).incarnation(), startReason(i, stand)));
        } else {
            String verb = Instances.isRight(name(i)) ? "it is promoted on " : "it starts on ";
            await(i, verb + sites.name(target) + " once " + obstacle);
        }
    }

    private String startReason(int i, Stand stand) {
        int last = sites.numberOf(stand.record().lastNode());
        boolean takeover = last >= 0
                && last != placer.targets[i]
                && sites.nodes.get(last).incarnation() == stand.record().lastIncarnation()
                && sites.problem(last).equals("is fenced");
        return (takeover ? "takeover from " + sites.name(last) + ", which is fenced; " : "") + placer.reason(i);
    }

    private void await(int i, String reason) {
        waits[i] = reason;
        actions.add(new Action.Wait(name(i), reason));
    }

    /** Who has to be gone before it may stop; empty if nobody. */
    private String stopObstacle(int i) {
        for (Links.Edge edge : links.after.get(i)) {
            Stand then = stands.get(edge.other());
            boolean stopsToo = !stops[edge.other()].isEmpty() || then.revoked();
            boolean counts = edge.mandatory() || (stopsToo && !then.lost(sites));
            boolean another = edge.choice() && enough(edge, i); // it has enough without
            boolean near = near(edge, i, edge.other());
            if (edge.symmetrical() && counts && near && !another && then.held() && !then.left()) {
                return (Instances.isRight(then.name())
                                ? Instances.resource(then.name()) + " is demoted"
                                : then.name() + " has stopped")
                        + " on " + sites.name(then.here());
            }
        }
        return oldRight(i);
    }

    /** A right of a document of before by which this copy may be promoted; empty if there is none. */
    private String oldRight(int i) {
        Optional<Grant> copy = stands.get(i).grant();
        if (links.siblings(name(i)).isEmpty() || copy.isEmpty() || Instances.isRight(name(i))) {
            return "";
        }
        PSortedMap<String, Grant> grants = placer.facts.state().grants();
        return Instances.rights(grants, Instances.resource(name(i))).stream()
                .filter(right -> links.numberOf(right.instance()) < 0)
                .filter(right -> right.heldBy(copy.get().node(), copy.get().incarnation()))
                .findFirst()
                .map(right -> Instances.resource(name(i)) + " is demoted on " + right.node())
                .orElse("");
    }

    /** What has to happen before it may start; empty if nothing. */
    private String startObstacle(int i, int target) {
        for (Links.Edge edge : links.before.get(i)) {
            String missing = missing(edge, target);
            if (!missing.isEmpty()) {
                return missing + " is active";
            }
        }
        String absent = absent(i, target);
        if (!absent.isEmpty()) {
            return absent + " can run there too";
        }
        String sibling = sibling(i, target);
        if (!sibling.isEmpty()) {
            return sibling;
        }
        for (Links.Tie tie : links.follows.get(i)) {
            if (inTheWay(tie, target)) {
                return name(tie.other()) + " has left "
                        + sites.name(stands.get(tie.other()).here());
            }
        }
        for (Links.Tie tie : links.followers.get(i)) {
            if (tie.score() <= -Score.INFINITY && inTheWay(tie, target)) {
                return name(tie.other()) + " has left "
                        + sites.name(stands.get(tie.other()).here());
            }
        }
        return "";
    }

    /** What has to be active first; empty if nothing has. */
    private String missing(Links.Edge edge, int target) {
        int first = edge.other();
        if (edge.here() && placer.targets[first] != target) {
            return "";
        }
        boolean comes = (!edge.mandatory() || edge.all()) && willStart(first, new boolean[stands.size()]);
        boolean enough = edge.choice() && enough(edge, -1);
        if (enough) {
            return edge.all() && comes && !stands.get(first).lost(sites) ? name(first) : "";
        } else if (edge.mandatory() && edge.choice()) {
            return some(edge);
        }
        boolean needed = edge.mandatory() ? unsteady(first) : comes;
        return !needed ? "" : edge.choice() ? some(edge) : name(first);
    }

    /** Whether so many of those serve that it needs no other, this one not counted. */
    private boolean enough(Links.Edge edge, int without) {
        int steady = 0;
        for (int other : edge.oneOf()) {
            steady += other != without && !unsteady(other) ? 1 : 0;
        }
        return steady >= edge.enough();
    }

    private String some(Links.Edge edge) {
        return (edge.enough() == 1 ? "one" : edge.enough()) + " of " + names(edge.oneOf());
    }

    /** Where it is, or is to be. */
    private int place(int i) {
        return stands.get(i).held() ? stands.get(i).here() : placer.targets[i];
    }

    /** Whether the edge counts between these two. */
    private boolean near(Links.Edge edge, int first, int then) {
        return !edge.here() || (place(first) >= 0 && place(first) == place(then));
    }

    /** The resource of which a copy must be on the same node, and none is to be there; empty if there is nothing of the kind. */
    private String absent(int i, int node) {
        String absent = "";
        for (Links.Edge edge : links.before.get(i)) {
            if (edge.here() && edge.mandatory()) {
                if (placer.targets[edge.other()] == node) {
                    return "";
                }
                absent = Instances.resource(name(edge.other()));
            }
        }
        return absent;
    }

    /** Who of a document of before, or of the same clone, has to be gone first: no node has more copies than it may. */
    private String sibling(int i, int target) {
        String resource = Instances.resource(name(i));
        PSortedMap<String, Grant> grants = placer.facts.state().grants();
        Optional<Links.Siblings> siblings = links.siblings(name(i));
        if (Instances.isRight(name(i))) {
            return right(target, grants, resource, siblings.orElseThrow());
        }
        @Nullable Grant single = siblings.isPresent() ? grants.get(resource) : null;
        int there = 0;
        @Nullable Grant leaving = null;
        for (Grant grant : Instances.held(grants, resource)) {
            single = siblings.isEmpty() ? grant : single;
            if (Instances.isRight(grant.instance())) {
                boolean equals = siblings.filter(clone -> clone.promoted() == 0).isPresent();
                if (equals || grant.node().equals(sites.name(target))) {
                    return resource + " is demoted on "
                            + grant.node(); // it is for a copy that is there, or alone may act
                }
            } else if (grant.node().equals(sites.name(target))) {
                there++;
                leaving = leaving == null || grant.revoked() ? grant : leaving;
            }
        }
        if (single != null) {
            return single.instance() + " has stopped on " + single.node();
        }
        if (leaving != null && siblings.isPresent() && there >= siblings.get().perNode()) {
            return leaving.instance() + " has left " + sites.name(target);
        }
        return "";
    }

    /** Who has to be demoted first: a node has one right at most, and rights and copies of a document of before count too. */
    private String right(int target, PSortedMap<String, Grant> grants, String resource, Links.Siblings siblings) {
        List<Grant> rights = Instances.rights(grants, resource);
        for (Grant right : rights) {
            if (right.node().equals(sites.name(target))) {
                return resource + " is demoted on " + right.node();
            }
        }
        if (rights.size() >= siblings.promoted()) {
            return resource + " is demoted on " + rights.get(rights.size() - 1).node();
        }
        long promotable = stands.get(siblings.rights().get(0)).record().definedAt();
        for (Grant copy : Instances.copies(grants, resource)) {
            if (copy.token() < promotable) { // it was started to act by itself, whoever is promoted
                return copy.instance() + " on " + copy.node() + " is started again, as one that may be promoted";
            }
        }
        List<Grant> copies = Instances.copies(grants, resource).stream()
                .filter(copy -> copy.node().equals(sites.name(target)))
                .toList();
        return copies.size() < 2 ? "" : copies.get(copies.size() - 1).instance() + " has left " + sites.name(target);
    }

    /** With whom it must not act at one time, and who acts now; empty if nobody. */
    private String busy(int i) {
        for (int other : links.never.get(i)) {
            Stand stand = stands.get(other);
            boolean underWay = stand.held()
                    && !stand.lost(sites)
                    && stand.pinned().isEmpty()
                    && (stand.revoked() || stand.state() == State.STARTING);
            if (acting[other] || underWay) {
                return name(other) + " is done starting or stopping";
            }
        }
        return "";
    }

    /** Whether the other is still where this one must not find it. */
    private boolean inTheWay(Links.Tie tie, int target) {
        if (!tie.exact()) {
            return false;
        }
        int there = stands.get(tie.other()).here();
        boolean mustBeWith = tie.score() >= Score.INFINITY;
        boolean mustBeApart = tie.score() <= -Score.INFINITY;
        return there >= 0 && ((mustBeWith && there != target) || (mustBeApart && there == target));
    }

    /** Whether it is being started, or will be without anybody's help. */
    private boolean willStart(int i, boolean[] seen) {
        Stand stand = stands.get(i);
        if (seen[i]) {
            return false;
        }
        seen[i] = true;
        if (stand.held()) {
            boolean returns = !stops[i].isEmpty() || stand.revoked() || stand.lost(sites);
            return returns ? placer.targets[i] >= 0 : stand.state() == State.STARTING;
        }
        return placer.targets[i] >= 0
                && absent(i, placer.targets[i]).isEmpty()
                && links.before.get(i).stream()
                        .filter(Links.Edge::mandatory)
                        .filter(edge -> near(edge, edge.other(), i))
                        .allMatch(edge -> !unsteady(edge.other()) || enough(edge, -1) || willStart(edge.other(), seen));
    }

    private String name(int i) {
        return stands.get(i).name();
    }
}
