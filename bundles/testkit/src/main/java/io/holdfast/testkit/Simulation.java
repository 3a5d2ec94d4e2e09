package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * One seeded run: a cluster with a handful of resources, faults and administrators' commands at random for most of the time, then
 * everything is mended, and all must be active again before the end.
 */
public final class Simulation {
    private static final Duration CALM_START = Duration.ofSeconds(4);
    private static final Duration FAULTS_END = Duration.ofSeconds(40);
    private static final Duration END = Duration.ofSeconds(60);

    private final SimulatedCluster cluster;
    private final SplittableRandom random;
    private final List<String> story = new ArrayList<>();
    private int faults;

    /**
     * What a run gave.
     *
     * @param seed repeats it
     * @param faults how many were injected
     * @param violations breaches of SAFETY, empty if none
     * @param story the faults in order, for people
     */
    public record Outcome(long seed, int faults, List<String> violations, List<String> story) {}

    private Simulation(long seed, Sabotage sabotage) {
        random = new SplittableRandom(seed * 31 + 7);
        int nodes = random.nextInt(4) == 0 ? 5 : 3;
        Duration lease = Duration.ofMillis(List.of(300, 500, 1000, 2000).get(random.nextInt(4)));
        cluster = new SimulatedCluster(seed, nodes, lease, sabotage);
    }

    /** Runs 60 virtual seconds under the seed's faults. */
    public static Outcome run(long seed, Sabotage sabotage) {
        Simulation simulation = new Simulation(seed, sabotage);
        try {
            simulation.play();
        } catch (RuntimeException e) {
            simulation.cluster.observer().violation("the simulation broke off: " + e + " at " + e.getStackTrace()[0]);
        }
        return new Outcome(
                seed, simulation.faults, simulation.cluster.observer().violations(), simulation.story);
    }

    /** {@return the document that every run applies} */
    static Configuration configuration() {
        TreeMap<String, Resource> resources = new TreeMap<>();
        for (String name : List.of("address", "disk", "share", "web", "batch", "backup")) {
            resources.put(name, Resource.of(name, SimulatedOperations.TYPE, Map.of()));
        }
        return new Configuration(
                "simulated",
                resources,
                new TreeMap<>(Map.of("site", List.of("disk", "address", "share"))),
                List.of(
                        new Constraint.Together("web", "address", Constraint.INFINITY),
                        new Constraint.Order("address", "web", true),
                        new Constraint.Together("backup", "batch", -Constraint.INFINITY),
                        new Constraint.Prefer("batch", "n2", "", 100)),
                List.of(),
                new Defaults(1, 0, Duration.ofSeconds(5)));
    }

    private void play() {
        cluster.after(Duration.ofSeconds(2), () -> cluster.apply("n1", configuration()));
        cluster.after(Duration.ofMillis(3500), () -> cluster.apply("n2", configuration()));
        cluster.run(CALM_START);
        long now = CALM_START.toMillis();
        while (now < FAULTS_END.toMillis()) {
            long pause = 100L + random.nextInt(3000);
            fault();
            cluster.run(Duration.ofMillis(pause));
            now += pause;
        }
        mend();
        cluster.run(END.minusMillis(now));
        checkEnd();
    }

    private String anyNode() {
        return cluster.names().get(random.nextInt(cluster.names().size()));
    }

    private String anyResource() {
        List<String> names = List.copyOf(configuration().resources().keySet());
        return names.get(random.nextInt(names.size()));
    }

    private Duration aroundLease() {
        return Duration.ofMillis(20 + random.nextLong(3 * cluster.lease().toMillis()));
    }

    private void tell(String sentence) {
        faults++;
        story.add("%.3f s: %s".formatted(cluster.seconds(), sentence));
    }

    private void fault() {
        String node = anyNode();
        switch (random.nextInt(17)) {
            case 0, 1 -> powerCut(node);
            case 2, 3 -> {
                Duration until = Duration.ofMillis(50 + random.nextInt(2000));
                tell("kill -9 of the daemon of " + node + ", restarted after " + until.toMillis() + " ms");
                cluster.killDaemon(node, until);
            }
            case 4, 5 -> {
                Duration span = aroundLease();
                tell("daemon of " + node + " stopped for " + span.toMillis() + " ms");
                cluster.pause(node, span);
            }
            case 6, 7 -> {
                Duration span = aroundLease();
                tell(node + " cut off for " + span.toMillis() + " ms");
                cluster.isolate(node, true);
                cluster.after(span, () -> cluster.isolate(node, false));
            }
            case 8 -> oneWay(node);
            case 9 -> {
                String leader = cluster.leader(node);
                if (!leader.isEmpty()) {
                    tell("leader " + leader + " cut off");
                    cluster.isolate(leader, true);
                    cluster.after(aroundLease().multipliedBy(2), () -> cluster.isolate(leader, false));
                }
            }
            case 10 -> {
                double loss = 0.05 + random.nextDouble() * 0.45;
                tell("%.0f %% of the messages lost for 3 s".formatted(loss * 100));
                cluster.network().disturb(loss, 0.1);
                cluster.after(Duration.ofSeconds(3), () -> cluster.network().disturb(0, 0));
            }
            case 11 -> {
                tell("messages delayed by up to 0.5 s for 3 s");
                cluster.network().delay(1_000_000, random.nextLong(500_000_000));
                cluster.after(Duration.ofSeconds(3), () -> cluster.network().delay(200_000, 300_000));
            }
            case 12 -> {
                tell("disk of " + node + " slow for 4 s");
                cluster.slowDisk(node, Duration.ofMillis(20 + random.nextInt(2000)));
                cluster.after(Duration.ofSeconds(4), () -> cluster.slowDisk(node, Duration.ofMillis(1)));
            }
            case 13 -> {
                tell("guard of " + node + " killed");
                cluster.killGuard(node);
            }
            case 14 -> {
                String resource = anyResource();
                tell(resource + " dies");
                cluster.die(resource);
            }
            case 15 -> administrator(node);
            default -> {
                tell("two nodes lose power at once");
                powerCut(node);
                powerCut(anyNode());
            }
        }
    }

    private void powerCut(String node) {
        Duration until = Duration.ofMillis(500 + random.nextInt(6000));
        tell(node + " loses power for " + until.toMillis() + " ms");
        cluster.powerCut(node);
        cluster.after(until, () -> cluster.powerOn(node));
    }

    private void oneWay(String node) {
        String other = anyNode();
        boolean out = random.nextBoolean();
        String from = out ? node : other;
        String to = out ? other : node;
        if (from.equals(to)) {
            return;
        }
        Duration span = aroundLease().multipliedBy(2);
        tell("nothing gets from " + from + " to " + to + " for " + span.toMillis() + " ms");
        cluster.network().cut(from, to, true);
        cluster.after(span, () -> cluster.network().cut(from, to, false));
    }

    private void administrator(String node) {
        String through = anyNode();
        String resource = anyResource();
        switch (random.nextInt(5)) {
            case 0 -> {
                tell("administrator: " + node + " to standby for 3 s");
                cluster.command(through, new Command.Standby(node, true, "simulation"));
                cluster.after(
                        Duration.ofSeconds(3),
                        () -> cluster.command(anyNode(), new Command.Standby(node, false, "simulation")));
            }
            case 1 -> {
                tell("administrator: " + resource + " moves to " + node);
                cluster.command(through, new Command.Move(resource, node, "simulation"));
                cluster.after(
                        Duration.ofSeconds(3),
                        () -> cluster.command(anyNode(), new Command.Unmove(resource, "simulation")));
            }
            case 2 -> {
                tell("administrator: " + resource + " stopped for 2 s");
                cluster.command(through, new Command.Stop(resource, "simulation"));
                cluster.after(
                        Duration.ofSeconds(2),
                        () -> cluster.command(anyNode(), new Command.Start(resource, "simulation")));
            }
            case 3 -> {
                Duration down = Duration.ofMillis(random.nextInt(5000));
                tell("administrator: hold on " + node + ", then its daemon is away for " + down.toMillis() + " ms");
                cluster.restartWithinHold(node, Duration.ofSeconds(20), down);
            }
            default -> {
                tell("administrator: the document is applied again through " + through);
                cluster.apply(through, configuration());
            }
        }
    }

    private void mend() {
        cluster.network().heal();
        for (String node : cluster.names()) {
            cluster.powerOn(node);
            cluster.slowDisk(node, Duration.ofMillis(1));
        }
        cluster.after(Duration.ofSeconds(7), () -> {
            cluster.network().heal();
            for (String node : cluster.names()) {
                cluster.powerOn(node);
                cluster.command("n1", new Command.Standby(node, false, "simulation"));
            }
            configuration().resources().keySet().forEach(resource -> {
                cluster.command("n1", new Command.Start(resource, "simulation"));
                cluster.command("n1", new Command.Unmove(resource, "simulation"));
                cluster.command("n1", new Command.Retry(resource, "simulation"));
            });
        });
    }

    private void checkEnd() {
        cluster.finish();
        Observer observer = cluster.observer();
        for (String resource : configuration().resources().keySet()) {
            List<String> where = observer.activeOn(resource);
            if (where.size() != 1) {
                observer.violation(resource + " is active on " + where + " "
                        + END.minus(FAULTS_END).toSeconds() + " s after the last fault; " + why(resource));
            }
        }
    }

    private String why(String resource) {
        return cluster.names().stream()
                .flatMap(node -> cluster.state(node).stream())
                .max(java.util.Comparator.comparingLong(ClusterState::index))
                .map(state -> "grant " + state.grant(resource) + ", nodes "
                        + state.nodes().values().stream()
                                .map(node -> node.name() + "=" + node.phase())
                                .toList())
                .orElse("no node lives");
    }
}
