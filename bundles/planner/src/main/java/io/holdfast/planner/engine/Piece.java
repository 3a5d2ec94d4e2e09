package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A primitive, group, clone, or an instance of one, while a plan is made. */
final class Piece {
    /** What it needs of the cluster before it may start. */
    enum Needs {
        NOTHING,
        QUORUM,
        FENCING,
        UNFENCING
    }

    /** What to do about something that runs on several nodes. */
    enum Multiple {
        STOP_START,
        STOP_ONLY,
        STOP_UNEXPECTED,
        BLOCK
    }

    final String id;
    /** Without the number of an instance. */
    final String base;

    final Resource source;
    final @Nullable Piece parent;
    final List<Piece> children = new ArrayList<>();
    /** Place in the configuration. */
    final int rank;

    // as configured
    final boolean unique;
    final boolean promotable;
    final boolean interleave;
    final boolean ordered;
    int stickiness;
    int configuredPriority;
    boolean critical;
    int threshold;
    long failureTimeout;
    Needs needs = Needs.NOTHING;
    Multiple multiple = Multiple.STOP_START;
    int max;
    int nodeMax;
    int promotedMax;
    int promotedNodeMax;

    // as observed
    boolean managed = true;
    boolean maintenance;
    boolean blocked;
    boolean failed;
    boolean stopForFailure;
    boolean ignoresFailure;
    boolean removed;
    boolean startPending;
    boolean migratable;
    int pendingSite = -1;
    String recordedName = "";
    /** How much it wants to be promoted where it runs, as it says itself; null if it says nothing. */
    @Nullable
    Integer promotion;

    /** Whether it serves where it runs, as far as that is known. */
    boolean ready = true;

    Role role = Role.STOPPED;
    Role nextRole = Role.UNKNOWN;
    final List<Integer> runningOn = new ArrayList<>(1);
    final boolean[] knownOn;
    int migrationSource = -1;
    int migrationTarget = -1;
    final List<Integer> dangling = new ArrayList<>(0);

    // as planned
    final int[] table;
    boolean unassigned = true;
    boolean assigning;
    boolean merging;
    int assigned = -1;
    Placement.Choice choice = Placement.Choice.NONE;
    /** Whether it might be elsewhere if others were spread otherwise. */
    boolean loadMattered;

    int priority;
    /** Where it runs and is to stay if it can, so that nobody else is given its room there; -1 for nowhere. */
    int keeps = -1;

    int sortIndex;
    final int[] counts;
    final List<Bond> with = new ArrayList<>(1);
    final List<Bond> withMe = new ArrayList<>(1);
    Bond @Nullable [] allWith;
    Bond @Nullable [] allWithMe;
    final List<Step> steps = new ArrayList<>(2);
    final List<RoleScore> roleScores = new ArrayList<>(0);
    final int @Nullable [] demand;

    @Nullable
    Account account;

    /** A location that counts only for the choice of who is promoted. */
    static final class RoleScore {
        final Role role;
        final int[] scores;

        RoleScore(Role role, int[] scores) {
            this.role = role;
            this.scores = scores;
        }
    }

    Piece(World world, String id, String base, Resource source, @Nullable Piece parent, int rank) {
        this.id = id;
        this.base = base;
        this.source = source;
        this.parent = parent;
        this.rank = rank;
        boolean clone = source.kind() == Resource.Kind.CLONE;
        unique = clone
                ? flag("globally-unique", Words.leadingNumber(meta("clone-node-max", "1")) > 1)
                : parent != null && parent.unique;
        promotable = clone ? flag("promotable", false) : parent != null && parent.promotable;
        interleave = flag("interleave", false);
        ordered = flag("ordered", !clone);
        table = new int[world.sites.length];
        Arrays.fill(table, world.symmetric ? 0 : Scores.ABSENT);
        knownOn = new boolean[source.kind() == Resource.Kind.PRIMITIVE ? world.sites.length : 0];
        counts = new int[clone ? world.sites.length : 0];
        demand = world.kinds.demand(source);
    }

    boolean primitive() {
        return source.kind() == Resource.Kind.PRIMITIVE;
    }

    boolean group() {
        return source.kind() == Resource.Kind.GROUP;
    }

    boolean cloned() {
        return source.kind() == Resource.Kind.CLONE;
    }

    String meta(String name, String usual) {
        return source.meta().getOrDefault(name, usual);
    }

    boolean flag(String name, boolean usual) {
        String value = source.meta().get(name);
        return value == null ? usual : Words.truth(value, usual);
    }

    /** The clone or group around it all, or itself. */
    Piece top() {
        Piece piece = this;
        while (piece.parent != null) {
            piece = piece.parent;
        }
        return piece;
    }

    /** The clone that it is an instance of, or part of one. */
    @Nullable
    Piece cloneAbove() {
        for (Piece piece = parent; piece != null; piece = piece.parent) {
            if (piece.cloned()) {
                return piece;
            }
        }
        return null;
    }

    boolean instanceOfAnonymous() {
        Piece clone = cloneAbove();
        return clone != null && !clone.unique;
    }

    Piece first() {
        return children.get(0);
    }

    Piece last() {
        return children.get(children.size() - 1);
    }

    boolean within(Piece ancestor) {
        for (Piece piece = this; piece != null; piece = piece.parent) {
            if (piece == ancestor) {
                return true;
            }
        }
        return false;
    }

    /** Where it runs, or -1. */
    int home() {
        return runningOn.isEmpty() ? -1 : runningOn.get(0);
    }

    boolean ready() {
        return ready && children.stream().allMatch(Piece::ready);
    }

    boolean active() {
        return !runningOn.isEmpty();
    }

    /** The nodes that it, or a part of it, was given; -1 for none. */
    int location() {
        if (primitive()) {
            return assigned;
        }
        for (Piece child : children) {
            int node = child.location();
            if (node >= 0) {
                return node;
            }
        }
        return -1;
    }

    boolean anyFailed() {
        return failed || children.stream().anyMatch(Piece::anyFailed);
    }

    /** Whether it, or for a group any part of it, is blocked. */
    boolean anyBlocked() {
        return blocked || children.stream().anyMatch(Piece::anyBlocked);
    }

    /** Whether all of it is known to be unmanaged. */
    boolean anyManaged() {
        return primitive() ? managed : children.stream().anyMatch(Piece::anyManaged);
    }

    /** The highest role that any part of it has. */
    Role state() {
        if (primitive()) {
            return role;
        }
        Role highest = Role.UNKNOWN;
        for (Piece child : children) {
            Role state = child.state();
            highest = state.above(highest) ? state : highest;
        }
        return highest;
    }

    void ban(int node) {
        Scores.add(table, node, -Scores.INFINITY);
    }

    void banEverywhere() {
        for (int node = 0; node < table.length; node++) {
            ban(node);
        }
    }

    @Override
    public String toString() {
        return id;
    }
}
