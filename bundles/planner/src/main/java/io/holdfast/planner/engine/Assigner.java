package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Gives each piece its node: one after the other, whom others follow before them; nothing is taken back. */
final class Assigner {
    private final World world;
    private final Capacity capacity;
    private final Wishes wishes;
    private final Following following;
    private final InstanceAssigner instances;

    Assigner(World world) {
        this.world = world;
        capacity = new Capacity(world);
        wishes = new Wishes(world);
        following = new Following(world, this);
        instances = new InstanceAssigner(world, this, wishes, following);
    }

    Following following() {
        return following;
    }

    void assignAll() {
        List<Piece> pieces = new ArrayList<>(world.tops);
        pieces.sort(Comparator.comparingInt((Piece piece) -> -piece.priority));
        if (capacity.counts()) {
            pieces = new Turns(world, wishes).sorted(pieces);
        }
        for (Piece piece : pieces) {
            assign(piece, -1, true);
        }
    }

    /**
     * Gives a piece a node.
     *
     * @param prefer the node that it is to get if no other is better; -1 for none
     * @param stop whether it is stopped if it finds no node
     * @return its node, or -1
     */
    int assign(Piece piece, int prefer, boolean stop) {
        return switch (piece.source.kind()) {
            case PRIMITIVE -> primitive(piece, prefer, stop);
            case GROUP -> group(piece, prefer, stop);
            case CLONE -> instances.assign(piece);
        };
    }

    private int group(Piece group, int prefer, boolean stop) {
        if (!group.unassigned) {
            return group.location();
        } else if (group.assigning) {
            return -1;
        } else if (group.children.isEmpty()) {
            group.unassigned = false;
            return -1;
        }
        group.assigning = true;
        group.role = group.first().role;
        int found = -1;
        for (Piece member : group.children) {
            int node = assign(member, prefer, stop);
            found = found < 0 ? node : found;
        }
        group.nextRole = group.first().nextRole;
        group.assigning = false;
        group.unassigned = false;
        return found;
    }

    private int primitive(Piece piece, int prefer, boolean stop) {
        if (piece.parent != null && !piece.parent.assigning && piece.parent.unassigned) {
            assign(piece.parent, prefer, stop);
        }
        if (!piece.unassigned) {
            return piece.assigned;
        } else if (piece.assigning) {
            return -1;
        }
        piece.assigning = true;
        follow(piece, true);
        follow(piece, false);
        if (piece.unassigned) {
            for (Bond bond : Bonds.withMe(piece)) {
                wishes.ofDependent(bond, piece);
            }
            decide(piece, prefer, stop);
        }
        piece.assigning = false;
        return piece.assigned;
    }

    private void follow(Piece piece, boolean mandatory) {
        for (Bond bond : Bonds.with(piece)) {
            if ((Math.abs(bond.score()) >= Scores.INFINITY) == mandatory) {
                assign(bond.primary(), -1, true);
                int[] before = (bond.score() < 0 && !mandatory) || bond.dependentRole() == Role.PROMOTED
                        ? piece.table.clone()
                        : null;
                following.apply(piece, bond.primary(), bond);
                if (before != null && !world.anyUsable(piece.table)) {
                    System.arraycopy(before, 0, piece.table, 0, before.length);
                }
            }
        }
    }

    private void decide(Piece piece, int prefer, boolean stop) {
        if (piece.nextRole == Role.STOPPED) {
            piece.banEverywhere();
        } else if (piece.nextRole.above(piece.role) && !world.quorum && world.noQuorum == World.NoQuorum.FREEZE) {
            piece.nextRole = piece.role;
        }
        if (world.fencing && !world.fenceDevice) {
            piece.managed = false;
        }
        if (!piece.managed) {
            piece.nextRole = piece.role;
            assign(piece, piece.home(), true, stop);
        } else if (world.stopAll) {
            assign(piece, -1, true, stop);
        } else {
            best(piece, prefer, stop);
        }
    }

    /** The nodes that the piece knows, the best first. */
    int[] order(Piece piece, int home) {
        int count = 0;
        int[] nodes = new int[piece.table.length];
        for (int node = 0; node < nodes.length; node++) {
            if (piece.table[node] != Scores.ABSENT) {
                int at = count++;
                while (at > 0 && better(piece, node, nodes[at - 1], home)) {
                    nodes[at] = nodes[at - 1];
                    at--;
                }
                nodes[at] = node;
            }
        }
        return count == nodes.length ? nodes : java.util.Arrays.copyOf(nodes, count);
    }

    private boolean better(Piece piece, int a, int b, int home) {
        int left = world.sites[a].usable() ? piece.table[a] : -Scores.INFINITY;
        int right = world.sites[b].usable() ? piece.table[b] : -Scores.INFINITY;
        if (left != right) {
            return left > right;
        }
        if (world.strategy != World.Strategy.MINIMAL) {
            int room = world.strategy == World.Strategy.BALANCED ? capacity.compare(a, b) : 0;
            if (room != 0) {
                return room < 0;
            }
            if (world.sites[a].load != world.sites[b].load) {
                return world.sites[a].load < world.sites[b].load;
            }
            if (a == home || b == home) {
                return a == home;
            }
        }
        return world.sites[a].name.compareTo(world.sites[b].name) < 0;
    }

    private void best(Piece piece, int prefer, boolean stop) {
        int roomiest = capacity.rule(piece);
        int wanted = prefer < 0 ? roomiest : prefer;
        int home = piece.home();
        int[] nodes = order(piece, home);
        int chosen = -1;
        if (nodes.length > 0) {
            int bestScore = piece.table[nodes[0]];
            if (wanted >= 0 && piece.table[wanted] != Scores.ABSENT) {
                boolean good = piece.table[wanted] >= bestScore && world.sites[wanted].usable(piece.table[wanted]);
                chosen = good ? wanted : -1;
            }
            if (chosen < 0) {
                chosen = nodes[0];
                boolean unique = piece.unique && piece.cloneAbove() != null;
                if (!unique
                        && bestScore > 0
                        && home >= 0
                        && world.sites[home].usable()
                        && world.sites[chosen].usable()
                        && piece.table[home] == bestScore) {
                    chosen = home;
                }
            }
        }
        if (world.still && home >= 0 && world.sites[home].usable(piece.table[home])) {
            chosen = home;
        }
        if (chosen >= 0 && world.sites[chosen].usable(piece.table[chosen])) {
            piece.choice = choice(piece, nodes, chosen, home);
            boolean stays = chosen == home && piece.table[chosen] > 0;
            boolean alone = piece.choice == Placement.Choice.ONLY || piece.choice == Placement.Choice.BEST;
            piece.loadMattered |= !alone && !stays;
        }
        assign(piece, chosen, false, stop);
    }

    /** What decided, for people: {@code nodes} are the known ones, the best first. */
    private Placement.Choice choice(Piece piece, int[] nodes, int chosen, int home) {
        int usable = 0;
        int equal = 0;
        int most = 0;
        int least = Integer.MAX_VALUE;
        for (int node : nodes) {
            if (world.sites[node].usable(piece.table[node])) {
                usable++;
                if (piece.table[node] == piece.table[chosen]) {
                    equal++;
                    most = Math.max(most, world.sites[node].load);
                    least = Math.min(least, world.sites[node].load);
                }
            }
        }
        if (usable <= 1) {
            return Placement.Choice.ONLY;
        } else if (equal == 1) {
            return Placement.Choice.BEST;
        } else if (chosen == home) {
            return Placement.Choice.HOME;
        }
        return most > least && world.sites[chosen].load == least ? Placement.Choice.LOAD : Placement.Choice.NAME;
    }

    /** Settles it: on the node, or nowhere. */
    void assign(Piece piece, int node, boolean force, boolean stop) {
        if (!piece.primitive()) {
            piece.children.forEach(child -> assign(child, node, force, stop));
            return;
        }
        int target = node;
        if (!force && node >= 0 && !world.sites[node].usable(piece.table[node])) {
            if (stop) {
                piece.nextRole = Role.STOPPED;
            }
            target = -1;
        }
        unassign(piece);
        piece.unassigned = false;
        if (target < 0) {
            if (stop) {
                piece.nextRole = Role.STOPPED;
            }
            for (Step step : piece.steps) {
                if (step.task == Task.STOP) {
                    step.optional = false;
                } else if (step.task == Task.START) {
                    step.runnable = false;
                }
            }
            return;
        }
        piece.assigned = target;
        world.sites[target].load++;
        capacity.take(piece, target, 1);
    }

    void unassign(Piece piece) {
        if (!piece.primitive()) {
            piece.children.forEach(this::unassign);
        } else if (piece.assigned >= 0) {
            world.sites[piece.assigned].load--;
            capacity.take(piece, piece.assigned, -1);
            piece.assigned = -1;
        }
        piece.unassigned = true;
    }
}
