package io.holdfast.planner.engine;

import java.util.List;
import java.util.Map;

/** The steps that bring each instance from what it is to what it ought to be. */
final class RoleSteps {
    private final World world;
    private final StepBook book;
    private final Map<Piece, Integer> changed;
    private final Map<Piece, Integer> reloads;

    RoleSteps(StepBook book, Map<Piece, Integer> changed, Map<Piece, Integer> reloads) {
        this.book = book;
        this.changed = changed;
        this.reloads = reloads;
        world = book.world;
    }

    void apply(Piece piece) {
        if (piece.primitive()) {
            primitive(piece);
            return;
        }
        piece.children.forEach(this::apply);
        for (Task task : piece.top().promotable
                ? List.of(Task.START, Task.STOP, Task.PROMOTE, Task.DEMOTE)
                : List.of(Task.START, Task.STOP)) {
            book.mark(piece, task);
            book.mark(piece, task.done());
        }
    }

    private void primitive(Piece piece) {
        if (piece.nextRole == Role.UNKNOWN) {
            piece.nextRole = piece.assigned < 0 ? Role.STOPPED : Role.STARTED;
        }
        if (!piece.active() && piece.assigned < 0 && piece.dangling.isEmpty()) {
            return; // nothing runs and nothing will
        }
        for (int site : piece.dangling) {
            Step stop = book.step(piece, Task.STOP, site, false);
            stop.dangling = true;
        }
        int clean = 0;
        for (int site : piece.runningOn) {
            clean += world.sites[site].online && !world.sites[site].unclean ? 1 : 0;
        }
        int current = current(piece);
        boolean needStop = false;
        boolean continues = false;
        boolean multiple = false;
        if (piece.runningOn.size() == 2
                && clean == 2
                && piece.assigned >= 0
                && piece.migrationSource >= 0
                && piece.migrationTarget == piece.assigned
                && piece.runningOn.contains(piece.migrationSource)) {
            continues = true;
            current = piece.migrationSource;
        } else if (piece.migrationSource >= 0 || piece.migrationTarget >= 0) {
            needStop = true;
            piece.migrationSource = -1;
            piece.migrationTarget = -1;
            piece.migratable = false;
            multiple = clean > 1 || piece.runningOn.size() > 1;
        } else {
            boolean fenced = piece.needs.compareTo(Piece.Needs.FENCING) >= 0;
            multiple = (fenced ? piece.runningOn.size() : clean) > 1;
        }
        if (multiple
                && (piece.multiple == Piece.Multiple.STOP_START || piece.multiple == Piece.Multiple.STOP_UNEXPECTED)) {
            needStop = true;
        }
        boolean unexpected = multiple && piece.multiple == Piece.Multiple.STOP_UNEXPECTED;
        boolean moves =
                current >= 0 && piece.assigned >= 0 && current != piece.assigned && piece.nextRole.above(Role.STOPPED);
        boolean migrates = (moves || continues) && canMigrate(piece, current);
        if (unexpected && piece.runningOn.contains(piece.assigned)) {
            current = piece.assigned;
            moves = false;
        }
        needStop |= moves;
        boolean needPromote = false;
        if (piece.failed) {
            if (piece.stopForFailure) {
                needStop = true;
            } else {
                needPromote = piece.nextRole == Role.PROMOTED;
                if (piece.role == Role.PROMOTED && current >= 0) {
                    book.step(piece, Task.DEMOTE, current, false);
                }
            }
        }
        Integer restart = changed.get(piece);
        if (piece.blocked) {
            needStop = true;
        } else if (restart != null && piece.assigned >= 0 && piece.role.above(Role.STOPPED)) {
            needStop = true;
        }
        if (!piece.blocked && piece.role.above(Role.STARTED) && current >= 0 && piece.assigned >= 0) {
            book.step(piece, Task.START, piece.assigned, true);
        }
        Integer reload = reloads.get(piece);
        if (reload != null && !needStop && piece.assigned == reload && piece.managed) {
            book.step(piece, Task.RELOAD, reload, false);
            book.order(piece, Task.RELOAD, piece, Task.STOP, Link.CANCELS);
            book.order(piece, Task.RELOAD, piece, Task.DEMOTE, Link.CANCELS);
        }
        restart(piece, current, needStop, needPromote, unexpected);
        transition(piece, unexpected);
        if (migrates) {
            new MigrationSteps(book).apply(piece, continues ? piece.migrationSource : current, continues);
        }
    }

    /** Where it runs: the best of several. */
    private int current(Piece piece) {
        int current = -1;
        for (int site : piece.runningOn) {
            if (site == piece.assigned) {
                return site;
            }
            boolean well = world.sites[site].online && !world.sites[site].unclean;
            boolean wellBefore = current >= 0 && world.sites[current].online && !world.sites[current].unclean;
            if (current < 0 || (well && !wellBefore)) {
                current = site;
            }
        }
        return current;
    }

    private boolean canMigrate(Piece piece, int current) {
        return piece.migratable
                && piece.managed
                && !piece.failed
                && !piece.startPending
                && current >= 0
                && !world.sites[current].unclean
                && piece.assigned >= 0
                && !world.sites[piece.assigned].unclean
                && piece.nextRole.above(Role.STOPPED);
    }

    /** Down from its role, and up to it again. */
    private void restart(Piece piece, int current, boolean needStop, boolean needPromote, boolean unexpected) {
        if (current >= 0 && piece.role.above(Role.STOPPED)) {
            if (piece.role == Role.PROMOTED) {
                demote(piece, !needStop, unexpected);
            }
            stop(piece, !needStop, unexpected);
        }
        if (piece.role.above(piece.nextRole) || piece.blocked || !piece.role.above(Role.STOPPED)) {
            return;
        }
        start(piece, !needStop, unexpected);
        if (piece.role == Role.PROMOTED) {
            promote(piece, !(needStop || needPromote));
        }
    }

    /** From its role to the next. */
    private void transition(Piece piece, boolean unexpected) {
        Role role = piece.role;
        Role next = piece.nextRole;
        if (next == Role.STOPPED) {
            if (role == Role.PROMOTED) {
                demote(piece, false, unexpected);
            }
            if (role.above(Role.STOPPED)) {
                stop(piece, false, unexpected);
            }
            return;
        }
        if (!role.above(Role.STOPPED)) {
            start(piece, false, unexpected);
        }
        if (next == Role.PROMOTED && role != Role.PROMOTED) {
            promote(piece, false);
        } else if (role == Role.PROMOTED && next != Role.PROMOTED) {
            demote(piece, false, unexpected);
        }
    }

    private void stop(Piece piece, boolean optional, boolean unexpected) {
        for (int site : piece.runningOn) {
            if (unexpected && site == piece.assigned) {
                continue;
            }
            boolean opt = optional;
            if (piece.migrationTarget >= 0) {
                if (site == piece.migrationTarget && piece.assigned == piece.migrationTarget) {
                    continue;
                }
                opt = false;
            }
            Step stop = book.step(piece, Task.STOP, site, opt);
            if (!piece.managed) {
                stop.runnable = false;
            }
        }
    }

    private void demote(Piece piece, boolean optional, boolean unexpected) {
        for (int site : piece.runningOn) {
            if (!unexpected || site != piece.assigned) {
                book.step(piece, Task.DEMOTE, site, optional);
            }
        }
    }

    private void start(Piece piece, boolean optional, boolean unexpected) {
        Step start = book.step(piece, Task.START, piece.assigned, true);
        if (start.runnable && !optional && piece.managed) {
            start.optional = false;
        }
        if (unexpected && piece.runningOn.contains(piece.assigned)) {
            start.pseudo = true;
        }
    }

    private void promote(Piece piece, boolean optional) {
        boolean startable = piece.steps.stream().allMatch(step -> step.task != Task.START || step.runnable);
        if (startable) {
            book.step(piece, Task.PROMOTE, piece.assigned, optional);
        } else {
            piece.steps.stream().filter(step -> step.task == Task.PROMOTE).forEach(step -> step.runnable = false);
        }
    }
}
