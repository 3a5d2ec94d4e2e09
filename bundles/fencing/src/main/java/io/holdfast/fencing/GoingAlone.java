package io.holdfast.fencing;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.runtime.Voter;
import io.holdfast.membership.Membership;
import io.holdfast.membership.World;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.Result;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import io.holdfast.model.ledger.ReplicatedLog.Solitude;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one of two voters does when the other is lost. Neither can tell a dead peer from a cut cable, so it goes on alone only with
 * proof that the other is off: from its fence devices, asked after the loss, or from a person.
 *
 * <p>By itself it asks devices only if both were together since this node's start, or if this node went on alone before: any other may
 * be the one that was fenced, and what was acknowledged since would be lost.
 */
final class GoingAlone {
    private static final Logger log = LoggerFactory.getLogger(GoingAlone.class);
    private static final Duration APPEND_LIMIT = Duration.ofSeconds(5);
    private static final Duration DEVICES_AGAIN = Duration.ofSeconds(10);
    private static final Duration HEARD_AGAIN = Duration.ofMillis(200);

    private static final Duration SECOND = Duration.ofSeconds(5);

    private final World world;
    private final Membership membership;
    private final LeaseVoter voter;
    private final FenceLevels levels;
    private final RollCall rollCall;
    private final Subscriptions subscriptions;
    private final boolean byDevice;
    private final boolean asksAtStart;
    private final Duration delay;

    private Solitude now = Solitude.NONE;
    private long since;
    private long notBefore;
    private boolean busy;
    private String trouble = "";
    /** Devices that said of the peer, since it is lost, that it is off while it answered. */
    private final Set<String> liars = new HashSet<>();

    private Back back = Back.NOBODY;

    /** Who is to be let on again once it is recorded as fenced, and by which devices. */
    private record Back(String node, List<FenceSetting> devices) {
        static final Back NOBODY = new Back("", List.of());
    }

    GoingAlone(World world, Membership membership, LeaseVoter voter, FenceLevels levels, RollCall rollCall) {
        this.world = world;
        this.membership = membership;
        this.voter = voter;
        this.levels = levels;
        this.rollCall = rollCall;
        this.subscriptions = new Subscriptions(world);
        byDevice = setting("alone", "never").equals("fenced");
        asksAtStart = !setting("alone.start", "ask").equals("wait");
        List<Voter> voters = world.settings().voters();
        boolean first = voters.isEmpty() || voters.get(0).name().equals(world.self());
        String given = setting("alone.delay", "");
        delay = given.isEmpty()
                ? first ? Duration.ZERO : SECOND
                : Duration.ofMillis(Long.parseLong(given.substring(0, given.length() - 2)));
    }

    private String setting(String key, String instead) {
        return world.settings().all().getOrDefault(key, instead);
    }

    void start() {
        subscriptions.add(world.log().listen(new LogListener() {
            @Override
            public void applied(long index, Entry entry, Result result, ClusterState state) {
                if (entry.command() instanceof Command.Fenced) {
                    letOn(state);
                }
            }

            @Override
            public void led(ReplicatedLog.Leadership leadership) {
                look();
            }
        }));
        look();
    }

    void stop() {
        subscriptions.close();
        withhold("");
    }

    /** Compares what should be with what is. Called often. */
    void look() {
        Solitude seen = world.log().solitude();
        if (seen.kind() != now.kind() || !seen.peer().equals(now.peer())) {
            since = now();
            notBefore = Long.MIN_VALUE;
            trouble = "";
            liars.clear();
            withhold("");
        }
        now = seen;
        letOn(world.log().state());
        boolean mine = seen.kind() == Solitude.Kind.HOLDS
                || (seen.kind() == Solitude.Kind.LOST && membership.incarnation() != 0);
        if (subscriptions.closed() || !byDevice || !mine || busy) {
            return;
        }
        long lease = LeaseArithmetic.padded(world.leaseNanos());
        if (now() - since > lease) {
            withhold(seen.peer()); // it may hear nothing of us, or have no disk: its lease is to end before it is
            // cut off
        }
        Optional<NodeRecord> record = world.log().state().node(seen.peer());
        long left = record.filter(NodeRecord::mayRun)
                .map(peer -> Math.max(voter.left(Member.of(peer), peer), heldAhead(seen, peer)))
                .orElse(0L);
        if (left > 0 || now() - since < lease + wait(seen) || now() < notBefore) {
            return;
        }
        if (seen.kind() == Solitude.Kind.LOST
                && seen.complete()
                && record.filter(peer -> peer.phase() == Phase.LEFT).isPresent()) {
            goAlone(seen, seen.peer() + " left in good order", List.of());
            return;
        }
        List<FenceSetting> devices = believed(seen.peer());
        if (!devices.isEmpty()) {
            askDevices(seen, record, devices);
        } else if (!devices(seen.peer()).isEmpty() && trouble.isEmpty()) {
            trouble = FenceLevels.names(devices(seen.peer())) + " said that it is off while it still answered";
        }
    }

    /** The peer may know that a hold is committed of which this node knows only that it is in its log. */
    private long heldAhead(Solitude seen, NodeRecord peer) {
        if (seen.complete()) {
            return 0;
        }
        long longest = world.log().ahead().stream()
                .filter(command ->
                        command instanceof Command.Hold hold && hold.node().equals(peer.name()))
                .mapToLong(command -> ((Command.Hold) command).spanMillis())
                .max()
                .orElse(0);
        long span = Duration.ofMillis(longest + peer.terms().killMillis()).toNanos();
        return longest == 0 ? 0 : LeaseArithmetic.waitLeft(span, now() - since);
    }

    /** Who went on alone and was started again leaves the other time to start too. */
    private long wait(Solitude seen) {
        return delay.toNanos() + (seen.kind() == Solitude.Kind.HOLDS ? 5 * world.leaseNanos() : 0);
    }

    private List<FenceSetting> devices(String node) {
        return world.log().state().configuration().fencing().stream()
                .filter(setting -> setting.cuts(node))
                .toList();
    }

    /** All of a level must confirm, so a level with one that lied about the peer proves nothing. */
    private List<FenceSetting> believed(String node) {
        Set<String> all = new HashSet<>(liars);
        world.log().state().node(node).map(NodeRecord::liars).ifPresent(all::addAll);
        List<FenceSetting> devices = devices(node);
        return devices.stream()
                .filter(setting -> devices.stream()
                        .noneMatch(other -> other.level() == setting.level() && all.contains(other.name())))
                .toList();
    }

    private void withhold(String node) {
        voter.withhold(node);
    }

    private void askDevices(Solitude seen, Optional<NodeRecord> record, List<FenceSetting> devices) {
        busy = true;
        log.warn("{} is lost: its fence devices {} are asked to cut it off", seen.peer(), FenceLevels.names(devices));
        FenceLevels.Target target = new FenceLevels.Target() {
            @Override
            public boolean wanted() {
                return sameAs(seen);
            }

            @Override
            public CompletionStage<Boolean> stillRuns() {
                return record.map(peer -> rollCall.answers(Member.of(peer)))
                        .orElseGet(() -> CompletableFuture.completedFuture(false));
            }

            @Override
            public CompletionStage<?> lied(List<FenceSetting> devices) {
                log.error(
                        "{} said that {} is off, but it still answers: {}",
                        FenceLevels.names(devices),
                        seen.peer(),
                        FenceLevels.LIES);
                devices.forEach(device -> liars.add(device.name()));
                return CompletableFuture.completedFuture(null);
            }
        };
        levels.off(seen.peer(), devices, target).whenComplete((confirmed, failure) -> {
            boolean same = !subscriptions.closed() && sameAs(seen);
            busy = false;
            if (!same) {
                return;
            }
            if (failure == null) {
                goAlone(seen, FenceLevels.names(confirmed) + " confirmed that it is off", confirmed);
            } else {
                notBefore = now() + DEVICES_AGAIN.toNanos();
                trouble = FenceLevels.said(failure);
                log.error("{}", advice());
            }
        });
    }

    private boolean sameAs(Solitude seen) {
        look();
        return now.kind() == seen.kind() && now.peer().equals(seen.peer());
    }

    private void goAlone(Solitude seen, String proof, List<FenceSetting> confirmed) {
        busy = true;
        alone(seen, proof).whenComplete((nothing, failure) -> {
            busy = false;
            if (failure == null) {
                back = new Back(seen.peer(), confirmed);
                letOn(world.log().state());
            } else {
                notBefore = now() + HEARD_AGAIN.toNanos();
                log.info("Not going on without {} yet: {}", seen.peer(), FenceLevels.said(failure));
            }
        });
    }

    private CompletionStage<Void> alone(Solitude seen, String proof) {
        return world.log().goAlone(seen, proof).thenAccept(nothing -> {
            String text = world.self() + " goes on without " + seen.peer() + ": " + proof;
            log.warn("{}", text);
            world.log().append(new Command.Announce(seen.peer(), "", "warn", text), APPEND_LIMIT);
            look();
        });
    }

    /** Devices that reboot let a node on again, but not before what it ran is free. */
    private void letOn(ClusterState state) {
        Back whom = back;
        if (whom.node().isEmpty()
                || state.node(whom.node()).filter(NodeRecord::mayRun).isPresent()) {
            return;
        }
        back = Back.NOBODY;
        levels.on(whom.node(), whom.devices());
    }

    /** {@return whether only this node's own word could free what {@code node} ran: it is the other of two voters, and missing} */
    boolean concerns(String node) {
        look();
        return now.kind() != Solitude.Kind.NONE && now.peer().equals(node);
    }

    /**
     * Goes on alone on a person's word that the peer is off.
     *
     * @return fails with {@link ClusterException}
     */
    CompletionStage<Void> onWordOf(String who) {
        Solitude seen = now;
        String peer = seen.peer();
        if (seen.kind() == Solitude.Kind.UNSETTLED) {
            return refused("The voters are being changed, and whether " + peer
                    + " alone is missing is not certain on this node; start the other voters");
        }
        if (seen.kind() == Solitude.Kind.UNSEEN && !asksAtStart) {
            return refused(peer + " was not seen since this node started, and alone.start=wait: start " + peer
                    + ", or set alone.start=ask in etc/holdfast.cfg of this node and restart it");
        }
        if (busy) {
            return refused("The fence devices of " + peer + " are being asked; try again when they have answered");
        }
        busy = true;
        Optional<NodeRecord> record = world.log().state().node(peer);
        CompletionStage<Boolean> answers = record.map(known -> rollCall.answers(Member.of(known)))
                .orElseGet(() -> CompletableFuture.completedFuture(false));
        return answers.thenCompose(alive -> alive
                        ? refused(peer + " answers, so it is not off. Switch it off first")
                        : alone(seen, "off on the word of " + who))
                .handle((nothing, failure) -> {
                    busy = false;
                    if (failure == null) {
                        return null;
                    }
                    throw failure instanceof ClusterException known
                            ? known
                            : new ClusterException(
                                    Kind.REFUSED,
                                    FenceLevels.said(failure) + "; nothing was changed. Make sure that " + peer
                                            + " is off and try again");
                });
    }

    private static CompletionStage<Void> refused(String reason) {
        return CompletableFuture.failedFuture(new ClusterException(Kind.REFUSED, reason));
    }

    /** {@return what keeps this node from running anything, and what a person can do; or what would when the peer is lost} */
    List<String> problems() {
        if (now.kind() != Solitude.Kind.NONE) {
            return now() - since < world.leaseNanos() ? List.of() : List.of(advice());
        }
        List<String> voting = world.log().voters().voting();
        if (byDevice && voting.size() == 2 && voting.contains(world.self())) {
            String other = voting.get(0).equals(world.self()) ? voting.get(1) : voting.get(0);
            if (devices(other).isEmpty()) {
                return List.of("alone=fenced, but no fence device cuts off " + other
                        + ": if it is lost, nothing runs until 'ha confirm-fenced " + other
                        + "'; add a device for it under 'fencing'");
            }
        }
        return List.of();
    }

    private String advice() {
        String peer = now.peer();
        String word = "; make sure that " + peer + " is off, then 'ha confirm-fenced " + peer + "' on this node";
        return switch (now.kind()) {
            case NONE -> "";
            case UNSETTLED ->
                peer + " is lost while the voters are being changed, so nothing runs here: start the other voters";
            case UNSEEN ->
                peer
                        + " was not seen since this node started and may have gone on without it, so nothing is started here: start "
                        + peer
                        + (asksAtStart
                                ? "; if it cannot be started, make sure that it is off, and 'ha confirm-fenced " + peer
                                        + "' on this node goes on with what is known here: what " + peer
                                        + " decided without it is lost then"
                                : " (alone.start=wait)");
            case LOST, HOLDS -> {
                String lost = now.kind() == Solitude.Kind.LOST
                        ? peer + " is lost, and two voters need each other: nothing runs here"
                        : "this node went on without " + peer
                                + " before it was started, and has not heard from it since: nothing runs here";
                if (!byDevice) {
                    yield lost + word + " lets it go on alone";
                }
                if (devices(peer).isEmpty()) {
                    yield lost + " (alone=fenced, but no fence device cuts off " + peer + ")" + word;
                }
                yield trouble.isEmpty()
                        ? lost + " until its fence devices have confirmed that it is off"
                        : peer + " could not be fenced (" + trouble + "), so nothing runs here; it is tried again"
                                + word;
            }
        };
    }

    private long now() {
        return world.loop().nanos();
    }
}
