package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Settings;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that belongs to one run of the engine. */
final class World {
    /** What happens without quorum. */
    enum NoQuorum {
        STOP,
        FREEZE,
        IGNORE,
        DEMOTE,
        FENCE
    }

    /** How much capacity counts. */
    enum Strategy {
        DEFAULT,
        UTILIZATION,
        MINIMAL,
        BALANCED
    }

    final Cluster cluster;
    final Settings settings;
    final Site[] sites;
    final Map<String, Integer> siteNumbers = new HashMap<>();
    final Kinds kinds;
    final boolean symmetric;
    final boolean quorum;
    final NoQuorum noQuorum;
    final Strategy strategy;
    final boolean fencing;
    boolean fenceDevice;
    boolean unfencing;
    final boolean maintenance;
    final boolean stopAll;
    final long now;

    final List<Piece> tops = new ArrayList<>();
    final Map<String, Piece> byId = new HashMap<>();
    final List<Piece> primitives = new ArrayList<>();
    /** What happens in the log, in case somebody asks. */
    final FailCounts failCounts;

    /** Nothing moves but what has to. */
    boolean still;

    private int ranks;

    World(Cluster cluster) {
        this.cluster = cluster;
        settings = cluster.settings();
        now = cluster.now();
        kinds = new Kinds(cluster);
        symmetric = settings.flag("symmetric-cluster", true);
        quorum = cluster.quorum();
        fencing = settings.flag("fencing-enabled", true);
        maintenance = settings.flag("maintenance-mode", false);
        stopAll = settings.flag("stop-all-resources", false);
        strategy = switch (settings.text("placement-strategy", "default")) {
            case "utilization" -> Strategy.UTILIZATION;
            case "minimal" -> Strategy.MINIMAL;
            case "balanced" -> Strategy.BALANCED;
            default -> Strategy.DEFAULT;
        };
        noQuorum = noQuorum(settings.text("no-quorum-policy", "stop"));
        sites = new Site[cluster.nodes().size()];
        int number = 0;
        for (Node node : cluster.nodes()) {
            Site site = new Site(number, node, kinds.names.size());
            kinds.fill(site.free, node);
            sites[number] = site;
            siteNumbers.putIfAbsent(node.name(), number++);
        }
        findDevices(cluster.resources());
        failCounts = new FailCounts(this);
        for (Resource resource : cluster.resources()) {
            tops.add(build(resource, null, resource.id(), resource.id()));
        }
    }

    private NoQuorum noQuorum(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "ignore" -> NoQuorum.IGNORE;
            case "freeze" -> NoQuorum.FREEZE;
            case "demote" -> NoQuorum.DEMOTE;
            case "suicide", "fence" -> fencing ? NoQuorum.FENCE : NoQuorum.STOP;
            default -> NoQuorum.STOP;
        };
    }

    private void findDevices(List<Resource> resources) {
        for (Resource resource : resources) {
            if (resource.agent().fences()) {
                fenceDevice = true;
                unfencing |= resource.meta().getOrDefault("provides", "").equals("unfencing");
            }
            findDevices(resource.members());
        }
        fenceDevice |= settings.flag("have-watchdog", false)
                && Words.millis(settings.text("fencing-watchdog-timeout", "0"), 0) > 0;
    }

    int site(String name) {
        return siteNumbers.getOrDefault(name, -1);
    }

    Piece build(Resource resource, @Nullable Piece parent, String id, String base) {
        Piece piece = new Piece(this, id, base, resource, parent, ranks++);
        byId.putIfAbsent(id, piece);
        Traits.apply(this, piece);
        if (piece.cloned()) {
            int wanted = Math.max(piece.max, 1); // what is to have no instance may still have some to be stopped
            for (int number = 0; number < wanted; number++) {
                addInstance(piece);
            }
            if (piece.max == 0) {
                piece.children.forEach(World::remove);
            }
        } else if (piece.group()) {
            String number = id.substring(base.length());
            for (Resource member : resource.members()) {
                piece.children.add(build(member, piece, member.id() + number, member.id()));
            }
        } else {
            primitives.add(piece);
        }
        return piece;
    }

    Piece addInstance(Piece clone) {
        Resource member = clone.source.members().get(0);
        Piece instance = build(member, clone, member.id() + ":" + clone.children.size(), member.id());
        clone.children.add(instance);
        return instance;
    }

    static void remove(Piece piece) {
        piece.removed = true;
        piece.children.forEach(World::remove);
    }

    /** Whether a node may be fenced at all. */
    boolean canFence(Site site) {
        return fencing && fenceDevice && (quorum || noQuorum == NoQuorum.IGNORE || site.online);
    }

    boolean anyUsable(int[] table) {
        for (int node = 0; node < table.length; node++) {
            if (sites[node].usable(table[node])) {
                return true;
            }
        }
        return false;
    }
}
