package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All steps, and who comes before whom. */
final class StepBook {
    final World world;
    final List<Step> steps = new ArrayList<>();
    final List<Ordering> orderings = new ArrayList<>();

    /** An order between all steps of a kind of two pieces; a step stands for itself where it is given. */
    record Ordering(
            @Nullable Piece first,
            Task firstTask,
            @Nullable Step firstStep,
            @Nullable Piece then,
            Task thenTask,
            @Nullable Step thenStep,
            int kind) {}

    StepBook(World world) {
        this.world = world;
    }

    void order(Piece first, Task firstTask, Piece then, Task thenTask, int kind) {
        boolean leaves = first.migratable && firstTask == Task.STOP && thenTask == Task.STOP;
        add(first, firstTask, then, thenTask, leaves ? kind | Link.YIELDS : kind);
        migrations(first, firstTask, then, thenTask);
    }

    private void add(Piece first, Task firstTask, Piece then, Task thenTask, int kind) {
        orderings.add(new Ordering(first, firstTask, null, then, thenTask, null, kind));
    }

    /** A migration keeps the order of the start and stop whose place it takes. */
    private void migrations(Piece first, Task firstTask, Piece then, Task thenTask) {
        if (first == then || !then.migratable || then.within(first) || first.within(then)) {
            return;
        }
        int earnest = first.migratable ? Link.EARNEST : Link.ORDER;
        if (firstTask == Task.START && thenTask == Task.START) {
            if (first.migratable) {
                add(first, Task.MIGRATE_FROM, then, Task.MIGRATE_TO, Link.ORDER);
            }
            add(first, Task.START, then, Task.MIGRATE_TO, earnest);
        } else if (firstTask == Task.STOP && thenTask == Task.STOP) {
            add(first, Task.STOP, then, Task.MIGRATE_TO, earnest);
        } else if (firstTask == Task.PROMOTE && thenTask == Task.START) {
            add(first, Task.PROMOTE, then, Task.MIGRATE_TO, Link.ORDER);
        } else if (firstTask == Task.DEMOTE && thenTask == Task.STOP) {
            add(first, Task.DEMOTE, then, Task.MIGRATE_TO, Link.ORDER);
        }
    }

    void order(Piece first, Task firstTask, Step then, int kind) {
        orderings.add(new Ordering(first, firstTask, null, null, then.task, then, kind));
    }

    void order(Step first, Piece then, Task thenTask, int kind) {
        orderings.add(new Ordering(null, first.task, first, then, thenTask, null, kind));
    }

    Step mark(@Nullable Piece piece, Task task) {
        Step step = add(piece, task, -1);
        step.pseudo = true;
        return step;
    }

    private Step add(@Nullable Piece piece, Task task, int site) {
        Step step = new Step(steps.size(), piece, task, site);
        steps.add(step);
        if (piece != null) {
            piece.steps.add(step);
        }
        return step;
    }

    Step onSite(Task task, int site) {
        return add(null, task, site);
    }

    static @Nullable Step find(Piece piece, Task task, int site) {
        for (Step step : piece.steps) {
            if (step.task == task && (site < 0 || step.site == site)) {
                return step;
            }
        }
        return null;
    }

    /** The step of a primitive, made if there is none yet. */
    Step step(Piece piece, Task task, int site, boolean optional) {
        Step step = find(piece, task, site);
        if (step == null || step.site != site) {
            step = add(piece, task, site);
            judge(step, piece);
        }
        if (!optional && piece.managed) {
            step.optional = false;
        }
        return step;
    }

    /** A stand-in for something that will not be done. */
    Step never(Piece piece, Task task) {
        Step step = add(piece, task, -1);
        step.runnable = false;
        return step;
    }

    private void judge(Step step, Piece piece) {
        if (step.site < 0) {
            step.runnable = false;
            return;
        }
        Site site = world.sites[step.site];
        if (!site.online) {
            step.runnable = false;
            if (piece.managed && step.task == Task.STOP && !site.unclean) {
                site.fence(piece.id + " cannot be stopped there");
            }
        } else if (site.pending) {
            step.runnable = false;
        } else if ((step.task == Task.START || step.task == Task.PROMOTE) && piece.needs != Piece.Needs.NOTHING) {
            step.runnable = withinQuorum(piece);
        }
    }

    private boolean withinQuorum(Piece piece) {
        if (world.quorum) {
            return true;
        }
        return switch (world.noQuorum) {
            case IGNORE, FENCE -> true;
            case DEMOTE -> {
                boolean role = piece.role == Role.PROMOTED || piece.role == Role.UNPROMOTED;
                if (role && piece.nextRole.above(Role.UNPROMOTED)) {
                    piece.nextRole = Role.UNPROMOTED;
                }
                yield role;
            }
            case FREEZE -> piece.top().active() && !piece.nextRole.above(piece.role);
            case STOP -> false;
        };
    }

    void link(Step first, Step then, int kind) {
        if (first == then) {
            return;
        }
        for (Link link : first.after) {
            if (link.then == then && (link.kind == kind || (link.is(Link.SAID) && (kind & Link.SAID) != 0))) {
                return;
            }
        }
        Link link = new Link(first, then, kind);
        first.after.add(link);
        then.before.add(link);
    }
}
