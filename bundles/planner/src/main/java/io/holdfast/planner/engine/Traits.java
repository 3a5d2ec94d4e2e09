package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Words;
import java.util.Locale;

/** Reads how a piece is to be treated. */
final class Traits {
    private Traits() {}

    static void apply(World world, Piece piece) {
        piece.configuredPriority = Words.score(piece.meta("priority", "0"));
        piece.priority = piece.configuredPriority;
        piece.stickiness = Words.score(piece.meta("resource-stickiness", "0"));
        piece.critical = piece.flag("critical", true);
        String threshold = piece.meta("migration-threshold", "INFINITY");
        piece.threshold = Math.max(0, Words.score(threshold));
        piece.failureTimeout = Words.millis(piece.meta("failure-timeout", "0"), 0) / 1000;
        piece.migratable = piece.primitive() && piece.flag("allow-migrate", false);
        piece.managed = piece.flag("is-managed", world.settings.flag("is-managed-default", true));
        if (piece.flag("maintenance", false) || world.maintenance) {
            piece.managed = false;
            piece.maintenance = true;
        }
        piece.multiple = switch (piece.meta("multiple-active", "stop_start")) {
            case "stop_only" -> Piece.Multiple.STOP_ONLY;
            case "block" -> Piece.Multiple.BLOCK;
            case "stop_unexpected" -> Piece.Multiple.STOP_UNEXPECTED;
            default -> Piece.Multiple.STOP_START;
        };
        piece.needs = needs(world, piece);
        if (piece.cloned()) {
            instances(world, piece);
        }
        piece.nextRole = target(piece);
    }

    private static Piece.Needs needs(World world, Piece piece) {
        boolean device = piece.source.agent().fences();
        Piece.Needs needs = switch (piece.meta("requires", "").toLowerCase(Locale.ROOT)) {
            case "nothing" -> Piece.Needs.NOTHING;
            case "quorum" -> Piece.Needs.QUORUM;
            case "fencing" -> Piece.Needs.FENCING;
            case "unfencing" -> Piece.Needs.UNFENCING;
            default -> usualNeeds(world, device);
        };
        if (needs.compareTo(Piece.Needs.QUORUM) > 0 && !world.fencing) {
            return Piece.Needs.QUORUM;
        }
        return device && needs == Piece.Needs.UNFENCING ? Piece.Needs.QUORUM : needs;
    }

    private static Piece.Needs usualNeeds(World world, boolean device) {
        if (device) {
            return Piece.Needs.QUORUM;
        } else if (world.unfencing && world.fencing) {
            return Piece.Needs.UNFENCING;
        } else if (world.fencing) {
            return Piece.Needs.FENCING;
        }
        return world.noQuorum == World.NoQuorum.IGNORE ? Piece.Needs.NOTHING : Piece.Needs.QUORUM;
    }

    private static void instances(World world, Piece clone) {
        clone.max = number(clone, "clone-max", world.sites.length);
        clone.nodeMax = clone.unique ? number(clone, "clone-node-max", 1) : 1;
        clone.promotedMax = clone.promotable ? number(clone, "promoted-max", 1) : 0;
        clone.promotedNodeMax = clone.promotable ? number(clone, "promoted-node-max", 1) : 0;
    }

    private static int number(Piece piece, String name, int usual) {
        String value = piece.source.meta().get(name);
        return value == null ? usual : (int) Math.max(0, Words.leadingNumber(value));
    }

    /** The role that is asked for, as far as it takes anything away. */
    static Role target(Piece piece) {
        Role role = Role.of(piece.meta("target-role", "Started"));
        return switch (role) {
            case STOPPED -> Role.STOPPED;
            case UNPROMOTED -> piece.promotable ? Role.UNPROMOTED : Role.UNKNOWN;
            default -> Role.UNKNOWN;
        };
    }
}
