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
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.ledger.LedgerException;
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
import java.util.function.UnaryOperator;
import org.pcollections.PSortedMap;

/** Breaks one rule of SAFETY: puts something that lies between a process and the world, and leaves the product's code as it is. */
final class Saboteur {
    private static final long AGED = 25;
    /** So many renewals are sent in some leases. */
    private static final long NOTED_LATE = 20;

    private final Sabotage sabotage;
    private final Layout layout;
    /** What each machine noted of the numbers that its daemons used. */
    private final Map<String, Long> numbers = new HashMap<>();

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
            case RELEASE_UNREVOKED -> (state, index, entry) -> Rules.apply(revoked(state, entry), index, entry);
            case RIGHT_BEFORE_COPY -> (state, index, entry) -> unlike(state, index, entry, Saboteur::serving);
            case RIGHTS_NOT_COUNTED -> (state, index, entry) -> unlike(state, index, entry, Saboteur::ofTheDocument);
            case EQUALS_TAKEN_FOR_UNPROMOTED -> Saboteur::goesOn;
            case APPLIED_HALF ->
                (state, index, entry) -> {
                    Rules.Applied applied = Rules.apply(state, index, entry);
                    return new Rules.Applied(States.document(applied.state(), state.document()), applied.result());
                };
            case CHANGE_AT_ONCE ->
                (state, index, entry) -> {
                    Rules.Applied applied = Rules.apply(state, index, entry);
                    return new Rules.Applied(States.settled(applied.state()), applied.result());
                };
            default -> Rules::apply;
        };
    }

    /** {@return how one node applies, when {@code sound} is how all do} */
    SimulatedLedger.Applier applier(String node, SimulatedLedger.Applier sound) {
        boolean passesOver = is(Sabotage.STATE_DIFFERS) && node.equals("n2");
        return !passesOver
                ? sound
                : (state, index, entry) -> entry.command() instanceof Command.Reported
                        ? new Rules.Applied(States.index(state, index), new Result.Done(index))
                        : sound.apply(state, index, entry);
    }

    /** {@return what a clock's rate is, in millionths, when {@code ppm} is asked for} */
    int drift(int ppm) {
        return is(Sabotage.CLOCK_BEYOND_RHO) ? 60 * ppm : ppm;
    }

    Lies lies(SimulatedLoop loop, SimulatedMachine machine, GuardLink guard) {
        return new Lies(loop, machine, guard);
    }

    /** What stands between one process and its world. */
    final class Lies {
        private final SimulatedLoop loop;
        /** What the log had when the process began: what it applies of that, it applied before. */
        private final int appliedBefore;

        private final Map<Member, Long> acknowledged = new HashMap<>();
        private final Set<Member> underWay = new HashSet<>();
        private final String node;
        private final boolean bootedAgain;
        private final GuardLink guard;
        private long session;
        private long seq;
        private long firstNumber = -1;

        private Lies(SimulatedLoop loop, SimulatedMachine machine, GuardLink guard) {
            this.loop = loop;
            this.node = machine.name();
            this.bootedAgain = machine.boots() > 1;
            this.guard = guard;
            this.appliedBefore = machine.disk().items().size();
        }

        GuardLink guard() {
            GuardLink sound = guard;
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
                            if (is(Sabotage.SESSION_REPEATED) && message instanceof Renew renew) {
                                send.accept(new Renew(renew.member(), 0, numbered(renew.seq())));
                            } else if (message instanceof Ack ack) {
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
                            } else if (is(Sabotage.SESSION_REPEATED) && message instanceof Ack ack) {
                                deliver.accept(
                                        from, new Ack(ack.member(), session, ack.seq() - firstNumber, ack.votes()));
                            } else if (is(Sabotage.ANSWERED_INCARNATION) && message instanceof Answer answer) {
                                deliver.accept(from, about(answer, ledger.get().state()));
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

        /** The number that a renewal goes by: each daemon begins at a note of its machine that is behind. */
        private long numbered(long own) {
            if (firstNumber < 0) {
                firstNumber = Math.max(0, numbers.getOrDefault(node, 0L) - NOTED_LATE);
            }
            numbers.merge(node, firstNumber + own, Math::max);
            return firstNumber + own;
        }

        private Answer about(Answer answer, ClusterState state) {
            Member now = new Member(answer.member().node(), incarnation(state, answer.member()));
            return new Answer(
                    now,
                    answer.round(),
                    answer.votes(),
                    answer.refused(),
                    answer.quiet(),
                    answer.left(),
                    answer.hold());
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
                case ALONE_UNSEEN -> {
                    return new LyingLog(sound) {
                        @Override
                        public Solitude solitude() {
                            Solitude seen = super.solitude();
                            return seen.kind() == Solitude.Kind.UNSEEN
                                    ? new Solitude(Solitude.Kind.HOLDS, seen.peer(), seen.contact(), seen.complete())
                                    : seen;
                        }
                    };
                }
                case OWN_READ_INDEX -> {
                    return new LyingLog(sound) {
                        @Override
                        public CompletionStage<ClusterState> barrier(Duration limit) {
                            return sound.leadership().leader().isEmpty()
                                    ? CompletableFuture.completedFuture(sound.state())
                                    : super.barrier(limit);
                        }
                    };
                }
                case CONSTRAINTS_IGNORED -> {
                    return new LyingLog(sound) {
                        private ClusterState known = ClusterState.empty();
                        private ClusterState told = known;

                        @Override
                        @SuppressWarnings("ReferenceEquality") // only to make no second copy
                        public ClusterState state() {
                            if (known != sound.state()) {
                                known = sound.state();
                                told = States.unbound(known);
                            }
                            return told;
                        }
                    };
                }
                case REASON_LEFT_OUT, NEVER_BACK -> {
                    return new LyingLog(sound) {
                        @Override
                        public CompletionStage<Appended> append(Command command, Duration limit) {
                            if (is(Sabotage.REASON_LEFT_OUT) && command instanceof Command.Allow allow) {
                                return super.append(
                                        new Command.Allow(allow.instance(), allow.node(), allow.incarnation(), ""),
                                        limit);
                            }
                            return is(Sabotage.NEVER_BACK) && bootedAgain && command instanceof Command.Join
                                    ? CompletableFuture.failedStage(
                                            new LedgerException(LedgerException.Kind.NOT_DONE, "not again"))
                                    : super.append(command, limit);
                        }
                    };
                }
                case FIDGETING -> fidget(sound);
                case RIGHTS_NOT_COUNTED -> {
                    return new LyingLog(sound) {
                        @Override
                        public ClusterState state() {
                            return sound.leadership().self() ? ofTheDocument(sound.state()) : sound.state();
                        }
                    };
                }
                case RIGHT_BEFORE_COPY ->
                    onDone(sound, (command, state) -> {
                        if (command instanceof Command.Allow allow && Instances.number(allow.instance()) >= 0) {
                            Instances.of(state)
                                    .rights(Instances.resource(allow.instance()))
                                    .forEach(right -> sound.append(
                                            new Command.Allow(right, allow.node(), allow.incarnation(), "at once"),
                                            Duration.ofSeconds(5)));
                        }
                    });
                case RIGHT_RELEASED_EARLY -> releaseRights(sound);
                case HOLD_FROM_CONFIRMATION, RELEASE_UNREVOKED -> {
                    return new LyingLog(sound) {
                        @Override
                        public CompletionStage<Appended> append(Command command, Duration limit) {
                            if (is(Sabotage.RELEASE_UNREVOKED) && command instanceof Command.Failure failed) {
                                releaseLate(sound, failed);
                            }
                            return super.append(command, limit).thenApply(appended -> {
                                if (is(Sabotage.HOLD_FROM_CONFIRMATION)
                                        && command instanceof Command.Hold hold
                                        && appended.result() instanceof Result.Done) {
                                    guard.extend(hold.incarnation(), loop.nanos() + hold.spanMillis() * 1_000_000);
                                }
                                return appended;
                            });
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

        private void releaseRights(SimulatedLedger sound) {
            sound.listen(new LogListener() {
                @Override
                public void applied(long index, Entry entry, Result result, ClusterState state) {
                    if (entry.command() instanceof Command.Revoke revoke) {
                        Instances.rights(state.grants(), Instances.resource(revoke.instance())).stream()
                                .filter(right -> right.revoked() && right.node().equals(node))
                                .forEach(right -> sound.append(
                                        new Command.Release(right.instance(), node, right.incarnation(), right.token()),
                                        Duration.ofSeconds(5)));
                    }
                }
            });
        }

        private void fidget(ReplicatedLog log) {
            loop.schedule(Duration.ofSeconds(2), () -> {
                if (log.leadership().self()) {
                    log.state().grants().values().stream()
                            .findFirst()
                            .ifPresent(grant -> log.append(
                                    new Command.Revoke(grant.instance(), grant.token(), "for a change"),
                                    Duration.ofSeconds(5)));
                }
                fidget(log);
            });
        }

        private void releaseLate(ReplicatedLog log, Command.Failure failed) {
            loop.schedule(
                    Duration.ofMillis(300),
                    () -> log.append(
                            new Command.Release(failed.instance(), failed.node(), failed.incarnation(), failed.token()),
                            Duration.ofSeconds(5)));
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

    /** What is to be released counts as revoked. */
    private static ClusterState revoked(ClusterState state, Entry entry) {
        return entry.command() instanceof Command.Release release
                ? state.grant(release.instance())
                        .map(grant -> States.grants(
                                state,
                                state.grants()
                                        .plus(
                                                grant.instance(),
                                                new Grant(
                                                        grant.instance(),
                                                        grant.node(),
                                                        grant.incarnation(),
                                                        grant.token(),
                                                        true,
                                                        grant.reason()))))
                        .orElse(state)
                : state;
    }

    /** Judges the grant of a right by what {@code forged} makes of the state, and leaves the rest of the state as it was. */
    private static Rules.Applied unlike(
            ClusterState state, long index, Entry entry, UnaryOperator<ClusterState> forged) {
        Rules.Applied sound = Rules.apply(state, index, entry);
        if (sound.result() instanceof Result.Done
                || !(entry.command() instanceof Command.Allow allow)
                || !Instances.isRight(allow.instance())) {
            return sound;
        }
        Rules.Applied lied = Rules.apply(forged.apply(state), index, entry);
        if (!(lied.result() instanceof Result.Done)) {
            return sound;
        }
        String right = allow.instance();
        Grant granted = lied.state().grants().get(right);
        InstanceRecord known = lied.state().instances().get(right);
        ClusterState rest = States.instances(lied.state(), state.instances().plus(right, known));
        return new Rules.Applied(States.grants(rest, state.grants().plus(right, granted)), lied.result());
    }

    /** As if every copy served. */
    private static ClusterState serving(ClusterState state) {
        PSortedMap<String, InstanceRecord> records = state.instances();
        for (Grant grant : state.grants().values()) {
            InstanceRecord record = records.get(grant.instance());
            if (record != null && Instances.number(grant.instance()) >= 0) {
                InstanceRecord.Report says =
                        new InstanceRecord.Report(grant.token(), InstanceRecord.State.ACTIVE, "", 0);
                records = records.plus(
                        grant.instance(),
                        new InstanceRecord(
                                record.instance(),
                                Optional.of(says),
                                record.failures(),
                                record.wanted(),
                                record.notes(),
                                record.lastToken(),
                                record.lastNode(),
                                record.lastIncarnation(),
                                record.definedAt()));
            }
        }
        return States.instances(state, records);
    }

    /** As if nobody held a right that the document does not know. */
    private static ClusterState ofTheDocument(ClusterState state) {
        Instances defined = Instances.of(state);
        PSortedMap<String, Grant> grants = state.grants();
        for (String instance : state.grants().keySet()) {
            grants = Instances.isRight(instance) && defined.definition(instance).isEmpty()
                    ? grants.minus(instance)
                    : grants;
        }
        return States.grants(state, grants);
    }

    /** What a new document means is not started again. */
    private static Rules.Applied goesOn(ClusterState state, long index, Entry entry) {
        Rules.Applied applied = Rules.apply(state, index, entry);
        if (!(entry.command() instanceof Command.Apply)) {
            return applied;
        }
        PSortedMap<String, InstanceRecord> records = applied.state().instances();
        for (InstanceRecord before : state.instances().values()) {
            records = records.containsKey(before.instance()) ? records.plus(before.instance(), before) : records;
        }
        return new Rules.Applied(States.instances(applied.state(), records), applied.result());
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
