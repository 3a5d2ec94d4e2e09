package io.holdfast.testkit;

import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.transport.Transport;
import io.holdfast.fencing.LeaseMessage;
import io.holdfast.fencing.LeaseMessage.Ack;
import io.holdfast.fencing.LeaseMessage.Answer;
import io.holdfast.fencing.LeaseMessage.Renew;
import io.holdfast.fencing.Member;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Breaks one rule of SAFETY: puts something that lies between a process and the world, and leaves the product's code as it is. */
final class Saboteur {
    private static final long AGED = 25;

    private final Sabotage sabotage;
    private final Layout layout;

    Saboteur(Sabotage sabotage, Layout layout) {
        this.sabotage = sabotage;
        this.layout = layout;
    }

    boolean is(Sabotage asked) {
        return sabotage == asked;
    }

    SimulatedLedger.Applier applier() {
        return switch (sabotage) {
            case GRANT_NOT_CHECKED -> (state, index, entry) -> Rules.apply(withoutGrant(state, entry), index, entry);
            case TOKEN_NOT_NEW -> Saboteur::oldToken;
            default -> Rules::apply;
        };
    }

    /** {@return what a clock's rate is, in millionths, when {@code ppm} is asked for} */
    int drift(int ppm) {
        return is(Sabotage.CLOCK_BEYOND_RHO) ? 60 * ppm : ppm;
    }

    Lies lies(SimulatedLoop loop, SimulatedMachine machine) {
        return new Lies(loop, machine);
    }

    /** What stands between one process and its world. */
    final class Lies {
        private final SimulatedLoop loop;
        /** What the log had when the process began: what it applies of that, it applied before. */
        private final int appliedBefore;

        private final Map<Member, Long> acknowledged = new HashMap<>();
        private final Set<Member> underWay = new HashSet<>();
        private long session;
        private long seq;

        private Lies(SimulatedLoop loop, SimulatedMachine machine) {
            this.loop = loop;
            this.appliedBefore = machine.disk().items().size();
        }

        GuardLink guard(GuardLink sound) {
            if (is(Sabotage.LEASE_FROM_RECEIPT)) {
                return new LyingGuard(sound) {
                    @Override
                    public void extend(long incarnation, long deadline) {
                        super.extend(
                                incarnation,
                                Math.max(deadline, loop.nanos() + layout.lease().toNanos()));
                    }
                };
            }
            if (is(Sabotage.GUARD_KEEPS_DEADLINE)) {
                return new LyingGuard(sound) {
                    @Override
                    public void begin(long incarnation) {
                        long kept = deadline();
                        super.begin(incarnation);
                        super.extend(incarnation, kept);
                    }

                    @Override
                    public void shorten(long incarnation, long deadline) {
                        // it stays
                    }

                    @Override
                    public boolean shut() {
                        return true;
                    }
                };
            }
            return sound;
        }

        Transport transport(SimulatedTransport sound, Supplier<SimulatedLedger> ledger) {
            return is(Sabotage.NONE)
                    ? sound
                    : new LyingTransport(sound) {
                        @Override
                        void leaves(LeaseMessage message, Consumer<LeaseMessage> send) {
                            if (message instanceof Renew renew) {
                                session = renew.session();
                                seq = renew.seq();
                            }
                            if (message instanceof Ack ack) {
                                acknowledges(ack, send);
                            } else if (message instanceof Answer answer) {
                                send.accept(lie(answer, ledger.get().state()));
                            } else {
                                send.accept(message);
                            }
                        }

                        @Override
                        void comes(String from, LeaseMessage message, BiConsumer<String, LeaseMessage> deliver) {
                            if ((is(Sabotage.LEASE_OF_ONE_ACK) && message instanceof Ack)
                                    || (is(Sabotage.FEWER_ANSWERS) && message instanceof Answer)) {
                                layout.nodes().forEach(node -> deliver.accept(node, message));
                            } else if (is(Sabotage.ACK_UNCHECKED) && message instanceof Ack ack) {
                                Member now = new Member(
                                        ack.member().node(),
                                        incarnation(ledger.get().state(), ack.member()));
                                deliver.accept(from, new Ack(now, session, seq, ack.votes()));
                            } else {
                                deliver.accept(from, message);
                            }
                        }
                    };
        }

        private void acknowledges(Ack ack, Consumer<LeaseMessage> send) {
            if (!is(Sabotage.CHECK_AND_NOTE_APART)) {
                acknowledged.put(ack.member(), loop.nanos());
                send.accept(ack);
                return;
            }
            underWay.add(ack.member());
            acknowledged.putIfAbsent(ack.member(), loop.nanos());
            loop.schedule(layout.lease().multipliedBy(2).dividedBy(5), () -> {
                acknowledged.put(ack.member(), loop.nanos() - layout.lease().toNanos() * 2 / 5);
                send.accept(ack);
            });
        }

        private Answer lie(Answer answer, ClusterState state) {
            long quiet = answer.quiet();
            boolean leavesHoldsOut = is(Sabotage.HOLD_NOT_WAITED)
                    || (is(Sabotage.HOLD_LOST)
                            && state.node(answer.member().node())
                                    .filter(record -> record.holds().values().stream()
                                            .allMatch(hold -> hold.index() <= appliedBefore))
                                    .isPresent());
            if (is(Sabotage.AGE_WITHOUT_BEGINNING) && !acknowledged.containsKey(answer.member())) {
                return with(answer, answer.refused(), Duration.ofHours(1).toNanos(), 0);
            } else if (is(Sabotage.AGE_BEFORE_APPLYING) && !answer.refused() && answer.round() == 0) {
                return with(answer, true, quiet, left(answer.member(), quiet, state));
            } else if (is(Sabotage.CHECK_AND_NOTE_APART) && underWay.contains(answer.member())) {
                long age = loop.nanos() - acknowledged.getOrDefault(answer.member(), loop.nanos());
                return with(answer, answer.refused(), quiet, left(answer.member(), age, state));
            } else if (leavesHoldsOut && answer.hold()) {
                return with(answer, answer.refused(), quiet, left(answer.member(), quiet, state));
            }
            return answer;
        }

        private static Answer with(Answer answer, boolean refused, long quiet, long left) {
            return new Answer(answer.member(), answer.round(), answer.votes(), refused, quiet, left, answer.hold());
        }

        /** What is still to wait of a lease and its kill time when {@code age} of it is over, and there is no hold. */
        private static long left(Member member, long age, ClusterState state) {
            long whole = state.node(member.node())
                    .map(record -> record.terms().leaseMillis() + record.terms().killMillis())
                    .orElse(0L);
            return Math.max(0, whole * 1_010_000 - age);
        }

        private static long incarnation(ClusterState state, Member member) {
            return state.node(member.node()).map(NodeRecord::incarnation).orElse(member.incarnation());
        }

        /** The ledger as the layers of one process see it. */
        ReplicatedLog log(SimulatedLedger sound) {
            switch (sabotage) {
                case BARRIER_NOT_WAITED -> {
                    return new LyingLog(sound) {
                        @Override
                        public CompletionStage<ClusterState> barrier(Duration limit) {
                            return CompletableFuture.completedFuture(sound.state());
                        }
                    };
                }
                case FENCED_WITHOUT_WAIT ->
                    onDone(sound, (command, state) -> {
                        if (command instanceof Command.Expel expel) {
                            fence(sound, expel.node(), expel.incarnation());
                        }
                    });
                case EXPELLED_TOO_EARLY -> expelAtRandom(sound);
                default -> {}
            }
            return sound;
        }

        /** On the leader, for every command that was done. */
        private void onDone(SimulatedLedger sound, BiConsumer<Command, ClusterState> then) {
            sound.listen(new LogListener() {
                @Override
                public void applied(long index, Entry entry, Result result, ClusterState state) {
                    if (result instanceof Result.Done && sound.leadership().self()) {
                        then.accept(entry.command(), state);
                    }
                }
            });
        }

        private void expelAtRandom(ReplicatedLog log) {
            loop.schedule(Duration.ofSeconds(7), () -> {
                if (log.leadership().self()) {
                    log.state().nodes().values().stream()
                            .filter(NodeRecord::joined)
                            .findFirst()
                            .ifPresent(node -> log.append(
                                    new Command.Expel(node.name(), node.incarnation(), "silent, it seems"),
                                    Duration.ofSeconds(5)));
                }
                expelAtRandom(log);
            });
        }
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
