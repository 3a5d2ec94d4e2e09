package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.History;
import io.holdfast.planner.cluster.Resource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the piece that a history is about; numbers of anonymous instances mean nothing. */
final class HistoryOwner {
    private final World world;

    HistoryOwner(World world) {
        this.world = world;
    }

    @Nullable
    Piece find(History history, Site site) {
        String name = history.resource();
        Piece piece = world.byId.get(name);
        if (piece == null) {
            Piece zero = world.byId.get(name + ":0");
            if (zero != null && zero.instanceOfAnonymous()) {
                piece = zero;
            } else {
                // an instance whose number is higher than any that there is
                Piece base = world.byId.get(FailCounts.strip(name) + ":0");
                piece = base != null && base.primitive() && base.instanceOfAnonymous() ? base : null;
            }
        } else if (!piece.primitive()) {
            return null;
        }
        if (piece != null && !piece.primitive()) {
            return null;
        }
        if (piece != null && piece.instanceOfAnonymous()) {
            Piece clone = piece.cloneAbove();
            piece = clone == null ? piece : instance(clone, piece.base, site);
        }
        if (piece == null) {
            piece = leftOver(history);
        }
        piece.recordedName = name;
        return piece;
    }

    private Piece instance(Piece clone, String base, Site site) {
        Piece found = null;
        Piece idle = null;
        boolean skipIdle = false;
        for (Piece instance : clone.children) {
            Piece part = part(instance, base);
            if (part == null) {
                continue;
            }
            if (instance.active()) {
                if (instance.runningOn.contains(site.index) && instance.home() == site.index) {
                    if (part.active()) {
                        skipIdle = true; // more records than one there: the others are left over
                    } else {
                        found = part;
                    }
                }
            } else if (!skipIdle && idle == null && !instance.blocked && !instance.removed) {
                boolean promised = part.pendingSite >= 0 && part.pendingSite != site.index;
                idle = promised ? null : part;
            }
        }
        if (found == null && !skipIdle) {
            found = idle;
        }
        boolean wasted = found != null
                && found.needs.compareTo(Piece.Needs.FENCING) < 0
                && !site.online
                && clone.max != world.sites.length;
        if (found == null || wasted) {
            Piece added = world.addInstance(clone);
            World.remove(added);
            Piece part = part(added, base);
            return part == null ? added : part;
        }
        return found;
    }

    private static @Nullable Piece part(Piece instance, String base) {
        if (instance.primitive()) {
            return instance.base.equals(base) ? instance : null;
        }
        return instance.children.stream()
                .filter(member -> member.base.equals(base))
                .findFirst()
                .orElse(null);
    }

    /** What is no longer configured is stopped. */
    private Piece leftOver(History history) {
        Resource resource = new Resource(
                history.resource(),
                Resource.Kind.PRIMITIVE,
                history.agent(),
                Map.of(),
                Map.of(),
                Map.of(),
                List.of(),
                List.of());
        Piece piece = world.build(resource, null, history.resource(), history.resource());
        piece.removed = true;
        world.tops.add(piece);
        if (world.settings.flag("stop-removed-resources", true)) {
            Arrays.fill(piece.table, -Scores.INFINITY); // also where nobody asked for it yet
        } else {
            piece.managed = false;
        }
        return piece;
    }
}
