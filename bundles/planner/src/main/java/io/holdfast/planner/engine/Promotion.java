package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Words;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** Chooses which instances of a promotable clone are promoted. */
final class Promotion {
    /** Begins what counts for and against the role, and not for or against the place. */
    static final String TO_BE_PROMOTED = "to be promoted";

    private final World world;
    private final Wishes wishes;
    private final Following following;
    private final InstanceOrder instanceOrder;

    Promotion(World world, Wishes wishes, Following following, InstanceOrder instanceOrder) {
        this.world = world;
        this.wishes = wishes;
        this.following = following;
        this.instanceOrder = instanceOrder;
    }

    /** What speaks for promotion on a node speaks for an instance there. */
    void addScores(Piece clone) {
        for (Piece instance : clone.children) {
            for (Site site : world.sites) {
                if (!site.usable() || instance.table[site.index] == Scores.ABSENT) {
                    continue;
                }
                Integer score = score(instance, site.index);
                if (score != null && score > 0) {
                    Scores.add(instance.table, site.index, score);
                    Account.note(instance, site.index, score, "promotion score");
                    instance.priority = Math.max(instance.priority, score);
                }
            }
        }
    }

    /** The promotion score on a node, or null if there is none. */
    private @Nullable Integer score(Piece piece, int node) {
        if (!piece.primitive()) {
            Integer sum = null;
            for (Piece member : piece.children) {
                Integer score = score(member, node);
                if (score != null) {
                    sum = sum == null ? score : Scores.add(sum, score);
                }
            }
            return sum;
        }
        if (node < 0 || !applies(piece, node)) {
            return null;
        }
        String name = piece.recordedName.isEmpty() ? piece.id : piece.recordedName;
        String value = world.sites[node].node.attributes().get("master-" + name);
        if (value == null && !piece.unique) {
            value = world.sites[node].node.attributes().get("master-" + piece.base);
        }
        if (value == null && node == piece.home()) {
            return piece.promotion;
        }
        return value == null ? null : Words.score(value);
    }

    /** Whether the score of a node is one of this instance. */
    private static boolean applies(Piece piece, int node) {
        if (!piece.unique) {
            Piece active = null;
            boolean known = false;
            Piece clone = piece.cloneAbove();
            if (clone != null) {
                for (Piece instance : clone.children) {
                    Piece same = same(instance, piece.base);
                    if (same != null) {
                        active = active == null && same.runningOn.contains(node) ? same : active;
                        known |= same.knownOn[node];
                    }
                }
            }
            if (active == piece || (active == null && known)) {
                return true;
            }
        }
        boolean nowhere = !piece.active();
        for (boolean known : piece.knownOn) {
            nowhere &= !known;
        }
        return nowhere || piece.knownOn[node] || piece.runningOn.contains(node);
    }

    private static @Nullable Piece same(Piece instance, String base) {
        if (instance.primitive()) {
            return instance;
        }
        for (Piece member : instance.children) {
            if (member.base.equals(base)) {
                return member;
            }
        }
        return null;
    }

    void choose(Piece clone) {
        Arrays.fill(clone.counts, 0);
        for (Piece instance : clone.children) {
            setPriority(clone, instance);
        }
        sort(clone);
        int promoted = 0;
        for (Piece instance : clone.children) {
            if (instance.sortIndex < 0 || promoted >= clone.promotedMax) {
                demote(instance);
                continue;
            }
            int node = node(clone, instance);
            boolean frozen =
                    instance.role.below(Role.PROMOTED) && !world.quorum && world.noQuorum == World.NoQuorum.FREEZE;
            if (node < 0 || frozen) {
                demote(instance);
            } else {
                clone.counts[node]++;
                promote(instance);
                promoted++;
            }
        }
    }

    private void setPriority(Piece clone, Piece instance) {
        int node = instance.location();
        switch (instance.nextRole) {
            case UNKNOWN, STARTED -> {
                Integer score = score(instance, node);
                instance.priority = score == null ? -1 : score;
            }
            case UNPROMOTED, STOPPED -> instance.priority = -Scores.INFINITY;
            case PROMOTED -> {}
        }
        if (node >= 0) {
            roleScores(instance, instance, node);
            roleScores(clone, instance, node);
        }
        for (Bond bond : Bonds.with(instance)) {
            following.apply(instance, bond.primary(), bond);
        }
        instance.sortIndex = instance.nextRole == Role.PROMOTED ? Scores.INFINITY : instance.priority;
        Account.note(instance, Math.max(node, 0), instance.priority, TO_BE_PROMOTED);
    }

    private static void roleScores(Piece holder, Piece instance, int node) {
        for (Piece.RoleScore roleScore : holder.roleScores) {
            if (roleScore.role == Role.PROMOTED && roleScore.scores[node] != Scores.ABSENT) {
                instance.priority = Scores.add(instance.priority, roleScore.scores[node]);
            }
        }
    }

    /** Lets those who want to be with, or keep away from, the promoted one have their say. */
    private void sort(Piece clone) {
        int[] table = new int[clone.table.length];
        System.arraycopy(clone.table, 0, table, 0, table.length);
        for (Piece instance : clone.children) {
            int node = instance.location();
            if (node >= 0 && instance.sortIndex >= 0 && table[node] != Scores.ABSENT) {
                table[node] = Scores.add(instance.sortIndex, table[node]);
            }
        }
        for (Bond bond : Bonds.with(clone)) {
            if (bond.dependentRole() == Role.PROMOTED) {
                wishes.collect(bond.primary(), table, bond, bond.factor(), false, false, !bond.mandatory());
            }
        }
        for (Bond bond : Bonds.withMe(clone)) {
            if (bond.primaryRole() == Role.PROMOTED && bond.influences(clone)) {
                wishes.collect(bond.dependent(), table, bond, bond.factor(), false, true, true);
            }
        }
        for (Piece instance : clone.children) {
            int node = instance.location();
            boolean stays = world.still && instance.state() == Role.PROMOTED && instance.sortIndex >= 0;
            if (stays || (!instance.managed && instance.nextRole == Role.PROMOTED)) {
                instance.sortIndex = Scores.INFINITY;
            } else if (node >= 0 && instance.sortIndex >= 0) {
                instance.sortIndex = table[node];
            }
        }
        int promoted = leastPromoted(clone);
        clone.children.sort(Comparator.<Piece>comparingInt(instance -> -rank(instance, promoted))
                .thenComparing(instance -> yields(instance, promoted))
                .thenComparing(instance -> instance.state(), Comparator.reverseOrder())
                .thenComparing(instanceOrder));
    }

    /** The least of those who are promoted and serve; above all others if there is none. */
    private static int leastPromoted(Piece clone) {
        int least = Integer.MAX_VALUE;
        for (Piece instance : clone.children) {
            boolean serves = instance.ready() && instance.state() == Role.PROMOTED && instance.sortIndex >= 0;
            least = serves ? Math.min(least, instance.sortIndex) : least;
        }
        return least;
    }

    /** Who cannot be promoted yet comes after all who are promoted and serve: else none would serve until it can. */
    private static boolean yields(Piece instance, int promoted) {
        return instance.managed && !instance.ready() && instance.sortIndex >= promoted;
    }

    private static int rank(Piece instance, int promoted) {
        return yields(instance, promoted) ? promoted : instance.sortIndex;
    }

    private int node(Piece clone, Piece instance) {
        if (!instance.primitive()) {
            for (Piece member : instance.children) {
                if (node(clone, member, member.location(), member.priority) < 0) {
                    return -1;
                }
            }
        }
        return node(clone, instance, instance.location(), instance.priority);
    }

    private int node(Piece clone, Piece instance, int node, int priority) {
        if (node < 0) {
            return -1;
        } else if (!instance.managed) {
            return instance.state() == Role.PROMOTED ? node : -1;
        } else if (priority < 0 || !world.sites[node].usable()) {
            return -1;
        }
        return clone.table[node] == Scores.ABSENT || clone.counts[node] >= clone.promotedNodeMax ? -1 : node;
    }

    private static void demote(Piece instance) {
        if (instance.nextRole == Role.UNKNOWN) {
            instance.nextRole = instance.location() < 0 ? Role.STOPPED : Role.UNPROMOTED;
        }
        instance.children.forEach(Promotion::demote);
    }

    private static void promote(Piece instance) {
        if (instance.nextRole == Role.UNKNOWN) {
            instance.nextRole = Role.PROMOTED;
        }
        instance.children.forEach(Promotion::promote);
    }
}
