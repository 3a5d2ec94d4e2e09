package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.List;

/** Fences what must be fenced, shuts down what asks for it, and lets the others wait for it. */
final class FenceRules {
    private final World world;
    private final StepBook book;
    final List<Step> fences = new ArrayList<>();

    FenceRules(StepBook book) {
        this.book = book;
        world = book.world;
    }

    void apply() {
        boolean managed = world.tops.stream().anyMatch(Piece::anyManaged);
        Step leader = null;
        for (Site site : world.sites) {
            boolean leads = site.name.equals(world.cluster.leader());
            if (managed && site.unclean && world.canFence(site)) {
                Step fence = book.onSite(Task.FENCE, site.index);
                fence.optional = false;
                if (leads) {
                    leader = fence;
                } else {
                    fences.add(fence);
                }
            } else if (site.online && site.shutdown) {
                Step shutdown = book.onSite(Task.SHUTDOWN, site.index);
                shutdown.optional = false;
            }
        }
        if (leader != null) { // whoever plans goes last
            for (Step fence : fences) {
                book.link(fence, leader, Link.ORDER);
            }
            fences.add(leader);
        }
        boolean concurrent = world.settings.flag("concurrent-fencing", true);
        for (int i = 1; i < fences.size() && !concurrent; i++) {
            book.link(fences.get(i - 1), fences.get(i), Link.ORDER);
        }
        if (world.unfencing && world.fencing) {
            unfence();
        }
        if (!fences.isEmpty()) {
            Step done = book.mark(null, Task.ENOUGH); // one mark for all starts, and not a link from each fence to each
            for (Step fence : fences) {
                book.link(fence, done, Link.ORDER);
            }
            done.optional = false;
            for (Piece piece : world.primitives) {
                starts(piece, done);
            }
            for (Step fence : fences) {
                stops(fence);
            }
        }
    }

    /** A device that shuts nodes out must let a node in before anything starts there. */
    private void unfence() {
        Step[] unfences = new Step[world.sites.length];
        for (Piece piece : world.primitives) {
            if (piece.needs != Piece.Needs.UNFENCING) {
                continue;
            }
            for (Step step : List.copyOf(piece.steps)) {
                boolean counts = step.site >= 0 && (step.task == Task.START || step.task == Task.STOP);
                if (counts && world.sites[step.site].online && !unfenced(world.sites[step.site])) {
                    if (unfences[step.site] == null) {
                        unfences[step.site] = book.onSite(Task.UNFENCE, step.site);
                        unfences[step.site].optional = false;
                    }
                    if (step.task == Task.START) {
                        book.link(unfences[step.site], step, Link.ORDER);
                    } else {
                        book.link(step, unfences[step.site], Link.ORDER);
                    }
                }
            }
        }
    }

    private static boolean unfenced(Site site) {
        String value = site.node.attributes().getOrDefault("#node-unfenced", "0");
        return !value.isEmpty() && !value.equals("0");
    }

    private void starts(Piece piece, Step done) {
        for (Step step : piece.steps) {
            boolean migrates = step.task == Task.MIGRATE_TO || step.task == Task.MIGRATE_FROM; // in place of a start
            if (step.task != Task.START && step.task != Task.PROMOTE && !migrates) {
                continue;
            }
            if (piece.needs.compareTo(Piece.Needs.FENCING) >= 0) {
                book.link(done, step, Link.ORDER);
            } else if (piece.needs == Piece.Needs.QUORUM && step.task == Task.START) {
                for (Step fence : fences) {
                    if (piece.table[fence.site] != Scores.ABSENT && !piece.knownOn[fence.site]) {
                        book.link(fence, step, Link.BLOCKS);
                    }
                }
            }
        }
    }

    /** Fencing stops everything on the node. */
    private void stops(Step fence) {
        for (Piece piece : world.sites[fence.site].running) {
            for (Step step : piece.steps) {
                if ((step.task == Task.STOP || step.task == Task.DEMOTE) && step.site == fence.site && piece.managed) {
                    step.pseudo = true;
                    step.runnable = true;
                    step.implied = true;
                    if (piece.needs.compareTo(Piece.Needs.FENCING) >= 0) {
                        book.link(fence, step, Link.ORDER);
                        whole(fence, step, piece.top());
                    }
                }
            }
        }
    }

    /** What belongs to a group or clone stops as a whole, so all of it waits. */
    private void whole(Step fence, Step step, Piece top) {
        Step all = step.task == Task.STOP && top != step.piece ? StepBook.find(top, Task.STOP, -1) : null;
        if (all != null) {
            book.link(fence, all, Link.ORDER);
        }
    }
}
