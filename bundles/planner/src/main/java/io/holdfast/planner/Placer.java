package io.holdfast.planner;

import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Gives each resource its node: one after the other, the most important first, those that others follow before them; no decision is
 * taken back.
 */
final class Placer {
    static final int NOWHERE = -1;

    final Facts facts;
    final Sites sites;
    final Links links;
    final List<Stand> stands = new ArrayList<>();
    final List<Table> tables;
    final int[] targets;
    final String[] reasons;
    /** Where each is or last was, or would be if an earlier placement had been carried out. */
    private final int[] homes;
    /** Nothing moves but what has to. */
    private final boolean still;

    private final Map<String, Integer> numbers = new HashMap<>();
    private final int[] load;
    private final boolean[] begun;

    /** Places everything; reasons are kept for the {@code traced} instances. */
    Placer(Facts facts, Set<String> traced) {
        this(facts, traced, null, false);
    }

    /** The same if nothing were to move but what has to. */
    static Placer still(Facts facts, Set<String> traced) {
        return new Placer(facts, traced, null, true);
    }

    /** The same once this placement had been carried out. */
    Placer next() {
        int[] after = targets.clone();
        for (int i = 0; i < after.length; i++) {
            after[i] = after[i] < 0 ? homes[i] : after[i];
        }
        return new Placer(facts, Set.of(), after, false);
    }

    private Placer(Facts facts, Set<String> traced, int @Nullable [] homes, boolean still) {
        this.facts = facts;
        this.still = still;
        Configuration configuration = facts.state().configuration();
        sites = new Sites(facts);
        for (Resource resource : configuration.resources().values()) {
            numbers.put(resource.name(), stands.size());
            stands.add(Stand.of(facts, sites, resource));
        }
        this.homes =
                homes != null ? homes : stands.stream().mapToInt(Stand::home).toArray();
        links = new Links(configuration, numbers);
        targets = new int[stands.size()];
        Arrays.fill(targets, NOWHERE);
        reasons = new String[stands.size()];
        Arrays.fill(reasons, "");
        load = new int[sites.count()];
        begun = new boolean[stands.size()];
        tables = new Scoring(facts, sites, links, stands, this.homes, traced).tables();
        inOrder().forEach(this::assign);
    }

    /** Whether something is to leave a node that it could stay on. */
    boolean moves() {
        for (int i = 0; i < targets.length; i++) {
            if (homes[i] >= 0
                    && targets[i] != homes[i]
                    && sites.problem(homes[i]).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    boolean sameAs(Placer other) {
        return Arrays.equals(targets, other.targets);
    }

    int number(String instance) {
        return numbers.getOrDefault(instance, -1);
    }

    private List<Integer> inOrder() {
        Comparator<Integer> order = Comparator.<Integer>comparingInt(
                        i -> -stands.get(i).resource().priority())
                .thenComparingInt(i -> homes[i] < 0 ? Score.INFINITY + 1 : -scoreAtHome(i))
                .thenComparingInt(i -> -tables.get(i).best())
                .thenComparingInt(i -> i);
        return IntStream.range(0, stands.size()).boxed().sorted(order).toList();
    }

    /** The same while it runs and while it is between a stop and a start, or a move would be taken back halfway. */
    private int scoreAtHome(int i) {
        return tables.get(i).scores[homes[i]];
    }

    private void assign(int i) {
        if (begun[i]) {
            return;
        }
        begun[i] = true;
        links.follows.get(i).forEach(tie -> assign(tie.other()));
        Stand stand = stands.get(i);
        if (!stand.pinned().isEmpty()) {
            settle(i, stand.here(), stand.pinned());
        } else if (stand.record().wanted().stopped()) {
            settle(i, NOWHERE, "it is stopped on request, until 'ha start " + stand.name() + "'");
        } else if (stand.left()) {
            settle(i, NOWHERE, "it is stopped, and in maintenance");
        } else {
            Table table = tables.get(i).copy();
            String leader = follow(i, table);
            consider(i, table);
            tables.set(i, table);
            choose(i, table, leader);
        }
    }

    private void settle(int i, int node, String reason) {
        targets[i] = node;
        reasons[i] = reason;
        if (node >= 0) {
            load[node]++;
        }
    }

    /** Goes where those that it follows are; returns whom it must be with, or nothing. */
    private String follow(int i, Table table) {
        String leader = "";
        for (Links.Tie tie : links.follows.get(i)) {
            if (Math.abs(tie.score()) >= Score.INFINITY) {
                boolean must = tie.score() > 0;
                mustFollow(tie, table);
                leader = must && leader.isEmpty() ? stands.get(tie.other()).name() : leader;
            }
        }
        for (Links.Tie tie : links.follows.get(i)) {
            int node = targets[tie.other()];
            if (Math.abs(tie.score()) < Score.INFINITY && node >= 0) {
                String other = stands.get(tie.other()).name();
                addIfUsable(table, node, tie.score(), () -> other + " is there");
            }
        }
        return leader;
    }

    private void mustFollow(Links.Tie tie, Table table) {
        int place = targets[tie.other()];
        String other = stands.get(tie.other()).name();
        for (int node = 0; node < table.scores.length; node++) {
            if (tie.score() > 0 && node != place) {
                table.add(
                        node,
                        -Score.INFINITY,
                        () -> "it must be with " + other + ", which is "
                                + (place < 0 ? "to run nowhere" : "to be on " + sites.name(place)));
            } else if (tie.score() < 0 && node == place) {
                table.add(node, -Score.INFINITY, () -> "it must not be with " + other);
            }
        }
    }

    private void addIfUsable(Table table, int node, int score, Table.Text text) {
        int old = table.scores[node];
        table.scores[node] = Score.add(old, score);
        boolean usable = table.usable();
        table.scores[node] = old;
        if (usable) {
            table.add(node, score, text);
        }
    }

    /** Takes those that will follow into account, as far as that leaves a node. */
    private void consider(int i, Table table) {
        if (!links.followers.get(i).isEmpty()) {
            boolean[] seen = new boolean[stands.size()];
            seen[i] = true;
            consider(i, table, seen);
        }
    }

    /** Each follower counts once, by all its ties to this one. */
    private void consider(int i, Table table, boolean[] seen) {
        List<Links.Tie> ties = links.followers.get(i).stream()
                .filter(tie -> !seen[tie.other()])
                .filter(tie -> !stands.get(tie.other()).record().wanted().stopped())
                .toList();
        for (Links.Tie tie : ties) {
            seen[tie.other()] = true;
            Table theirs = tables.get(tie.other());
            if (theirs.usable()) {
                considerOne(table, theirs, tie.score(), stands.get(tie.other()).name());
            }
        }
        ties.stream().filter(tie -> tie.score() > 0).forEach(tie -> consider(tie.other(), table, seen));
    }

    private static void considerOne(Table table, Table theirs, int weight, String name) {
        boolean usable = false;
        for (int node = 0; node < table.scores.length; node++) {
            usable |= Score.add(table.scores[node], Score.scale(theirs.scores[node], weight)) >= 0;
        }
        for (int node = 0; usable && node < table.scores.length; node++) {
            int score = Score.scale(theirs.scores[node], weight);
            int at = node;
            table.add(
                    node,
                    score,
                    () -> name + ", which follows, "
                            + (score <= -Score.INFINITY
                                    ? "cannot be there" + because(theirs.against(at))
                                    : "counts it so"));
        }
    }

    private static String because(String text) {
        return text.isEmpty() ? "" : " (" + text + ")";
    }

    private void choose(int i, Table table, String leader) {
        if (still && homes[i] >= 0 && table.scores[homes[i]] >= 0) {
            settle(
                    i,
                    homes[i],
                    "it stays where it is, because the constraints would have it moved to and fro without end");
            return;
        }
        NodeChoice choice = NodeChoice.of(table, load, homes[i], sites);
        String reason = choice.reason();
        if (choice.node() >= 0 && !leader.isEmpty()) {
            reason = "it must be with " + leader + ", which is to be there";
        }
        if (choice.node() >= 0 && stands.get(i).record().wanted().movedTo().equals(sites.name(choice.node()))) {
            reason = "it was moved there on request, until 'ha unmove "
                    + stands.get(i).name() + "'";
        }
        settle(i, choice.node(), reason);
    }
}
