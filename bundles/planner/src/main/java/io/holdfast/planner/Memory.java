package io.holdfast.planner;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.Instances;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Resource;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.engine.Placement;
import io.holdfast.planner.engine.Standing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was planned last, so that only what changed is looked at anew. A plan by memory is the same as one without: whatever is taken
 * from memory was made out of the very same things.
 */
@SuppressWarnings("ReferenceEquality") // quick, and what is equal but not the same is only looked at once more
final class Memory {
    private @Nullable Configuration configuration;
    private @Nullable Instances instances;
    private List<String> rightsOfBefore = List.of();
    private @Nullable Sites sites;
    private @Nullable Cluster status;
    private @Nullable Links links;
    private Asked asked = Asked.NOTHING;
    private List<Resource> resources = List.of();
    private Stand[] stands = new Stand[0];
    private boolean maintenance;

    private List<Parts.Part> parts = List.of();
    /** The parts in the order in which they are placed, as long as that is the same. */
    private List<Parts.Part> order = List.of();

    private boolean[] runs = new boolean[0];
    private Standing[] standings = new Standing[0];
    private Placement[] placements = new Placement[0];
    private int[] targets = new int[0];
    private boolean still;
    private @Nullable Memory ahead;

    /** What was said of each instance, and out of what. */
    private record Told(
            Stand stand,
            @Nullable Placement placement,
            int target,
            boolean still,
            String pinned,
            String waiting,
            Decision decision) {}

    private @Nullable Told[] told = new Told[0];
    private final TreeMap<String, Decision> decisions = new TreeMap<>();
    /** How many parts were placed anew by the last call. */
    int anew;

    /** The constraints by number, which depend on the document and its instances. Forgets what was planned for others. */
    Links links(ClusterState state) {
        Links known = links;
        Instances defined = Instances.of(state);
        List<String> more = Rights.ofBefore(state, defined);
        if (known == null || instances == null || !instances.sameAs(defined) || !more.equals(rightsOfBefore)) {
            Configuration next = state.configuration();
            configuration = next;
            instances = defined;
            rightsOfBefore = more;
            SortedMap<String, Resource> all = Rights.with(defined, more);
            known = new Links(next, defined, all.keySet());
            links = known;
            asked = Asked.by(next);
            resources = resources(all);
            stands = new Stand[resources.size()];
            told = new Told[resources.size()];
            decisions.clear();
            sites = null;
            status = null;
        }
        return known;
    }

    private static List<Resource> resources(SortedMap<String, Resource> named) {
        List<Resource> all = new ArrayList<>();
        named.forEach((name, resource) -> {
            boolean right = Instances.isRight(name); // it takes no room, and has no operations of its own
            all.add(
                    right
                            ? Resource.of(name, resource.type(), Map.of())
                            : name.equals(resource.name()) ? resource : resource.named(name));
        });
        return all;
    }

    /** What the document whose links were taken last asks about. */
    Asked asked() {
        return asked;
    }

    /** The memory of what would be placed once the present placement is carried out. */
    Memory ahead() {
        Memory known = ahead;
        if (known == null) {
            known = new Memory();
            ahead = known;
        }
        return known;
    }

    /** How each instance stands, by number. Records and grants are both sorted by name, so one pass through all of them does. */
    List<Stand> stands(Facts facts, Sites next) {
        boolean same = sites != null
                && next.sameAs(sites)
                && maintenance == facts.state().maintenance();
        Sites kept = same ? Objects.requireNonNull(sites) : next;
        sites = kept;
        maintenance = facts.state().maintenance();
        Iterator<InstanceRecord> records = facts.state().instances().values().iterator();
        Iterator<Grant> grants = facts.state().grants().values().iterator();
        @Nullable InstanceRecord record = records.hasNext() ? records.next() : null;
        @Nullable Grant grant = grants.hasNext() ? grants.next() : null;
        Stand[] found = new Stand[resources.size()];
        for (int i = 0; i < found.length; i++) {
            Resource resource = resources.get(i);
            String name = resource.name();
            while (record != null && record.instance().compareTo(name) < 0) {
                record = records.hasNext() ? records.next() : null;
            }
            while (grant != null && grant.instance().compareTo(name) < 0) {
                grant = grants.hasNext() ? grants.next() : null;
            }
            InstanceRecord its = record != null && record.instance().equals(name) ? record : null;
            Grant held = grant != null && grant.instance().equals(name) ? grant : null;
            Stand before = stands[i];
            boolean kept1 = same && before != null && before.of(its, held) && !before.ages();
            found[i] = kept1 ? before : Stand.of(facts, kept, resource, its, held);
        }
        stands = found;
        return List.of(found);
    }

    /** How each instance stood the last time. */
    List<Stand> known() {
        return sites == null ? List.of() : List.of(stands);
    }

    /** The nodes as they were given last to {@link #stands}. */
    Sites sites() {
        return Objects.requireNonNull(sites);
    }

    interface Standings {
        Standing of(int i);
    }

    /**
     * Places every part: the important first, then those that run.
     *
     * @param nextStatus the nodes; what was placed under others is forgotten
     * @param same whether the standing of an instance is certainly what it was
     */
    void place(Cluster nextStatus, Standings made, boolean[] same, boolean nextStill) {
        boolean fresh = !nextStatus.equals(status);
        if (fresh) {
            status = nextStatus;
            parts = new Parts(Objects.requireNonNull(configuration), nextStatus, Objects.requireNonNull(links)).list;
            placements = new Placement[resources.size()];
            standings = new Standing[resources.size()];
            targets = new int[resources.size()];
            runs = new boolean[parts.size()];
            order = List.of();
        }
        boolean[] changed = new boolean[resources.size()];
        for (int i = 0; i < changed.length; i++) {
            boolean right = Instances.isRight(resources.get(i).name()); // it goes where its copy is
            if (!right && (standings[i] == null || !same[i])) {
                Standing next = made.of(i);
                changed[i] = !next.equals(standings[i]);
                standings[i] = changed[i] ? next : standings[i];
            }
        }
        anew = 0;
        sort(changed);
        int[] load = new int[nextStatus.nodes().size()];
        for (Parts.Part part : order) {
            place(part, changed, load, nextStill);
        }
        still = nextStill;
    }

    private void sort(boolean[] changed) {
        boolean sorted = order.size() == parts.size();
        for (Parts.Part part : parts) {
            if (!sorted || anyOf(part, changed)) {
                boolean active = false;
                for (int i : part.members()) {
                    active |= !standings[i].home().isEmpty();
                }
                sorted &= active == runs[part.number()];
                runs[part.number()] = active;
            }
        }
        if (!sorted) {
            List<Parts.Part> next = new ArrayList<>(parts);
            next.sort(Comparator.comparingInt((Parts.Part part) -> -part.priority())
                    .thenComparing(part -> !runs[part.number()]));
            order = next;
        }
    }

    private static boolean anyOf(Parts.Part part, boolean[] flags) {
        for (int i : part.members()) {
            if (flags[i]) {
                return true;
            }
        }
        return false;
    }

    private void place(Parts.Part part, boolean[] changed, int[] load, boolean nextStill) {
        int[] members = part.members();
        Placement known = members.length == 0 ? null : placements[members[0]];
        if (known == null || nextStill != still || anyOf(part, changed) || !known.holdsWith(load)) {
            anew++;
            Map<String, Standing> byName = new HashMap<>();
            for (int i : members) {
                byName.put(resources.get(i).name(), standings[i]);
            }
            known = Placement.of(part.cluster(), byName, nextStill, load);
            for (int i : members) {
                placements[i] = known;
                targets[i] = known.node(resources.get(i).name());
            }
        }
        for (int i : members) {
            if (targets[i] >= 0) {
                load[targets[i]]++;
            }
        }
    }

    /** Where each instance ought to be, by number; of rights nothing is said. */
    int[] targets() {
        return targets.clone();
    }

    Placement[] placements() {
        return placements.clone();
    }

    /** What there is to say of every instance; only what changed is said anew. */
    SortedMap<String, Decision> decisions(Placer placer, String[] waits) {
        if (decisions.size() != told.length) {
            decisions.clear();
            Arrays.fill(told, null);
        }
        for (int i = 0; i < told.length; i++) {
            Told before = told[i];
            Stand stand = placer.stands.get(i);
            if (before == null
                    || before.stand() != stand
                    || before.placement() != placer.placements[i]
                    || before.target() != placer.targets[i]
                    || before.still() != placer.still
                    || !before.pinned().equals(placer.pinned(i))
                    || !before.waiting().equals(waits[i])) {
                String node = placer.targets[i] < 0 ? "" : placer.sites.name(placer.targets[i]);
                Decision decision = new Decision(stand.name(), node, placer.reason(i), waits[i]);
                told[i] = new Told(
                        stand,
                        placer.placements[i],
                        placer.targets[i],
                        placer.still,
                        placer.pinned(i),
                        waits[i],
                        decision);
                decisions.put(stand.name(), decision);
            }
        }
        return decisions;
    }
}
