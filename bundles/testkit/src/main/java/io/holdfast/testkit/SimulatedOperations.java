package io.holdfast.testkit;

import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.transport.Registration;
import io.holdfast.daemon.Instance;
import io.holdfast.daemon.Operation;
import io.holdfast.daemon.Operations;
import io.holdfast.daemon.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Agents of one simulated process. What they start belongs to the machine and goes on when the process dies; the gate of the guard
 * refuses what comes after the deadline, as the kernel does.
 */
final class SimulatedOperations implements Operations {
    /** The one type that simulated nodes offer. */
    static final String TYPE = "simulated";

    private final SimulatedMachine machine;
    private final GuardLink guard;
    private final SimulatedLoop loop;
    private final VirtualTime time;
    private final RandomGenerator random;
    private final Supplier<AgentFaults> agents;
    private final boolean stopsNothing;
    private final boolean startsTwice;
    private final boolean demotesNothing;
    private final boolean forgetsPromoted;
    /** Who asks now; another one after the daemon's layer was replaced. */
    private Object asking = new Object();

    /** What this process started itself. */
    private final Set<String> startedHere = new TreeSet<>();

    /** How often agents misbehave, as shares of 1. */
    record AgentFaults(double startFails, double startHangs, double stopFails, double stopHangs) {
        static final AgentFaults NONE = new AgentFaults(0, 0, 0, 0);
    }

    /**
     * Creates them.
     *
     * @param stopsNothing a broken agent that says it stopped and did not
     * @param startsTwice a broken agent that starts what runs already
     * @param demotesNothing a broken agent that says it demoted, finds that so, and did not
     * @param forgetsPromoted what an earlier daemon left promoted is found unpromoted
     */
    SimulatedOperations(
            SimulatedMachine machine,
            GuardLink guard,
            SimulatedLoop loop,
            VirtualTime time,
            RandomGenerator random,
            Supplier<AgentFaults> agents,
            boolean stopsNothing,
            boolean startsTwice,
            boolean demotesNothing,
            boolean forgetsPromoted) {
        this.machine = machine;
        this.guard = guard;
        this.loop = loop;
        this.time = time;
        this.random = random;
        this.agents = agents;
        this.stopsNothing = stopsNothing;
        this.startsTwice = startsTwice;
        this.demotesNothing = demotesNothing;
        this.forgetsPromoted = forgetsPromoted;
    }

    /** The daemon's layer begins: what was asked for before is nobody's any more. */
    void begin() {
        asking = new Object();
    }

    @Override
    public CompletionStage<Outcome> perform(Operation kind, Instance instance, Duration limit) {
        CompletableFuture<Outcome> done = new CompletableFuture<>();
        switch (kind) {
            case START -> start(instance, limit, done);
            case STOP -> stop(instance, limit, done);
            case MONITOR ->
                later(
                        15,
                        done,
                        () -> !machine.running().containsKey(instance.name())
                                ? new Outcome.NotRunning()
                                : machine.promoted(instance.name())
                                                && !demotesNothing
                                                && !(forgetsPromoted && !startedHere.contains(instance.name()))
                                        ? new Outcome.Promoted()
                                        : new Outcome.Ok());
            case VALIDATE -> later(5, done, Outcome.Ok::new);
            case PROMOTE -> promote(instance, limit, done);
            case DEMOTE -> demote(instance, limit, done);
        }
        return done;
    }

    private void start(Instance instance, Duration limit, CompletableFuture<Outcome> done) {
        if (!guard.open()) {
            later(5, done, () -> new Outcome.Failed("the gate is closed: the lease is over", false));
            return;
        }
        AgentFaults faults = agents.get();
        double luck = random.nextDouble();
        machine.begin(instance);
        startedHere.add(instance.name());
        if (startsTwice && luck > 0.9) {
            machine.begin(instance);
        }
        if (luck < faults.startHangs()) {
            later(limit.toMillis(), done, () -> new Outcome.Unknown("start: no end within " + limit));
            return;
        }
        later(20 + random.nextInt(150), done, () -> {
            if (!machine.running().containsKey(instance.name())) {
                return new Outcome.Failed("start: killed", false);
            }
            if (luck < faults.startHangs() + faults.startFails()) {
                return new Outcome.Failed("start: status 1", false);
            }
            return new Outcome.Ok();
        });
    }

    private void stop(Instance instance, Duration limit, CompletableFuture<Outcome> done) {
        AgentFaults faults = agents.get();
        double luck = random.nextDouble();
        if (luck < faults.stopHangs()) {
            later(limit.toMillis(), done, () -> new Outcome.Unknown("stop: no end within " + limit));
            return;
        }
        later(10 + random.nextInt(80), done, () -> {
            if (luck < faults.stopHangs() + faults.stopFails()) {
                return new Outcome.Failed("stop: status 1", false);
            }
            if (!stopsNothing && !machine.end(instance.name())) {
                return new Outcome.Unknown("stop: it does not end");
            }
            return new Outcome.Ok();
        });
    }

    /**
     * It acts as promoted from any moment on, be that after the daemon died that asked for it. One that hangs or fails may do so even
     * after its end, as long as nothing stopped or killed what runs of the instance.
     */
    private void promote(Instance instance, Duration limit, CompletableFuture<Outcome> done) {
        if (!guard.open()) {
            later(5, done, () -> new Outcome.Failed("the gate is closed: the lease is over", false));
            return;
        }
        AgentFaults faults = agents.get();
        double luck = random.nextDouble();
        Object asked = asking;
        SimulatedMachine.Promotion promotion = machine.beginPromotion(instance.name(), asked);
        long token = instance.promotedToken().orElse(0);
        boolean hangs = luck < faults.startHangs();
        boolean fails = luck < faults.startHangs() + faults.startFails();
        long takes = hangs ? limit.toMillis() : 10 + random.nextInt(random.nextInt(4) == 0 ? 1000 : 100);
        long acts = random.nextLong((fails ? takes + 1000 : takes) * 1_000_000);
        acting(acts, () -> machine.promote(instance.name(), token, promotion));
        if (hangs) {
            later(takes, done, () -> {
                promotion.late();
                return new Outcome.Unknown("promote: no end within " + limit);
            });
            return;
        }
        done.thenAccept(outcome -> {
            if (asked.equals(asking) && outcome instanceof Outcome.Ok) {
                promotion.heard();
            }
        });
        later(takes, done, () -> {
            if (!machine.running().containsKey(instance.name())) {
                return new Outcome.Failed("promote: killed", false);
            }
            if (fails) {
                promotion.late();
                return new Outcome.Failed("promote: status 1", false);
            }
            return new Outcome.Ok();
        });
    }

    private void demote(Instance instance, Duration limit, CompletableFuture<Outcome> done) {
        AgentFaults faults = agents.get();
        double luck = random.nextDouble();
        if (luck < faults.stopHangs()) {
            later(limit.toMillis(), done, () -> new Outcome.Unknown("demote: no end within " + limit));
            return;
        }
        later(10 + random.nextInt(80), done, () -> {
            if (luck < faults.stopHangs() + faults.stopFails()) {
                return new Outcome.Failed("demote: status 1", false);
            }
            if (!demotesNothing) {
                machine.demote(instance.name());
            }
            return new Outcome.Ok();
        });
    }

    /** Happens on the machine whatever becomes of the process; only the process, if it lives, hears of it. */
    private void later(long millis, CompletableFuture<Outcome> done, Supplier<Outcome> effect) {
        acting(millis * 1_000_000, () -> {
            Outcome outcome = effect.get();
            loop.execute(() -> done.complete(outcome));
        });
    }

    private void acting(long nanos, Runnable effect) {
        long boot = machine.boots();
        time.after(
                nanos,
                () -> machine.act(() -> {
                    if (machine.boots() == boot && !machine.off()) {
                        effect.run();
                    }
                }));
    }

    @Override
    public boolean leftPromoting(String instance) {
        return machine.leftPromoting(instance, asking);
    }

    @Override
    public CompletionStage<Boolean> kill(String instance) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        acting(5_000_000, () -> {
            boolean gone = machine.end(instance);
            loop.execute(() -> done.complete(gone));
        });
        return done;
    }

    @Override
    public Registration watch(String instance, Runnable died) {
        Runnable onLoop = () -> loop.execute(died);
        machine.watch(instance, onLoop);
        return () -> machine.unwatch(instance, onLoop);
    }

    @Override
    public Set<String> types() {
        return Set.of(TYPE);
    }

    @Override
    public Registration onTypes(Runnable changed) {
        return () -> {};
    }

    @Override
    public Set<String> leftovers() {
        return new TreeSet<>(machine.running().keySet());
    }

    @Override
    public Optional<Instance> startedAs(String instance) {
        return machine.startedAs(instance);
    }
}
