package io.holdfast.ledger;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import io.holdfast.model.ClusterState;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.ReplicatedLog.VoterChange;
import io.holdfast.model.ledger.ReplicatedLog.Voters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the voters, on the leader, one step after the other.
 *
 * <p>A change of the voting nodes begins only when the one before is settled: a majority of the nodes that voted before knows of it,
 * and no lease that they acknowledged can run any more. On the loop.
 */
final class VoterChanges {
    private static final Logger log = LoggerFactory.getLogger(VoterChanges.class);

    private static final String CHANGE = "ledger.change";
    private static final String RESET = "ledger.reset";
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration RESET_LIMIT = Duration.ofSeconds(5);
    private static final Duration GO_ON_PAUSE = Duration.ofMillis(100);
    private static final Duration RESET_PAUSE = Duration.ofMillis(200);
    private static final Duration WHOLE = Duration.ofSeconds(60);
    private static final Duration DEAD = Duration.ofSeconds(2);
    private static final Duration SEAT = Duration.ofMillis(500);

    private static final String REPLACING = "replacing:";

    private static final int ADD = 1;
    private static final int REMOVE = 2;
    private static final int REPLACE = 3;

    private static final int CHANGED = 1;
    private static final int NOT_DONE = 2;
    private static final int UNKNOWN = 3;
    private static final int LOST = 4;
    private static final int REFUSED = 5;

    private final RatisLedger ledger;
    private final Keeper keeper;
    private final Transport transport;
    private final Loop loop;
    private boolean busy;
    private boolean admitting;

    /** What is carried out while {@link #busy}; whoever asks for the same again waits for it too. */
    private @Nullable VoterChange current;

    private CompletableFuture<Voters> currently = new CompletableFuture<>();
    private long nextSeat = Long.MIN_VALUE;

    VoterChanges(RatisLedger ledger, Keeper keeper, Transport transport, Loop loop) {
        this.ledger = ledger;
        this.keeper = keeper;
        this.transport = transport;
        this.loop = loop;
    }

    List<Registration> serve() {
        return List.of(transport.answer(CHANGE, this::changeFor), transport.answer(RESET, this::reset));
    }

    // Asked here

    CompletionStage<Voters> change(VoterChange change, Duration limit) {
        CompletableFuture<Voters> result = new CompletableFuture<>();
        begin(change, false, loop.nanos() + limit.toNanos(), result);
        var end = loop.schedule(
                limit.plus(LOOK),
                () -> result.completeExceptionally(new LedgerException(
                        LedgerException.Kind.UNKNOWN,
                        "the change of the voters goes on, or was not confirmed in time")));
        result.whenComplete((voters, failure) -> end.cancel());
        return result;
    }

    /**
     * Asks the leader.
     *
     * @param again a leader lost the lead over it: what is done already is no refusal
     */
    private void begin(VoterChange change, boolean again, long deadline, CompletableFuture<Voters> result) {
        String leader = ledger.leadership().leader();
        if (ledger.leadership().ready()) {
            carryOut(change, again, deadline)
                    .whenComplete((voters, failure) -> finish(change, again, deadline, result, voters, failure));
        } else if (loop.nanos() >= deadline || ledger.isClosed()) {
            result.completeExceptionally(new LedgerException(
                    again ? LedgerException.Kind.UNKNOWN : LedgerException.Kind.NOT_DONE,
                    again
                            ? "the leader changed, and there is no new one: the voters may have been changed"
                            : "the voters were not changed: no leader"));
        } else if (leader.isEmpty() || ledger.leadership().self()) {
            loop.schedule(LOOK, () -> begin(change, again, deadline, result));
        } else {
            boolean carriedOn = change instanceof VoterChange.Replace;
            Duration left = Duration.ofNanos((carriedOn && !again ? whole(deadline) : deadline) - loop.nanos());
            CompletableFuture<byte[]> asked = new CompletableFuture<>();
            transport
                    .request(leader, CHANGE, encode(change, again, left), left)
                    .whenComplete((answer, failure) -> loop.execute(() -> {
                        if (failure == null) {
                            asked.complete(answer);
                        } else {
                            asked.completeExceptionally(failure);
                        }
                    }));
            if (carriedOn) {
                watch(leader, asked);
            }
            asked.whenComplete((answer, failure) -> {
                if (failure == null) {
                    decode(answer).whenComplete((voters, why) -> finish(change, again, deadline, result, voters, why));
                } else if (carriedOn && (!again || loop.nanos() < deadline)) {
                    goOn(change, again, deadline, result);
                } else {
                    result.completeExceptionally(new LedgerException(
                            LedgerException.Kind.UNKNOWN,
                            "the leader " + leader + " did not answer: the voters may have been changed"));
                }
            });
        }
    }

    /** A leader that is lost may never answer. */
    private void watch(String leader, CompletableFuture<byte[]> asked) {
        String now = ledger.leadership().leader();
        if (asked.isDone()) {
            return;
        }
        if (ledger.isClosed() || (!now.isEmpty() && !now.equals(leader))) {
            asked.completeExceptionally(new LeadLost());
        } else {
            loop.schedule(GO_ON_PAUSE, () -> watch(leader, asked));
        }
    }

    /**
     * With the next leader. A replacement is carried on though whoever asked waits no longer: a voter that is removed and not added again
     * is one too few until somebody notices.
     */
    private void goOn(VoterChange change, boolean again, long deadline, CompletableFuture<Voters> result) {
        long end = !again && change instanceof VoterChange.Replace ? whole(deadline) : deadline;
        loop.schedule(GO_ON_PAUSE, () -> begin(change, true, end, result));
    }

    private void finish(
            VoterChange change,
            boolean again,
            long deadline,
            CompletableFuture<Voters> result,
            @Nullable Voters voters,
            @Nullable Throwable failure) {
        if (voters != null) {
            result.complete(voters);
        } else if (failure != null && unwrap(failure) instanceof LeadLost) {
            goOn(change, again, deadline, result);
        } else {
            result.completeExceptionally(asLedgerException(failure));
        }
    }

    /** The leader lost the lead in the middle: the next one goes on. */
    private static final class LeadLost extends RuntimeException {
        private static final long serialVersionUID = 1;

        private LeadLost() {
            super("the lead passes to another node");
        }
    }

    private CompletionStage<byte[]> changeFor(String from, byte[] request) {
        return Wire.read(request, in -> {
            int kind = in.readUnsignedByte();
            String node = Wire.readText(in);
            String address = Wire.readText(in);
            boolean again = in.readBoolean();
            long millis = in.readLong();
            VoterChange change = kind == ADD
                    ? new VoterChange.Add(node, address)
                    : kind == REMOVE ? new VoterChange.Remove(node) : new VoterChange.Replace(node);
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            loop.execute(() -> {
                if (!ledger.leadership().ready()) {
                    answer.complete(
                            encodeFailure(again ? new LeadLost() : notDone(transport.self() + " does not lead")));
                    return;
                }
                carryOut(change, again, loop.nanos() + Duration.ofMillis(millis).toNanos())
                        .whenComplete((voters, failure) ->
                                answer.complete(failure == null ? encode(voters) : encodeFailure(failure)));
            });
            return answer;
        });
    }

    private static byte[] encode(VoterChange change, boolean again, Duration left) {
        return Wire.write(out -> {
            if (change instanceof VoterChange.Add add) {
                out.writeByte(ADD);
                Wire.writeText(out, add.node());
                Wire.writeText(out, add.address());
            } else if (change instanceof VoterChange.Remove remove) {
                out.writeByte(REMOVE);
                Wire.writeText(out, remove.node());
                Wire.writeText(out, "");
            } else if (change instanceof VoterChange.Replace replace) {
                out.writeByte(REPLACE);
                Wire.writeText(out, replace.node());
                Wire.writeText(out, "");
            }
            out.writeBoolean(again);
            out.writeLong(left.toMillis());
        });
    }

    private static byte[] encode(Voters voters) {
        return Wire.write(out -> {
            out.writeByte(CHANGED);
            out.writeLong(voters.index());
            Wire.writeNames(out, voters.voting());
            Wire.writeNames(out, voters.listening());
        });
    }

    private static byte[] encodeFailure(Throwable failure) {
        if (unwrap(failure) instanceof LeadLost) {
            return Wire.write(out -> out.writeByte(LOST));
        }
        LedgerException why = asLedgerException(failure);
        return Wire.write(out -> {
            out.writeByte(
                    switch (why.kind()) {
                        case NOT_DONE -> NOT_DONE;
                        case REFUSED -> REFUSED;
                        case UNKNOWN -> UNKNOWN;
                    });
            Wire.writeText(out, String.valueOf(why.getMessage()));
        });
    }

    private static CompletableFuture<Voters> decode(byte[] answer) {
        return Wire.read(answer, in -> {
            int kind = in.readUnsignedByte();
            return switch (kind) {
                case CHANGED ->
                    CompletableFuture.completedFuture(
                            new Voters(in.readLong(), Wire.readNames(in), Wire.readNames(in)));
                case LOST -> CompletableFuture.failedFuture(new LeadLost());
                default ->
                    CompletableFuture.failedFuture(new LedgerException(
                            switch (kind) {
                                case NOT_DONE -> LedgerException.Kind.NOT_DONE;
                                case REFUSED -> LedgerException.Kind.REFUSED;
                                default -> LedgerException.Kind.UNKNOWN;
                            },
                            Wire.readText(in)));
            };
        });
    }

    // Carried out by the leader

    private CompletableFuture<Voters> carryOut(VoterChange change, boolean again, long deadline) {
        if (busy) {
            return again && change.equals(current)
                    ? currently
                    : CompletableFuture.failedFuture(
                            notDone("another change of the voters is under way; try again later"));
        }
        busy = true;
        current = change;
        CompletableFuture<Voters> done = until(
                        () -> !admitting, deadline, () -> notDone("a node is being admitted; try again later"))
                .thenCompose(x -> steps(change, again, deadline));
        currently = done.whenComplete((voters, failure) -> {
            busy = false;
            if (failure == null) {
                log.info("{} done; voters: {}", change, voters.voting());
            } else {
                log.warn("{} failed: {}", change, asLedgerException(failure).getMessage());
            }
        });
        return currently;
    }

    private CompletableFuture<Voters> steps(VoterChange change, boolean again, long deadline) {
        Voters now = ledger.voters();
        if (change instanceof VoterChange.Add add) {
            if (again && now.voting().contains(add.node())) {
                return CompletableFuture.completedFuture(now);
            }
            if (now.voting().contains(add.node())) {
                throw refused(add.node() + " is a voter already");
            }
            return settled(deadline)
                    .thenCompose(x -> configure(without(RaftPeerRole.FOLLOWER, ""), listeners(add.node()), deadline))
                    .thenCompose(x -> join(add.node(), add.address(), deadline));
        }
        if (change instanceof VoterChange.Remove remove) {
            String node = remove.node();
            if (now.listening().contains(node)) {
                return configure(without(RaftPeerRole.FOLLOWER, ""), listeners(node), deadline)
                        .thenApply(x -> ledger.voters());
            }
            if (again && !now.voting().contains(node)) {
                return CompletableFuture.completedFuture(now);
            }
            if (replacing(leading()).contains(node)) {
                throw refused(
                        node + " is being replaced: it votes again once its daemon is up; then it can be removed");
            }
            checkRemovable(now, node);
            return settled(deadline)
                    .thenCompose(x -> configure(without(RaftPeerRole.FOLLOWER, node), listeners(node), deadline))
                    .thenCompose(x -> {
                        askToReset(node, false); // if it is there it goes on as a listener
                        return known(voting -> !voting.contains(node), deadline);
                    });
        }
        String node = ((VoterChange.Replace) change).node();
        if (node.equals(transport.self())) {
            throw refused(node + " leads, so its log is well; there is nothing to replace");
        }
        if (!now.voting().contains(node) && keeper.goneOnWithout(node)) { // its log was damaged when it came back
            return settledThenJoined(node, keeper.configured(node), whole(deadline));
        }
        String address = addressOf(node);
        if (again && !now.voting().contains(node)) {
            return settledThenJoined(node, address, whole(deadline));
        }
        checkRemovable(now, node);
        return settled(deadline).thenCompose(x -> {
            long end = whole(deadline);
            Set<String> replacing = replacing(leading());
            replacing.add(node);
            return configure(noting(replacing, without(RaftPeerRole.FOLLOWER, node)), listeners(node), end)
                    .thenCompose(y -> known(voting -> !voting.contains(node), end))
                    .thenCompose(y -> settledThenJoined(node, address, end));
        });
    }

    /** The node is no voter any more, so it is asked to begin anew until it answers: nobody would ask for it again. */
    private CompletableFuture<Voters> settledThenJoined(String node, String address, long deadline) {
        return settled(deadline)
                .thenCompose(x -> askToResetUntil(node, deadline))
                .thenCompose(x -> vote(node, address, deadline));
    }

    private CompletableFuture<Void> askToResetUntil(String node, long deadline) {
        return askToReset(node, true)
                .handle((x, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.<Void>completedFuture(null);
                    }
                    if (!ledger.leadership().ready()) {
                        return CompletableFuture.<Void>failedFuture(new LeadLost());
                    }
                    if (loop.nanos() >= deadline || ledger.isClosed()) {
                        return CompletableFuture.<Void>failedFuture(failure);
                    }
                    log.info(
                            "{} is no voter now and is to be one again: {}",
                            node,
                            asLedgerException(failure).getMessage());
                    CompletableFuture<Void> pause = new CompletableFuture<>();
                    loop.schedule(RESET_PAUSE, () -> pause.complete(null));
                    return pause.thenCompose(y -> askToResetUntil(node, deadline));
                })
                .thenCompose(next -> next);
    }

    /** Whoever asked may not wait so long; but a voter that is removed and not added again is one too few until somebody notices. */
    private long whole(long deadline) {
        return Math.max(deadline, loop.nanos() + WHOLE.toNanos());
    }

    private static void checkRemovable(Voters now, String node) {
        if (!now.voting().contains(node)) {
            throw refused(node + " is no voter; the voters are " + String.join(", ", now.voting()));
        }
        if (now.voting().size() == 1) {
            throw refused(node + " is the only voter");
        }
    }

    /** Makes a node that has no part in the log a voter: it begins with nothing, and votes when it has caught up. */
    private CompletableFuture<Voters> join(String node, String address, long deadline) {
        return askToReset(node, true).thenCompose(x -> vote(node, address, deadline));
    }

    private CompletableFuture<Voters> vote(String node, String address, long deadline) {
        List<RaftPeer> all = new ArrayList<>(without(RaftPeerRole.FOLLOWER, node));
        all.add(RaftPeer.newBuilder().setId(node).setAddress(address).build());
        Set<String> replacing = replacing(leading());
        replacing.remove(node);
        return configure(noting(replacing, all), listeners(node), deadline)
                .thenCompose(x -> known(voting -> voting.contains(node), deadline));
    }

    /**
     * The voters, with a note that rides in the same entry of the log as the removal: who is to vote again. So whoever leads then knows
     * that a replacement is half done, though the leader and whoever asked are gone. Ratis keeps this field and does not read it.
     */
    private static List<RaftPeer> noting(Set<String> replacing, List<RaftPeer> voting) {
        String note = replacing.isEmpty() ? "" : REPLACING + String.join(",", replacing);
        return voting.stream()
                .map(peer -> RaftPeer.newBuilder(peer).setAdminAddress(note).build())
                .toList();
    }

    /** {@return who was removed to vote again, and does not yet} */
    private static Set<String> replacing(Engine engine) {
        return engine.peers(RaftPeerRole.FOLLOWER).stream()
                .map(RaftPeer::getAdminAddress)
                .filter(note -> note != null && note.startsWith(REPLACING))
                .flatMap(note -> Stream.of(note.substring(REPLACING.length()).split(",")))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private CompletableFuture<Void> askToReset(String node, boolean toVote) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        transport
                .request(node, RESET, Wire.write(out -> out.writeBoolean(toVote)), RESET_LIMIT)
                .whenComplete((answer, failure) -> loop.execute(() -> {
                    if (failure == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(notDone(node + " does not answer (" + failure.getMessage()
                                + "); start its daemon and try again"));
                    }
                }));
        return done;
    }

    private CompletionStage<byte[]> reset(String from, byte[] request) {
        boolean toVote = Wire.read(request, in -> in.readBoolean());
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        loop.execute(() -> {
            log.info("{} asks this node to begin its log anew", from);
            keeper.reset(toVote).whenComplete((x, failure) -> {
                if (failure == null) {
                    answer.complete(new byte[0]);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        });
        return answer;
    }

    private List<RaftPeer> without(RaftPeerRole role, String node) {
        Engine engine = leading();
        return engine.peers(role).stream()
                .filter(peer -> !peer.getId().toString().equals(node))
                .toList();
    }

    /** The listeners that live: one that is silent holds up every change of voters. It asks again when it is back. */
    private List<RaftPeer> listeners(String butNot) {
        Engine engine = leading();
        return without(RaftPeerRole.LISTENER, butNot).stream()
                .filter(peer -> engine.silenceOf(peer.getId().toString()).compareTo(DEAD) < 0)
                .toList();
    }

    private String addressOf(String node) {
        return leading().peers(RaftPeerRole.FOLLOWER).stream()
                .filter(peer -> peer.getId().toString().equals(node))
                .map(RaftPeer::getAddress)
                .findFirst()
                .orElse("");
    }

    private Engine leading() {
        Engine engine = ledger.engine();
        if (engine == null || !ledger.leadership().self()) {
            throw new LeadLost();
        }
        return engine;
    }

    private CompletableFuture<Void> configure(List<RaftPeer> voting, List<RaftPeer> listening, long deadline) {
        Engine engine = leading();
        CompletableFuture<Void> done = new CompletableFuture<>();
        var end = loop.schedule(
                Duration.ofNanos(Math.max(0, deadline - loop.nanos())),
                () -> done.completeExceptionally(new LedgerException(
                        LedgerException.Kind.UNKNOWN,
                        "the change of the voters was not confirmed in time and may still come")));
        done.whenComplete((x, failure) -> end.cancel());
        engine.configure(voting, listening)
                .whenComplete((x, failure) -> loop.execute(() -> {
                    if (failure == null) {
                        done.complete(null);
                    } else if (unwrap(failure) instanceof NotLeaderException) {
                        done.completeExceptionally(new LeadLost());
                    } else if (unwrap(failure) instanceof IllegalStateException) {
                        // A leader that took the lead between the two halves of a removal goes on sending to the
                        // removed node, and
                        // refuses ever after to take it back. The next leader does not know of it.
                        log.info("Giving up the lead, for Ratis mistakes who is sent the log: {}", failure.toString());
                        engine.stepDown();
                        done.completeExceptionally(new LeadLost());
                    } else if (unwrap(failure) instanceof ReconfigurationTimeoutException) {
                        done.completeExceptionally(
                                notDone("the new voter did not catch up with the log; it is not added"));
                    } else {
                        done.completeExceptionally(
                                new LedgerException(LedgerException.Kind.UNKNOWN, String.valueOf(unwrap(failure))));
                    }
                }));
        return done;
    }

    private interface Expected {
        boolean of(List<String> voting);
    }

    private CompletableFuture<Voters> known(Expected expected, long deadline) {
        return until(
                        () -> expected.of(ledger.voters().voting()),
                        deadline,
                        () -> new LedgerException(
                                LedgerException.Kind.UNKNOWN, "the new voters were not confirmed in time"))
                .thenApply(x -> ledger.voters());
    }

    private CompletableFuture<Void> settled(long deadline) {
        return until(
                this::isSettled,
                deadline,
                () -> notDone(
                        "the change of voters before this one is not settled yet: leases may still rest on the voters before; try again in a few seconds"));
    }

    private CompletableFuture<Void> until(BooleanSupplier condition, long deadline, Supplier<LedgerException> failure) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        new Object() {
            void look() {
                if (condition.getAsBoolean()) {
                    done.complete(null);
                } else if (loop.nanos() >= deadline || ledger.isClosed()) {
                    done.completeExceptionally(failure.get());
                } else {
                    loop.schedule(LOOK, this::look);
                }
            }
        }.look();
        return done;
    }

    /** Settled by the layer that keeps the leases: it alone knows when none rests on earlier voters any more. */
    private boolean isSettled() {
        ClusterState.Votes votes = ledger.state().votes();
        return votes.earlier().isEmpty()
                && votes.voting().equals(ledger.voters().voting());
    }

    // The leader's small duties

    void look() {
        long now = loop.nanos();
        Engine engine = ledger.engine();
        if (engine == null || !ledger.leadership().ready() || now < nextSeat) {
            return;
        }
        nextSeat = now + SEAT.toNanos();
        for (String voter : ledger.voters().voting()) {
            if (!ledger.seated().contains(voter) && engine.stored(voter)) {
                ledger.note(new Envelope.Seated(voter));
            }
        }
    }

    /** A node without a vote wants to be sent the log. */
    void admit(String node, String address) {
        Engine engine = ledger.engine();
        Voters voters = ledger.voters();
        if (busy || admitting || engine == null || voters.voting().contains(node)) {
            return; // it asks again; a voter is replaced, never admitted
        }
        if (voters.voting().equals(List.of(transport.self())) && keeper.goneOnWithout(node)) {
            log.info("{} is back: it votes again once it has the log", node);
            carryOut(new VoterChange.Add(node, address), true, loop.nanos() + WHOLE.toNanos());
            return;
        }
        if (replacing(engine).contains(node)) {
            log.info("{} asks for the log: it is being replaced, and votes again", node);
            carryOut(new VoterChange.Replace(node), true, loop.nanos() + WHOLE.toNanos());
            return;
        }
        boolean listens = voters.listening().contains(node);
        if (listens && engine.silenceOf(node).compareTo(DEAD) < 0) {
            wakeSender(engine, node);
            return;
        }
        admitting = true;
        List<RaftPeer> listening = new ArrayList<>(listeners(node));
        RaftPeer peer = RaftPeer.newBuilder()
                .setId(node)
                .setAddress(address)
                .setStartupRole(RaftPeerRole.LISTENER)
                .build();
        listening.add(peer);
        configure(
                        without(RaftPeerRole.FOLLOWER, ""),
                        listening,
                        loop.nanos() + Duration.ofSeconds(15).toNanos())
                .whenComplete((x, failure) -> {
                    admitting = false;
                    if (failure == null) {
                        log.info("{} gets the log without a vote", node);
                        if (listens) {
                            wakeSender(engine, node);
                        }
                    } else {
                        log.info("{} is not sent the log yet: {}", node, failure.getMessage());
                    }
                });
    }

    /**
     * Ratis finds out that a node has lost what it was sent only when there is more to send: where nothing is written, a node whose disk
     * was wiped would wait for ever. What is noted here is known already.
     */
    private void wakeSender(Engine engine, String node) {
        if (engine.sentAll(node)) {
            ledger.note(new Envelope.Seated(transport.self()));
        }
    }

    private static LedgerException refused(String message) {
        return new LedgerException(LedgerException.Kind.REFUSED, message);
    }

    private static LedgerException notDone(String message) {
        return new LedgerException(LedgerException.Kind.NOT_DONE, message);
    }

    private static LedgerException asLedgerException(@Nullable Throwable failure) {
        Throwable cause = unwrap(failure);
        return cause instanceof LedgerException e
                ? e
                : new LedgerException(LedgerException.Kind.UNKNOWN, "changing the voters failed: " + cause);
    }

    private static @Nullable Throwable unwrap(@Nullable Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
