package io.holdfast.testkit;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.api.transport.Transport;
import io.holdfast.daemon.Adapters;
import io.holdfast.daemon.Leader;
import io.holdfast.daemon.LevelStep;
import io.holdfast.daemon.Peers;
import io.holdfast.daemon.Reconciler;
import io.holdfast.daemon.Site;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.Fencing;
import io.holdfast.membership.Membership;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Levels;
import io.holdfast.model.ledger.ReplicatedLog;
import io.holdfast.model.ledger.ReplicatedLog.Solitude;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One simulated daemon process: the real layers on simulated ground. */
final class SimulatedProcess {
    static final Instant MIDNIGHT = Instant.parse("2030-01-01T00:00:00Z");

    /** What all processes of a simulation share. */
    record World(
            VirtualTime time,
            SimulatedNetwork network,
            RandomGenerator random,
            Layout layout,
            Saboteur saboteur,
            Observer observer,
            ClusterState initial,
            SimulatedLedger.Applier applier,
            Levels levels,
            Supplier<SimulatedOperations.AgentFaults> agentFaults,
            FenceDevices devices,
            Function<String, @Nullable SimulatedProcess> processOf) {}

    /** A layer that can be replaced while the process runs; the ones above it go with it. */
    enum Layer {
        LEDGER,
        MEMBERSHIP,
        FENCING,
        DAEMON
    }

    private final World world;
    private final SimulatedMachine machine;
    private final SimulatedLoop loop;
    private final InstantSource wall;
    private final SimulatedTransport transport;
    private final Transport heard;
    private final GuardLink guard;
    private final Saboteur.Lies lies;
    private final SimulatedOperations operations;
    private SimulatedLedger ledger;
    private ReplicatedLog log;
    private io.holdfast.membership.World layers;
    private @Nullable Membership membership;
    private @Nullable Fencing fencing;
    private @Nullable Reconciler reconciler;
    private @Nullable Leader leader;

    SimulatedProcess(World world, SimulatedMachine machine, SimulatedGuard guard) {
        this.world = world;
        this.machine = machine;
        loop = new SimulatedLoop(world.time(), machine.clock());
        wall = () -> MIDNIGHT.plusNanos(world.time().now()).plusMillis(machine.wallOffsetMillis());
        transport = new SimulatedTransport(
                machine.name(), loop, world.network(), world.layout().nodes(), node -> {
                    SimulatedProcess process = world.processOf().apply(node);
                    return process == null ? null : process.transport;
                });
        lies = world.saboteur().lies(loop, machine, guard);
        this.guard = lies.guard();
        ledger = newLedger();
        heard = lies.transport(transport, () -> ledger);
        log = lies.log(ledger);
        layers = new io.holdfast.membership.World(loop, heard, log, this.guard, settings());
        operations = new SimulatedOperations(
                machine,
                this.guard,
                loop,
                world.time(),
                world.random(),
                world.agentFaults(),
                world.saboteur().is(Sabotage.STOP_NOT_PROVED),
                world.saboteur().is(Sabotage.STARTED_TWICE),
                world.saboteur().is(Sabotage.DEMOTION_NOT_PROVED),
                world.saboteur().is(Sabotage.PROMOTED_FORGOTTEN));
        loop.execute(() -> startFrom(Layer.MEMBERSHIP));
    }

    private SimulatedLedger newLedger() {
        if (world.saboteur().is(Sabotage.VOTER_FORGETS)) {
            machine.disk().vote(Math.max(0, machine.disk().term() - 1), "");
        }
        return new SimulatedLedger(
                new SimulatedLedger.Setting(
                        machine.name(),
                        world.layout().nodes(),
                        world.layout().voters(),
                        world.saboteur().is(Sabotage.QUORUM_NOT_CHECKED),
                        world.saboteur().is(Sabotage.COMMAND_TWICE),
                        world.saboteur().is(Sabotage.OLD_LOG_KEPT),
                        world.saboteur().is(Sabotage.EPOCH_NOT_DURABLE),
                        world.layout().encoded(),
                        world.layout().lease().toMillis() < 2000 ? 150_000_000L : 300_000_000L,
                        world.levels(),
                        world.initial(),
                        world.saboteur().applier(machine.name(), world.applier()),
                        world.observer()),
                loop,
                world.network(),
                machine.disk(),
                world.random(),
                wall,
                node -> {
                    SimulatedProcess process = world.processOf().apply(node);
                    return process == null ? null : process.ledger;
                });
    }

    private NodeSettings settings() {
        boolean witness = world.layout().witnesses().contains(machine.name());
        return new NodeSettings(
                "simulated",
                machine.name(),
                "127.0.0.1",
                7800,
                world.layout().voters().stream()
                        .map(name -> new Voter(name, "127.0.0.1", 7800))
                        .toList(),
                witness ? NodeSettings.Role.WITNESS : NodeSettings.Role.NODE,
                world.layout().lease(),
                List.of(),
                Path.of("/nonexistent"),
                Optional.empty(),
                false,
                List.of(),
                world.layout().goesAlone() ? alone() : Map.of());
    }

    /** The first shoots at once, the second a moment later, or both at the same time. */
    private Map<String, String> alone() {
        boolean first = machine.name().equals(world.layout().voters().get(0));
        long lease = world.layout().lease().toMillis();
        return Map.of("alone", "fenced", "alone.delay", (first || world.layout().encoded() ? 0 : 2 * lease) + "ms");
    }

    // ---- layers come and go

    private void startFrom(Layer lowest) {
        if (lowest.compareTo(Layer.LEDGER) <= 0) {
            ledger = newLedger();
            log = lies.log(ledger);
            layers = new io.holdfast.membership.World(loop, heard, log, guard, settings());
        }
        Membership members = membership;
        if (members == null) {
            members = new Membership(
                    layers,
                    wall,
                    new NodeIdentity(machine.name(), "boot", machine.boots()),
                    Later.version(world.levels()),
                    world.levels().newest());
            membership = members;
            members.start();
        }
        Fencing leases = fencing;
        if (leases == null) {
            leases = new Fencing(layers, members, world.devices(), world.random());
            fencing = leases;
            leases.start();
        }
        Site site = new Site(machine.name(), loop, wall, log, Adapters.peers(members, leases));
        operations.begin();
        reconciler = new Reconciler(site, operations, Adapters.lease(leases, guard));
        leader = new Leader(site);
        reconciler.start();
        if (!world.saboteur().is(Sabotage.NOTHING_PLANNED)) {
            leader.start();
        }
    }

    private void stopDownTo(Layer lowest) {
        if (leader != null && reconciler != null) {
            leader.close();
            reconciler.close();
            leader = null;
            reconciler = null;
        }
        if (lowest.compareTo(Layer.FENCING) <= 0 && fencing != null) {
            fencing.stop();
            fencing = null;
        }
        if (lowest.compareTo(Layer.MEMBERSHIP) <= 0 && membership != null) {
            membership.stop();
            membership = null;
        }
        if (lowest.compareTo(Layer.LEDGER) <= 0) {
            ledger.close();
        }
    }

    /** Replaces a layer, and with it the ones above; nothing of them is there for {@code gap}. */
    void swap(Layer layer, Duration gap) {
        loop.execute(() -> {
            if (leader == null) {
                return; // another swap is under way
            }
            stopDownTo(layer);
            loop.schedule(gap, () -> startFrom(layer));
        });
    }

    SimulatedLoop loop() {
        return loop;
    }

    /** {@return whether all layers are there} */
    boolean whole() {
        return leader != null;
    }

    SimulatedLedger ledger() {
        return ledger;
    }

    long incarnation() {
        return membership == null ? 0 : membership.incarnation();
    }

    /** Takes a hold or releases it. {@return completes with whether that succeeded} */
    CompletionStage<Boolean> hold(Optional<Duration> span) {
        Duration limit = Duration.ofSeconds(5);
        if (world.saboteur().is(Sabotage.HOLD_NOT_KEPT)) {
            return CompletableFuture.completedFuture(true);
        }
        Fencing leases = fencing;
        if (leases == null) {
            return CompletableFuture.completedFuture(false);
        }
        return span.map(wanted -> leases.hold(wanted, limit))
                .orElseGet(() -> leases.release(limit))
                .handle((done, failure) -> failure == null);
    }

    /** Leaves in good order, if nothing is granted to this node. {@return completes with whether it left} */
    CompletionStage<Boolean> leave() {
        Membership members = membership;
        if (members == null) {
            return CompletableFuture.completedFuture(false);
        }
        return members.leave(Duration.ofSeconds(3)).handle((done, failure) -> {
            if (failure != null) {
                members.tell(Peers.LEAVING, "");
            }
            return failure == null;
        });
    }

    /** Raises the functional level to what this node understands. Completes with the level, or fails with why not. */
    CompletionStage<ReplicatedLog.Appended> raiseLevel() {
        if (membership == null || fencing == null) {
            return CompletableFuture.failedFuture(new IllegalStateException("a layer is being replaced"));
        }
        Site site = new Site(machine.name(), loop, wall, log, Adapters.peers(membership, fencing));
        try {
            return log.append(LevelStep.toMine(site, "simulation"), Duration.ofSeconds(5));
        } catch (ClusterException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Has a node expelled and fenced, as an administrator would. */
    void fence(String node) {
        if (fencing != null) {
            fencing.fence(node, "simulation", Duration.ofSeconds(10));
        }
    }

    /** {@return what this node says is wrong with leases and fencing} */
    List<String> problems() {
        return fencing == null ? List.of() : fencing.problems();
    }

    /** A person says that a node is off. {@return completes with what is answered} */
    CompletionStage<String> confirmFenced(String node) {
        Fencing leases = fencing;
        return leases == null
                ? CompletableFuture.failedFuture(new IllegalStateException("no daemon"))
                : leases.confirmFenced(node, "simulation", Duration.ofSeconds(5));
    }

    /** A person says that a node which has no power is off, where that may free what it ran. */
    void confirmOff(String node) {
        Solitude.Kind kind = ledger.solitude().kind();
        if (fencing != null && kind != Solitude.Kind.UNSEEN && kind != Solitude.Kind.UNSETTLED) {
            fencing.confirmFenced(node, "simulation", Duration.ofSeconds(5));
        }
    }

    void kill() {
        loop.kill();
        transport.close();
    }
}
