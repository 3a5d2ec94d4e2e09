package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Order;
import io.holdfast.planner.cluster.Words;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The orders that constraints ask for. */
final class OrderRules {
    private enum Way {
        ONE_WAY,
        BOTH_WAYS,
        INVERSE
    }

    private final StepBook book;

    OrderRules(StepBook book) {
        this.book = book;
    }

    void apply() {
        for (Order order : book.world.cluster.orders()) {
            boolean both = order.symmetry() != Order.Symmetry.NO;
            boolean symmetric = both && order.kind() != Order.Kind.SERIALIZE;
            if (order.plain()) {
                simple(order, symmetric);
            } else {
                sets(order, symmetric);
            }
        }
    }

    private static int kind(Order.Kind kind, Task first, Way way) {
        return switch (kind) {
            case SERIALIZE -> Link.ORDER; // whatever else is said of the two counts beside it
            case OPTIONAL -> Link.SAID;
            case MANDATORY ->
                switch (way) {
                    case ONE_WAY -> Link.SAID | Link.ASYMMETRIC;
                    case BOTH_WAYS ->
                        Link.SAID
                                | Link.FIRST_IMPLIES
                                | (first == Task.START || first == Task.PROMOTE ? Link.BLOCKS : Link.ORDER);
                    case INVERSE -> Link.SAID | Link.THEN_IMPLIES;
                };
        };
    }

    private @Nullable Piece find(String name) {
        Piece piece = book.world.byId.get(name);
        if (piece == null) {
            Piece zero = book.world.byId.get(name + ":0");
            piece = zero == null ? null : zero.cloneAbove();
        }
        return piece;
    }

    private void simple(Order order, boolean symmetric) {
        Order.Step from = order.steps().get(0);
        Order.Step to = order.steps().get(1);
        Piece first = find(from.resources().get(0));
        Piece then = find(to.resources().get(0));
        if (first == null || then == null) {
            return;
        }
        Task firstTask = Task.of(from.action());
        Task thenTask = Task.of(to.action());
        int least = least(order, first);
        if (least > 0 && (firstTask == Task.START || firstTask == Task.PROMOTE)) {
            enough(first.children, firstTask, List.of(then), thenTask, least);
        } else {
            order(
                    first,
                    firstTask,
                    then,
                    thenTask,
                    kind(order.kind(), firstTask, symmetric ? Way.BOTH_WAYS : Way.ONE_WAY));
        }
        if (symmetric) {
            order(then, thenTask.opposite(), first, firstTask.opposite(), kind(order.kind(), firstTask, Way.INVERSE));
        }
    }

    /** How many instances of a clone are enough for those after it; 0 if that was not said. */
    private static int least(Order order, Piece first) {
        if (!first.cloned()) {
            return 0;
        }
        int least = (int) Words.leadingNumber(first.meta("clone-min", "0"));
        return least > 0 ? least : order.requireAll() ? 0 : 1;
    }

    private void enough(List<Piece> firsts, Task firstTask, List<Piece> thens, Task thenTask, int least) {
        Step mark = book.mark(null, Task.ENOUGH);
        mark.enough = least;
        firsts.forEach(first -> book.order(first, done(first, firstTask), mark, Link.ONE_OF));
        thens.forEach(then -> book.order(mark, then, thenTask, Link.BLOCKS));
    }

    private static Task done(Piece piece, Task task) {
        return piece.primitive() ? task : task.done();
    }

    private void order(Piece first, Task firstTask, Piece then, Task thenTask, int kind) {
        book.order(first, firstTask, then, thenTask, kind);
    }

    // ---- sets

    private void sets(Order order, boolean symmetric) {
        Way way = symmetric ? Way.BOTH_WAYS : Way.ONE_WAY;
        for (int i = 0; i < order.steps().size(); i++) {
            Order.Step set = order.steps().get(i);
            within(order, set, way);
            if (symmetric) {
                within(order, set, Way.INVERSE);
            }
            if (i > 0) {
                between(order, order.steps().get(i - 1), set, way);
                if (symmetric) {
                    between(order, set, order.steps().get(i - 1), Way.INVERSE);
                }
            }
        }
    }

    private List<Piece> pieces(Order.Step set) {
        return set.resources().stream()
                .map(this::find)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    private void within(Order order, Order.Step set, Way way) {
        List<Piece> pieces = pieces(set);
        Task task = Task.of(set.action());
        if (order.kind() == Order.Kind.SERIALIZE) { // never two of them at one time, in whatever order
            for (int i = 1; i < pieces.size(); i++) {
                for (Piece earlier : pieces.subList(0, i)) {
                    order(earlier, task, pieces.get(i), task, kind(order.kind(), task, way));
                }
            }
            return;
        } else if (!set.sequential()) {
            return;
        }
        for (int i = 1; i < pieces.size(); i++) {
            Piece earlier = pieces.get(i - 1);
            Piece later = pieces.get(i);
            if (way == Way.INVERSE) {
                order(later, task.opposite(), earlier, task.opposite(), kind(order.kind(), task, way));
            } else {
                order(earlier, task, later, task, kind(order.kind(), task, way));
            }
        }
    }

    private void between(Order order, Order.Step from, Order.Step to, Way way) {
        boolean inverse = way == Way.INVERSE;
        Task firstTask = inverse ? Task.of(from.action()).opposite() : Task.of(from.action());
        Task thenTask = inverse ? Task.of(to.action()).opposite() : Task.of(to.action());
        List<Piece> firsts = pieces(from);
        List<Piece> thens = pieces(to);
        if (firsts.isEmpty() || thens.isEmpty()) {
            return;
        }
        if (!from.requireAll() && !inverse) {
            enough(firsts, firstTask, thens, thenTask, 1);
            return;
        }
        if (from.sequential()) {
            firsts = List.of(inverse ? firsts.get(0) : firsts.get(firsts.size() - 1));
        }
        if (to.sequential()) {
            thens = List.of(inverse ? thens.get(thens.size() - 1) : thens.get(0));
        }
        for (Piece first : firsts) {
            for (Piece then : thens) {
                order(first, firstTask, then, thenTask, kind(order.kind(), Task.of(from.action()), way));
            }
        }
    }
}
