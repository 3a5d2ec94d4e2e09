package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of N nodes in one thread: the real membership, fencing, daemon, planner and model code, with virtual time, and with a
 * simulated network, log, disk, agents and guard. Equal seeds give equal runs.
 *
 * <pre>{@code
 * SimulatedCluster cluster = new SimulatedCluster(1, 3, Duration.ofSeconds(2));
 * cluster.apply(configuration);
 * cluster.run(Duration.ofSeconds(5));
 * cluster.powerCut("n1");
 * cluster.run(Duration.ofSeconds(5));
 * assertThat(cluster.observer().violations()).isEmpty();
 * }</pre>
 */
public final class SimulatedCluster {
    private static final Duration LONGEST_APPEND = Duration.ofSeconds(6);
    private static final Duration APPEND_LIMIT = Duration.ofSeconds(10);

    private final long seed;
    private final Duration lease;
    private final Sabotage sabotage;
    private final VirtualTime time = new VirtualTime();
    private final RandomGenerator random;
    private final SimulatedNetwork network;
    private final Observer observer;
    private final List<String> names = new ArrayList<>();
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private SimulatedOperations.AgentFaults agentFaults = SimulatedOperations.AgentFaults.NONE;

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
        this(seed, nodes, lease, Sabotage.NONE);
    }

    /** A cluster in which one rule is broken on purpose. */
    public SimulatedCluster(long seed, int nodes, Duration lease, Sabotage sabotage) {
        this.seed = seed;
        this.lease = lease;
        this.sabotage = sabotage;
        this.random = new Random(new SplittableRandom(seed).nextLong());
        this.network = new SimulatedNetwork(time, random);
        this.observer = new Observer(time);
        for (int i = 1; i <= nodes; i++) {
            names.add("n" + i);
        }
        for (String name : names) {
            MachineClock clock = new MachineClock(random.nextLong(1_000_000_000_000L), random.nextInt(9) - 4);
            SimulatedDisk disk = new SimulatedDisk(time, random, sabotage == Sabotage.FSYNC_SKIPPED);
            hosts.put(name, new Host(new SimulatedMachine(name, time, clock, disk, observer)));
        }
        observer.leases(
                (node, incarnation) -> {
                    SimulatedGuard guard = host(node).guard;
                    return guard != null && guard.runs(incarnation);
                },
                (node, incarnation) -> {
                    SimulatedGuard guard = host(node).guard;
                    return guard != null && guard.ranOn(incarnation, LONGEST_APPEND.toNanos());
                });
        names.forEach(this::powerOn);
    }

    /** {@return the seed that repeats this run} */
    public long seed() {
        return seed;
    }

    /** {@return the names of the nodes} */
    public List<String> names() {
        return List.copyOf(names);
    }

    /** {@return the lease duration of the nodes} */
    public Duration lease() {
        return lease;
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

    /** Lets {@code span} of true time pass. */
    public void run(Duration span) {
        time.run(time.now() + span.toNanos());
    }

    /** Runs {@code action} when {@code delay} of true time has passed, inside {@link #run}. */
    public void after(Duration delay, Runnable action) {
        time.after(delay.toNanos(), action);
    }

    /** Makes agents misbehave from the next operation of a new process on; shares of 1. */
    public void agentFaults(double startFails, double startHangs, double stopFails, double stopHangs) {
        agentFaults = new SimulatedOperations.AgentFaults(startFails, startHangs, stopFails, stopHangs);
        hosts.values().forEach(host -> {
            if (host.process != null) {
                host.process.operations().faults(agentFaults);
            }
        });
    }

    private Host host(String node) {
        Host host = hosts.get(node);
        if (host == null) {
            throw new IllegalArgumentException("no node " + node + " in " + names);
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
        host.guard = new SimulatedGuard(host.machine, time, random, sabotage == Sabotage.GUARD_ASLEEP);
        startDaemon(node);
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
                            time, network, random, names, lease, sabotage, observer, this::processesOf, agentFaults),
                    host.machine,
                    guard);
        }
    }

    private List<SimulatedProcess> processesOf(String node) {
        SimulatedProcess process = host(node).process;
        return process == null ? List.of() : List.of(process);
    }

    /** Stops the daemon's process (SIGSTOP, a long pause) for {@code span}. */
    public void pause(String node, Duration span) {
        SimulatedProcess process = host(node).process;
        if (process != null) {
            process.loop().stop();
            after(span, process.loop()::goOn);
        }
    }

    /** Kills the guard; the daemon replaces it within 100 ms. */
    public void killGuard(String node) {
        SimulatedGuard guard = host(node).guard;
        if (guard != null) {
            guard.killed(20_000_000 + random.nextLong(80_000_000));
        }
    }

    /** Slows every sync of a node's disk to at most {@code span}. */
    public void slowDisk(String node, Duration span) {
        host(node).machine.disk().slowness(span.toNanos());
    }

    /** The service of an instance dies, wherever it is active. */
    public void die(String instance) {
        observer.activeOn(instance).forEach(node -> host(node).machine.die(instance));
    }

    /** Cuts a node off from all others, both ways, or mends it. */
    public void isolate(String node, boolean cut) {
        names.stream().filter(other -> !other.equals(node)).forEach(other -> {
            network.cut(node, other, cut);
            network.cut(other, node, cut);
        });
    }

    /** {@return whether the node has power and a daemon} */
    public boolean alive(String node) {
        return host(node).process != null;
    }

    // ---- the cluster

    /** Proposes a configuration through {@code node}; what is acknowledged is remembered by the observer. */
    public void apply(String node, Configuration configuration) {
        command(node, new Command.Apply(configuration, "cluster: " + configuration.cluster(), -1, "simulation"));
    }

    /** Proposes a command through a node, as an administrator there would. */
    public void command(String node, Command command) {
        SimulatedProcess process = host(node).process;
        if (process != null) {
            process.loop()
                    .execute(() -> process.log().append(command, APPEND_LIMIT).thenAccept(appended -> {
                        if (appended.result() instanceof io.holdfast.model.Result.Done) {
                            observer.acknowledged(appended.index(), command.toString());
                        }
                    }));
        }
    }

    /** Takes a hold, then kills the daemon, which is there again after {@code down}; then releases the hold. */
    public void restartWithinHold(String node, Duration span, Duration down) {
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
                        time.after(0, () -> killDaemon(node, down));
                        after(down.plusSeconds(4), () -> release(node));
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

    /** {@return the state as {@code node} knows it, if it lives} */
    public Optional<ClusterState> state(String node) {
        return Optional.ofNullable(host(node).process)
                .map(process -> process.log().state());
    }

    /** {@return who leads, by what {@code node} knows} */
    public String leader(String node) {
        return Optional.ofNullable(host(node).process)
                .map(process -> process.log().leadership())
                .map(ReplicatedLog.Leadership::leader)
                .orElse("");
    }

    /** Compares what was acknowledged with what the cluster holds now. */
    public void finish() {
        names.stream()
                .filter(this::alive)
                .forEach(node -> observer.finish(node, state(node).orElseThrow().index()));
    }
}
