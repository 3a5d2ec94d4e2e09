package io.holdfast.ledger;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import io.holdfast.model.ledger.History;
import io.holdfast.model.ledger.ReplicatedLog.Voters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ledgers ask each other before they take part.
 *
 * <p>A voter whose disk is empty may be new or wiped, and a wiped one must not vote: it would forget what it acknowledged. So it asks
 * the other voters. All new: the cluster begins. One has a log: it says, after a read that a majority confirmed, whether the asker
 * ever stored something. On the loop.
 */
final class Greeting {
    private static final Logger log = LoggerFactory.getLogger(Greeting.class);

    private static final String HELLO = "ledger.hello";
    private static final String HISTORY = "ledger.history";
    private static final String ADMIT = "ledger.admit";
    private static final Duration LIMIT = Duration.ofSeconds(1);

    /** How another voter stands to the asker. */
    enum Standing {
        /** It has never stored anything itself. */
        FRESH,
        /** There is a log, but nothing certain can be said now. */
        UNCERTAIN,
        /** There is a log, and the asker never stored anything of it as a voter. */
        NEW,
        /** There is a log, and the asker stored something of it. */
        SEATED,
        /** There is a log, and the asker is no voter. */
        NO_VOTER,
        /** There is a log, and the asker only listens. */
        LISTENER
    }

    private final Keeper keeper;
    private final RatisLedger ledger;
    private final NodeSettings settings;
    private final Transport transport;
    private final Loop loop;
    private final String node;
    private long began = Long.MIN_VALUE;

    Greeting(Keeper keeper, RatisLedger ledger, NodeSettings settings, Transport transport, Loop loop) {
        this.keeper = keeper;
        this.ledger = ledger;
        this.settings = settings;
        this.transport = transport;
        this.loop = loop;
        this.node = settings.node();
    }

    List<Registration> serve() {
        return List.of(
                transport.answer(HELLO, this::hello),
                transport.answer(ADMIT, this::admit),
                transport.answer(HISTORY, this::history));
    }

    // Asking

    void ask() {
        if (!keeper.isAsking() || ledger.isClosed()) {
            return;
        }
        if (began == Long.MIN_VALUE) {
            began = loop.nanos();
        }
        List<String> others = settings.voters().stream()
                .map(Voter::name)
                .filter(name -> !name.equals(node))
                .toList();
        greet(others).thenAccept(answers -> loop.execute(() -> weigh(others, answers)));
    }

    private CompletableFuture<Map<String, Standing>> greet(List<String> others) {
        Map<String, CompletableFuture<Standing>> asked = new LinkedHashMap<>();
        for (String other : others) {
            asked.put(
                    other,
                    transport
                            .request(other, HELLO, Wire.write(out -> Wire.writeText(out, node)), LIMIT)
                            .thenApply(answer -> Wire.read(answer, in -> Standing.valueOf(Wire.readText(in))))
                            .toCompletableFuture());
        }
        return CompletableFuture.allOf(asked.values().toArray(new CompletableFuture<?>[0]))
                .handle((all, failure) -> {
                    Map<String, Standing> answers = new LinkedHashMap<>();
                    asked.forEach((name, answer) -> {
                        if (!answer.isCompletedExceptionally()) {
                            answers.put(name, answer.join());
                        }
                    });
                    return answers;
                });
    }

    private void weigh(List<String> others, Map<String, Standing> answers) {
        if (!keeper.isAsking() || ledger.isClosed()) {
            return;
        }
        if (answers.containsValue(Standing.SEATED)) {
            keeper.refused(Refusal.replace(
                    node, "this voter has stored entries before, and its disk is empty now: it was wiped"));
            return;
        }
        if (answers.containsValue(Standing.NEW)) {
            keeper.admitted(Identity.Role.VOTER);
            return;
        }
        if (answers.containsValue(Standing.NO_VOTER) || answers.containsValue(Standing.LISTENER)) {
            keeper.admitted(Identity.Role.READER);
            return;
        }
        boolean exists = answers.containsValue(Standing.UNCERTAIN);
        List<String> missing = new ArrayList<>(others);
        missing.removeAll(answers.keySet());
        boolean patient =
                loop.nanos() - began < keeper.tuning().bootstrapPatience().toNanos();
        boolean majority = (answers.size() + 1) * 2 > others.size() + 1;
        if (!exists && (missing.isEmpty() || (!patient && majority))) {
            if (!missing.isEmpty()) {
                log.warn("The cluster begins its log without {}", missing);
            }
            keeper.admitted(Identity.Role.VOTER);
            return;
        }
        keeper.waitingToBegin(
                exists
                        ? "the cluster has a log, and a majority of its voters must be up to say whether this one may join"
                        : "the first start of a cluster waits for its voters; no answer yet from "
                                + String.join(", ", missing),
                exists ? "start the other voters" : "start " + String.join(", ", missing));
        loop.schedule(keeper.round(), this::ask);
    }

    /** {@return completes with whether this node still is a voter or listener; true while nobody can say} */
    CompletableFuture<Boolean> stillMember() {
        return greet(candidates()).thenApply(answers -> !answers.containsValue(Standing.NO_VOTER));
    }

    private List<String> candidates() {
        TreeSet<String> names = new TreeSet<>(transport.view().nodes());
        settings.voters().forEach(voter -> names.add(voter.name()));
        names.addAll(ledger.voters().voting());
        names.remove(node);
        return List.copyOf(names);
    }

    /** Asks the leader, or whoever may know it, to be sent the log without a vote. */
    void seekAdmission(int turn) {
        List<String> names = candidates();
        String leader = ledger.leadership().leader();
        if (!leader.isEmpty() && !leader.equals(node)) {
            seek(leader, false);
        } else if (!names.isEmpty()) {
            seek(names.get(turn % names.size()), true);
        }
    }

    private void seek(String whom, boolean follow) {
        byte[] request = Wire.write(out -> {
            Wire.writeText(out, node);
            Wire.writeText(out, settings.bind() + ":" + settings.port());
        });
        transport.request(whom, ADMIT, request, LIMIT).thenAccept(answer -> {
            String hint = Wire.read(answer, Wire::readText);
            if (follow && !hint.isEmpty() && !hint.equals(node)) {
                loop.execute(() -> seek(hint, false));
            }
        });
    }

    /**
     * Which log another node has.
     *
     * @param history empty if it has none
     * @param serves whether it knows a leader
     */
    record Told(Optional<History> history, boolean serves) {}

    /** Asks everybody which log they have; {@code heard} is called on the loop for each answer. */
    void askHistories(BiConsumer<String, Told> heard) {
        for (String other : candidates()) {
            transport
                    .request(other, HISTORY, Wire.write(out -> {}), LIMIT)
                    .thenApply(answer -> Wire.read(answer, in -> {
                        boolean serves = in.readBoolean();
                        boolean has = in.readBoolean();
                        return new Told(
                                has
                                        ? Optional.of(new History(in.readLong(), Wire.readText(in), Wire.readNames(in)))
                                        : Optional.empty(),
                                serves);
                    }))
                    .thenAccept(told -> loop.execute(() -> heard.accept(other, told)));
        }
    }

    // Answering

    private CompletionStage<byte[]> history(String from, byte[] request) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        loop.execute(() -> {
            if (!keeper.knowsHistory() || ledger.isClosed()) {
                answer.completeExceptionally(new IllegalStateException(node + " has no log open"));
                return;
            }
            Optional<History> mine = keeper.historyToTell();
            answer.complete(Wire.write(out -> {
                out.writeBoolean(!ledger.leadership().leader().isEmpty());
                out.writeBoolean(mine.isPresent());
                if (mine.isPresent()) {
                    out.writeLong(mine.get().epoch());
                    Wire.writeText(out, mine.get().id());
                    Wire.writeNames(out, mine.get().ancestors());
                }
            }));
        });
        return answer;
    }

    private CompletionStage<byte[]> hello(String from, byte[] request) {
        String asker = Wire.read(request, Wire::readText);
        CompletableFuture<Standing> standing = new CompletableFuture<>();
        loop.execute(() -> {
            if (keeper.isFresh()) {
                standing.complete(Standing.FRESH);
            } else if (ledger.isClosed() || ledger.engine() == null) {
                standing.complete(Standing.UNCERTAIN);
            } else {
                ledger.barrier(LIMIT.multipliedBy(3).dividedBy(4))
                        .whenComplete((state, failure) ->
                                standing.complete(failure == null ? standing(asker) : Standing.UNCERTAIN));
            }
        });
        return standing.thenApply(s -> Wire.write(out -> Wire.writeText(out, s.name())));
    }

    private Standing standing(String asker) {
        Voters voters = ledger.voters();
        if (voters.voting().contains(asker)) {
            return ledger.seated().contains(asker) ? Standing.SEATED : Standing.NEW;
        }
        return voters.listening().contains(asker) ? Standing.LISTENER : Standing.NO_VOTER;
    }

    private CompletionStage<byte[]> admit(String from, byte[] request) {
        return Wire.read(request, in -> {
            String asker = Wire.readText(in);
            String address = Wire.readText(in);
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            loop.execute(() -> {
                String leader = ledger.leadership().leader();
                if (ledger.leadership().ready()) {
                    ledger.admit(asker, address);
                }
                answer.complete(Wire.write(out -> Wire.writeText(out, leader)));
            });
            return answer;
        });
    }
}
