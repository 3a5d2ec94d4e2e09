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
import java.util.Collections;
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

    /** What comes more often than others where copies may be promoted. */
    private static final List<FaultKind> ABOUT_ROLES = List.of(
            FaultKind.APPLY,
            FaultKind.APPLY,
            FaultKind.MAINTENANCE,
            FaultKind.DAEMON_KILLED,
            FaultKind.KILLED_AT_ENTRY,
            FaultKind.STANDBY,
            FaultKind.SWAP,
            FaultKind.AGENTS_HANG);

    /** And of other seeds so many copies are promoted, best where {@link #PROMOTED_ON} says. */
    private static CloneSetting promoting(OptionalInt instances, int promoted) {
        return new CloneSetting("agent", instances, 1, 0, false, false, false, true, promoted, 1);
    }

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
        boolean promotes = run.sabotage().promotes() || (sound && run.seed() % 8 == 6);
        documents = documents(
                layout,
                promotes
                        ? promoting(layout, run.seed())
                        : sound && run.seed() % CLONED == 0 ? List.of(Optional.of(CLONE)) : List.of());
        List<FaultKind> focus = sound && promotes ? ABOUT_ROLES : run.sabotage().focus();
        faults = Schedule.of(random, layout, timing, focus).stream()
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

    /** {@return how one resource is cloned, document by document: more or fewer are promoted, or none, or there are fewer copies} */
    private static List<Optional<CloneSetting>> promoting(Layout layout, long seed) {
        int runners = layout.runners().size();
        OptionalInt each = OptionalInt.empty();
        int first = seed % 3 == 0 ? Math.min(2, runners) : 1;
        List<Optional<CloneSetting>> all = new ArrayList<>(List.of(
                Optional.of(promoting(each, first)),
                Optional.empty(),
                Optional.of(CLONE),
                Optional.of(promoting(each, 3 - first)),
                Optional.of(promoting(OptionalInt.of(Math.max(1, runners - 1)), 1))));
        if (seed % 5 == 0) { // in the end none is promoted, or there is a single one
            Collections.swap(all, 0, seed % 3 == 0 ? 1 : 2);
        }
        return all;
    }

    /**
     * {@return the documents that administrators apply; the first is the one at the beginning and at the end}
     *
     * @param clones how one resource more is cloned in the first, and in each document more; empty for no such resource
     */
    private static List<Configuration> documents(Layout layout, List<Optional<CloneSetting>> clones) {
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
        if (!clones.isEmpty()) { // in the other document it is a single one
            Configuration first = all.get(0);
            boolean roles = clones.size() > 1;
            Resource agent = roles ? withRoles(resource("agent")) : resource("agent");
            all.set(1, with(all.get(1), agent, Map.of()));
            all.remove(0);
            for (int i = 0; i < clones.size(); i++) {
                Map<String, CloneSetting> as = clones.get(i)
                        .<Map<String, CloneSetting>>map(one -> Map.of("agents", one))
                        .orElse(Map.of());
                all.add(i, with(first, agent, as));
            }
        }
        return all;
    }

    private static Configuration with(Configuration plain, Resource agent, Map<String, CloneSetting> clones) {
        TreeMap<String, Resource> resources = new TreeMap<>(plain.resources());
        resources.put("agent", agent);
        List<Constraint> constraints = new ArrayList<>(plain.constraints());
        if (clones.values().stream().anyMatch(CloneSetting::promotable)) {
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
                0,
                new TreeMap<>(),
                new TreeMap<>(Map.of("promote", operation, "demote", operation)),
                new TreeMap<>());
    }

    /** To be promoted and demoted takes no longer than to be started. */
    private static Resource withRoles(Resource plain) {
        return new Resource(
                plain.name(),
                plain.type(),
                plain.parameters(),
                plain.start(),
                plain.stop(),
                plain.monitor(),
                plain.stickiness(),
                plain.migrationThreshold(),
                plain.failureTimeout(),
                plain.priority(),
                plain.uses(),
                new TreeMap<>(Map.of("promote", plain.start(), "demote", plain.start())),
                plain.options());
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
        if (documents.stream().anyMatch(document -> !document.clones().isEmpty())
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
        if (state.maintenance()) {
            commands.add(new Command.Maintenance("", false, "simulation"));
        }
        state.nodes().values().stream()
                .filter(NodeRecord::maintenance)
                .forEach(node -> commands.add(new Command.Maintenance(node.name(), false, "simulation")));
        state.nodes().values().stream()
                .filter(NodeRecord::standby)
                .forEach(node -> commands.add(new Command.Standby(node.name(), false, "simulation")));
        state.instances().forEach((name, record) -> {
            if (record.wanted().stopped()) {
                commands.add(new Command.Start(Instances.resource(name), "simulation"));
            }
            if (record.wanted().maintenance() && !Instances.isRight(name)) { // a right is left with its copy
                commands.add(new Command.Maintenance(Instances.resource(name), false, "simulation"));
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
        for (String resource : Instances.of(state).all().keySet()) {
            if (cluster.observer().activeOn(resource).size() != 1 || !Observer.serving(state, resource)) {
                return Invariant.L2 + " " + resource + " is active on "
                        + cluster.observer().activeOn(resource) + ", grant " + state.grant(resource)
                        + ", known " + state.instance(resource);
            }
        }
        for (Grant grant : state.grants().values()) { // also of what is no longer in the document
            if (grant.revoked()
                    || !state.configuration().resources().containsKey(Instances.resource(grant.instance()))) {
                return Invariant.L2 + " " + grant + " is not released";
            }
        }
        CloneSetting agents = state.configuration().clones().get("agents");
        if (agents != null && promoted(state) != Instances.promoted(agents)) {
            return Invariant.L2 + " " + promoted(state) + " of agent are promoted: "
                    + Instances.rights(state.grants(), "agent");
        }
        return unwished().isEmpty() ? together() : Invariant.L1 + " not done yet: " + unwished();
    }

    /** How many rights are held, as long as all of them are in use. */
    private int promoted(ClusterState state) {
        List<Grant> rights = Instances.rights(state.grants(), "agent");
        boolean used = rights.stream()
                .allMatch(right -> !right.revoked()
                        && Observer.serving(state, right.instance())
                        && cluster.observer().activeOn(right.instance()).equals(List.of(right.node())));
        return used ? rights.size() : -1;
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
        List<Grant> rights = Instances.rights(cluster.observer().newest().grants(), "agent");
        if (!rights.isEmpty() && rights.stream().noneMatch(right -> right.node().equals("n2"))) {
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
