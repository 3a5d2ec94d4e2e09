package io.holdfast.testkit;

import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.daemon.Adapters;
import io.holdfast.daemon.Leader;
import io.holdfast.daemon.Reconciler;
import io.holdfast.daemon.Site;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.Fencing;
import io.holdfast.membership.Membership;
import io.holdfast.model.ClusterState;
import io.holdfast.model.ledger.ReplicatedLog;
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
import java.util.random.RandomGenerator;

/** One simulated daemon process: the real layers on simulated ground. */
final class SimulatedProcess {
    private static final Instant MIDNIGHT = Instant.parse("2030-01-01T00:00:00Z");

    /** What all processes of a simulation share. */
    record World(
            VirtualTime time,
            SimulatedNetwork network,
            RandomGenerator random,
            List<String> names,
            Duration lease,
            Sabotage sabotage,
            Observer observer,
            Function<String, List<SimulatedProcess>> processesOf,
            SimulatedOperations.AgentFaults agentFaults) {}

    private final SimulatedLoop loop;
    private final SimulatedTransport transport;
    private final SimulatedLedger ledger;
    private final SimulatedOperations operations;
    private final Fencing fencing;
    private final boolean holdsNothing;

    SimulatedProcess(World world, SimulatedMachine machine, SimulatedGuard guard) {
        loop = new SimulatedLoop(world.time(), machine.clock());
        InstantSource wall = () -> MIDNIGHT.plusNanos(world.time().now());
        transport = new SimulatedTransport(
                machine.name(),
                loop,
                world.network(),
                world.names(),
                node -> world.processesOf().apply(node).stream()
                        .map(process -> process.transport)
                        .toList());
        if (world.sabotage() == Sabotage.VOTER_FORGETS) {
            machine.disk().vote(Math.max(0, machine.disk().term() - 1), "");
        }
        ledger = new SimulatedLedger(
                new SimulatedLedger.Setting(
                        machine.name(),
                        world.names(),
                        world.sabotage() == Sabotage.QUORUM_NOT_CHECKED
                                ? 1
                                : world.names().size() / 2 + 1,
                        world.lease().toMillis() < 2000 ? 150_000_000L : 300_000_000L,
                        Saboteur.applier(world.sabotage()),
                        ClusterState.empty(),
                        world.observer()::applied),
                loop,
                world.network(),
                machine.disk(),
                world.random(),
                wall,
                node -> world.processesOf().apply(node).stream()
                        .map(process -> process.ledger)
                        .toList());
        operations = new SimulatedOperations(
                machine,
                guard,
                loop,
                world.time(),
                world.random(),
                world.agentFaults(),
                world.sabotage() == Sabotage.STOP_NOT_PROVED);
        holdsNothing = world.sabotage() == Sabotage.HOLD_NOT_KEPT;
        ReplicatedLog log = Saboteur.log(world.sabotage(), ledger, loop);
        io.holdfast.membership.World layers =
                new io.holdfast.membership.World(loop, transport, log, guard, settings(machine.name(), world));
        Membership membership =
                new Membership(layers, wall, new NodeIdentity(machine.name(), "boot", machine.boots()), "simulated");
        fencing = new Fencing(layers, membership, FenceDevices.NONE, world.random());
        Site site = new Site(machine.name(), loop, wall, log, Adapters.peers(membership, fencing));
        Reconciler reconciler = new Reconciler(site, operations, Adapters.lease(fencing, guard));
        Leader leader = new Leader(site);
        loop.execute(() -> {
            membership.start();
            fencing.start();
            reconciler.start();
            if (world.sabotage() != Sabotage.NOTHING_PLANNED) {
                leader.start();
            }
        });
    }

    private static NodeSettings settings(String node, World world) {
        return new NodeSettings(
                "simulated",
                node,
                "127.0.0.1",
                7800,
                world.names().stream()
                        .map(name -> new Voter(name, "127.0.0.1", 7800))
                        .toList(),
                NodeSettings.Role.NODE,
                world.lease(),
                List.of(),
                Path.of("/nonexistent"),
                Optional.empty(),
                false,
                List.of(),
                Map.of());
    }

    SimulatedLoop loop() {
        return loop;
    }

    ReplicatedLog log() {
        return ledger;
    }

    SimulatedOperations operations() {
        return operations;
    }

    /** Takes a hold or releases it. {@return completes with whether that succeeded} */
    CompletionStage<Boolean> hold(Optional<Duration> span) {
        Duration limit = Duration.ofSeconds(5);
        if (holdsNothing) {
            return CompletableFuture.completedFuture(true);
        }
        return span.map(wanted -> fencing.hold(wanted, limit))
                .orElseGet(() -> fencing.release(limit))
                .handle((done, failure) -> failure == null);
    }

    void kill() {
        loop.kill();
        transport.close();
    }
}
