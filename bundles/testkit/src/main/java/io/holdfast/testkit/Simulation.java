package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * One seeded run: a cluster with a handful of resources, a schedule of faults and administrators' commands, then everything is mended,
 * and all must be active again, and stay so, within a bound.
 */
public final class Simulation {
    private static final Duration LOOK = Duration.ofMillis(250);
    /** All is well when it was so at this many looks. */
    private static final int LOOKS = 4;
    /** And then nothing may move for as many more. */
    private static final int QUIET_LOOKS = 6;

    private final SimulatedCluster cluster;
    private final List<Fault> faults;
    private final Timing timing;
    private final Injector injector;
    /** Every so many seeds one resource is cloned. */
    private static final int CLONED = 4;

    private static final CloneSetting CLONE =
            new CloneSetting("agent", OptionalInt.empty(), 1, 0, false, false, false, false, 0, 0);

    /** And of other seeds one copy is promoted, best where {@link #PROMOTED_ON} says. */
    private static final CloneSetting PROMOTING =
            new CloneSetting("agent", OptionalInt.empty(), 1, 0, false, false, false, true, 1, 1);

    private static final String RIGHT = "agent:promoted:0";

    private static final List<Constraint> PROMOTED_ON = List.of(
            new Constraint.Prefer("agent", "", "node!=nowhere", 5, "", "promoted", false),
            new Constraint.Prefer("agent", "n2", "", 100, "", "promoted", false));

    private final List<Configuration> documents;
    private Optional<Duration> wellAfter = Optional.empty();

    /**
     * What to run.
     *
     * @param seed decides everything
     * @param sabotage the rule that is broken
     * @param minute whether the run takes a minute of virtual time, or as many faults in a shorter one
     * @param two whether the cluster is two voters with fence devices, and nobody else
     */
    public record Case(long seed, Sabotage sabotage, boolean minute, boolean two) {
        /** A run on whatever cluster the seed makes. */
        public Case(long seed, Sabotage sabotage, boolean minute) {
            this(seed, sabotage, minute, sabotage.two());
        }

        private Timing timing() {
            return minute ? Timing.MINUTE : Timing.DENSE;
        }
    }

    /**
     * What a run gave.
     *
     * @param run repeats it
     * @param faults that were injected, in order
     * @param violations breaches, empty if none
     * @param wellAfter how long after the last fault all was well
     * @param events what the cluster itself tells of the run
     * @param fingerprint of all that was seen from outside, and when: equal for equal runs
     */
    public record Outcome(
            Case run,
            List<Fault> faults,
            List<Violation> violations,
            Optional<Duration> wellAfter,
            List<ClusterState.EventRecord> events,
            long fingerprint) {}

    private Simulation(Case run, IntPredicate kept) {
        SplittableRandom random = new SplittableRandom(run.seed() * 31 + 7);
        timing = run.timing();
        Layout layout = run.two()
                ? Layout.two(random)
                : run.sabotage().plain() ? Layout.plain(random, run.sabotage().size()) : Layout.of(random);
        boolean sound = run.sabotage() == Sabotage.NONE;
        documents = documents(
                layout,
                run.sabotage() == Sabotage.DEMOTION_NOT_PROVED || (sound && run.seed() % 8 == 6)
                        ? Optional.of(PROMOTING)
                        : sound && run.seed() % CLONED == 0 ? Optional.of(CLONE) : Optional.empty());
        faults = Schedule.of(random, layout, timing, run.sabotage().focus()).stream()
                .filter(fault -> kept.test(fault.number()))
                .toList();
        cluster = new SimulatedCluster(run.seed(), layout, run.sabotage());
        injector = new Injector(cluster, documents);
    }

    /** {@return how a run under all faults of its seed goes} */
    public static Outcome run(Case run) {
        return run(run, number -> true);
    }

    /** {@return how a run under some of the faults of its seed goes} */
    public static Outcome run(Case run, IntPredicate kept) {
        Simulation simulation = new Simulation(run, kept);
        try {
            simulation.play();
        } catch (RuntimeException e) {
            simulation.cluster.observer().violation(Invariant.BROKE_OFF, e + " at " + e.getStackTrace()[0]);
        }
        return new Outcome(
                run,
                simulation.faults,
                simulation.cluster.observer().violations(),
                simulation.wellAfter,
                simulation.cluster.observer().newest().events(),
                simulation.cluster.observer().fingerprint());
    }

    /** {@return the documents that administrators apply; the first is the one at the beginning and at the end} */
    private static List<Configuration> documents(Layout layout, Optional<CloneSetting> clone) {
        List<Configuration> all = new ArrayList<>();
        for (List<String> names : List.of(
                List.of("address", "disk", "share", "web", "batch", "backup"),
                List.of("address", "disk", "share", "web", "batch", "mail"))) {
            TreeMap<String, Resource> resources = new TreeMap<>();
            names.forEach(name -> resources.put(name, resource(name)));
            List<Constraint> constraints = new ArrayList<>(List.of(
                    new Constraint.Together("web", "address", Constraint.INFINITY),
                    new Constraint.Order("address", "web", true),
                    new Constraint.Prefer("batch", "n2", "", 100)));
            if (names.contains("backup")) {
                constraints.add(new Constraint.Together("backup", "batch", -Constraint.INFINITY));
            }
            all.add(new Configuration(
                    "simulated",
                    resources,
                    new TreeMap<>(Map.of("site", List.of("disk", "address", "share"))),
                    constraints,
                    layout.devices() ? List.of(device(layout)) : List.of(),
                    new Defaults(1, 0, Duration.ofSeconds(5))));
        }
        if (clone.isPresent()) { // one on each node; in the other document it is a single one
            all.set(0, with(all.get(0), Map.of("agents", clone.get())));
            all.set(1, with(all.get(1), Map.of()));
        }
        return all;
    }

    private static Configuration with(Configuration plain, Map<String, CloneSetting> clones) {
        TreeMap<String, Resource> resources = new TreeMap<>(plain.resources());
        resources.put("agent", resource("agent"));
        List<Constraint> constraints = new ArrayList<>(plain.constraints());
        if (clones.containsValue(PROMOTING)) {
            constraints.addAll(PROMOTED_ON);
        }
        return new Configuration(
                plain.cluster(),
                resources,
                plain.groups(),
                constraints,
                plain.fencing(),
                plain.defaults(),
                new TreeMap<>(clones),
                plain.nodes(),
                plain.options(),
                plain.sequence());
    }

    private static Resource resource(String name) {
        Optional<Duration> limit = Optional.of(Duration.ofMillis(1500));
        OperationSetting operation = new OperationSetting(Optional.empty(), limit);
        return new Resource(
                name,
                SimulatedOperations.TYPE,
                new TreeMap<>(),
                operation,
                operation,
                new OperationSetting(Optional.of(Duration.ofSeconds(2)), limit),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                0);
    }

    private static FenceSetting device(Layout layout) {
        return new FenceSetting(
                "power",
                "fence_simulated",
                layout.nodes(),
                new TreeMap<>(),
                1,
                1,
                Duration.ZERO,
                Duration.ofSeconds(5),
                "reboot");
    }

    private void play() {
        cluster.after(Duration.ofMillis(600), this::insist);
        cluster.after(Duration.ofSeconds(1), this::insist);
        faults.forEach(fault -> cluster.after(fault.at(), () -> injector.inject(fault)));
        if (cluster.layout().goesAlone()) {
            confirm(new SplittableRandom(cluster.seed()));
        }
        cluster.run(timing.faultsEnd());
        injector.mend();
        cluster.after(Duration.ofMillis(500), this::insist);
        new Calm().look();
        cluster.run(timing.bound());
        judge();
    }

    /** Where two are all, people look now and then, and say what is off. */
    private void confirm(SplittableRandom random) {
        cluster.after(Duration.ofMillis(500 + random.nextInt(8000)), () -> {
            cluster.confirmOff("n1", "n2");
            cluster.confirmOff("n2", "n1");
            confirm(random);
        });
    }

    // ---- what administrators want in any case

    /** Asks again, until it is so: commands may be lost, and older ones may come late. */
    private void insist() {
        String through = cluster.names().stream()
                .filter(node -> !cluster.leader(node).isEmpty())
                .findFirst()
                .orElse("n1");
        if (!documents.get(0).clones().isEmpty()
                && cluster.observer().newest().level().number() < Later.NEXT - 1) {
            cluster.raiseLevel(through);
        }
        unwished().forEach(command -> cluster.command(through, command));
    }

    private List<Command> unwished() {
        ClusterState state = cluster.observer().newest();
        List<Command> commands = new ArrayList<>();
        if (!state.configuration().equals(documents.get(0))) {
            commands.add(new Command.Apply(documents.get(0), "document", -1, "simulation"));
        }
        state.nodes().values().stream()
                .filter(NodeRecord::standby)
                .forEach(node -> commands.add(new Command.Standby(node.name(), false, "simulation")));
        state.instances().forEach((name, record) -> {
            if (record.wanted().stopped()) {
                commands.add(new Command.Start(Instances.resource(name), "simulation"));
            }
            if (!record.wanted().movedTo().isEmpty()) {
                commands.add(new Command.Unmove(name, "simulation"));
            }
            if (!record.failures().isEmpty() && injector.mended()) { // else it moves back when they are old
                commands.add(new Command.Retry(name, "simulation"));
            }
        });
        return commands;
    }

    // ---- after the faults

    /** Looks, again and again, whether all is well, then whether it stays so. */
    private final class Calm {
        private int looks;
        private int well;
        private int quiet;
        private int moves;
        private long term;
        private int fencings;

        void look() {
            looks++;
            if (looks % 4 == 0) {
                insist();
            }
            String trouble = trouble();
            int movesNow = cluster.observer().moves();
            long termNow = cluster.term(cluster.names().get(0));
            boolean same = movesNow == moves && termNow == term;
            boolean fenced = cluster.observer().fencedByWish() != fencings;
            fencings = cluster.observer().fencedByWish();
            if (!unwished().isEmpty() || fenced) {
                wellAfter = Optional.empty(); // a command of before came late: people change their minds again
                quiet = 0;
            }
            if (wellAfter.isEmpty()) {
                well = trouble.isEmpty() && same ? well + 1 : 0;
                if (well == LOOKS) {
                    wellAfter = Optional.of(LOOK.multipliedBy(looks));
                }
            } else if (!same || !trouble.isEmpty()) {
                cluster.observer()
                        .violation(
                                Invariant.L6,
                                "%d moves, term %d after %d, %s, though all was well and nothing happened"
                                        .formatted(movesNow - moves, termNow, term, trouble));
                cluster.end();
            } else if (++quiet == QUIET_LOOKS && !timing.whole()) {
                cluster.end();
            }
            moves = movesNow;
            term = termNow;
            cluster.after(LOOK, this::look);
        }
    }

    private String trouble() {
        String leader = cluster.leader(cluster.names().get(0));
        for (String node : cluster.names()) {
            if (leader.isEmpty() || !cluster.leader(node).equals(leader)) {
                return Invariant.L1 + " " + node + " knows leader '" + cluster.leader(node) + "', another '" + leader
                        + "'";
            }
        }
        ClusterState state = cluster.observer().newest();
        for (String node : cluster.names()) {
            boolean joined = state.node(node)
                    .filter(record -> record.joined() && record.incarnation() == cluster.incarnation(node))
                    .isPresent();
            if (!joined) {
                return Invariant.L3 + " " + node + " is no member: "
                        + state.node(node)
                                .map(record -> record.phase() + " " + record.incarnation())
                                .orElse("unknown")
                        + ", its daemon is " + cluster.incarnation(node);
            }
        }
        for (String resource : Instances.of(state).withRights().keySet()) {
            if (cluster.observer().activeOn(resource).size() != 1
                    || !Observer.serving(state, resource)
                    || state.grant(resource).filter(Grant::revoked).isPresent()) {
                return Invariant.L2 + " " + resource + " is active on "
                        + cluster.observer().activeOn(resource) + ", grant " + state.grant(resource)
                        + ", known " + state.instance(resource);
            }
        }
        return unwished().isEmpty() ? together() : Invariant.L1 + " not done yet: " + unwished();
    }

    private String together() {
        String address = cluster.observer().activeOn("address").get(0);
        for (String resource : List.of("disk", "share", "web")) {
            if (!cluster.observer().activeOn(resource).contains(address)) {
                return Invariant.S15 + " " + resource + " is not where address is";
            }
        }
        if (!cluster.observer().activeOn("batch").equals(List.of("n2"))) {
            return Invariant.S15 + " batch is not where it likes to be";
        }
        if (documents.get(0).clones().containsValue(PROMOTING)
                && !cluster.observer().activeOn(RIGHT).equals(List.of("n2"))) {
            return Invariant.S15 + " agent is not promoted where it likes to be";
        }
        boolean apart =
                !cluster.observer().activeOn("backup").equals(cluster.observer().activeOn("batch"));
        return apart ? "" : Invariant.S15 + " backup is where batch is";
    }

    private void judge() {
        cluster.finish();
        if (wellAfter.isEmpty()) {
            String trouble = trouble();
            Invariant which =
                    trouble.isEmpty() ? Invariant.L5 : Invariant.valueOf(trouble.substring(0, trouble.indexOf(' ')));
            cluster.observer()
                    .violation(
                            which,
                            "not well within " + timing.bound().toSeconds() + " s after the last fault: "
                                    + (trouble.isEmpty() ? "it does not come to rest" : trouble) + "; "
                                    + cluster.logs());
        }
    }
}
