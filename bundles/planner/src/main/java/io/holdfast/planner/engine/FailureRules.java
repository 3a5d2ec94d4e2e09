package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.History;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Words;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a failed operation leads to, and for how long. */
final class FailureRules {
    private final World world;

    FailureRules(World world) {
        this.world = world;
    }

    /** The configured operation that an entry is a run of. */
    private static Resource.@Nullable Operation operation(Piece piece, String task, long interval) {
        Resource.Operation usual = null;
        for (Resource.Operation operation : piece.source.operations()) {
            if (operation.name().equals(task) && operation.intervalMillis() == interval) {
                if (!operation.meta().containsKey("holdfast-default")) {
                    return operation;
                }
                usual = operation;
            }
        }
        return usual;
    }

    private static boolean enabled(Resource.Operation operation) {
        return Words.truth(operation.meta().getOrDefault("enabled", "true"), true);
    }

    /** Whether the operation is no longer wanted. */
    boolean disabled(Piece piece, History.Entry entry) {
        Resource.Operation operation = operation(piece, entry.task(), entry.intervalMillis());
        return operation == null || !enabled(operation);
    }

    Failure onFail(Piece piece, History.Entry entry) {
        String task = entry.task();
        Resource.Operation operation = operation(piece, task, entry.intervalMillis());
        Map<String, String> meta = operation == null ? Map.of() : operation.meta();
        String word = meta.getOrDefault("on-fail", "").toLowerCase(Locale.ROOT);
        if (task.equals("demote") && word.isEmpty()) {
            word = ofPromotedMonitor(piece);
        }
        boolean promoted = Role.of(meta.getOrDefault("role", "")) == Role.PROMOTED;
        boolean mayDemote =
                task.equals("promote") || (task.equals("monitor") && entry.intervalMillis() > 0 && promoted);
        Failure usual = task.equals("stop") && !piece.source.meta().containsKey("container")
                ? (world.fencing ? Failure.FENCE : Failure.BLOCK)
                : container(piece);
        return switch (word) {
            case "ignore", "nothing" -> Failure.IGNORE;
            case "demote" -> mayDemote ? Failure.DEMOTE : usual;
            case "restart" -> Failure.RESTART;
            case "restart-container" ->
                piece.source.meta().containsKey("container") ? Failure.RESTART_CONTAINER : usual;
            case "migrate" -> Failure.BAN;
            case "block" -> Failure.BLOCK;
            case "stop" -> task.equals("stop") ? usual : Failure.STOP;
            case "standby" -> Failure.STANDBY;
            case "fence" -> world.fencing ? Failure.FENCE : Failure.STOP;
            default -> usual;
        };
    }

    private static Failure container(Piece piece) {
        return piece.source.meta().containsKey("container") ? Failure.RESTART_CONTAINER : Failure.RESTART;
    }

    /** A demote is as grave as a failed monitor of the promoted role, unless it has a word of its own. */
    private static String ofPromotedMonitor(Piece piece) {
        for (Resource.Operation operation : piece.source.operations()) {
            if (operation.name().equals("monitor")
                    && operation.intervalMillis() > 0
                    && enabled(operation)
                    && Role.of(operation.meta().getOrDefault("role", "")) == Role.PROMOTED) {
                String word = operation.meta().getOrDefault("on-fail", "").toLowerCase(Locale.ROOT);
                if (!word.isEmpty() && !word.equals("demote")) {
                    return word;
                }
            }
        }
        return "";
    }

    Role roleAfter(Failure failure, History.Entry entry) {
        if (failure == Failure.STOP) {
            return Role.STOPPED;
        }
        return entry.task().equals("promote") ? Role.UNPROMOTED : Role.STARTED;
    }

    /** Whether a failure is so old that it counts no more. */
    boolean expired(Piece piece, Site site, History.Entry entry, HistoryReader reader) {
        if (entry.execution() == History.Execution.NOT_INSTALLED) {
            return false;
        }
        boolean lastFailure = entry.id().endsWith("_last_failure_0");
        boolean expired = false;
        if (piece.failureTimeout > 0 && entry.changedAt() > 0) {
            int counting = world.failCounts.effective(piece, site.index);
            expired = piece.failureTimeout > 0 && world.now >= entry.changedAt() + piece.failureTimeout;
            if (expired && world.failCounts.all(piece, site.index) > 0) {
                if (counting == 0) {
                    world.failCounts.clear(piece, site.index);
                } else {
                    expired = false;
                }
            }
        }
        if (!expired && lastFailure && reader.parametersChanged(piece, entry)) {
            world.failCounts.clear(piece, site.index);
        }
        if (expired && entry.task().equals("monitor") && entry.intervalMillis() == 0) {
            expired = switch (entry.exit()) {
                case Verdict.OK,
                        Verdict.NOT_RUNNING,
                        Verdict.RUNNING_PROMOTED,
                        Verdict.DEGRADED,
                        Verdict.DEGRADED_PROMOTED -> false;
                default -> true;
            };
        }
        return expired;
    }
}
