package io.holdfast.testkit;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Levels;
import io.holdfast.model.Result;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of N nodes in one thread: the real membership, fencing, daemon, planner and model code, with virtual time, and with a
 * simulated network, log, disk, agents and guard. Equal seeds give equal runs.
 *
 * <pre>{@code
 * SimulatedCluster cluster = new SimulatedCluster(1, 3, Duration.ofSeconds(2));
 * cluster.apply("n1", configuration);
 * cluster.run(Duration.ofSeconds(5));
 * cluster.powerCut("n1");
 * cluster.run(Duration.ofSeconds(5));
 * assertThat(cluster.observer().violations()).isEmpty();
 * }</pre>
 */
public final class SimulatedCluster {
    private static final Duration APPEND_LIMIT = Duration.ofSeconds(10);
    /** No two machines' clocks differ in rate by more than 1 %. */
    static final int MOST_DRIFT_PPM = 4_900;

    private final long seed;
    private final Layout layout;
    private final Saboteur saboteur;
    private final VirtualTime time = new VirtualTime();
    private final RandomGenerator random;
    private final SimulatedNetwork network;
    private final Observer observer;
    private final ClusterState initial = ClusterState.empty();
    private final SimulatedLedger.Applier rules;
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private SimulatedOperations.AgentFaults agentFaults = SimulatedOperations.AgentFaults.NONE;
    private double deviceFailures;
    private final Map<String, Levels> software = new HashMap<>();

    /** A machine with what is on it now. */
    private static final class Host {
        final SimulatedMachine machine;

        @Nullable
        SimulatedGuard guard;

        @Nullable
        SimulatedProcess process;

        Host(SimulatedMachine machine) {
            this.machine = machine;
        }
    }

    /** A sound cluster of {@code nodes} voters named n1, n2, ... */
    public SimulatedCluster(long seed, int nodes, Duration lease) {
        this(seed, Layout.of(nodes, lease), Sabotage.NONE);
    }

    /** A cluster in which one rule is broken on purpose. */
    public SimulatedCluster(long seed, Layout layout, Sabotage sabotage) {
        this.seed = seed;
        this.layout = layout;
        this.random = new Random(new SplittableRandom(seed).nextLong());
        this.saboteur = new Saboteur(sabotage, layout);
        this.network = new SimulatedNetwork(time, random);
        this.observer = new Observer(time);
        this.rules = new SharedRules(saboteur.applier());
        for (String name : layout.nodes()) {
            MachineClock clock = new MachineClock(
                    random.nextLong(1_000_000_000_000L), random.nextInt(2 * MOST_DRIFT_PPM + 1) - MOST_DRIFT_PPM);
            SimulatedDisk disk = new SimulatedDisk(time, random, sabotage == Sabotage.FSYNC_SKIPPED);
            hosts.put(
                    name,
                    new Host(new SimulatedMachine(
                            name, time, clock, disk, observer, layout.strong().contains(name))));
        }
        observer.leases(
                (node, incarnation) -> {
                    SimulatedGuard guard = host(node).guard;
                    return guard != null && guard.runs(incarnation);
                },
                (node, incarnation, nanos) -> {
                    SimulatedGuard guard = host(node).guard;
                    return guard != null && guard.ranOn(incarnation, nanos);
                });
        layout.nodes().forEach(this::powerOn);
    }

    /** {@return the seed that repeats this run} */
    public long seed() {
        return seed;
    }

    /** {@return what it is made of} */
    public Layout layout() {
        return layout;
    }

    /** {@return the names of the nodes} */
    public List<String> names() {
        return layout.nodes();
    }

    /** {@return the lease duration of the nodes} */
    public Duration lease() {
        return layout.lease();
    }

    /** {@return the observer outside} */
    public Observer observer() {
        return observer;
    }

    /** {@return the links between the machines} */
    public SimulatedNetwork network() {
        return network;
    }

    /** {@return the true time, seconds from the beginning} */
    public double seconds() {
        return time.now() / 1e9;
    }

    /** Lets {@code span} of true time pass, or less when {@link #end} is called meanwhile. */
    public void run(Duration span) {
        time.run(time.now() + span.toNanos());
    }

    /** Ends {@link #run} now. */
    void end() {
        time.end();
    }

    /** Runs {@code action} when {@code delay} of true time has passed, inside {@link #run}. */
    public void after(Duration delay, Runnable action) {
        time.after(delay.toNanos(), action);
    }

    private Host host(String node) {
        Host host = hosts.get(node);
        if (host == null) {
            throw new IllegalArgumentException("no node " + node + " in " + names());
        }
        return host;
    }

    // ---- processes and machines

    /** Starts a machine: guard first, then the daemon. */
    public void powerOn(String node) {
        Host host = host(node);
        if (host.guard != null) {
            return;
        }
        host.machine.boot();
        host.guard = new SimulatedGuard(
                host.machine,
                time,
                random,
                saboteur.is(Sabotage.GUARD_ASLEEP),
                observer,
                () -> powerCycle(node, Duration.ofMillis(500)));
        startDaemon(node);
    }

    /** Installs another version on a node; the next daemon that starts there is of it. */
    void install(String node, Levels levels) {
        software.put(node, levels);
    }

    /** Asks a node to raise the functional level. {@return completes with why not, or with an empty text} */
    CompletableFuture<String> raiseLevel(String node) {
        CompletableFuture<String> said = new CompletableFuture<>();
        SimulatedProcess process = host(node).process;
        if (process == null) {
            said.complete(node + " is off");
        } else {
            process.loop()
                    .execute(() -> process.raiseLevel().whenComplete((appended, failure) -> {
                        if (failure != null) {
                            said.complete(String.valueOf(failure.getMessage()));
                        } else {
                            said.complete(appended.result() instanceof Result.Refused refused ? refused.reason() : "");
                        }
                    }));
        }
        return said;
    }

    /** Takes a machine's power: what runs on it ends at once, what was not synced is lost. */
    public void powerCut(String node) {
        Host host = host(node);
        if (host.guard != null) {
            end(host);
            host.guard.end();
            host.guard = null;
            host.machine.powerCut();
        }
    }

    /** Takes a machine's power and gives it back after {@code off}. */
    public void powerCycle(String node, Duration off) {
        powerCut(node);
        after(off, () -> powerOn(node));
    }

    /** Kills the daemon's process; the guard starts another after {@code until}. What it started goes on. */
    public void killDaemon(String node, Duration until) {
        Host host = host(node);
        if (host.guard != null) {
            end(host);
            SimulatedGuard guard = host.guard;
            after(until, () -> {
                if (host.guard == guard && host.process == null) {
                    startDaemon(node);
                }
            });
        }
    }

    private static void end(Host host) {
        if (host.process != null) {
            host.process.kill();
            host.process = null;
        }
    }

    private void startDaemon(String node) {
        Host host = host(node);
        SimulatedGuard guard = host.guard;
        if (guard != null) {
            host.process = new SimulatedProcess(
                    new SimulatedProcess.World(
                            time,
                            network,
                            random,
                            layout,
                            saboteur,
                            observer,
                            initial,
                            rules,
                            software.getOrDefault(node, Later.at(Levels.THIS.newest())),
                            () -> agentFaults,
                            devicesOf(host),
                            this::processOf),
                    host.machine,
                    guard);
        }
    }

    @Nullable
    SimulatedProcess processOf(String node) {
        return host(node).process;
    }

    /** Stops the daemon's process (SIGSTOP, a long pause) for {@code span}. */
    public void pause(String node, Duration span) {
        SimulatedProcess process = host(node).process;
        if (process != null) {
            process.loop().stop(time.now() + span.toNanos());
        }
    }

    /** Lets a stopped daemon go on now (SIGCONT). */
    public void resume(String node) {
        SimulatedProcess process = host(node).process;
        if (process != null) {
            process.loop().resume();
        }
    }

    /** Kills the guard; the daemon, if there is one that runs, replaces it within 100 ms. */
    public void killGuard(String node) {
        SimulatedGuard guard = host(node).guard;
        if (guard != null && runs(node)) {
            guard.away(20_000_000 + random.nextLong(SimulatedGuard.REPLACED.toNanos() - 20_000_000));
        }
    }

    /** Stops daemon and guard at one instant, on a machine with a watchdog. {@return whether it has one} */
    public boolean pauseBoth(String node, Duration span) {
        Host host = host(node);
        if (host.guard == null || !host.machine.strong()) {
            return false;
        }
        pause(node, span);
        host.guard.away(span.toNanos());
        return true;
    }

    /** The whole machine stands still for {@code most}, or less if its lease would end meanwhile. */
    public void freeze(String node, Duration most) {
        Host host = host(node);
        SimulatedGuard guard = host.guard;
        SimulatedProcess process = host.process;
        if (guard == null || process == null || guard.away() || host.machine.frozen()) {
            return;
        }
        long left = guard.deadline() == Long.MIN_VALUE ? 0 : guard.deadline() - host.machine.nanos();
        long span = Math.min(most.toNanos(), saboteur.is(Sabotage.CLOCK_STOPS) ? Long.MAX_VALUE : left * 9 / 10);
        if (!guard.open() || span <= 0) {
            return;
        }
        host.machine.freeze();
        process.loop().stop(time.now() + span);
        time.after(span, () -> {
            if (host.guard == guard) {
                if (saboteur.is(Sabotage.CLOCK_STOPS)) {
                    host.machine.clock().stood(time.now(), span);
                }
                host.machine.thaw();
                guard.wake();
            }
        });
    }

    /** Whether the daemon is there and runs. */
    private boolean runs(String node) {
        SimulatedProcess process = host(node).process;
        return process != null && !process.loop().stopped();
    }

    /** Slows every sync of a node's disk to at most {@code span}. */
    public void slowDisk(String node, Duration span) {
        host(node).machine.disk().slowness(span.toNanos());
    }

    /** Fails every sync of a node's disk from now on; or mends it, and starts the daemon again if it gave up. */
    public void failDisk(String node, boolean fails) {
        Host host = host(node);
        host.machine.disk().failing(fails);
        if (!fails && host.process != null && !host.process.ledger().health().well()) {
            killDaemon(node, Duration.ofMillis(200));
        }
    }

    /** Steps a wall clock. */
    public void wallClock(String node, Duration offset) {
        host(node).machine.wallOffset(offset.toMillis());
    }

    /** Changes the rate of a machine's clock, in millionths of true time. */
    public void clockRate(String node, int ppm) {
        Host host = host(node);
        host.machine.clock().rate(time.now(), saboteur.drift(ppm));
        if (host.guard != null) {
            host.guard.wake();
        }
    }

    /** The service of an instance dies, wherever it is active. */
    public void die(String instance) {
        observer.activeOn(instance).forEach(node -> host(node).machine.die(instance));
    }

    /** What runs of an instance on {@code node} can be killed no more, or can again; only where a watchdog helps. */
    public void stick(String node, String instance, boolean sticks) {
        Host host = host(node);
        if (host.machine.strong()) {
            host.machine.stick(instance, sticks);
        }
    }

    /** Makes agents misbehave everywhere from their next operation on; shares of 1. */
    public void agentFaults(double startFails, double startHangs, double stopFails, double stopHangs) {
        agentFaults = new SimulatedOperations.AgentFaults(startFails, startHangs, stopFails, stopHangs);
    }

    /** Makes fence devices fail, so often. */
    public void deviceFailures(double share) {
        deviceFailures = share;
    }

    /** Cuts a node off from all others, both ways, or mends it. */
    public void isolate(String node, boolean cut) {
        names().stream().filter(other -> !other.equals(node)).forEach(other -> {
            network.cut(node, other, cut);
            network.cut(other, node, cut);
        });
    }

    /** {@return whether the node has power and a daemon} */
    public boolean alive(String node) {
        return host(node).process != null;
    }

    private FenceDevices devicesOf(Host asking) {
        return (device, action, node) -> {
            CompletableFuture<Void> done = new CompletableFuture<>();
            SimulatedProcess process = asking.process;
            boolean fails = random.nextDouble() < deviceFailures;
            if (saboteur.is(Sabotage.ALONE_UNFENCED)) {
                done.complete(null);
                return done;
            }
            long takes = 50_000_000 + random.nextLong(fails ? 3_000_000_000L : 500_000_000L);
            // Where a device decides alone, it may also tell late what it did, or do what it says that it could not.
            long late = layout.goesAlone() && random.nextInt(4) == 0 ? random.nextLong(3_000_000_000L) : 0;
            boolean does = !fails || (layout.goesAlone() && random.nextInt(4) == 0);
            time.after(Math.min(takes, 550_000_000), () -> {
                boolean lies = saboteur.is(Sabotage.DEVICE_LIES);
                if (does && action == FenceAction.OFF && !lies) {
                    powerCycle(node, Duration.ofMillis(500 + random.nextInt(2000)));
                }
            });
            time.after(takes + late + 1, () -> {
                if (process == null || asking.process != process) {
                    return;
                }
                process.loop().execute(() -> {
                    if (fails) {
                        done.completeExceptionally(new FenceException("the device does not answer"));
                    } else {
                        done.complete(null);
                    }
                });
            });
            return done;
        };
    }

    // ---- the cluster

    /** Proposes a configuration through {@code node}; what is acknowledged is remembered by the observer. */
    public void apply(String node, Configuration configuration) {
        command(node, new Command.Apply(configuration, "cluster: " + configuration.cluster(), -1, "simulation"));
    }

    /** Proposes a command through a node, as an administrator there would. */
    public void command(String node, Command command) {
        SimulatedProcess process = host(node).process;
        if (process == null) {
            return;
        }
        process.loop()
                .execute(() -> process.ledger().append(command, APPEND_LIMIT).thenAccept(appended -> {
                    if (appended.result() instanceof Result.Done) {
                        observer.acknowledged(appended.index(), command);
                    }
                }));
    }

    /** {@return what is wrong with this node's log, empty if nothing is} */
    String ledgerProblem(String node) {
        SimulatedProcess process = host(node).process;
        return process == null ? node + " is off" : process.ledger().health().problem();
    }

    /** Has a node fenced through another. */
    public void fence(String through, String node) {
        SimulatedProcess process = host(through).process;
        if (process != null) {
            process.loop().execute(() -> process.fence(node));
        }
    }

    /** A person at {@code through} says that {@code node} is off, if it is. */
    public void confirmOff(String through, String node) {
        SimulatedProcess process = host(through).process;
        if (process != null && host(node).guard == null) {
            process.loop().execute(() -> {
                if (host(node).guard == null) {
                    process.confirmOff(node);
                }
            });
        }
    }

    /** Leaves the cluster in good order, if the node has nothing to stop, and comes back after {@code away}. */
    public void leave(String node, Duration away) {
        leave(node, away, () -> true);
    }

    /** As {@link #leave}, but it is back at once if that is not {@code wanted} any more once it left. */
    void leave(String node, Duration away, BooleanSupplier wanted) {
        SimulatedProcess process = host(node).process;
        if (process != null) {
            process.loop()
                    .execute(() -> process.leave().thenAccept(left -> {
                        if (left && host(node).process == process) {
                            time.after(0, () -> killDaemon(node, away));
                        }
                    }));
        }
    }

    /** Takes a hold, then kills the daemon, which is there again after {@code down}; then releases the hold. */
    public void restartWithinHold(String node, Duration span, Duration down) {
        withinHold(node, span, () -> true, process -> killDaemon(node, down), down);
    }

    /** As {@link #restartWithinHold}, unless it is not {@code wanted} any more once the hold is there. */
    void restartWithinHold(String node, Duration span, Duration down, BooleanSupplier wanted) {
        withinHold(node, span, wanted, process -> killDaemon(node, down), down);
    }

    /** Takes a hold, replaces a layer within it, and releases it. */
    void swapWithinHold(
            String node, Duration span, SimulatedProcess.Layer layer, Duration gap, BooleanSupplier wanted) {
        withinHold(node, span, wanted, process -> process.swap(layer, gap), gap);
    }

    /** Takes a hold, and cuts the node off as soon as it knows. */
    void cutWithinHold(String node, Duration span, BooleanSupplier wanted, Runnable cut) {
        withinHold(node, span, wanted, process -> cut.run(), span);
    }

    /** Replaces a layer with no hold. */
    void swap(String node, SimulatedProcess.Layer layer, Duration gap) {
        SimulatedProcess process = host(node).process;
        if (process != null) {
            process.swap(layer, gap);
        }
    }

    private void withinHold(
            String node,
            Duration span,
            BooleanSupplier wanted,
            Consumer<SimulatedProcess> interruption,
            Duration away) {
        SimulatedProcess process = host(node).process;
        if (process == null) {
            return;
        }
        long asked = time.now();
        process.loop()
                .execute(() -> process.hold(Optional.of(span)).thenAccept(held -> {
                    // Half of what was asked for: drift, and what the agents need for a stop, are not the point here.
                    if (held && host(node).process == process) {
                        observer.held(node, asked + span.toNanos() / 2);
                        time.after(0, () -> {
                            if (wanted.getAsBoolean()) {
                                interruption.accept(process);
                            }
                        });
                        after(away.plusSeconds(4), () -> release(node));
                    }
                }));
    }

    private void release(String node) {
        observer.released(node);
        SimulatedProcess process = host(node).process;
        if (process != null) {
            process.loop().execute(() -> process.hold(Optional.empty()));
        }
    }

    /** Makes other nodes vote, through the leader, if no change is open. */
    public void voters(List<String> next) {
        names().forEach(node -> {
            SimulatedProcess process = host(node).process;
            if (process != null && process.ledger().leadership().self()) {
                process.loop().execute(() -> process.ledger().changeTo(next, APPEND_LIMIT));
            }
        });
    }

    /** {@return the state as {@code node} knows it, if it lives} */
    public Optional<ClusterState> state(String node) {
        return Optional.ofNullable(host(node).process)
                .map(process -> process.ledger().state());
    }

    /** {@return the incarnation as which {@code node}'s daemon goes on, 0 if it has not joined} */
    long incarnation(String node) {
        SimulatedProcess process = host(node).process;
        return process == null ? 0 : process.incarnation();
    }

    /** {@return who leads, by what {@code node} knows; empty too while a layer of it is being replaced} */
    public String leader(String node) {
        return Optional.ofNullable(host(node).process)
                .filter(SimulatedProcess::whole)
                .map(process -> process.ledger().leadership())
                .map(ReplicatedLog.Leadership::leader)
                .orElse("");
    }

    /** {@return the term that {@code node} is in} */
    long term(String node) {
        SimulatedProcess process = host(node).process;
        return process == null ? 0 : process.ledger().leadership().term();
    }

    /** {@return how the log of each node stands, for people} */
    String logs() {
        return names().stream()
                .map(node -> Optional.ofNullable(host(node).process)
                        .map(process -> process.ledger().toString())
                        .orElse(node + " off"))
                .collect(Collectors.joining("; "));
    }

    /** Compares what was acknowledged with what the cluster holds now. */
    public void finish() {
        names().stream()
                .filter(this::alive)
                .forEach(node -> observer.finish(node, state(node).orElseThrow().index()));
    }
}
