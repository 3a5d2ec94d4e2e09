package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * Sees the whole simulation from outside, in true time, and notes every breach of what SAFETY promises. It believes no node: an
 * instance counts as active from the moment its first process may run until its last is gone.
 */
public final class Observer {
    private record Activity(String node, long token, long since) {}

    private record Agreed(long term, Result result, int state) {}

    private final VirtualTime time;
    private final List<String> violations = new ArrayList<>();
    private final Map<String, Map<String, Activity>> active = new TreeMap<>();
    private final Map<String, Long> newestToken = new HashMap<>();
    private final Map<Integer, Agreed> agreed = new HashMap<>();
    private final Map<Long, String> acknowledged = new TreeMap<>();
    private final Map<String, Long> heldUntil = new HashMap<>();
    private BiPredicate<String, Long> leaseRuns = (node, incarnation) -> false;
    private BiPredicate<String, Long> leaseRanOn = (node, incarnation) -> false;
    private int starts;

    Observer(VirtualTime time) {
        this.time = time;
    }

    /** {@return every breach seen so far, each with its true time} */
    public List<String> violations() {
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

    /** @param runs whether the lease runs now, {@code ranOn} whether it did all the time since an EXPEL of now may have been decided */
    void leases(BiPredicate<String, Long> runs, BiPredicate<String, Long> ranOn) {
        leaseRuns = runs;
        leaseRanOn = ranOn;
    }

    void violation(String text) {
        if (violations.size() < 20) {
            violations.add("%.3f s: %s".formatted(time.now() / 1e9, text));
        }
    }

    void activated(String instance, String node, long token) {
        starts++;
        Map<String, Activity> where = active.computeIfAbsent(instance, name -> new TreeMap<>());
        where.forEach((other, activity) -> {
            if (!other.equals(node)) {
                violation("%s starts on %s (token %d) while it is active on %s (token %d)"
                        .formatted(instance, node, token, other, activity.token()));
            }
        });
        long newest = newestToken.getOrDefault(instance, 0L);
        if (token < newest) {
            violation("%s starts on %s with token %d after token %d was used".formatted(instance, node, token, newest));
        }
        newestToken.merge(instance, token, Math::max);
        where.put(node, new Activity(node, token, time.now()));
    }

    /** A hold was acknowledged: until then the guard must not stop anything there. */
    void held(String node, long until) {
        heldUntil.put(node, until);
    }

    void released(String node) {
        heldUntil.remove(node);
    }

    void stoppedByGuard(String node, List<String> instances) {
        if (!instances.isEmpty() && heldUntil.getOrDefault(node, 0L) > time.now()) {
            violation("the guard of %s stopped %s within an acknowledged hold".formatted(node, instances));
        }
    }

    void ended(String instance, String node) {
        Map<String, Activity> where = active.get(instance);
        if (where != null) {
            where.remove(node);
        }
    }

    /** A process applied an entry: all must agree, and a node whose lease runs must not be expelled. */
    void applied(SimulatedLedger.AppliedItem item) {
        int digest = digest(item.state());
        Agreed first = agreed.putIfAbsent((int) item.index(), new Agreed(item.term(), item.result(), digest));
        if (first != null) {
            if (first.term() != item.term() || !first.result().equals(item.result()) || first.state() != digest) {
                violation("%s applied another entry or state at index %d than others did: %s"
                        .formatted(item.node(), item.index(), item.entry().command()));
            }
            return;
        }
        boolean done = item.result() instanceof Result.Done;
        if (done
                && item.entry().command() instanceof Command.Fenced fenced
                && fenced.proof() instanceof Command.Proof.LeaseOver
                && leaseRuns.test(fenced.node(), fenced.incarnation())) {
            violation("%s, incarnation %d, is fenced while its lease runs"
                    .formatted(fenced.node(), fenced.incarnation()));
        }
        if (done && item.entry().command() instanceof Command.Unhold unhold) {
            released(unhold.node());
        }
        if (done
                && item.entry().command() instanceof Command.Expel expel
                && leaseRanOn.test(expel.node(), expel.incarnation())) {
            violation("%s, incarnation %d, is expelled though its lease never broke"
                    .formatted(expel.node(), expel.incarnation()));
        }
    }

    private static int digest(ClusterState state) {
        return state.grants().hashCode() * 31 + state.nodes().hashCode() * 17 + Long.hashCode(state.revision());
    }

    /** Somebody was told that what stands at {@code index} is done. */
    void acknowledged(long index, String what) {
        acknowledged.put(index, what);
    }

    /** Compares what was acknowledged with what a node holds at the end. */
    void finish(String node, long lastIndex) {
        acknowledged.forEach((index, what) -> {
            if (index > lastIndex || !agreed.containsKey(Math.toIntExact(index))) {
                violation("%s was acknowledged at index %d and is lost: %s ends at %d"
                        .formatted(what, index, node, lastIndex));
            }
        });
    }
}
