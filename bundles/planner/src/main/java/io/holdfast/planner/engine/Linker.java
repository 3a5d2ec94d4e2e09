package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.List;

/** Turns orders between pieces into links between their steps. */
final class Linker {
    private final StepBook book;
    private final Following following;

    Linker(StepBook book, Following following) {
        this.book = book;
        this.following = following;
    }

    void apply() {
        for (Piece piece : book.world.byId.values()) {
            piece.with.stream().filter(bond -> bond.score() <= -Scores.INFINITY).forEach(this::apart);
        }
        for (StepBook.Ordering ordering : book.orderings) {
            List<Step> firsts = firsts(ordering);
            if (firsts.isEmpty()) {
                continue;
            }
            List<Step> thens = thens(ordering);
            for (Step first : firsts) {
                for (Step then : thens) {
                    link(first, then, ordering.kind());
                }
            }
        }
        if (book.world.strategy != World.Strategy.DEFAULT) {
            room();
        }
    }

    /** Who must not be with another goes before the other comes, also when both move. */
    private void apart(Bond bond) {
        apart(bond.dependent(), bond.dependentRole(), bond.primary(), bond.primaryRole());
        apart(bond.primary(), bond.primaryRole(), bond.dependent(), bond.dependentRole());
    }

    private void apart(Piece first, Role firstRole, Piece then, Role thenRole) {
        for (Task leave : leaving(firstRole)) {
            for (Task come : leaving(thenRole)) {
                book.order(first, leave, then, come.opposite(), Link.SAME_NODE);
            }
        }
    }

    /** What ends a role. */
    private static List<Task> leaving(Role role) {
        return switch (role) {
            case PROMOTED -> List.of(Task.DEMOTE);
            case UNPROMOTED -> List.of(Task.STOP, Task.PROMOTE);
            default -> List.of(Task.STOP);
        };
    }

    private List<Step> firsts(StepBook.Ordering ordering) {
        Step given = ordering.firstStep();
        if (given != null) {
            return List.of(given);
        }
        Piece piece = ordering.first();
        if (piece == null) {
            return List.of();
        }
        List<Step> found = of(piece, ordering.firstTask());
        if (!found.isEmpty()) {
            return found;
        }
        Role state = piece.state();
        Task task = ordering.firstTask();
        Piece then = ordering.then();
        boolean moot = (task == Task.STOP && !state.above(Role.STOPPED))
                || (task == Task.DEMOTE && state.below(Role.PROMOTED))
                || task == Task.MIGRATE_FROM
                || task == Task.RELOAD
                || (ordering.thenStep() == null
                        && then != null
                        && of(then, ordering.thenTask()).isEmpty());
        return moot ? List.of() : List.of(book.never(piece, ordering.firstTask()));
    }

    private static List<Step> thens(StepBook.Ordering ordering) {
        Step given = ordering.thenStep();
        if (given != null) {
            return List.of(given);
        }
        Piece piece = ordering.then();
        return piece == null ? List.of() : of(piece, ordering.thenTask());
    }

    private static List<Step> of(Piece piece, Task task) {
        List<Step> found = new ArrayList<>(1);
        for (Step step : piece.steps) {
            if (step.task == task) {
                found.add(step);
            }
        }
        return found;
    }

    private void link(Step first, Step then, int kind) {
        if (kind == Link.SAME_NODE && first.site >= 0 && then.site >= 0 && first.site != then.site) {
            return;
        }
        int bits = kind == Link.SAME_NODE ? Link.ORDER : kind; // a group as a whole is on no node
        if (first.dangling && first.piece == then.piece) {
            bits &= ~Link.FIRST_IMPLIES;
        }
        Piece from = first.piece;
        Piece to = then.piece;
        if (from == null || to == null || from == to || from.primitive() || to.within(from)) {
            book.link(first, then, bits);
            return;
        }
        Step mark = StepBook.find(from, first.task.done(), -1);
        Step source = mark == null ? first : mark;
        if (interleaves(first, then)) {
            book.link(source, then, Link.ORDER);
            pairs(first, then, bits);
        } else {
            book.link(source, then, bits);
        }
    }

    private static boolean interleaves(Step first, Step then) {
        Piece from = first.piece;
        Piece to = then.piece;
        if (from == null || to == null || from == to || !from.cloned() || !to.cloned()) {
            return false;
        }
        return first.task.down() ? from.interleave : to.interleave;
    }

    /** Only what belongs to one node counts. */
    private void pairs(Step first, Step then, int kind) {
        Piece from = first.piece;
        Piece to = then.piece;
        if (from == null || to == null) {
            return;
        }
        boolean current = first.task.down();
        for (Piece instance : to.children) {
            Piece match = following.compatible(instance, from, Role.UNKNOWN, current);
            if (match == null) {
                boolean needed = (kind & (Link.BLOCKS | Link.THEN_IMPLIES)) != 0;
                if (!current && needed && instance.location() >= 0) {
                    inhibit(instance);
                }
                continue;
            }
            Task task =
                    match.primitive() ? first.task.plain() : first.task.plain().done();
            for (Step before : of(match, task)) {
                for (Step after : of(instance, then.task)) {
                    book.link(before, after, kind & ~Link.THEN_IMPLIES);
                }
            }
        }
    }

    /** There is nothing that it could be with, so it must not run. */
    private static void inhibit(Piece instance) {
        instance.children.forEach(Linker::inhibit);
        if (instance.primitive()) {
            instance.nextRole = Role.STOPPED;
            instance.assigned = -1;
            for (Step step : instance.steps) {
                if (step.task == Task.STOP && instance.managed) {
                    step.optional = false;
                } else if (step.task == Task.START) {
                    step.runnable = false;
                }
            }
        }
    }

    /** What leaves a node makes room before others come. */
    private void room() {
        Step[] rooms = new Step[book.world.sites.length];
        for (Piece piece : book.world.primitives) {
            if (piece.demand == null || !piece.managed) {
                continue;
            }
            for (Step step : List.copyOf(piece.steps)) {
                if (step.site < 0) {
                    continue;
                }
                if (step.task == Task.STOP) {
                    book.link(step, room(rooms, step.site), Link.SAME_NODE);
                } else if (step.task == Task.START) {
                    book.link(room(rooms, step.site), step, Link.SAME_NODE);
                } else if (step.task == Task.MIGRATE_TO && piece.assigned >= 0) {
                    book.link(room(rooms, piece.assigned), step, Link.SAME_NODE);
                }
            }
        }
    }

    private Step room(Step[] rooms, int site) {
        if (rooms[site] == null) {
            rooms[site] = book.mark(null, Task.ROOM);
        }
        return rooms[site];
    }
}
