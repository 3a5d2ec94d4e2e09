package io.holdfast.membership;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Command.Proof;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog.Appended;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins, goes on after a restart, joins anew after it was fenced, and leaves. */
final class Joining {
    private static final Logger log = LoggerFactory.getLogger(Joining.class);
    private static final Duration LIMIT = Duration.ofSeconds(3);
    private static final Duration AGAIN = Duration.ofMillis(100);
    /** Each try is an entry in the log, and only a change of somebody's settings makes it worth one. */
    private static final Duration AGAIN_REFUSED = Duration.ofSeconds(2);
    /** A guard that is just being replaced has another moment to say what it is. */
    private static final int UNTRUE_LOOKS = 3;

    private final World world;
    private final NodeIdentity identity;
    private final String version;
    private final int level;
    private final Runnable changed;
    private long incarnation;
    private String standing;
    private boolean started;
    private boolean leaving;
    private boolean busy;
    private boolean joinSent;
    private boolean refused;
    private int untrue;
    private @Nullable Scheduled next;
    private @Nullable AutoCloseable listening;

    Joining(World world, NodeIdentity identity, String version, int level, Runnable changed) {
        this.world = world;
        this.identity = identity;
        this.version = version;
        this.level = level;
        this.changed = changed;
        this.standing = world.self() + " has not started to join yet";
    }

    void start() {
        started = true;
        listening = world.log().listen(new Listener());
        attempt();
    }

    void stop() {
        started = false;
        incarnation = 0;
        if (next != null) {
            next.cancel();
        }
        if (listening != null) {
            try {
                listening.close();
            } catch (Exception e) {
                log.debug("The log's listener did not close", e);
            }
        }
    }

    /** {@return the incarnation of this daemon, 0 while it has not joined} */
    long incarnation() {
        return incarnation;
    }

    /** {@return why it has not joined, empty if it has} */
    String standing() {
        return standing;
    }

    /** {@return what the others are told: why it is kept out, which nobody is who leaves} */
    String keptOut() {
        return leaving ? "" : standing;
    }

    /** {@return whether the log refused it: waiting does not help} */
    boolean refused() {
        return refused;
    }

    private void attempt() {
        if (!started || leaving || busy || incarnation != 0) {
            return;
        }
        busy = true;
        world.log().barrier(LIMIT).whenComplete((state, failure) -> {
            if (failure != null) {
                again(world.self() + " cannot join yet: " + said(failure));
            } else {
                step(state);
            }
        });
    }

    private void step(ClusterState state) {
        GuardLink guard = world.guard();
        Optional<NodeRecord> record = state.node(world.self());
        JoinStep step = JoinStep.next(world.self(), state, terms(), identity, guard.shut() && guard.provedStopped());
        if (step instanceof JoinStep.Resume resume) {
            append(
                    new Command.Resume(world.self(), resume.incarnation(), declared(record.orElseThrow()), level),
                    done -> {
                        if (guard.incarnation()
                                != resume.incarnation()) { // the answer to the join was lost: nothing ran under it
                            guard.begin(resume.incarnation());
                        }
                        joined(resume.incarnation(), "goes on as");
                    });
        } else if (step instanceof JoinStep.Rebooted rebooted) {
            append(
                    new Command.Expel(world.self(), rebooted.incarnation(), "its machine was booted since"),
                    expelled -> append(
                            new Command.Fenced(
                                    world.self(),
                                    rebooted.incarnation(),
                                    new Proof.Reboot(identity.bootCounter(), identity.machineId())),
                            fenced -> again("")));
        } else if (step instanceof JoinStep.Join) {
            joinSent = true;
            append(new Command.Join(world.self(), terms(), level), this::joinedAnew);
        } else if (step instanceof JoinStep.GiveUp giveUp) {
            append(
                    new Command.Expel(world.self(), giveUp.incarnation(), giveUp.why()),
                    expelled -> again(world.self() + " joins anew once it is fenced: " + giveUp.why()));
        } else if (step instanceof JoinStep.Unblock unblock) {
            Grant grant = unblock.grant();
            append(
                    new Command.Reported(
                            grant.instance(),
                            grant.node(),
                            grant.incarnation(),
                            grant.token(),
                            InstanceRecord.State.STOPPING,
                            "the guard has proved it stopped"),
                    reported -> again(""));
        } else if (step instanceof JoinStep.Wait wait) {
            if (wait.close()) {
                closeGate();
            }
            again(wait.why());
        }
    }

    /** What was declared at joining still binds; only the version may have changed. */
    private Terms declared(NodeRecord record) {
        Terms old = record.terms();
        return new Terms(
                old.witness(),
                old.leaseMillis(),
                old.killMillis(),
                old.guard(),
                old.contained(),
                old.guardSession(),
                old.bootCounter(),
                old.machineId(),
                old.weakClock(),
                version);
    }

    /** What an earlier incarnation left has to stop. */
    private void closeGate() {
        GuardLink guard = world.guard();
        if (guard.incarnation() != 0 && guard.deadline() > world.loop().nanos()) {
            guard.shorten(guard.incarnation(), world.loop().nanos());
        }
    }

    private void append(Command command, Consumer<Long> then) {
        world.log().append(command, LIMIT).whenComplete((appended, failure) -> {
            joinSent = false;
            if (incarnation != 0) {
                return; // the log was faster than its answer
            } else if (failure != null) {
                again(world.self() + " cannot join yet: " + said(failure));
            } else if (appended.result() instanceof Result.Refused no) {
                again(no.reason(), command instanceof Command.Join);
            } else if (started && appended.result() instanceof Result.Done done) {
                then.accept(done.value());
            } else {
                busy = false;
            }
        });
    }

    /** Nothing runs under the new incarnation before it has a lease of its own. */
    private void joinedAnew(long as) {
        world.guard().begin(as);
        joined(as, "joined as");
    }

    private void joined(long as, String words) {
        busy = false;
        Optional<NodeRecord> record = world.log().state().node(world.self());
        if (record.filter(now -> now.incarnation() == as && now.joined()).isEmpty()) {
            again(world.self() + " was expelled while it joined");
            return;
        }
        incarnation = as;
        refused = false;
        standing = "";
        log.info("{} {} incarnation {}", world.self(), words, as);
        changed.run();
    }

    private void again(String why) {
        again(why, false);
    }

    private void again(String why, boolean forGood) {
        busy = false;
        refused = forGood;
        if (!started) {
            return;
        }
        if (!why.equals(standing) && !why.isEmpty()) {
            standing = why;
            log.info("{}", why);
            changed.run();
        }
        if (next != null) {
            next.cancel();
        }
        next = world.loop().schedule(why.isEmpty() ? Duration.ZERO : forGood ? AGAIN_REFUSED : AGAIN, this::attempt);
    }

    /**
     * Others reckon with the kill time and the guard that this incarnation declared. When they are true no more, as with a guard that
     * was restarted and could not arm its watchdog, everything is stopped, and the node joins anew.
     */
    void checkTerms() {
        Optional<Terms> declared = world.log()
                .state()
                .node(world.self())
                .filter(record -> incarnation != 0 && record.incarnation() == incarnation && record.joined())
                .map(NodeRecord::terms);
        if (declared.isEmpty() || JoinStep.keeps(declared.get(), terms())) {
            untrue = 0;
        } else if (++untrue >= UNTRUE_LOOKS) {
            untrue = 0;
            log.error("{} gives up incarnation {}: its guard is weaker than when it joined", world.self(), incarnation);
            lost(incarnation, world.self() + " joins anew: its guard is weaker than when it joined");
            attempt();
        }
    }

    private Terms terms() {
        GuardLink guard = world.guard();
        NodeSettings settings = world.settings();
        return new Terms(
                settings.role() == NodeSettings.Role.WITNESS,
                settings.lease().toMillis(),
                guard.killTime().toMillis(),
                guard.strength().name().toLowerCase(Locale.ROOT),
                guard.contained(),
                guard.session(),
                identity.bootCounter(),
                identity.machineId(),
                settings.weakClock(),
                version);
    }

    /** Leaves cleanly: the caller has stopped and released everything. */
    CompletionStage<String> leave(Duration limit) {
        leaving = true;
        long mine = incarnation;
        if (mine == 0) {
            standing = world.self() + " left";
            world.guard().leaving();
            return CompletableFuture.completedFuture(world.self() + " had not joined");
        }
        CompletableFuture<String> done = new CompletableFuture<>();
        world.log().append(new Command.Leave(world.self(), mine), limit).whenComplete((appended, failure) -> {
            if (failure != null) {
                stay();
                done.completeExceptionally(new ClusterException(Kind.UNKNOWN_OUTCOME, said(failure)));
            } else if (refused(appended)) {
                stay();
                done.completeExceptionally(
                        new ClusterException(Kind.REFUSED, ((Result.Refused) appended.result()).reason()));
            } else {
                lost(mine, world.self() + " left");
                world.guard().leaving();
                done.complete(world.self() + " left the cluster");
            }
        });
        return done;
    }

    /** It did not leave; if it was fenced meanwhile, it joins anew. */
    private void stay() {
        leaving = false;
        attempt();
    }

    private static boolean refused(Appended appended) {
        return appended.result() instanceof Result.Refused;
    }

    /** This incarnation is over: nothing may run under it any more. */
    private void lost(long as, String why) {
        world.guard().shorten(as, world.loop().nanos());
        incarnation = 0;
        standing = why;
        changed.run();
    }

    private void look(ClusterState state) {
        Optional<NodeRecord> record = state.node(world.self());
        if (incarnation == 0) {
            if (!busy && record.filter(now -> !now.mayRun()).isPresent()) {
                attempt(); // what kept this node from joining is fenced now
            }
            return;
        }
        boolean other = record.filter(now -> now.incarnation() == incarnation).isEmpty();
        if (other || !record.get().mayRun()) {
            boolean left = !other && record.get().phase() == Phase.LEFT;
            if (!left) {
                log.warn("{} is fenced as incarnation {} and joins anew", world.self(), incarnation);
            }
            lost(incarnation, left ? world.self() + " left" : world.self() + " was fenced and joins anew");
            attempt();
        }
    }

    private static String said(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    private final class Listener implements LogListener {
        @Override
        public void applied(long index, Entry entry, Result result, ClusterState state) {
            if (entry.command() instanceof Command.Join join
                    && result instanceof Result.Done done
                    && join.node().equals(world.self())
                    && join.terms().guardSession() == world.guard().session()
                    && joinSent // and not one of an earlier daemon that the log tells again
                    && incarnation == 0
                    && started
                    && !leaving) {
                joinedAnew(done.value()); // its answer may be lost or late, and the lease is wanted now
            } else if (entry.command() instanceof Command.Fenced
                    || entry.command() instanceof Command.Leave
                    || entry.command() instanceof Command.Join) {
                look(state);
            }
        }

        @Override
        public void replaced(ClusterState state) {
            look(state);
        }
    }
}
