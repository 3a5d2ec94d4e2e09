package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Location;
import io.holdfast.planner.cluster.Rule;
import io.holdfast.planner.cluster.Rules;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Puts into the tables what constraints, the health of nodes, failures and the wish to stay say about places. */
final class LocationRules {
    private final World world;
    private final Map<Piece, boolean[]> exclusive = new HashMap<>();
    /** What runs in which container. */
    private final Map<Piece, List<Piece>> contents = new HashMap<>();

    LocationRules(World world) {
        this.world = world;
    }

    void apply() {
        for (Piece piece : world.primitives) {
            Piece container = Bonds.container(world, piece);
            if (container != null) {
                contents.computeIfAbsent(container, unused -> new ArrayList<>()).add(piece);
            }
        }
        health();
        for (Location location : world.cluster.locations()) {
            constraint(location);
        }
        world.primitives.forEach(this::failures);
        exclusive.forEach(LocationRules::confine);
        world.primitives.forEach(this::stickiness);
    }

    // ---- constraints

    private void constraint(Location location) {
        if (location.resource().startsWith("/")) {
            pattern(location);
            return;
        }
        Piece piece = world.byId.get(location.resource());
        if (piece == null) {
            piece = world.byId.get(location.resource() + ":0");
            piece = piece == null ? null : piece.parent; // the instances of a clone all have the same places
            if (piece != null && !piece.cloned()) {
                return;
            }
        }
        if (piece != null) {
            constraint(location, piece, null);
        }
    }

    private void pattern(Location location) {
        String text = location.resource().substring(1);
        boolean inverted = text.startsWith("!");
        try {
            Pattern pattern = Pattern.compile(inverted ? text.substring(1) : text);
            for (Piece piece : List.copyOf(world.tops)) {
                Matcher matcher = pattern.matcher(piece.id);
                if (matcher.find() != inverted) {
                    constraint(location, piece, inverted ? null : matcher);
                }
            }
        } catch (PatternSyntaxException e) {
            return; // a pattern that is none fits nothing
        }
    }

    private void constraint(Location location, Piece piece, @Nullable Matcher matcher) {
        int[] scores = new int[world.sites.length];
        Arrays.fill(scores, Scores.ABSENT);
        Location.Place place = location.place();
        if (place instanceof Location.Named named) {
            int site = world.site(named.node());
            if (site < 0) {
                return;
            }
            scores[site] = named.score();
        } else if (place instanceof Location.Where where) {
            fill(scores, where.rule(), piece, site -> where.score());
        } else if (place instanceof Location.ByAttribute by) {
            String attribute = matcher == null ? by.attribute() : groups(by.attribute(), matcher);
            fill(scores, by.rule(), piece, site -> {
                String value = site.node.attributes().get(attribute);
                return value == null ? Scores.ABSENT : Words.score(value); // without a value the node is not meant
            });
        }
        boolean only = location.discovery().equals("only")
                || (location.discovery().equals("exclusive") && piece.parent == null); // as in Pacemaker
        if (only) {
            exclusive.computeIfAbsent(piece, unused -> new boolean[scores.length]);
        }
        Role role = Role.of(location.role());
        if (role.above(Role.STARTED)) {
            piece.roleScores.add(new Piece.RoleScore(role, scores));
            if (role != piece.nextRole) {
                return;
            }
        }
        if (only) {
            boolean[] allowed = exclusive.computeIfAbsent(piece, unused -> new boolean[scores.length]);
            for (int node = 0; node < scores.length; node++) {
                allowed[node] |= scores[node] != Scores.ABSENT;
            }
        }
        add(piece, scores, location.id().contains(" ") ? location.id() : "constraint " + location.id());
    }

    private static String groups(String text, Matcher matcher) {
        String result = text;
        for (int i = 0; i <= Math.min(9, matcher.groupCount()); i++) {
            String group = matcher.group(i);
            result = result.replace("%" + i, group == null ? "" : group);
        }
        return result;
    }

    private interface Score {
        int of(Site site);
    }

    private void fill(int[] scores, Rule rule, Piece piece, Score score) {
        for (Site site : world.sites) {
            Rules.Question question = new Rules.Question(
                    site.node.attributes()::get,
                    piece.source.parameters(),
                    piece.source.meta(),
                    piece.source.agent(),
                    "",
                    0,
                    world.now);
            if (Rules.holds(rule, question)) {
                scores[site.index] = score.of(site);
            }
        }
    }

    /** A group goes where its first member goes, so the others only get to know the nodes. */
    static void add(Piece piece, int[] scores, String text) {
        for (int node = 0; node < scores.length; node++) {
            if (scores[node] != Scores.ABSENT) {
                if (piece.table[node] == Scores.ABSENT) {
                    piece.table[node] = 0;
                }
                Scores.add(piece.table, node, scores[node]);
                Account.note(piece, node, scores[node], text);
            }
        }
        if (piece.group()) {
            int[] zero = null;
            for (Piece member : piece.children) {
                add(member, zero == null ? scores : zero, text);
                if (zero == null) {
                    zero = scores.clone();
                    for (int node = 0; node < zero.length; node++) {
                        zero[node] = zero[node] == Scores.ABSENT ? Scores.ABSENT : 0;
                    }
                }
            }
        } else {
            for (Piece child : piece.children) {
                add(child, scores, text);
            }
        }
    }

    private static void confine(Piece piece, boolean[] allowed) {
        for (int node = 0; node < allowed.length; node++) {
            if (!allowed[node]) {
                piece.ban(node);
            }
        }
        piece.children.forEach(child -> confine(child, allowed));
    }

    // ---- health

    private void health() {
        String strategy = world.settings.text("node-health-strategy", "none");
        if (strategy.equals("none") || strategy.equals("custom")) {
            return;
        }
        Map<String, Integer> colours = new HashMap<>();
        switch (strategy) {
            case "migrate-on-red" -> colours.put("red", -Scores.INFINITY);
            case "only-green" -> {
                colours.put("red", -Scores.INFINITY);
                colours.put("yellow", -Scores.INFINITY);
            }
            case "progressive" -> {
                colours.put("red", Words.score(world.settings.text("node-health-red", "-INFINITY")));
                colours.put("yellow", Words.score(world.settings.text("node-health-yellow", "0")));
                colours.put("green", Words.score(world.settings.text("node-health-green", "0")));
            }
            default -> {
                return;
            }
        }
        int base = strategy.equals("progressive") ? Words.score(world.settings.text("node-health-base", "0")) : 0;
        for (Site site : world.sites) {
            int health = base;
            for (Map.Entry<String, String> attribute : site.node.attributes().entrySet()) {
                if (attribute.getKey().startsWith("#health")) {
                    Integer colour = colours.get(attribute.getValue());
                    health = Scores.add(health, colour == null ? Words.score(attribute.getValue()) : colour);
                }
            }
            if (health != 0) {
                int[] scores = new int[world.sites.length];
                Arrays.fill(scores, Scores.ABSENT);
                scores[site.index] = health;
                for (Piece piece : world.tops) {
                    if (health > 0 || !piece.flag("allow-unhealthy-nodes", false)) {
                        add(piece, scores, "the health of the node");
                    }
                }
            }
        }
    }

    // ---- failures and stickiness

    private void failures(Piece piece) {
        for (Site site : world.sites) {
            if (!world.failCounts.any(site.index)
                    || piece.threshold == 0
                    || piece.ignoresFailure
                    || world.failCounts.cleared(piece, site.index)) {
                continue;
            }
            int count = failures(piece, site.index);
            if (count > 0 && count >= piece.threshold) {
                Piece clone = piece.cloneAbove();
                HistoryReader.banBecause(
                        clone != null && !clone.unique ? clone : piece, site.index, "it failed there too often");
            }
        }
    }

    /** Of a container also those of what runs in it. */
    private int failures(Piece piece, int site) {
        int count = world.failCounts.effective(piece, site);
        for (Piece inside : contents.getOrDefault(piece, List.of())) {
            count = Scores.add(count, world.failCounts.effective(inside, site));
        }
        return count;
    }

    private void stickiness(Piece piece) {
        if (piece.managed && piece.stickiness >= 1 && piece.runningOn.size() == 1) {
            int home = piece.home();
            if (piece.table[home] != Scores.ABSENT) {
                Scores.add(piece.table, home, piece.stickiness);
                Account.note(piece, home, piece.stickiness, "it likes to stay");
            }
        }
    }
}
