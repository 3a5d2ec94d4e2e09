package io.holdfast.testkit;

import io.holdfast.api.runtime.Loop;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Breaks the state machine's rules where a {@link Sabotage} says so. */
final class Saboteur {
    private static final long AGED = 25;

    private Saboteur() {}

    static SimulatedLedger.Applier applier(Sabotage sabotage) {
        return switch (sabotage) {
            case GRANT_NOT_CHECKED -> (state, index, entry) -> Rules.apply(withoutGrant(state, entry), index, entry);
            case TOKEN_NOT_NEW -> Saboteur::oldToken;
            default -> Rules::apply;
        };
    }

    /** The ledger as the layers of one process see it, lying where {@code sabotage} says so. */
    static ReplicatedLog log(Sabotage sabotage, ReplicatedLog sound, Loop loop) {
        if (sabotage == Sabotage.BARRIER_NOT_WAITED) {
            return new LyingLog(sound) {
                @Override
                public CompletionStage<ClusterState> barrier(Duration limit) {
                    return CompletableFuture.completedFuture(sound.state());
                }
            };
        }
        if (sabotage == Sabotage.FENCED_WITHOUT_WAIT) {
            sound.listen(new LogListener() {
                @Override
                public void applied(long index, Entry entry, Result result, ClusterState state) {
                    if (entry.command() instanceof Command.Expel expel
                            && sound.leadership().self()) {
                        fence(sound, expel.node(), expel.incarnation());
                    }
                }
            });
        }
        if (sabotage == Sabotage.EXPELLED_TOO_EARLY) {
            expelAtRandom(sound, loop);
        }
        return sound;
    }

    private static void fence(ReplicatedLog log, String node, long incarnation) {
        log.append(
                new Command.Fenced(
                        node,
                        incarnation,
                        new Command.Proof.LeaseOver(
                                "nobody waited", log.state().votes().index())),
                Duration.ofSeconds(5));
    }

    private static void expelAtRandom(ReplicatedLog log, Loop loop) {
        loop.schedule(Duration.ofSeconds(11), () -> {
            if (log.leadership().self()) {
                log.state().nodes().values().stream()
                        .filter(NodeRecord::joined)
                        .findFirst()
                        .ifPresent(node -> log.append(
                                new Command.Expel(node.name(), node.incarnation(), "on a suspicion"),
                                Duration.ofSeconds(5)));
            }
            expelAtRandom(log, loop);
        });
    }

    /** The holder of what is to be revoked loses its grant at once: who asks next gets it. */
    private static ClusterState withoutGrant(ClusterState state, Entry entry) {
        Optional<Grant> held = entry.command() instanceof Command.Revoke revoke
                ? state.grant(revoke.instance())
                : entry.command() instanceof Command.Expel expel
                        ? state.grantsOf(expel.node()).stream().findFirst()
                        : Optional.empty();
        return held.map(grant -> States.grants(state, state.grants().minus(grant.instance())))
                .orElse(state);
    }

    private static Rules.Applied oldToken(ClusterState state, long index, Entry entry) {
        Rules.Applied applied = Rules.apply(state, index, entry);
        if (!(entry.command() instanceof Command.Allow allow)) {
            return applied;
        }
        return applied.state()
                .grant(allow.instance())
                .filter(grant -> grant.token() == index && index > AGED && index % 2 == 0)
                .map(grant -> new Rules.Applied(
                        States.grants(
                                applied.state(),
                                applied.state()
                                        .grants()
                                        .plus(
                                                grant.instance(),
                                                new Grant(
                                                        grant.instance(),
                                                        grant.node(),
                                                        grant.incarnation(),
                                                        index - AGED,
                                                        false,
                                                        grant.reason()))),
                        applied.result()))
                .orElse(applied);
    }
}
