package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.config.Constraint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Sees the whole simulation from outside, in true time, and notes every breach of what SAFETY promises. It believes no node: an
 * instance counts as active from the moment its first process may run until its last is gone.
 */
public final class Observer implements LogObserver {
    private static final int MOST_VIOLATIONS = 20;
    /** From an instance's end until what follows it is no more granted: a plan under way may not know yet. */
    private static final long PLAN_UNDER_WAY = 5_000_000_000L;

    /** What a leader is told of a silence may be so old when it proposes to expel. */
    private static final long NEWS_UNDER_WAY = 3_000_000_000L;

    /** Asks whether an incarnation's lease runs, and has done so without a break for so many nanoseconds. */
    @FunctionalInterface
    interface Leases {
        boolean ranOn(String node, long incarnation, long nanos);
    }

    private record Activity(long token, long since) {}

    private record Agreed(long term, String id, Entry entry, Result result, ClusterState state) {}

    private record Held(long since, long until) {}

    private record Incarnation(String node, long number) {}

    private record Awaited(Predicate<Command> what, Runnable then) {}

    private final VirtualTime time;
    private final List<Violation> violations = new ArrayList<>();
    private final Map<String, Map<String, Activity>> active = new TreeMap<>();
    private final Map<String, Long> newestToken = new HashMap<>();
    private final Map<Long, Agreed> agreed = new HashMap<>();
    private final Map<String, Long> indexOf = new HashMap<>();
    private final Map<Long, Command> acknowledged = new TreeMap<>();
    private final Map<Long, String> leaders = new HashMap<>();
    private final Map<Long, Incarnation> tokens = new HashMap<>();
    /** What each token was granted for. */
    private final Map<Long, String> grantedFor = new HashMap<>();

    /** With how many others at most each token lets a copy be promoted: as the document said when it was granted. */
    private final Map<Long, Integer> mostPromoted = new HashMap<>();

    private record Copy(String instance, String node) {}

    /** Copies that were started when none was to be promoted: each acts as it likes. */
    private final Set<Copy> equals = new HashSet<>();

    private final Set<Incarnation> fenced = new HashSet<>();
    private final Map<String, Held> held = new HashMap<>();
    private final Map<String, Long> lastServing = new HashMap<>();
    private final Map<String, Long> proposedAt = new HashMap<>();
    private final List<Awaited> awaited = new ArrayList<>();
    private BiPredicate<String, Long> leaseRuns = (node, incarnation) -> false;
    private Leases leaseRanOn = (node, incarnation, nanos) -> false;
    private long newestTold;
    private ClusterState newest = ClusterState.empty();
    private int starts;
    private int moves;
    private int fencedByWish;
    private long fingerprint;

    Observer(VirtualTime time) {
        this.time = time;
    }

    /** {@return every breach seen so far} */
    public List<Violation> violations() {
        return List.copyOf(violations);
    }

    /** {@return the nodes on which the instance is active now} */
    public List<String> activeOn(String instance) {
        return List.copyOf(active.getOrDefault(instance, Map.of()).keySet());
    }

    /** {@return how often an instance was started since the beginning} */
    public int starts() {
        return starts;
    }

    /** {@return how often an instance began or ended since the beginning} */
    int moves() {
        return moves;
    }

    /** {@return the newest state that any process ever had} */
    public ClusterState newest() {
        return newest;
    }

    /** {@return a number that two runs share when the same happened in them at the same moments} */
    long fingerprint() {
        long whole = fingerprint;
        for (ClusterState.EventRecord event : newest.events()) {
            whole = mixed(whole, event.text().hashCode(), event.wallMillis());
        }
        return whole;
    }

    private void notice(String who, String what, long number) {
        fingerprint = mixed(mixed(fingerprint, who.hashCode(), time.now()), what.hashCode(), number);
    }

    private static long mixed(long before, long one, long other) {
        return ((before * 31 + one) ^ (other * 0x9E3779B97F4A7C15L)) * 0xBF58476D1CE4E5B9L;
    }

    /** @param runs whether the lease of a node's incarnation runs now; {@code ranOn} whether it did without a break */
    void leases(BiPredicate<String, Long> runs, Leases ranOn) {
        leaseRuns = runs;
        leaseRanOn = ranOn;
    }

    void violation(Invariant invariant, String text) {
        if (violations.size() < MOST_VIOLATIONS) {
            violations.add(new Violation(invariant, time.now() / 1e9, text));
        }
    }

    // ---- what runs

    void activated(String instance, String node, long token) {
        starts++;
        long newestUsed = newestToken.getOrDefault(instance, 0L);
        if (token < newestUsed) {
            violation(
                    Invariant.S2,
                    "%s starts on %s with token %d after token %d was used"
                            .formatted(instance, node, token, newestUsed));
        }
        newestToken.merge(instance, token, Math::max);
        resumed(instance, node, token);
    }

    /** It may run now: it was started, or its machine goes on after it stood still. */
    void resumed(String instance, String node, long token) {
        moves++;
        notice(node, instance, token);
        Map<String, Activity> where = active.computeIfAbsent(instance, name -> new TreeMap<>());
        where.forEach((other, activity) -> {
            if (!other.equals(node)) {
                violation(
                        Invariant.S1,
                        "%s runs on %s (token %d) while it is active on %s (token %d)"
                                .formatted(instance, node, token, other, activity.token()));
            }
        });
        Incarnation holder = tokens.get(token);
        if (holder != null && fenced.contains(holder)) {
            violation(
                    Invariant.S18,
                    "%s runs on %s under token %d of incarnation %d, which is fenced"
                            .formatted(instance, node, token, holder.number()));
        }
        where.put(node, new Activity(token, time.now()));
    }

    void ended(String instance, String node) {
        Map<String, Activity> where = active.get(instance);
        if (where != null && where.remove(node) != null) {
            moves++;
            notice(node, instance, 0);
        }
    }

    /** A copy begins to act as the promoted one, under the right with that token. */
    void promoted(String instance, String node, long token) {
        String right = grantedFor.getOrDefault(token, "");
        if (!Instances.isRight(right) || !Instances.resource(right).equals(Instances.resource(instance))) {
            violation(
                    Invariant.S20,
                    "%s is promoted on %s by token %d, which is of '%s'".formatted(instance, node, token, right));
            return;
        }
        long newestUsed = newestToken.getOrDefault(right, 0L);
        if (token < newestUsed) {
            violation(
                    Invariant.S2,
                    "%s is promoted on %s with token %d after token %d was used"
                            .formatted(right, node, token, newestUsed));
        }
        newestToken.merge(right, token, Math::max);
        if (newest.grant(right).filter(grant -> grant.token() == token).isEmpty()) {
            violation(
                    Invariant.S20,
                    "%s is promoted on %s by token %d of %s, which is given back"
                            .formatted(instance, node, token, right));
        }
        promotedStill(instance, node, token);
    }

    /** A copy of a clone of which none is promoted acts from now on, or no more. */
    void equal(String instance, String node, boolean acts) {
        if (acts) {
            equals.add(new Copy(instance, node));
        } else {
            equals.remove(new Copy(instance, node));
        }
    }

    private void refuseEquals(String resource, String what) {
        equals.stream()
                .filter(copy -> Instances.resource(copy.instance()).equals(resource))
                .min(Comparator.comparing(Copy::node))
                .ifPresent(copy -> violation(
                        Invariant.S20,
                        "%s while %s acts on %s, which was started when none was to be promoted"
                                .formatted(what, copy.instance(), copy.node())));
    }

    void promotedTwice(String instance, String node) {
        violation(Invariant.S17, "%s is promoted on %s, where another promotion goes on".formatted(instance, node));
    }

    /** It may act so now: it was promoted, or its machine goes on after it stood still. */
    void promotedStill(String instance, String node, long token) {
        resumed(grantedFor.getOrDefault(token, ""), node, token);
        String resource = Instances.resource(instance);
        List<Activity> promoted = promoted(resource);
        int most = promoted.stream()
                .mapToInt(one -> mostPromoted.getOrDefault(one.token(), 0))
                .max()
                .orElse(0);
        refuseEquals(resource, "%s is promoted on %s".formatted(instance, node));
        if (promoted.size() > most) {
            violation(
                    Invariant.S20,
                    "%d of %s are promoted at one time, with the one on %s".formatted(promoted.size(), resource, node));
        }
    }

    private List<Activity> promoted(String resource) {
        return active.entrySet().stream()
                .filter(entry -> Instances.isRight(entry.getKey()))
                .filter(entry -> Instances.resource(entry.getKey()).equals(resource))
                .flatMap(entry -> entry.getValue().values().stream())
                .toList();
    }

    void demoted(String node, long token) {
        ended(grantedFor.getOrDefault(token, ""), node);
    }

    void startedTwice(String instance, String node) {
        violation(Invariant.S17, "%s is started on %s, where it runs already".formatted(instance, node));
    }

    void runsWithoutLease(String node, Collection<String> instances) {
        violation(
                Invariant.S3,
                "%s still runs %s though its lease and its kill time are over".formatted(node, instances));
    }

    // ---- holds

    /** A hold was acknowledged: until then the guard must not begin to stop anything there. */
    void held(String node, long until) {
        held.put(node, new Held(time.now(), until));
    }

    void released(String node) {
        held.remove(node);
    }

    /** @param closed when the guard closed the gate for it */
    void stoppedByGuard(String node, Collection<String> instances, long closed) {
        Held hold = held.get(node);
        if (!instances.isEmpty() && hold != null && hold.since() <= closed && closed < hold.until()) {
            violation(
                    Invariant.STOPPED_IN_HOLD,
                    "the guard of %s stopped %s within an acknowledged hold".formatted(node, instances));
        }
    }

    // ---- the log

    @Override
    public void elected(String node, long term) {
        notice(node, "leads", term);
        String other = leaders.putIfAbsent(term, node);
        if (other != null && !other.equals(node)) {
            violation(Invariant.S5, "%s leads in term %d, in which %s does".formatted(node, term, other));
        }
    }

    @Override
    public long readBegins() {
        return newestTold;
    }

    @Override
    public void readEnds(String node, long atLeast, long index) {
        if (index < atLeast) {
            violation(
                    Invariant.S8,
                    "a read on %s gives index %d, and index %d was acknowledged before it began"
                            .formatted(node, index, atLeast));
        }
    }

    @Override
    public void told(long index) {
        notice("", "told", index);
        newestTold = Math.max(newestTold, index);
    }

    @Override
    public void replaced(String node, ClusterState state) {
        Agreed first = agreed.get(state.index());
        if (first != null && !same(first.state(), state)) {
            violation(Invariant.S7, "%s took another state over at index %d".formatted(node, state.index()));
        }
    }

    @Override
    public void unreadable(String node, String what) {
        violation(Invariant.S19, "%s was sent %s, which its version cannot read".formatted(node, what));
    }

    @Override
    public void proposed(String id) {
        proposedAt.put(id, time.now());
    }

    @Override
    public void applied(AppliedItem item) {
        notice(item.node(), item.id(), item.index());
        Agreed first = agreed.get(item.index());
        if (first == null) {
            agreed.put(item.index(), new Agreed(item.term(), item.id(), item.entry(), item.result(), item.state()));
            firstApplied(item);
        } else if (first.term() != item.term() || !first.id().equals(item.id())) {
            violation(
                    Invariant.S6,
                    "%s applied another entry at index %d than others did: %s, they %s"
                            .formatted(
                                    item.node(),
                                    item.index(),
                                    item.entry().command(),
                                    first.entry().command()));
        } else if (!same(first.state(), item.state()) || !first.result().equals(item.result())) {
            violation(
                    Invariant.S7,
                    "%s came to another state at index %d than others did: %s"
                            .formatted(item.node(), item.index(), item.entry().command()));
        }
    }

    @SuppressWarnings("ReferenceEquality") // the very same object is equal, and to compare two states takes long
    private static boolean same(ClusterState one, ClusterState other) {
        return one == other || one.equals(other);
    }

    /** Everything is judged when the cluster first decides it; the others only follow. */
    private void firstApplied(AppliedItem item) {
        Long before = indexOf.putIfAbsent(item.id(), item.index());
        if (before != null) {
            violation(
                    Invariant.S13,
                    "%s is applied at index %d and was at %d"
                            .formatted(item.entry().command(), item.index(), before));
        }
        ClusterState old = newest;
        if (item.state().index() > newest.index()) {
            newest = item.state();
        }
        if (!(item.result() instanceof Result.Done)) {
            return;
        }
        Command command = item.entry().command();
        noticeAwaited(command);
        noteServing(old, item.state());
        if (command instanceof Command.Allow allow) {
            allowed(item, allow);
        } else if (command instanceof Command.Release release) {
            released(release);
        } else if (command instanceof Command.Revoke revoke) {
            says(revoke.reason(), "revoking of " + revoke.instance());
        } else if (command instanceof Command.Expel expel) {
            expelled(old, expel, time.now() - proposedAt.getOrDefault(item.id(), time.now()));
        } else if (command instanceof Command.Fenced isFenced) {
            fenced(isFenced);
        } else if (command instanceof Command.Unhold unhold) {
            released(unhold.node());
        } else if (command instanceof Command.Leave leave) {
            left(leave);
        } else if (command instanceof Command.Apply apply) {
            if (!item.state().configuration().equals(apply.configuration())
                    || !item.state().document().equals(apply.document())) {
                violation(
                        Invariant.S11,
                        "the document applied at index %d is not what is configured".formatted(item.index()));
            }
        }
    }

    /**
     * Does {@code then} at the next moment at which a command of this kind is done: when the first node applied it, and before another
     * hears that it is committed.
     */
    void next(Predicate<Command> what, Runnable then) {
        awaited.add(new Awaited(what, then));
    }

    private void noticeAwaited(Command command) {
        awaited.removeIf(one -> {
            boolean came = one.what().test(command);
            if (came) {
                time.after(0, one.then());
            }
            return came;
        });
    }

    private void says(String reason, String what) {
        if (reason.isBlank()) {
            violation(Invariant.E1, what + " gives no reason");
        }
    }

    private void allowed(AppliedItem item, Command.Allow allow) {
        says(allow.reason(), "granting of " + allow.instance());
        tokens.put(item.index(), new Incarnation(allow.node(), allow.incarnation()));
        grantedFor.put(item.index(), allow.instance());
        active.getOrDefault(allow.instance(), Map.of()).keySet().stream()
                .filter(other -> !other.equals(allow.node()))
                .forEach(other -> violation(
                        Invariant.S4,
                        "%s is granted to %s while it runs on %s".formatted(allow.instance(), allow.node(), other)));
        refuseBeside(allow);
        if (Instances.isRight(allow.instance())) {
            rightAllowed(item, allow);
        }
        for (String first : needed(item.state(), allow.instance())) {
            boolean serves = serving(item.state(), first)
                    || leftAlone(item.state(), first)
                    || time.now() - lastServing.getOrDefault(first, Long.MIN_VALUE / 2) < PLAN_UNDER_WAY;
            if (!serves) {
                violation(
                        Invariant.S14,
                        "%s is granted to %s though %s, which comes first, is not active"
                                .formatted(allow.instance(), allow.node(), first));
            }
        }
    }

    /** Only a copy that serves is promoted, and no more than the document says, those of the one before counted too. */
    private void rightAllowed(AppliedItem item, Command.Allow allow) {
        String resource = Instances.resource(allow.instance());
        int most = Instances.of(item.state())
                .clone(resource)
                .map(Instances::promoted)
                .orElse(0);
        mostPromoted.put(item.index(), most);
        int held = Instances.rights(item.state().grants(), resource).size();
        int promoted = promoted(resource).size() + 1;
        if (Math.max(held, promoted) > most) {
            violation(
                    Invariant.S20,
                    "%s is granted to %s: %d are held, %d would be promoted, and %d may be"
                            .formatted(allow.instance(), allow.node(), held, promoted, most));
        }
        refuseEquals(resource, "%s is granted to %s".formatted(allow.instance(), allow.node()));
        boolean serves = Instances.copies(item.state().grants(), resource).stream()
                .anyMatch(copy -> copy.heldBy(allow.node(), allow.incarnation())
                        && !copy.revoked()
                        && serving(item.state(), copy.instance()));
        if (!serves) {
            violation(
                    Invariant.S14,
                    "%s is granted to %s, where no copy serves".formatted(allow.instance(), allow.node()));
        }
    }

    /** A resource that is one here and several there was granted too early: by the new document, while something of the old one runs. */
    private void refuseBeside(Command.Allow allow) {
        String resource = Instances.resource(allow.instance());
        boolean single = !several(allow.instance());
        active.forEach((instance, where) -> {
            boolean other =
                    Instances.resource(instance).equals(resource) && several(instance) == single && !where.isEmpty();
            if (other) {
                violation(
                        Invariant.S4,
                        "%s is granted to %s while %s runs on %s"
                                .formatted(allow.instance(), allow.node(), instance, where.keySet()));
            }
        });
    }

    private static boolean several(String instance) {
        return Instances.number(instance) >= 0 || Instances.isRight(instance);
    }

    private static List<String> needed(ClusterState state, String instance) {
        List<String> before = new ArrayList<>();
        state.configuration().groups().values().forEach(members -> {
            int at = members.indexOf(instance);
            if (at > 0) {
                before.add(members.get(at - 1));
            }
        });
        state.configuration().constraints().forEach(constraint -> {
            if (constraint instanceof Constraint.Order order
                    && order.mandatory()
                    && order.then().equals(instance)) {
                before.add(order.first());
            }
        });
        return before;
    }

    /** People look after it: what needs it takes it for active. */
    private static boolean leftAlone(ClusterState state, String instance) {
        Optional<Grant> grant = state.grant(instance);
        boolean asked = state.instance(instance)
                .filter(record -> record.wanted().maintenance())
                .isPresent();
        boolean there = grant.flatMap(held -> state.node(held.node()))
                .filter(NodeRecord::maintenance)
                .isPresent();
        return grant.isPresent() && (state.maintenance() || asked || there);
    }

    /** {@return whether its holder says that it is active} */
    static boolean serving(ClusterState state, String instance) {
        Grant grant = state.grants().get(instance);
        InstanceRecord record = state.instances().get(instance);
        return grant != null
                && record != null
                && record.report()
                        .filter(report ->
                                report.token() == grant.token() && report.state() == InstanceRecord.State.ACTIVE)
                        .isPresent();
    }

    @SuppressWarnings("ReferenceEquality") // most entries leave these collections as they are
    private void noteServing(ClusterState old, ClusterState now) {
        if (old.instances() != now.instances()
                || old.grants() != now.grants()
                || old.nodes() != now.nodes()
                || old.maintenance() != now.maintenance()) {
            for (String instance : now.instances().keySet()) {
                if (serving(old, instance) || leftAlone(old, instance)) {
                    lastServing.put(instance, time.now());
                }
            }
        }
    }

    /** {@return how many nodes people had expelled since the beginning} */
    int fencedByWish() {
        return fencedByWish;
    }

    private void expelled(ClusterState old, Command.Expel expel, long underWay) {
        fencedByWish += expel.reason().startsWith("asked for") ? 1 : 0;
        says(expel.reason(), "expelling of " + expel.node());
        boolean already = old.node(expel.node())
                .filter(node -> node.incarnation() == expel.incarnation() && !node.joined())
                .isPresent();
        if (!already
                && expel.reason().startsWith("silent")
                && leaseRanOn.ranOn(expel.node(), expel.incarnation(), underWay + NEWS_UNDER_WAY)) {
            violation(
                    Invariant.EXPELLED_IN_LEASE,
                    "%s, incarnation %d, is expelled though its lease never broke: %s"
                            .formatted(expel.node(), expel.incarnation(), expel.reason()));
        }
    }

    private void fenced(Command.Fenced command) {
        Incarnation incarnation = new Incarnation(command.node(), command.incarnation());
        fenced.add(incarnation);
        if (leaseRuns.test(command.node(), command.incarnation())) {
            violation(
                    Invariant.S16,
                    "%s, incarnation %d, is fenced (%s) while its lease runs"
                            .formatted(command.node(), command.incarnation(), command.proof()));
        }
        runningUnder(incarnation)
                .forEach(instance -> violation(
                        Invariant.S16,
                        "%s, incarnation %d, is fenced (%s) while it runs %s"
                                .formatted(command.node(), command.incarnation(), command.proof(), instance)));
    }

    private void released(Command.Release release) {
        Activity activity = active.getOrDefault(release.instance(), Map.of()).get(release.node());
        if (activity != null && activity.token() == release.token()) {
            violation(
                    Invariant.S4,
                    "%s is released by %s while it runs there under token %d"
                            .formatted(release.instance(), release.node(), release.token()));
        }
    }

    private void left(Command.Leave leave) {
        runningUnder(new Incarnation(leave.node(), leave.incarnation()))
                .forEach(instance ->
                        violation(Invariant.S16, "%s left cleanly while it runs %s".formatted(leave.node(), instance)));
    }

    private List<String> runningUnder(Incarnation incarnation) {
        List<String> instances = new ArrayList<>();
        active.forEach((instance, where) -> {
            Activity activity = where.get(incarnation.node());
            if (activity != null && incarnation.equals(tokens.get(activity.token()))) {
                instances.add(instance);
            }
        });
        return instances;
    }

    // ---- what people were told

    /** Somebody was told that the command that stands at {@code index} is done. */
    void acknowledged(long index, Command command) {
        acknowledged.put(index, command);
    }

    /** Compares what was acknowledged with what a node holds at the end. */
    void finish(String node, long lastIndex) {
        acknowledged.forEach((index, command) -> {
            Agreed there = agreed.get(index);
            if (index > lastIndex || there == null || !there.entry().command().equals(command)) {
                violation(
                        Invariant.S10,
                        "%s was acknowledged at index %d and is lost: %s ends at %d"
                                .formatted(command, index, node, lastIndex));
            }
        });
    }
}
