package io.holdfast.planner.engine;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Lets a live migration take the place of a stop and a start, as long as nothing else asks for a real stop. */
final class MigrationSteps {
    private final StepBook book;

    MigrationSteps(StepBook book) {
        this.book = book;
    }

    void apply(Piece piece, int source, boolean continues) {
        Step start = book.step(piece, Task.START, piece.assigned, true);
        Step stop = book.step(piece, Task.STOP, source, true);
        start.pseudo = true;
        start.migratable = true;
        stop.migratable = true;
        Step from = book.step(piece, Task.MIGRATE_FROM, piece.assigned, false);
        from.migratable = true;
        @Nullable Step to = null;
        if (!continues) {
            to = book.step(piece, Task.MIGRATE_TO, source, false);
            to.migratable = true;
            book.link(to, from, Link.MIGRATION_BLOCKS | Link.BLOCKS);
        }
        start.optional = false;
        stop.optional = false;
        Objects.requireNonNull(from);
        book.link(from, stop, Link.MIGRATION_BLOCKS);
        book.link(from, start, Link.INSTEAD | Link.MIGRATION_BLOCKS);
    }
}
