package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Cluster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The nodes that the primitives of a cluster ought to be on. Pure: equal clusters and standings give equal placements. */
public final class Placement {
    private static final Standing NOWHERE = new Standing("", false, false, false, List.of());

    private final Cluster cluster;
    private final Map<String, Standing> standings;
    private final boolean still;
    private final int[] loadBefore;
    private final World world;
    /** The same with all that counted, made when somebody asks. */
    private @Nullable World traced;

    private Placement(Cluster cluster, Map<String, Standing> standings, boolean still, int[] loadBefore) {
        this.cluster = cluster;
        this.standings = standings;
        this.still = still;
        this.loadBefore = loadBefore.clone();
        world = place(false);
    }

    /** What decided between nodes. */
    public enum Choice {
        /** There was no node. */
        NONE,
        /** There was one node only. */
        ONLY,
        /** One node had the best score. */
        BEST,
        /** Of the equally good nodes it was on this one. */
        HOME,
        /** Of the equally good nodes this one had the least to run. */
        LOAD,
        /** Of the equally good nodes this one has the first name. */
        NAME
    }

    /**
     * Places everything.
     *
     * @param cluster the configuration and the nodes; its histories are not looked at
     * @param standings by primitive; one that is not named runs nowhere
     * @param still whether nothing is to move but what has to
     * @param load by node, how many instances of others are there
     */
    public static Placement of(Cluster cluster, Map<String, Standing> standings, boolean still, int[] load) {
        return new Placement(cluster, standings, still, load);
    }

    private World place(boolean withReasons) {
        World made = new World(cluster);
        made.still = still;
        new SiteStatus(made).apply();
        for (Site site : made.sites) {
            site.load = loadBefore[site.index];
        }
        made.primitives.forEach(piece -> stand(made, piece, standings.getOrDefault(piece.id, NOWHERE), still));
        Bonds.make(made);
        if (withReasons) {
            made.primitives.forEach(piece -> piece.account = new Account());
        }
        made.primitives.forEach(piece -> mark(piece, standings.getOrDefault(piece.id, NOWHERE)));
        new LocationRules(made).apply();
        made.tops.sort((a, b) -> Boolean.compare(b.active(), a.active())); // who runs is not displaced by who does not
        new Assigner(made).assignAll();
        return made;
    }

    /** {@return whether the placement would be the same with that load of others} */
    public boolean holdsWith(int[] load) {
        return world.primitives.stream().noneMatch(piece -> piece.loadMattered) || Arrays.equals(load, loadBefore);
    }

    /** Adds what is placed here to the load of others. */
    public void addTo(int[] load) {
        for (Piece piece : world.primitives) {
            if (piece.assigned >= 0) {
                load[piece.assigned]++;
            }
        }
    }

    private static void stand(World world, Piece piece, Standing standing, boolean still) {
        int home = world.site(standing.home());
        piece.ready = standing.ready();
        if (home >= 0) {
            piece.runningOn.add(home);
            piece.role = !piece.promotable ? Role.STARTED : standing.promoted() ? Role.PROMOTED : Role.UNPROMOTED;
            piece.promotion =
                    standing.promotion().isPresent() ? standing.promotion().getAsInt() : null;
            if (piece.cloneAbove() != null) {
                for (Piece above = piece.parent; above != null; above = above.parent) {
                    if (!above.runningOn.contains(home)) {
                        above.runningOn.add(home);
                    }
                }
            }
        }
        if (standing.stopped()) {
            piece.nextRole = Role.STOPPED;
        }
        if (standing.left()) {
            piece.managed = false;
        }
        if (still) {
            piece.stickiness = Scores.INFINITY;
            piece.keeps = standing.runs() ? home : -1;
        }
    }

    private static void mark(Piece piece, Standing standing) {
        for (Standing.Mark mark : standing.marks()) {
            Scores.add(piece.table, mark.node(), mark.score());
            Account.note(piece, mark.node(), mark.score(), mark.text());
        }
    }

    private World traced() {
        World known = traced;
        if (known == null) {
            known = place(true);
            traced = known;
        }
        return known;
    }

    private Piece piece(String primitive) {
        return piece(world, primitive);
    }

    private static Piece piece(World world, String primitive) {
        Piece piece = world.byId.get(primitive);
        if (piece == null || !piece.primitive()) {
            throw new IllegalArgumentException("there is no primitive '" + primitive + "'");
        }
        return piece;
    }

    /** {@return whether the primitive ought to be promoted where it ought to be} */
    public boolean promoted(String primitive) {
        Piece piece = piece(primitive);
        return piece.assigned >= 0 && piece.nextRole == Role.PROMOTED;
    }

    /** {@return how much speaks for promoting the primitive where it ought to be, below 0 if it cannot be promoted} */
    public int promotion(String primitive) {
        Piece piece = piece(primitive);
        return piece.assigned < 0 ? -Scores.INFINITY : Math.max(piece.sortIndex, -Scores.INFINITY);
    }

    /** {@return number of the node that the primitive ought to be on, or -1} */
    public int node(String primitive) {
        return piece(primitive).assigned;
    }

    /** {@return the node's score for the primitive, minus infinity where it cannot be used at all} */
    public int score(String primitive, int node) {
        int score = piece(primitive).table[node];
        return world.sites[node].usable(score) ? score : Math.min(Math.max(score, -Scores.INFINITY), -1);
    }

    /** {@return what was added on a node} */
    public List<Standing.Mark> marks(String primitive, int node) {
        Account account = piece(traced(), primitive).account;
        if (account == null) {
            return List.of();
        }
        return account.lines.stream()
                .filter(line -> line.node() == node && !line.text().equals(Promotion.TO_BE_PROMOTED))
                .map(line -> new Standing.Mark(node, line.score(), line.inFull()))
                .distinct()
                .toList();
    }

    /** {@return what decided for the node} */
    public Choice choice(String primitive) {
        return piece(primitive).choice;
    }

    /** {@return the nodes that were equally good, by their numbers; empty where one was the best} */
    public List<Integer> equals(String primitive) {
        Piece piece = piece(primitive);
        List<Integer> equal = new ArrayList<>();
        for (Site site : world.sites) {
            if (piece.assigned >= 0
                    && site.usable(piece.table[site.index])
                    && piece.table[site.index] == piece.table[piece.assigned]) {
                equal.add(site.index);
            }
        }
        return equal;
    }

    /** {@return what speaks against a node: the reasons why it cannot be used, or else all that counts against it; in words} */
    public String against(String primitive, int node) {
        return against(piece(traced(), primitive), node, new HashSet<>());
    }

    private String against(Piece piece, int node, Set<Piece> asked) {
        Account account = piece.account;
        if (account == null || !asked.add(piece)) {
            return "";
        }
        Set<String> fatal = new LinkedHashSet<>();
        Set<String> bad = new LinkedHashSet<>();
        for (Account.Line line : account.lines) {
            if (line.node() == node && line.score() < 0 && !line.text().equals(Promotion.TO_BE_PROMOTED)) {
                Piece who = line.who();
                String because = who == null ? "" : blame(who, node, asked);
                (line.score() <= -Scores.INFINITY ? fatal : bad)
                        .add(line.text() + (because.isEmpty() ? "" : " (" + because + ")"));
            }
        }
        return String.join("; ", fatal.isEmpty() ? bad : fatal);
    }

    /** Why one who follows cannot be there: for its own sake, or for those who follow it. */
    private String blame(Piece who, int node, Set<Piece> asked) {
        Piece head = first(who);
        String own = against(head, node, asked);
        if (!own.isEmpty()) {
            return own;
        }
        for (Bond bond : Bonds.withMe(head)) {
            String theirs = bond.score() > 0 ? against(first(bond.dependent()), node, asked) : "";
            if (!theirs.isEmpty()) {
                return bond.dependent() + ": " + theirs;
            }
        }
        return "";
    }

    private static Piece first(Piece piece) {
        Piece head = piece;
        while (!head.primitive() && !head.children.isEmpty()) {
            head = head.first();
        }
        return head;
    }
}
