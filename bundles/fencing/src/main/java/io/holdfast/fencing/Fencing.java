package io.holdfast.fencing;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.transport.Registration;
import io.holdfast.membership.LeaseView;
import io.holdfast.membership.Membership;
import io.holdfast.membership.World;
import io.holdfast.model.Command;
import io.holdfast.model.Command.Proof;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.Result;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.ReplicatedLog.Appended;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Everything about leases on one node: keeps its own, votes on those of others, and on the leader expels and fences.
 *
 * <p>On the loop only; nothing blocks. A second object for the same node may be started only after {@link #stop} of the first ran on
 * the same loop.
 */
public final class Fencing implements LeaseView {
    private static final Duration SOON = Duration.ofMillis(5);
    private static final Duration AGAIN = Duration.ofMillis(20);

    private final World world;
    private final Membership membership;
    private final Subscriptions subscriptions;
    private final LeaseVoter voter;
    private final LeaseKeeper keeper;
    private final Holds holds;
    private final Expeller expeller;
    private final GoingAlone goingAlone;
    private final DeviceWatch deviceWatch;
    private final Set<Runnable> listeners = new LinkedHashSet<>();
    private Seen seen = new Seen(false, 0, true, 0);
    private @Nullable Scheduled next;

    /** Somebody was told that the lease is not active, perhaps between two looks: he waits to hear of it when it is. */
    private boolean awaited;

    private record Seen(boolean active, long closings, boolean proved, long incarnation) {}

    /** Creates it; it does nothing before {@link #start}. */
    public Fencing(World world, Membership membership, FenceDevices devices, RandomGenerator random) {
        this.world = world;
        this.membership = membership;
        this.subscriptions = new Subscriptions(world);
        this.keeper = new LeaseKeeper(world, random, this::leaseMoved);
        this.voter = new LeaseVoter(world, keeper::alongside);
        this.holds = new Holds(world, keeper);
        FenceLevels levels = new FenceLevels(world.loop(), devices);
        RollCall rollCall = new RollCall(world, random);
        this.expeller = new Expeller(world, voter, levels, rollCall, random);
        this.goingAlone = new GoingAlone(world, membership, voter, levels, rollCall);
        this.deviceWatch = new DeviceWatch(world, devices, voter, random, new DeviceWatch.Report() {
            @Override
            public void tested(FenceSetting device, Duration limit, String said) {
                membership.tellTest(device.name(), limit, said);
            }

            @Override
            public void gone(String device) {
                membership.untellTest(device);
            }
        });
    }

    /** Begins: with an empty memory as a voter, and with the guard's deadline as it is. */
    public void start() {
        voter.start();
        keeper.start();
        holds.start();
        expeller.start();
        goingAlone.start();
        membership.leases(this);
        subscriptions.add(membership.onChange(this::memberChanged));
        memberChanged();
        tick();
    }

    /** Acknowledges, renews and expels no more. The guard's deadline stays; what runs is not touched. */
    public void stop() {
        membership.leases(LeaseView.UNKNOWN);
        subscriptions.close();
        world.log().mayRun(true);
        deviceWatch.stop();
        goingAlone.stop();
        expeller.stop();
        holds.stop();
        keeper.stop();
        voter.stop();
        if (next != null) {
            next.cancel();
        }
        listeners.clear();
    }

    private void memberChanged() {
        if (membership.incarnation() != keeper.incarnation()) {
            if (membership.incarnation() == 0) {
                keeper.left();
            } else {
                keeper.joined(membership.incarnation());
            }
        }
        look();
    }

    private void leaseMoved() {
        look();
        if (!world.guard().open()) {
            again(SOON);
        }
    }

    private void tick() {
        look();
        holds.tidy();
        world.log().mayRun(world.guard().deadline() > now() || !world.guard().provedStopped());
        goingAlone.look();
        deviceWatch.look();
        boolean gateAwaited = leaseRuns() && !world.guard().open();
        long left = keeper.deadline() - now();
        long usual = world.leaseNanos() / 10;
        if (gateAwaited) {
            again(SOON);
        } else if (left > 0 && left < 2 * usual) {
            again(Duration.ofNanos(Math.min(usual, left + 1_000_000)));
        } else if (!subscriptions.closed()) {
            next = world.loop().scheduleLoosely(Duration.ofNanos(usual), this::tick);
        }
    }

    private void again(Duration pause) {
        if (next != null) {
            next.cancel();
        }
        if (!subscriptions.closed()) {
            next = world.loop().schedule(pause, this::tick);
        }
    }

    private void look() {
        Seen now =
                new Seen(active(), world.guard().closings(), world.guard().provedStopped(), membership.incarnation());
        if (!now.equals(seen) || (awaited && now.active())) {
            seen = now;
            awaited = false;
            List.copyOf(listeners).forEach(Runnable::run);
        }
    }

    private boolean leaseRuns() {
        return keeper.incarnation() != 0 && now() + world.leaseNanos() / 20 < keeper.deadline();
    }

    /**
     * {@return whether this node may start what it is granted: it joined, is not expelled, its lease runs for a twentieth of its
     * duration at least, and the guard's gate is open}
     */
    public boolean active() {
        boolean active = leaseRuns()
                && new Member(world.self(), keeper.incarnation())
                        .renewable(world.log().state())
                && world.guard().open();
        awaited |= !active;
        return active;
    }

    /** {@return when this node's lease ends, on the loop's clock; {@link Long#MIN_VALUE} if it has none} */
    public long leaseUntil() {
        return keeper.deadline();
    }

    /**
     * Calls {@code listener} when {@link #active}, the guard's closings or its proof that everything is stopped change; and when the lease
     * is active again after somebody asked and it was not, however short that was.
     */
    public Registration onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /**
     * Takes a hold: the lease lasts {@code span} from now at least, even without renewals.
     *
     * @return completes with a sentence once the guard knows; or fails with {@link ClusterException}
     */
    public CompletionStage<String> hold(Duration span, Duration limit) {
        return holds.hold(span, limit);
    }

    /** Gives the hold up again, as soon as renewals carry the lease; fails with {@link ClusterException} if that takes longer. */
    public CompletionStage<String> release(Duration limit) {
        return holds.release(limit);
    }

    /**
     * Expels a node and completes when it is fenced: by its devices, or once its lease is over.
     *
     * @return completes with a sentence; or fails with {@link ClusterException}
     */
    public CompletionStage<String> fence(String node, String who, Duration limit) {
        Optional<NodeRecord> record = world.log().state().node(node);
        if (record.isEmpty()) {
            return refused("No node '" + node + "' ever joined, so there is nothing to fence");
        }
        if (!record.get().mayRun()) {
            return CompletableFuture.completedFuture(alreadyOut(record.get()));
        }
        Member member = Member.of(record.get());
        long until = now() + limit.toNanos();
        return expel(member, "asked for by " + who, limit).thenCompose(expelled -> {
            CompletableFuture<String> done = new CompletableFuture<>();
            awaitFenced(member, until, done);
            return done;
        });
    }

    /**
     * Records a person's word that a node runs nothing; refused while the node renews its lease.
     *
     * @return completes with a sentence; or fails with {@link ClusterException}
     */
    public CompletionStage<String> confirmFenced(String node, String who, Duration limit) {
        if (goingAlone.concerns(node) && heard(node)) {
            return alive(node);
        }
        return goingAlone.concerns(node)
                ? goingAlone.onWordOf(who).thenCompose(alone -> confirmedAlone(node, who, limit))
                : confirmed(node, who, limit);
    }

    /** What is recorded after going on alone may be there before the word is: the lease is over by then. */
    private CompletionStage<String> confirmedAlone(String node, String who, Duration limit) {
        String text = world.self() + " goes on without " + node + " on the word of " + who;
        return confirmed(node, who, limit).handle((said, failure) -> {
            boolean free =
                    world.log().state().node(node).filter(NodeRecord::mayRun).isEmpty();
            if (failure == null || free) {
                return text + "; what " + node + " ran may start here";
            }
            throw failure instanceof CompletionException wrapped ? wrapped : new CompletionException(failure);
        });
    }

    private CompletionStage<String> confirmed(String node, String who, Duration limit) {
        Optional<NodeRecord> record = world.log().state().node(node);
        if (record.isEmpty()) {
            return refused("No node '" + node + "' ever joined, so there is nothing to confirm");
        }
        if (!record.get().mayRun()) {
            return CompletableFuture.completedFuture(alreadyOut(record.get()));
        }
        if (record.get().joined() && heard(node)) {
            return alive(node);
        }
        Member member = Member.of(record.get());
        return expel(member, "confirmed as off by " + who, limit)
                .thenCompose(expelled ->
                        append(new Command.Fenced(node, member.incarnation(), new Proof.Manual(who)), limit))
                .thenApply(fenced -> node + " is fenced on the word of " + who + "; its resources may start elsewhere");
    }

    private static CompletionStage<String> alive(String node) {
        return refused(
                node + " is alive: it renews its lease now. Switch it off first, or use 'ha fence " + node + "'");
    }

    private static String alreadyOut(NodeRecord record) {
        return record.name() + " runs nothing: it "
                + (record.phase() == Phase.LEFT ? "left cleanly" : "is fenced already");
    }

    private CompletionStage<Appended> expel(Member member, String reason, Duration limit) {
        return append(new Command.Expel(member.node(), member.incarnation(), reason), limit);
    }

    private void awaitFenced(Member member, long until, CompletableFuture<String> done) {
        Optional<NodeRecord> record = world.log().state().node(member.node());
        if (!member.expelled(world.log().state())
                && !member.renewable(world.log().state())) {
            done.complete(member.node() + " is fenced"
                    + (record.filter(now -> now.incarnation() > member.incarnation())
                                    .isPresent()
                            ? " and joined anew"
                            : ""));
        } else if (now() >= until || subscriptions.closed()) {
            List<String> why = expeller.problems();
            done.completeExceptionally(new ClusterException(
                    Kind.UNKNOWN_OUTCOME,
                    member.node() + " is expelled, but not fenced yet"
                            + (why.isEmpty() ? "; it goes on by itself" : ": " + String.join("; ", why))));
        } else {
            world.loop().schedule(AGAIN, () -> awaitFenced(member, until, done));
        }
    }

    private CompletionStage<Appended> append(Command command, Duration limit) {
        CompletableFuture<Appended> done = new CompletableFuture<>();
        world.log().append(command, limit).whenComplete((appended, failure) -> {
            if (failure != null) {
                boolean notDone =
                        failure instanceof LedgerException ledger && ledger.kind() == LedgerException.Kind.NOT_DONE;
                done.completeExceptionally(new ClusterException(
                        notDone ? Kind.NO_QUORUM : Kind.UNKNOWN_OUTCOME, FenceLevels.said(failure)));
            } else if (appended.result() instanceof Result.Refused refused) {
                done.completeExceptionally(new ClusterException(Kind.REFUSED, refused.reason()));
            } else {
                done.complete(appended);
            }
        });
        return done;
    }

    private static CompletionStage<String> refused(String reason) {
        return CompletableFuture.failedFuture(new ClusterException(Kind.REFUSED, reason));
    }

    @Override
    public boolean heard(String node) {
        if (node.equals(world.self())) {
            return keeper.deadline() > now();
        }
        return voter.voting()
                ? leaseMillis(node) > 0
                : world.transport().view().nodes().contains(node); // who does not vote hears of no renewals
    }

    /** As far as this node's own memory as a voter knows; a node that does not vote knows nothing of others. */
    @Override
    public long leaseMillis(String node) {
        if (node.equals(world.self())) {
            return keeper.incarnation() == 0 ? 0 : Math.max(0, millis(keeper.deadline(), now()));
        }
        NodeRecord record = world.log().state().nodes().get(node);
        if (record == null || !record.mayRun()) {
            return 0;
        }
        Member member = Member.of(record);
        long lease = LeaseArithmetic.waitLeft(world.leaseNanos(), voter.quiet(member));
        return Math.max(lease, voter.holdLeft(member)) / 1_000_000;
    }

    /** For how long this node, as a voter, acknowledged nothing to the member. */
    long voterQuiet(Member member) {
        return voter.quiet(member);
    }

    private static long millis(long until, long now) {
        return until == Long.MIN_VALUE ? 0 : (until - now) / 1_000_000;
    }

    @Override
    public List<String> problems() {
        List<String> all = new ArrayList<>(goingAlone.problems());
        all.addAll(expeller.problems());
        return all;
    }

    private long now() {
        return world.loop().nanos();
    }
}
