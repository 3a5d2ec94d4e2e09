package io.holdfast.planner.engine;

import java.util.ArrayDeque;
import java.util.List;

/** Carries along the links what is needed and what is impossible, until nothing changes any more. */
final class Propagation {
    private final StepBook book;
    private final ArrayDeque<Step> queue = new ArrayDeque<>();

    Propagation(StepBook book) {
        this.book = book;
    }

    void run() {
        for (Piece top : book.world.tops) {
            summarize(top);
        }
        for (Step step : List.copyOf(book.steps)) {
            push(step);
            if (!step.runnable) {
                blockFollowers(step);
            }
        }
        while (!queue.isEmpty()) {
            Step step = queue.poll();
            step.queued = false;
            count(step);
            for (int i = 0; i < step.before.size(); i++) {
                evaluate(step.before.get(i));
            }
            for (int i = 0; i < step.after.size(); i++) {
                evaluate(step.after.get(i));
            }
        }
    }

    private void push(Step step) {
        if (!step.queued) {
            step.queued = true;
            queue.add(step);
        }
    }

    // ---- changes; each goes one way only

    private void need(Step step) {
        if (step.optional) {
            step.optional = false;
            changed(step);
        }
    }

    private void block(Step step) {
        if (step.runnable) {
            step.runnable = false;
            step.migratable = false;
            changed(step);
            blockFollowers(step);
        }
    }

    private void settle(Step step) {
        if (step.migratable) {
            step.migratable = false;
            changed(step);
        }
    }

    private void changed(Step step) {
        push(step);
        for (Piece above = step.piece == null ? null : step.piece.parent; above != null; above = above.parent) {
            summarize(above, step.task.plain());
        }
    }

    // ---- collectives

    private void summarize(Piece piece) {
        piece.children.forEach(this::summarize);
        if (!piece.primitive()) {
            for (Step step : List.copyOf(piece.steps)) {
                if (step.task.plain() == step.task) {
                    summarize(piece, step.task);
                }
            }
        }
    }

    /** What holds for a group or clone follows from what holds for its parts. */
    private void summarize(Piece piece, Task task) {
        for (int i = 0; i < piece.steps.size(); i++) {
            Step step = piece.steps.get(i);
            if (step.task.plain() == task) {
                summarize(piece, step);
            }
        }
    }

    private void summarize(Piece piece, Step mark) {
        boolean up = !mark.task.down();
        boolean any = false;
        boolean all = true;
        for (Piece child : piece.children) {
            Task task = piece.cloned() && child.group() ? mark.task : mark.task.plain();
            boolean found = false;
            for (Step step : child.steps) {
                if (step.task == task) {
                    found = true;
                    any |= step.runnable;
                    all &= step.runnable;
                    if (!step.optional) {
                        need(mark);
                    }
                }
            }
            all &= found || !up;
        }
        if (piece.cloned() ? !any : !all && mark.task != mark.task.plain()) {
            block(mark);
        }
    }

    /** Enough of those before it must be possible. */
    private void count(Step step) {
        if (step.enough > 0) {
            int possible = 0;
            for (Link link : step.before) {
                possible += link.is(Link.ONE_OF) && link.first.runnable ? 1 : 0;
            }
            if (possible < step.enough) {
                block(step);
            }
        }
    }

    // ---- links

    private void evaluate(Link link) {
        if ((link.kind & ~(Link.SAID | Link.EARNEST | Link.YIELDS)) == Link.ORDER) {
            return;
        }
        Step first = link.first;
        Step then = link.then;
        if (link.is(Link.ONE_OF)) {
            count(then);
        }
        if (link.is(Link.FIRST_IMPLIES) && !first.migratable && needed(first, site(then))) {
            forThen(first, then, Link.FIRST_IMPLIES);
        }
        if (link.is(Link.RESTART)) {
            restart(first, then);
        }
        boolean goesOn = then.migratable && first.piece != then.piece; // it is there all the time
        if (link.is(Link.THEN_IMPLIES) && !goesOn && needed(then, first.site)) {
            need(first);
            boolean instances = then.piece != null && then.piece.cloned(); // one may leave an instance that stops
            if (!then.migratable && !instances) {
                settle(first);
            }
        }
        if (link.is(Link.PROMOTED_IMPLIES)
                && !then.optional
                && then.piece != null
                && then.piece.role == Role.PROMOTED) {
            need(first);
        }
        if (link.is(Link.BLOCKS) && !first.runnable) {
            forThen(first, then, Link.BLOCKS);
        }
        if (link.is(Link.ASYMMETRIC)) {
            forThen(first, then, Link.ASYMMETRIC);
        }
        if (link.is(Link.MIGRATION_BLOCKS)) {
            if (!then.migratable || !then.runnable) {
                block(first);
            }
        }
        if (link.is(Link.INSTEAD) && !first.runnable) {
            if (then.pseudo) {
                then.pseudo = false;
                changed(then);
            }
            settle(then);
        }
        if (link.is(Link.CANCELS) && !then.optional && !first.optional) {
            first.optional = true; // a restart makes a reload needless
            push(first);
        }
        if (link.is(Link.FIRST_IMPLIES | Link.THEN_IMPLIES | Link.RESTART)
                && first.piece != null
                && first.piece != then.piece
                && first.piece.blocked
                && !first.runnable
                && first.task == Task.STOP) {
            block(then);
        }
    }

    /** A group is about to start where its members are. */
    private static int site(Step then) {
        Piece piece = then.piece;
        return then.site < 0 && piece != null && piece.group() && then.task == Task.START
                ? piece.location()
                : then.site;
    }

    /** For a step on one node, only those instances of a clone count that are on it. */
    private static boolean needed(Step first, int site) {
        Piece piece = first.piece;
        if (first.optional || site < 0 || piece == null || !piece.cloned()) {
            return !first.optional;
        }
        return piece.children.stream().anyMatch(child -> needed(child, first.task.plain(), site));
    }

    private static boolean needed(Piece piece, Task task, int site) {
        if (piece.primitive()) {
            for (Step step : piece.steps) {
                if (step.task == task && step.site == site && !step.optional) {
                    return true;
                }
            }
            return false;
        }
        return piece.children.stream().anyMatch(child -> needed(child, task, site));
    }

    /** What is said of a group or clone is said of each of its parts. */
    private void forThen(Step first, Step then, int effect) {
        switch (effect) {
            case Link.FIRST_IMPLIES -> need(then);
            case Link.BLOCKS -> block(then);
            default -> asymmetric(first, then);
        }
        Piece piece = then.piece;
        if (piece == null || piece.primitive() || (first.piece != null && first.piece.within(piece))) {
            return;
        }
        for (Piece child : piece.children) {
            for (int i = 0; i < child.steps.size(); i++) {
                Step step = child.steps.get(i);
                if (step.task == then.task && (piece.group() || step.runnable)) {
                    forThen(first, step, effect);
                }
            }
        }
    }

    private void asymmetric(Step first, Step then) {
        Piece piece = then.piece;
        if (piece == null || !piece.primitive()) {
            return;
        }
        boolean moot = then.task == Task.START
                && then.optional
                && piece.role.above(Role.STOPPED)
                && piece.runningOn.size() == 1
                && piece.home() == then.site;
        boolean stopped = then.task == Task.STOP && !piece.role.above(Role.STOPPED);
        if (!moot && !stopped && !first.runnable) {
            need(then);
            block(then);
        }
    }

    private void restart(Step first, Step then) {
        boolean restart = !then.optional;
        boolean stop = !then.runnable && first.piece == then.piece && then.piece != null && then.piece.managed;
        if (!restart && !stop) {
            return;
        }
        if (first.runnable) {
            need(first);
        }
        if (restart) {
            need(first);
        }
        if (!then.migratable) {
            settle(first);
        }
        if (!first.optional && !first.runnable) {
            block(then);
        }
    }

    // ---- those who must be together

    /** Who must be with something that cannot start cannot start either. */
    private void blockFollowers(Step step) {
        if ((step.task != Task.START && step.task != Task.PROMOTE) || step.piece == null || !step.piece.primitive()) {
            return;
        }
        Piece top = step.piece.top();
        for (Piece child : top.children) {
            Step same = StepBook.find(child, step.task, -1);
            if (same == null || same.runnable) {
                return;
            }
        }
        for (Bond bond : Bonds.withMe(top)) {
            if (bond.mandatory() && (step.task == Task.START || bond.primaryRole() == Role.PROMOTED)) {
                blockStarts(bond.dependent());
            }
        }
    }

    private void blockStarts(Piece piece) {
        for (int i = 0; i < piece.steps.size(); i++) {
            Step step = piece.steps.get(i);
            if (step.task == Task.START && !step.optional) {
                block(step);
            }
        }
        piece.children.forEach(this::blockStarts);
    }
}
