package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.List;

/** The orders that lie in the nature of primitives, groups and clones. */
final class InnerOrders {
    private final StepBook book;

    InnerOrders(StepBook book) {
        this.book = book;
    }

    void apply(Piece piece) {
        switch (piece.source.kind()) {
            case PRIMITIVE -> primitive(piece);
            case GROUP -> group(piece);
            case CLONE -> clone(piece);
        }
    }

    private void primitive(Piece piece) {
        if (!piece.managed) {
            return;
        }
        book.order(piece, Task.STOP, piece, Task.START, Link.FIRST_IMPLIES | Link.RESTART);
        Piece container = Bonds.container(book.world, piece);
        if (container != null) {
            book.order(container, Task.START, piece, Task.START, Link.FIRST_IMPLIES | Link.BLOCKS);
            book.order(piece, Task.STOP, container, Task.STOP, Link.THEN_IMPLIES);
        }
        if (piece.top().promotable || piece.role.above(Role.UNPROMOTED)) {
            book.order(piece, Task.DEMOTE, piece, Task.STOP, Link.PROMOTED_IMPLIES);
            book.order(piece, Task.START, piece, Task.PROMOTE, Link.BLOCKS);
        }
    }

    private void frame(Piece piece) {
        book.order(piece, Task.STOPPED, piece, Task.START, Link.ORDER);
        book.order(piece, Task.START, piece, Task.STARTED, Link.BLOCKS);
        book.order(piece, Task.STOP, piece, Task.STOPPED, Link.BLOCKS);
    }

    private void group(Piece group) {
        frame(group);
        boolean promotable = group.top().promotable;
        Piece previous = null;
        Piece lastActive = null;
        for (Piece member : group.children) {
            apply(member);
            book.order(group, Task.STOP, member, Task.STOP, Link.THEN_IMPLIES);
            book.order(member, Task.STOP, group, Task.STOPPED, Link.FIRST_IMPLIES);
            book.order(group, Task.START, member, Task.START, Link.ORDER);
            book.order(member, Task.START, group, Task.STARTED, Link.BLOCKS | Link.FIRST_IMPLIES);
            if (promotable) {
                book.order(group, Task.DEMOTE, member, Task.DEMOTE, Link.THEN_IMPLIES);
                book.order(member, Task.DEMOTE, group, Task.DEMOTED, Link.FIRST_IMPLIES);
                book.order(member, Task.PROMOTE, group, Task.PROMOTED, Link.BLOCKS | Link.FIRST_IMPLIES);
                book.order(group, Task.PROMOTE, member, Task.PROMOTE, Link.ORDER);
            }
            if (!group.ordered) {
                book.order(group, Task.START, member, Task.START, Link.FIRST_IMPLIES | Link.BLOCKS);
            } else if (previous != null) {
                after(previous, member, promotable);
            }
            if (member.active()) {
                if (group.ordered && previous != null && !previous.active() && lastActive != null) {
                    book.order(member, Task.STOP, lastActive, Task.STOP, Link.ORDER);
                }
                lastActive = member;
            }
            previous = member;
        }
    }

    private void after(Piece previous, Piece member, boolean promotable) {
        book.order(previous, Task.START, member, Task.START, Link.FIRST_IMPLIES | Link.BLOCKS);
        book.order(member, Task.STOP, previous, Task.STOP, Link.RESTART);
        if (!previous.active() && member.active()) {
            book.order(member, Task.STOP, previous, Task.START, Link.THEN_IMPLIES | Link.BLOCKS);
        }
        if (promotable) {
            book.order(previous, Task.PROMOTE, member, Task.PROMOTE, Link.FIRST_IMPLIES | Link.BLOCKS);
            book.order(member, Task.DEMOTE, previous, Task.DEMOTE, Link.ORDER);
        }
    }

    private void clone(Piece clone) {
        frame(clone);
        List<Piece> instances = new ArrayList<>(clone.children);
        instances.sort(InstanceOrder::number);
        for (int i = 0; i < instances.size(); i++) {
            Piece instance = instances.get(i);
            apply(instance);
            book.order(clone, Task.START, instance, Task.START, Link.BLOCKS);
            book.order(instance, instance.group() ? Task.STARTED : Task.START, clone, Task.STARTED, Link.ORDER);
            book.order(clone, Task.STOP, instance, Task.STOP, Link.ORDER);
            book.order(instance, instance.group() ? Task.STOPPED : Task.STOP, clone, Task.STOPPED, Link.ORDER);
            if (clone.promotable) {
                book.order(clone, Task.DEMOTE, instance, Task.DEMOTE, Link.ORDER);
                book.order(instance, instance.group() ? Task.DEMOTED : Task.DEMOTE, clone, Task.DEMOTED, Link.ORDER);
                book.order(clone, Task.PROMOTE, instance, Task.PROMOTE, Link.ORDER);
                book.order(instance, instance.group() ? Task.PROMOTED : Task.PROMOTE, clone, Task.PROMOTED, Link.ORDER);
            }
            if (clone.ordered) {
                for (int j = i + 1; j < instances.size(); j++) {
                    inTurn(clone, instance, instances.get(j));
                }
            }
        }
        if (clone.promotable) {
            promotable(clone);
        }
    }

    private void inTurn(Piece clone, Piece earlier, Piece later) {
        book.order(earlier, Task.START.done(), later, Task.START, Link.ORDER);
        book.order(earlier, Task.START, later, Task.START, Link.ORDER);
        book.order(later, Task.STOP, earlier, Task.STOP, Link.ORDER);
        if (clone.promotable) {
            book.order(earlier, Task.PROMOTE, later, Task.PROMOTE, Link.ORDER);
            book.order(later, Task.DEMOTE, earlier, Task.DEMOTE, Link.ORDER);
        }
    }

    private void promotable(Piece clone) {
        book.order(clone, Task.DEMOTE, clone, Task.DEMOTED, Link.BLOCKS);
        book.order(clone, Task.PROMOTE, clone, Task.PROMOTED, Link.BLOCKS);
        book.order(clone, Task.DEMOTED, clone, Task.STOP, Link.ORDER);
        book.order(clone, Task.DEMOTED, clone, Task.START, Link.ORDER);
        book.order(clone, Task.DEMOTED, clone, Task.PROMOTE, Link.ORDER);
        book.order(clone, Task.STOPPED, clone, Task.PROMOTE, Link.ORDER);
        book.order(clone, Task.STARTED, clone, Task.PROMOTE, Link.BLOCKS);
    }
}
