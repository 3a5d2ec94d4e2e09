package io.holdfast.planner.engine;

import java.util.List;

/** Draws the conclusions from a history: where the piece runs, and what its failures ask for. */
final class StateRules {
    private final World world;

    StateRules(World world) {
        this.world = world;
    }

    void settle(HistoryReader.Reading reading) {
        Piece piece = reading.piece;
        Site site = reading.site;
        Failure onFail = reading.onFail;
        if (piece.role != Role.UNKNOWN) {
            piece.knownOn[site.index] = true;
        }
        boolean up = piece.role.above(Role.STOPPED);
        if (up && !site.online && !site.maintenance && piece.managed && world.fencing && !site.unseen) {
            site.fence(piece.id + " is thought to be active there");
        }
        if (site.unclean) {
            onFail = Failure.IGNORE; // it is stopped by fencing
        }
        switch (onFail) {
            case DEMOTE -> piece.failed = true;
            case FENCE -> site.fence(piece.id + " failed there");
            case STANDBY -> site.standby = true;
            case BLOCK -> {
                piece.managed = false;
                piece.blocked = true;
            }
            case BAN -> {
                piece.ban(site.index);
                Account.note(piece, site.index, -Scores.INFINITY, "it failed there");
            }
            case STOP -> piece.nextRole = Role.STOPPED;
            case RESTART -> {
                if (up) {
                    piece.failed = true;
                    piece.stopForFailure = true;
                }
            }
            case RESTART_CONTAINER -> {
                if (up) {
                    piece.failed = true;
                    piece.stopForFailure = true;
                }
                restartContainer(piece);
            }
            case IGNORE -> {}
        }
        if (up) {
            running(piece, site);
            if (onFail != Failure.IGNORE) {
                piece.failed = true;
                piece.stopForFailure |= onFail != Failure.DEMOTE && onFail != Failure.BLOCK;
            }
        }
        if (piece.role == Role.STOPPED && piece.migrationSource == site.index && piece.migrationTarget >= 0) {
            piece.role = Role.STARTED;
        }
    }

    private void restartContainer(Piece piece) {
        Piece container = world.byId.get(piece.meta("container", ""));
        if (container != null) {
            container.failed = true;
            container.stopForFailure = true;
        }
    }

    void running(Piece piece, Site site) {
        if (piece.runningOn.contains(site.index)) {
            return;
        }
        piece.runningOn.add(site.index);
        if (piece.primitive()) {
            site.running.add(piece);
            if (site.maintenance) {
                piece.managed = false;
                piece.maintenance = true;
            }
        }
        if (!piece.managed) {
            if (piece.primitive()) {
                if (piece.table[site.index] == Scores.ABSENT) {
                    piece.table[site.index] = 0;
                }
                Scores.add(piece.table, site.index, Scores.INFINITY);
            }
            for (Piece above = piece.parent; above != null && site.online; above = above.parent) {
                if (!above.runningOn.contains(site.index)) {
                    above.runningOn.add(site.index);
                }
            }
            return;
        }
        if (piece.primitive() && piece.runningOn.size() > 1) {
            multiple(piece);
        }
        if (piece.parent != null) {
            running(piece.parent, site);
        }
    }

    private static void multiple(Piece piece) {
        switch (piece.multiple) {
            case STOP_ONLY -> piece.banEverywhere();
            case BLOCK -> {
                List<Piece> blocked =
                        piece.parent != null && piece.parent.group() && piece.parent.multiple == Piece.Multiple.BLOCK
                                ? piece.parent.children
                                : List.of(piece);
                for (Piece each : blocked) {
                    each.managed = false;
                    each.blocked = true;
                }
            }
            default -> {}
        }
    }
}
