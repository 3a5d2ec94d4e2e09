package io.holdfast.planner;

import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.Instances;
import io.holdfast.model.PromotionScore;
import io.holdfast.model.config.Constraint;
import io.holdfast.planner.engine.Placement;
import io.holdfast.planner.engine.Standing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Asks the engine where everything ought to be. What is different live is said here and nowhere else: what a silent or expelled node
 * holds stays its own, a type is run only where it is on offer, and who is between a stop and a start counts where it was.
 */
final class Placer {
    static final int NOWHERE = -1;

    final Facts facts;
    final Sites sites;
    final Links links;
    final List<Stand> stands;
    final int[] targets;
    /** Nothing moves but what has to. */
    final boolean still;

    private final Memory memory;
    /** By number; of a right the one of its copies. */
    final Placement[] placements;

    private final Failures failures;
    /** Where each is or last was, or would be if an earlier placement had been carried out. */
    final int[] homes;
    /** Nodes that cannot run a type, by type: there are fewer of those than resources. */
    private final Map<String, List<Standing.Mark>> unusable = new HashMap<>();

    /** Places everything. */
    Placer(Facts facts, Memory memory) {
        this(facts, memory, null, false);
    }

    /** The same if nothing were to move but what has to. */
    static Placer still(Facts facts, Memory memory) {
        return new Placer(facts, memory, null, true);
    }

    /**
     * The same once of this placement had been carried out what can be: what a lost node holds stays its own until that is fenced.
     *
     * @param started whether what runs nowhere now has been started too; it may have to wait for others
     */
    Placer next(boolean started) {
        int[] after = targets.clone();
        for (int i = 0; i < after.length; i++) {
            Stand stand = stands.get(i);
            boolean there = after[i] >= 0 && !stand.lost(sites) && (started || stand.held());
            after[i] = there ? after[i] : homes[i];
        }
        return new Placer(facts, memory.ahead(), after, false);
    }

    @SuppressWarnings(
            "ReferenceEquality") // the very stand of the last plan was looked at before; an equal one is as good as new
    private Placer(Facts facts, Memory memory, int @Nullable [] homes, boolean still) {
        this.facts = facts;
        this.memory = memory;
        this.still = still;
        failures = new Failures(facts);
        links = memory.links(facts.state());
        List<Stand> before = memory.known();
        stands = memory.stands(facts, new Sites(facts, memory.asked()));
        sites = memory.sites();
        boolean[] same = new boolean[stands.size()];
        this.homes = new int[stands.size()];
        for (int i = 0; i < same.length; i++) {
            boolean alone = links.siblings(stands.get(i).name()).isEmpty(); // what fails elsewhere is nothing to it
            this.homes[i] = homes != null ? homes[i] : stands.get(i).home();
            same[i] = homes == null
                    && alone
                    && i < before.size()
                    && before.get(i) == stands.get(i)
                    && !stands.get(i).lost(sites);
        }
        memory.place(LiveCluster.status(facts, sites, memory.asked()), this::standing, same, still);
        placements = memory.placements();
        targets = memory.targets();
        Rights.place(this);
    }

    /** Whether the plan may differ though nothing but the time did. */
    boolean timed() {
        return memory.asked().timed();
    }

    Placement placement(int i) {
        return placements[i];
    }

    private Standing standing(int i) {
        Stand stand = stands.get(i);
        List<Standing.Mark> marks =
                new ArrayList<>(unusable.computeIfAbsent(stand.resource().type(), this::unusable));
        marks.addAll(bans(stand));
        if (links.clone(stand.name()).filter(clone -> !clone.unique()).isPresent()) { // they are all alike
            for (int sibling : links.siblings(stand.name()).orElseThrow().instances()) {
                if (sibling != i) {
                    marks.addAll(bans(stands.get(sibling)));
                }
            }
        }
        int wanted = sites.numberOf(stand.record().wanted().movedTo());
        if (wanted >= 0) {
            marks.add(new Standing.Mark(wanted, Constraint.INFINITY, "moved there on request"));
        }
        boolean pinned = !stand.pinned().isEmpty();
        boolean left = pinned || stand.left();
        int home = pinned ? stand.here() : left ? NOWHERE : homes[i];
        boolean stopped = stand.record().wanted().stopped() || !stand.failed().isEmpty() || makesNoRoom(stand);
        boolean runs = stand.held() && !stand.revoked() && home == stand.here() && !stand.lost(sites);
        boolean ready = home == stand.here() && stand.serves(sites);
        OptionalInt promotion = stand.grant().isPresent() && home == stand.here()
                ? PromotionScore.of(stand.record(), stand.grant().get())
                : OptionalInt.empty();
        boolean promoted = home >= 0 && Rights.promoted(this, i, home, left);
        return new Standing(home < 0 ? "" : sites.name(home), runs, stopped, left, promoted, ready, promotion, marks);
    }

    private List<Standing.Mark> bans(Stand stand) {
        List<Standing.Mark> marks = new ArrayList<>();
        for (Map.Entry<String, FailureRecord> failure :
                stand.record().failures().entrySet()) {
            int node = sites.numberOf(failure.getKey());
            String ban = failures.ban(stand.resource(), failure.getValue());
            if (node >= 0 && !ban.isEmpty()) {
                marks.add(new Standing.Mark(node, -Constraint.INFINITY, ban));
            }
        }
        return marks;
    }

    /** Whether it waits for a lost node to be fenced, and nothing is to move on its account until then. */
    private boolean makesNoRoom(Stand stand) {
        return still && stand.lost(sites);
    }

    /** The nodes that cannot run the type at all, and why. */
    private List<Standing.Mark> unusable(String type) {
        List<Standing.Mark> marks = new ArrayList<>();
        for (int node = 0; node < sites.count(); node++) {
            String problem = sites.problem(node);
            if (!problem.isEmpty()) {
                marks.add(new Standing.Mark(node, -Constraint.INFINITY, problem));
            } else if (!sites.facts(node).types().contains(type)) {
                marks.add(new Standing.Mark(node, -Constraint.INFINITY, "does not offer type " + type));
            }
        }
        return marks;
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

    /** Why it can neither be stopped nor moved now, empty if it can; who cannot be stopped is not demoted either. */
    String pinned(int i) {
        Stand stand = stands.get(i);
        if (!stand.held() || !stand.pinned().isEmpty() || !isRight(i)) {
            return stand.pinned();
        }
        for (int copy : links.siblings(stand.name()).orElseThrow().instances()) {
            if (stands.get(copy).here() == stand.here()) {
                return stands.get(copy).pinned();
            }
        }
        return "";
    }

    /** How many instances of the document somebody holds. */
    int held() {
        int held = 0;
        for (Stand stand : stands) {
            held += stand.held() ? 1 : 0;
        }
        return held;
    }

    int number(String instance) {
        return links.numberOf(instance);
    }

    int score(int i, int node) {
        return isRight(i)
                ? Rights.score(this, i, node)
                : placement(i).score(stands.get(i).name(), node);
    }

    private boolean isRight(int i) {
        return Instances.isRight(stands.get(i).name());
    }

    List<Standing.Mark> marks(int i, int node) {
        return isRight(i) ? List.of() : placement(i).marks(stands.get(i).name(), node);
    }

    /** What speaks against a node, in words. */
    String against(int i, int node) {
        return isRight(i)
                ? Rights.against(this, i, node)
                : placement(i).against(stands.get(i).name(), node);
    }

    /** Why it is to be there, or nowhere. */
    String reason(int i) {
        Stand stand = stands.get(i);
        if (!pinned(i).isEmpty()) {
            return pinned(i);
        } else if (stand.record().wanted().stopped()) {
            return "it is stopped on request, until 'ha start " + links.asked(stand.name()) + "'";
        } else if (!stand.failed().isEmpty()) {
            return stand.failed();
        } else if (stand.left()) {
            return "it is stopped, and in maintenance";
        } else if (makesNoRoom(stand)) {
            return "where it goes is decided once " + sites.name(stand.here())
                    + " is proved fenced, because until then the constraints would have others moved to and fro without end";
        } else if (isRight(i)) {
            return Rights.reason(this, i);
        } else if (targets[i] < 0) {
            return nowhere(i);
        } else if (stand.record().wanted().movedTo().equals(sites.name(targets[i]))) {
            return "it was moved there on request, until 'ha unmove " + stand.name() + "'";
        } else if (still && targets[i] == homes[i]) {
            return "it stays where it is, because the constraints would have it moved to and fro without end";
        }
        for (Links.Tie tie : links.follows.get(i)) {
            if (tie.score() >= Constraint.INFINITY) {
                return "it must be with " + stands.get(tie.other()).name() + ", which is to be there";
            }
        }
        return chosen(i);
    }

    private String chosen(int i) {
        String name = stands.get(i).name();
        String node = sites.name(targets[i]);
        List<Integer> equal = placement(i).equals(name);
        String among =
                String.join(", ", equal.stream().limit(5).map(sites::name).toList())
                        + (equal.size() > 5 ? ", ..." : "");
        return switch (placement(i).choice(name)) {
            case NONE, ONLY -> "only " + node + " can run it";
            case BEST ->
                node + " has the best score (" + Score.text(score(i, targets[i])) + ", the next has "
                        + Score.text(secondBest(i)) + ")";
            case HOME -> "it is there already, and no other node is better (" + among + " are equally good)";
            case LOAD -> node + " is to run the fewest instances of the equally good " + among;
            case NAME -> node + " is the first by name of the equally good " + among;
        };
    }

    private int secondBest(int i) {
        int second = -Constraint.INFINITY;
        for (int node = 0; node < sites.count(); node++) {
            second = node == targets[i] ? second : Math.max(second, score(i, node));
        }
        return second;
    }

    private String nowhere(int i) {
        if (sites.count() == 0) {
            return "no node can run it: none has joined";
        }
        List<String> nodes = new ArrayList<>();
        for (int node = 0; node < sites.count() && nodes.size() < 10; node++) {
            String against = against(i, node);
            if (!against.isEmpty()) {
                nodes.add(sites.name(node) + ": " + against);
            }
        }
        return "no node can run it" + (nodes.isEmpty() ? "" : " (" + String.join(" | ", nodes) + ")");
    }
}
