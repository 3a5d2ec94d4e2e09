package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.History;
import io.holdfast.planner.cluster.History.Execution;

/** Judges an operation: what an exit code means depends on what was expected. */
final class Verdict {
    static final int OK = 0;
    static final int INVALID = 2;
    static final int UNIMPLEMENTED = 3;
    static final int NOT_PERMITTED = 4;
    static final int NOT_INSTALLED = 5;
    static final int NOT_CONFIGURED = 6;
    static final int NOT_RUNNING = 7;
    static final int RUNNING_PROMOTED = 8;
    static final int FAILED_PROMOTED = 9;
    static final int DEGRADED = 190;
    static final int DEGRADED_PROMOTED = 191;

    final History.Entry entry;
    Execution execution;
    int exit;
    /** A probe found that the agent is not there, which is as good as stopped. */
    boolean masked;

    Verdict(History.Entry entry) {
        this.entry = entry;
        execution = entry.execution();
        exit = entry.exit();
    }

    boolean probe() {
        return entry.task().equals("monitor") && entry.intervalMillis() == 0;
    }

    void judge(World world, HistoryReader.Reading reading, boolean expired) {
        if (exit == DEGRADED) {
            exit = OK;
        } else if (exit == DEGRADED_PROMOTED) {
            exit = RUNNING_PROMOTED;
        }
        boolean absent = entry.exit() == NOT_INSTALLED
                || entry.exit() == INVALID
                || entry.execution() == Execution.NOT_INSTALLED;
        if (probe() && absent) {
            masked = true;
            execution = Execution.DONE;
            exit = NOT_RUNNING;
            reading.piece.role = Role.STOPPED;
            return;
        }
        if (execution != Execution.DONE && execution != Execution.ERROR) {
            return;
        }
        int expected = entry.expected();
        if (expected < 0) {
            execution =
                    exit == OK || exit == RUNNING_PROMOTED || exit == NOT_RUNNING ? Execution.DONE : Execution.ERROR;
        } else {
            execution = exit == expected ? Execution.DONE : Execution.ERROR;
        }
        byExit(world, reading, expired);
    }

    private void byExit(World world, HistoryReader.Reading reading, boolean expired) {
        Piece piece = reading.piece;
        switch (exit) {
            case OK -> {
                if (probe() && entry.expected() == NOT_RUNNING) {
                    execution = Execution.DONE;
                }
            }
            case NOT_RUNNING -> {
                if (probe() || entry.expected() == exit || !piece.managed) {
                    execution = Execution.DONE;
                    piece.role = Role.STOPPED;
                    reading.onFail = Failure.IGNORE;
                    piece.nextRole = Role.UNKNOWN;
                }
            }
            case RUNNING_PROMOTED -> {
                if (probe() && exit != entry.expected()) {
                    execution = Execution.DONE;
                }
                if (!expired || exit == entry.expected()) {
                    piece.role = Role.PROMOTED;
                }
            }
            case FAILED_PROMOTED -> {
                if (!expired) {
                    piece.role = Role.PROMOTED;
                }
                execution = Execution.ERROR;
            }
            case NOT_CONFIGURED -> execution = Execution.ERROR_FATAL;
            case UNIMPLEMENTED -> {
                if (entry.intervalMillis() > 0) {
                    execution = Execution.NOT_SUPPORTED;
                } else {
                    hard(world, reading.site);
                }
            }
            case NOT_INSTALLED, INVALID, NOT_PERMITTED -> hard(world, reading.site);
            default -> {
                if (execution == Execution.DONE) {
                    execution = Execution.ERROR;
                }
            }
        }
    }

    private void hard(World world, Site site) {
        boolean stuck = entry.task().equals("stop") && !world.canFence(site);
        execution = stuck ? Execution.ERROR_FATAL : Execution.ERROR_HARD;
    }
}
