package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.History;
import io.holdfast.planner.cluster.History.Execution;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the two ends of a live migration say together. */
final class Migrations {
    private final HistoryReader reader;

    Migrations(HistoryReader reader) {
        this.reader = reader;
    }

    static boolean began(History.Entry entry) {
        return switch (entry.task()) {
            case "start", "migrate_from" -> true;
            case "monitor" ->
                entry.intervalMillis() == 0 && (entry.exit() == Verdict.OK || entry.exit() == Verdict.RUNNING_PROMOTED);
            default -> false;
        };
    }

    private List<History.Entry> entries(Piece piece, String node) {
        return reader.entries(piece.recordedName, node);
    }

    private History.@Nullable Entry find(Piece piece, String node, String task, String source, String target) {
        Optional<History.Entry> found = entries(piece, node).stream()
                .filter(entry -> entry.task().equals(task)
                        && (source.isEmpty() || entry.migrateSource().equals(source))
                        && (target.isEmpty() || entry.migrateTarget().equals(target)))
                .findFirst();
        return found.orElse(null);
    }

    private static boolean newer(History.Entry a, History.Entry b, boolean sameNode) {
        if (sameNode && a.call() >= 0 && b.call() >= 0) {
            return a.call() > b.call();
        }
        if (sameNode && (a.call() == -1) != (b.call() == -1)) {
            return a.call() == -1;
        }
        return b.changedAt() > 0 && a.changedAt() > b.changedAt();
    }

    private boolean nonMonitorAfter(Piece piece, String node, History.Entry than, boolean sameNode) {
        return entries(piece, node).stream().anyMatch(entry -> switch (entry.task()) {
            case "start", "stop", "migrate_to", "migrate_from" -> newer(entry, than, sameNode);
            default -> false;
        });
    }

    private boolean notRunningAfter(Piece piece, String node, History.Entry than, boolean sameNode) {
        return entries(piece, node).stream()
                .anyMatch(entry -> entry.task().equals("monitor")
                        && entry.execution() == Execution.DONE
                        && entry.exit() == Verdict.NOT_RUNNING
                        && newer(entry, than, sameNode));
    }

    /** Whether something happened on {@code node} after the migration, so that the migration says nothing of it any more. */
    private boolean newerState(Piece piece, String node, History.Entry to, History.@Nullable Entry from) {
        boolean source = to.migrateSource().equals(node);
        History.Entry than = from != null && !source ? from : to;
        boolean sameNode = source || from != null;
        return nonMonitorAfter(piece, node, than, sameNode) || notRunningAfter(piece, node, than, sameNode);
    }

    private boolean unknownOn(Piece piece, String node) {
        return entries(piece, node).stream().noneMatch(entry -> entry.exit() != 193);
    }

    void succeeded(HistoryReader.Reading reading, History.Entry entry) {
        Piece piece = reading.piece;
        String source = entry.migrateSource().isEmpty() ? reading.site.name : entry.migrateSource();
        String target = entry.migrateTarget();
        History.Entry from = find(piece, target, "migrate_from", source, target);
        boolean sourceNewer = newerState(piece, source, entry, from);
        boolean targetNewer = newerState(piece, target, entry, from);
        if (sourceNewer && targetNewer) {
            return;
        }
        boolean arrived = from != null && from.exit() == 0 && from.execution() == Execution.DONE;
        if (from != null && sourceNewer) {
            return; // something was done there after the migration had ended
        }
        if (arrived) {
            piece.role = Role.STOPPED;
            piece.dangling.add(reading.site.index);
            return;
        }
        piece.role = Role.STARTED;
        int targetSite = reader.world.site(target);
        int sourceSite = reader.world.site(source);
        boolean onTarget = !targetNewer && targetSite >= 0 && reader.world.sites[targetSite].online;
        boolean onSource = !sourceNewer && sourceSite >= 0 && reader.world.sites[sourceSite].online;
        if (onTarget) {
            new StateRules(reader.world).running(piece, reader.world.sites[targetSite]);
            if (onSource) {
                piece.migrationTarget = targetSite;
                piece.migrationSource = sourceSite;
            }
        } else if (onSource) {
            piece.failed = true;
            piece.stopForFailure = true;
            piece.migratable = false;
        }
    }

    void toFailed(HistoryReader.Reading reading, History.Entry entry) {
        Piece piece = reading.piece;
        piece.role = Role.STARTED;
        String source = entry.migrateSource().isEmpty() ? reading.site.name : entry.migrateSource();
        String target = entry.migrateTarget();
        History.Entry from = find(piece, target, "migrate_from", source, target);
        if (!unknownOn(piece, target) && !newerState(piece, target, entry, from)) {
            running(piece, target);
        } else if (!nonMonitorAfter(piece, source, entry, true)) {
            piece.dangling.add(reading.site.index);
        }
    }

    void fromFailed(HistoryReader.Reading reading, History.Entry entry) {
        Piece piece = reading.piece;
        piece.role = Role.STARTED;
        String source = entry.migrateSource();
        String target = entry.migrateTarget().isEmpty() ? reading.site.name : entry.migrateTarget();
        History.Entry to = find(piece, source, "migrate_to", source, target);
        boolean gone =
                to != null && (nonMonitorAfter(piece, source, to, true) || notRunningAfter(piece, source, to, true));
        if (!unknownOn(piece, source) && !gone) {
            running(piece, source);
        }
    }

    private void running(Piece piece, String node) {
        int site = reader.world.site(node);
        if (site >= 0 && reader.world.sites[site].online) {
            new StateRules(reader.world).running(piece, reader.world.sites[site]);
        }
    }

    /** The source was lost on the way: the target must be stopped in any case. */
    void abandon(Piece piece, History.Entry entry) {
        int target = reader.world.site(entry.migrateTarget());
        if (target >= 0) {
            piece.dangling.add(target);
        }
    }
}
