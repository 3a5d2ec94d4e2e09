package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Brings one who follows to where the other is, or away from it. */
final class Following {
    /** What a tie bears on. */
    enum Effect {
        NOTHING,
        PLACE,
        ROLE
    }

    private final World world;
    private final Assigner assigner;

    Following(World world, Assigner assigner) {
        this.world = world;
        this.assigner = assigner;
    }

    static Effect effect(Piece dependent, Piece primary, Bond bond, boolean ahead) {
        if (!ahead && primary.unassigned) {
            return Effect.NOTHING;
        }
        Piece above = dependent.cloneAbove();
        if (bond.dependentRole().compareTo(Role.UNPROMOTED) >= 0
                && above != null
                && above.promotable
                && !dependent.unassigned) {
            return Effect.ROLE;
        }
        if (!ahead && !dependent.unassigned) {
            return Effect.NOTHING;
        }
        boolean otherRole = (bond.dependentRole() != Role.UNKNOWN && bond.dependentRole() != dependent.nextRole)
                || (bond.primaryRole() != Role.UNKNOWN && bond.primaryRole() != primary.nextRole);
        return otherRole ? Effect.NOTHING : Effect.PLACE;
    }

    /** Lets a tie count for the one who follows. */
    void apply(Piece dependent, Piece primary, Bond bond) {
        if (dependent.group()) {
            if (!dependent.children.isEmpty()) {
                apply(dependent.first(), primary, bond);
            }
        } else if (primary.cloned()) {
            withClone(dependent, primary, bond);
        } else if (primary.group()) {
            if (!primary.unassigned && !primary.children.isEmpty()) {
                apply(dependent, primary.last(), bond);
            }
        } else {
            switch (effect(dependent, primary, bond, false)) {
                case ROLE -> role(dependent, primary, bond);
                case PLACE -> place(dependent, primary, bond);
                case NOTHING -> {}
            }
        }
    }

    private void place(Piece dependent, Piece primary, Bond bond) {
        if (primary.assigned < 0 && bond.score() < 0) {
            return;
        }
        int[] work = dependent.table.clone();
        for (int node = 0; node < work.length; node++) {
            if (work[node] == Scores.ABSENT) {
                continue;
            }
            if (primary.assigned < 0) {
                work[node] = Scores.add(work[node], -bond.score());
            } else if (bond.sameSite(world, node, primary.assigned)) {
                work[node] = bond.mandatory() ? work[node] : Scores.add(work[node], bond.score());
            } else if (bond.mandatory()) {
                work[node] = -Scores.INFINITY;
            }
        }
        if (bond.mandatory() || bond.score() <= -Scores.INFINITY || world.anyUsable(work)) {
            note(dependent, work, primary, bond);
            System.arraycopy(work, 0, dependent.table, 0, work.length);
        }
    }

    private void note(Piece dependent, int[] work, Piece primary, Bond bond) {
        if (dependent.account != null) {
            String where =
                    primary.assigned < 0 ? "is to run nowhere" : "is to be on " + world.sites[primary.assigned].name;
            String how = bond.mandatory()
                    ? "it must be with "
                    : bond.score() > 0 ? "it is to be with " : "it must not be with ";
            if (bond.score() < 0 && bond.score() > -Scores.INFINITY) {
                how = "it is to keep away from ";
            }
            Account.note(dependent, dependent.table, work, how + primary + ", which " + where, bond.id());
        }
    }

    private void role(Piece dependent, Piece primary, Bond bond) {
        if (primary.assigned < 0 || dependent.assigned < 0) {
            return;
        }
        boolean otherRole = bond.primaryRole() != Role.UNKNOWN && bond.primaryRole() != primary.nextRole;
        if (!bond.sameSite(world, dependent.assigned, primary.assigned)) {
            if (bond.mandatory() && bond.dependentRole() == Role.PROMOTED) {
                dependent.priority = -Scores.INFINITY;
            }
        } else if (!otherRole) {
            int sign = bond.dependentRole() == Role.UNPROMOTED ? -1 : 1;
            dependent.priority = Scores.add(sign * bond.score(), dependent.priority);
        }
    }

    // ---- with a clone

    private void withClone(Piece dependent, Piece clone, Bond bond) {
        if (clone.unassigned) {
            return;
        }
        if (clone.promotable && bond.primaryRole() != Role.UNKNOWN) {
            if (dependent.unassigned) {
                withRole(dependent, clone, bond);
                return;
            } else if (bond.dependentRole() == Role.PROMOTED) {
                roleWithRole(dependent, clone, bond);
                return;
            }
        }
        if (interleaves(bond)) {
            Piece instance = compatible(dependent, clone, Role.UNKNOWN, false);
            if (instance != null) {
                apply(dependent, instance, bond);
            } else if (bond.mandatory()) {
                assigner.assign(dependent, -1, true, true);
            }
            return;
        }
        if (bond.mandatory()) {
            List<Integer> nodes = new ArrayList<>();
            for (Piece instance : clone.children) {
                int node = instance.location();
                if (node >= 0 && !instance.anyBlocked()) {
                    nodes.add(node);
                }
            }
            if (dependent.unassigned) {
                confine(dependent, bond, nodes);
            }
            return;
        }
        for (Piece instance : clone.children) {
            apply(dependent, instance, bond);
        }
    }

    /** Leaves only nodes that count as one with any of these. */
    private void confine(Piece dependent, Bond bond, List<Integer> nodes) {
        for (int node = 0; node < dependent.table.length; node++) {
            int at = node;
            if (nodes.stream().noneMatch(other -> bond.sameSite(world, at, other))) {
                dependent.ban(node);
                Account.note(
                        dependent,
                        node,
                        -Scores.INFINITY,
                        "it must be with " + bond.primary() + ", which has no instance there",
                        bond.id());
            }
        }
    }

    private void withRole(Piece dependent, Piece clone, Bond bond) {
        List<Integer> nodes = new ArrayList<>();
        for (Piece instance : clone.children) {
            int node = instance.location();
            if (node >= 0 && instance.nextRole == bond.primaryRole()) {
                if (!bond.mandatory()) {
                    for (int other = 0; other < dependent.table.length; other++) {
                        if (bond.sameSite(world, other, node)) {
                            Scores.add(dependent.table, other, bond.score());
                            Account.note(dependent, other, bond.score(), "constraint " + bond.id());
                        }
                    }
                }
                nodes.add(node);
            }
        }
        if (bond.mandatory()) {
            confine(dependent, bond, nodes);
        }
    }

    private void roleWithRole(Piece dependent, Piece clone, Bond bond) {
        if (compatible(dependent, clone, bond.primaryRole(), false) != null) {
            dependent.priority = Scores.add(dependent.priority, bond.score());
        } else if (bond.mandatory()) {
            dependent.priority = -Scores.INFINITY;
        }
    }

    static boolean interleaves(Bond bond) {
        return bond.dependent().cloned()
                && bond.dependent().interleave
                && bond.dependent().nodeMax == bond.primary().nodeMax;
    }

    /** The instance that belongs to the same node: where {@code match} is, or else on the best node that it may have. */
    @Nullable
    Piece compatible(Piece match, Piece clone, Role role, boolean current) {
        int node = current ? match.home() : match.location();
        if (node >= 0) {
            return on(clone, node, role, current);
        }
        for (int candidate : assigner.order(match, -1)) {
            Piece found = on(clone, candidate, role, current);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable Piece on(Piece clone, int node, Role role, boolean current) {
        for (Piece instance : clone.children) {
            int place = current ? instance.home() : instance.location();
            Role its = current ? instance.state() : instance.nextRole;
            if (place == node && !instance.anyBlocked() && (role == Role.UNKNOWN || role == its)) {
                return instance;
            }
        }
        return null;
    }
}
