package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Colocation;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Who is tied to whom: by constraints, and within groups. A group's ties are those of its ends. */
final class Bonds {
    private Bonds() {}

    static void make(World world) {
        for (Colocation colocation : world.cluster.colocations()) {
            Piece dependent = find(world, colocation.dependent());
            Piece primary = find(world, colocation.primary());
            if (dependent != null && primary != null && colocation.score() != 0) {
                boolean influence = colocation.influence().isEmpty()
                        ? dependent.critical
                        : Words.truth(colocation.influence(), dependent.critical);
                tie(new Bond(
                        colocation.id(),
                        colocation.score(),
                        dependent,
                        primary,
                        Role.of(colocation.dependentRole()),
                        Role.of(colocation.primaryRole()),
                        colocation.attribute().equals("#uname") ? "" : colocation.attribute(),
                        influence,
                        true));
            }
        }
        world.tops.forEach(Bonds::members);
        for (Piece piece : world.primitives) {
            Piece container = container(world, piece);
            if (container != null) {
                tie(new Bond(
                        "container " + container.id,
                        Scores.INFINITY,
                        piece,
                        container,
                        Role.UNKNOWN,
                        Role.UNKNOWN,
                        "",
                        true,
                        false));
            }
        }
    }

    private static @org.jspecify.annotations.Nullable Piece find(World world, String name) {
        Piece piece = world.byId.get(name);
        if (piece == null) {
            Piece zero = world.byId.get(name + ":0");
            piece = zero == null ? null : zero.cloneAbove();
        }
        return piece;
    }

    /** The resource within which this one runs, if there is one. */
    static @org.jspecify.annotations.Nullable Piece container(World world, Piece piece) {
        String name = piece.source.meta().get("container");
        Piece container = name == null ? null : world.byId.get(name);
        return container == null || !container.primitive() || piece.within(container) ? null : container;
    }

    private static void members(Piece piece) {
        if (piece.group()) {
            for (int i = 1; i < piece.children.size(); i++) {
                Piece member = piece.children.get(i);
                tie(new Bond(
                        "group " + piece.id,
                        Scores.INFINITY,
                        member,
                        piece.children.get(i - 1),
                        Role.UNKNOWN,
                        Role.UNKNOWN,
                        "",
                        member.critical,
                        false));
            }
        }
        piece.children.forEach(Bonds::members);
    }

    private static void tie(Bond bond) {
        bond.dependent().with.add(bond);
        bond.primary().withMe.add(bond);
    }

    /** The ties in which it follows, the most important primary first. */
    static Bond[] with(Piece piece) {
        Bond[] known = piece.allWith;
        if (known == null) {
            List<Bond> found = new ArrayList<>();
            collectWith(piece, piece, found);
            found.sort(byImportance(Bond::primary));
            known = found.toArray(new Bond[0]);
            piece.allWith = known;
        }
        return known;
    }

    /** The ties in which it is followed, the most important dependent first. */
    static Bond[] withMe(Piece piece) {
        Bond[] known = piece.allWithMe;
        if (known == null) {
            List<Bond> found = new ArrayList<>();
            collectWithMe(piece, piece, found);
            found.sort(byImportance(Bond::dependent));
            known = found.toArray(new Bond[0]);
            piece.allWithMe = known;
        }
        return known;
    }

    private static Comparator<Bond> byImportance(java.util.function.Function<Bond, Piece> other) {
        return Comparator.<Bond>comparingInt(bond -> -other.apply(bond).priority)
                .thenComparing(bond -> other.apply(bond).source.kind(), Comparator.reverseOrder())
                .thenComparing(bond -> !(other.apply(bond).cloned() && other.apply(bond).promotable))
                .thenComparing(Bond::id);
    }

    private static void collectWith(Piece piece, Piece origin, List<Bond> found) {
        if (piece.group()) {
            groupWith(piece, origin, found);
        } else if (piece.cloned() || piece == origin) {
            found.addAll(piece.with);
            if (piece.parent != null) {
                collectWith(piece.parent, origin, found);
            }
        } else {
            piece.with.stream().filter(Bond::explicit).forEach(found::add);
        }
    }

    private static void groupWith(Piece group, Piece origin, List<Bond> found) {
        if (group.children.isEmpty()) {
            return;
        }
        if (group == origin || group.first() == origin) {
            found.addAll(group.with);
            if (group.parent != null) {
                collectWith(group.parent, origin, found);
            }
            for (Piece member : group.children) {
                if (member != origin) {
                    collectWith(member, origin, found);
                }
            }
            return;
        }
        for (Piece member : group.children) {
            if (member == origin) {
                return;
            } else if (!member.managed) {
                // whoever follows one that stays in any case must look after itself
                found.addAll(group.with);
                return;
            }
        }
    }

    private static void collectWithMe(Piece piece, Piece origin, List<Bond> found) {
        if (piece.group()) {
            if (piece.children.isEmpty() || (piece != origin && piece.last() != origin)) {
                return;
            }
            found.addAll(piece.withMe);
            if (piece.parent != null) {
                collectWithMe(piece.parent, origin, found);
            }
            for (Piece member : piece.children) {
                if (member != origin) {
                    collectWithMe(member, origin, found);
                }
            }
        } else if (piece.cloned() || piece == origin) {
            found.addAll(piece.withMe);
            if (piece.parent != null) {
                collectWithMe(piece.parent, origin, found);
            }
        } else {
            piece.withMe.stream().filter(Bond::explicit).forEach(found::add);
        }
    }
}
