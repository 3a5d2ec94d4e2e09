package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.History;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes out of what was done on the nodes where each piece is now, in which role, and what its failures ask for. */
final class HistoryReader {
    final World world;
    private final FailureRules failureRules;
    private final Migrations migrations;
    private final Digests digests = new Digests();
    /** Histories by resource name and node, to look up the other end of a migration. */
    private final Map<String, History> index = new HashMap<>();
    /** Starts that have to be done again because the parameters changed, {@code piece} by node. */
    final Map<Piece, Integer> changed = new HashMap<>();

    final Map<Piece, Integer> reloads = new HashMap<>();

    /** What is known of one piece on one node while its history is read. */
    static final class Reading {
        final Piece piece;
        final Site site;
        Failure onFail = Failure.IGNORE;
        History.@Nullable Entry lastFailure;

        Reading(Piece piece, Site site) {
            this.piece = piece;
            this.site = site;
        }
    }

    HistoryReader(World world) {
        this.world = world;
        failureRules = new FailureRules(world);
        migrations = new Migrations(this);
    }

    void apply() {
        for (History history : world.cluster.histories()) {
            index.put(history.resource() + "@" + history.node(), history);
        }
        for (History history : world.cluster.histories()) {
            int number = world.site(history.node());
            if (number >= 0
                    && (world.sites[number].online || world.fencing)) { // what is gone may run until it is fenced
                read(history, world.sites[number]);
            }
        }
    }

    /** Whether a failure was one of other parameters than the present. */
    boolean parametersChanged(Piece piece, History.Entry entry) {
        return digests.compare(piece, entry) != Digests.Change.SAME;
    }

    List<History.Entry> entries(String resource, String node) {
        History history = index.get(resource + "@" + node);
        return history == null ? List.of() : history.entries();
    }

    private void read(History history, Site site) {
        Piece piece = new HistoryOwner(world).find(history, site);
        if (piece == null) {
            return;
        }
        Role before = piece.role;
        piece.role = Role.UNKNOWN;
        Reading reading = new Reading(piece, site);
        List<History.Entry> entries = new ArrayList<>(history.entries());
        entries.sort(this::byCall);
        for (History.Entry entry : entries) {
            read(reading, entry);
        }
        new StateRules(world).settle(reading);
        compareParameters(reading, entries);
        Role target = Traits.target(piece);
        if (target != Role.UNKNOWN && (piece.nextRole == Role.UNKNOWN || target.below(piece.nextRole))) {
            piece.nextRole = target;
        }
        if (before.above(piece.role)) {
            piece.role = before;
        }
    }

    /** The order in which they happened; what still runs comes last. */
    private int byCall(History.Entry a, History.Entry b) {
        if (a.call() == -1 && b.call() == -1) {
            return 0;
        } else if (a.call() >= 0 && a.call() < b.call()) {
            return -1;
        } else if (b.call() >= 0 && a.call() > b.call()) {
            return 1;
        } else if (b.call() >= 0 && a.call() == b.call()) {
            return a.changedAt() < 0 || b.changedAt() < 0 ? 0 : Long.compare(a.changedAt(), b.changedAt());
        }
        boolean samePlanner = a.transition().planner().equals(b.transition().planner());
        if (!samePlanner || a.transition().number() == b.transition().number()) {
            return b.call() == -1 ? -1 : 1;
        }
        return Comparator.comparingInt(
                        (History.Entry entry) -> entry.transition().number())
                .compare(a, b);
    }

    private void read(Reading reading, History.Entry entry) {
        Piece piece = reading.piece;
        boolean expired = failureRules.expired(piece, reading.site, entry, this);
        Verdict verdict = new Verdict(entry);
        verdict.judge(world, reading, expired);
        if (expired && entry.expected() != verdict.exit) {
            return; // what is forgotten says nothing
        }
        switch (verdict.execution) {
            case CANCELLED -> {}
            case PENDING -> pending(reading, entry);
            case DONE -> {
                if (verdict.masked && !expired) {
                    ban(piece, reading.site);
                }
                done(reading, entry, verdict.exit, verdict.masked);
            }
            default -> failed(reading, entry, verdict);
        }
    }

    private void pending(Reading reading, History.Entry entry) {
        Piece piece = reading.piece;
        switch (entry.task()) {
            case "start" -> {
                piece.startPending = true;
                activate(piece);
            }
            case "promote" -> piece.role = Role.PROMOTED;
            case "migrate_to" -> {
                if (reading.site.unclean) {
                    migrations.abandon(piece, entry);
                }
            }
            default -> {}
        }
        if (entry.intervalMillis() != 0 || !entry.task().equals("monitor")) {
            piece.pendingSite = reading.site.index;
        }
    }

    private void done(Reading reading, History.Entry entry, int exit, boolean masked) {
        Piece piece = reading.piece;
        boolean clears = false;
        if (masked) {
            piece.role = Role.STOPPED;
        } else if (exit == Verdict.NOT_RUNNING) {
            clears = true;
        } else {
            switch (entry.task()) {
                case "monitor" -> {
                    History.Entry last = reading.lastFailure;
                    clears = last != null
                            && last.task().equals("monitor")
                            && last.intervalMillis() == entry.intervalMillis();
                    activateIfDown(piece);
                }
                case "start" -> {
                    boolean instance = piece.parent != null && piece.parent.cloned();
                    piece.role = instance && piece.promotable ? Role.UNPROMOTED : Role.STARTED;
                    clears = true;
                }
                case "stop" -> {
                    piece.role = Role.STOPPED;
                    clears = true;
                }
                case "promote" -> {
                    piece.role = Role.PROMOTED;
                    clears = true;
                }
                case "demote" -> {
                    clears = reading.onFail == Failure.DEMOTE;
                    piece.role = Role.UNPROMOTED;
                }
                case "migrate_from" -> {
                    piece.role = Role.STARTED;
                    clears = true;
                }
                case "migrate_to" -> migrations.succeeded(reading, entry);
                default -> activateIfDown(piece);
            }
        }
        boolean clearable = switch (reading.onFail) {
            case STOP, BAN, STANDBY, FENCE -> false;
            default -> true;
        };
        if (clears && clearable) {
            reading.onFail = Failure.IGNORE;
            piece.nextRole = Role.UNKNOWN;
        }
    }

    static void activateIfDown(Piece piece) {
        if (piece.role.below(Role.STARTED)) {
            activate(piece);
        }
    }

    static void activate(Piece piece) {
        piece.role = piece.top().promotable ? Role.UNPROMOTED : Role.STARTED;
    }

    private void failed(Reading reading, History.Entry entry, Verdict verdict) {
        Piece piece = reading.piece;
        Failure wanted = failureRules.onFail(piece, entry);
        if (verdict.execution == History.Execution.NOT_INSTALLED) {
            ban(piece, reading.site);
            failed(reading, entry, verdict, wanted == Failure.IGNORE ? Failure.BAN : wanted);
            return;
        }
        if (wanted == Failure.IGNORE
                || (wanted == Failure.RESTART_CONTAINER && entry.task().equals("stop"))) {
            piece.ignoresFailure = true;
            done(reading, entry, entry.expected(), false);
            if (wanted == Failure.RESTART_CONTAINER && reading.onFail.compareTo(Failure.RESTART) <= 0) {
                reading.onFail = Failure.RESTART_CONTAINER;
            }
            return;
        }
        failed(reading, entry, verdict, wanted);
        if (verdict.execution == History.Execution.ERROR_HARD) {
            ban(piece, reading.site);
        } else if (verdict.execution == History.Execution.ERROR_FATAL) {
            Piece clone = piece.cloneAbove();
            banBelow(clone != null && !clone.unique ? clone : piece); // the earlier ones of its group go on
        }
    }

    private static void banBelow(Piece piece) {
        piece.banEverywhere();
        piece.children.forEach(HistoryReader::banBelow);
    }

    /** Rules a node out for all that belongs together. */
    private static void ban(Piece piece, Site site) {
        bans(piece.top(), site.index);
    }

    static void bans(Piece piece, int node) {
        banBecause(piece, node, "it failed there in a way that trying again does not mend");
    }

    static void banBecause(Piece piece, int node, String reason) {
        piece.ban(node);
        Account.note(piece, node, -Scores.INFINITY, reason);
        if (piece.group() && !piece.children.isEmpty()) {
            banBecause(piece.first(), node, reason);
        } else {
            piece.children.forEach(child -> banBecause(child, node, reason));
        }
    }

    private void failed(Reading reading, History.Entry entry, Verdict verdict, Failure wanted) {
        Piece piece = reading.piece;
        reading.lastFailure = entry;
        if (wanted.compareTo(reading.onFail) > 0) {
            reading.onFail = wanted;
        }
        switch (entry.task()) {
            case "stop" -> {
                piece.ban(reading.site.index);
                Account.note(piece, reading.site.index, -Scores.INFINITY, "it could not be stopped there");
            }
            case "migrate_to" -> migrations.toFailed(reading, entry);
            case "migrate_from" -> migrations.fromFailed(reading, entry);
            case "promote" -> piece.role = Role.PROMOTED;
            case "demote" -> {
                if (wanted == Failure.BLOCK) {
                    piece.role = Role.PROMOTED;
                    piece.nextRole = Role.STOPPED;
                } else {
                    piece.role = verdict.exit == Verdict.NOT_RUNNING ? Role.STOPPED : Role.UNPROMOTED;
                }
            }
            default -> {}
        }
        if (verdict.probe() && verdict.exit == Verdict.NOT_INSTALLED) {
            piece.role = Role.STOPPED;
        } else {
            activateIfDown(piece);
        }
        Role after = failureRules.roleAfter(wanted, entry);
        if (after != Role.STARTED && piece.nextRole.below(after)) {
            piece.nextRole = after;
        }
        if (after == Role.STOPPED) {
            Piece clone = piece.cloneAbove();
            banBelow(clone != null && !clone.unique ? clone : piece);
        }
    }

    /** A start or monitor with other parameters than it would get now means a restart. */
    private void compareParameters(Reading reading, List<History.Entry> entries) {
        Piece piece = reading.piece;
        if (!piece.role.above(Role.STOPPED) || piece.removed || !piece.runningOn.contains(reading.site.index)) {
            return;
        }
        int stop = -1;
        int start = -1;
        for (int i = 0; i < entries.size(); i++) {
            History.Entry entry = entries.get(i);
            if (entry.task().equals("stop") && entry.execution() == History.Execution.DONE) {
                stop = i;
            } else if (Migrations.began(entry)) {
                start = i;
            }
        }
        if (start < stop && stop >= 0) {
            return;
        }
        int from = Math.max(start, 0);
        for (int i = from; i < entries.size(); i++) {
            History.Entry entry = entries.get(i);
            boolean counts = entry.intervalMillis() > 0
                    ? !failureRules.disabled(piece, entry)
                    : entry.task().equals("start")
                            || entry.task().equals("migrate_from")
                            || entry.task().equals("promote")
                            || entry.task().equals("monitor");
            if (!counts) {
                continue;
            }
            switch (digests.compare(piece, entry)) {
                case RESTART -> changed.put(piece, reading.site.index);
                case RELOAD -> reloads.put(piece, reading.site.index);
                case SAME -> {}
            }
        }
    }
}
