package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that may be done: needed or not, possible or not. */
final class Step {
    final int index;
    final @Nullable Piece piece;
    final Task task;
    /** The node, or -1. */
    final int site;

    boolean optional = true;
    boolean runnable = true;
    boolean migratable;
    /** Nothing is really done. */
    boolean pseudo;
    /** Fencing does it. */
    boolean implied;
    /** It ends a migration whose stop was never done. */
    boolean dangling;
    /** How many of those before it are enough; 0: all count as usual. */
    int enough;

    boolean queued;
    final List<Link> before = new ArrayList<>(2);
    final List<Link> after = new ArrayList<>(2);

    Step(int index, @Nullable Piece piece, Task task, int site) {
        this.index = index;
        this.piece = piece;
        this.task = task;
        this.site = site;
    }

    @Override
    public String toString() {
        return (piece == null ? "" : piece.id + " ") + task.word + (site < 0 ? "" : " @" + site);
    }
}
