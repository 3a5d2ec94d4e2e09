package io.holdfast.ledger;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicated log on Apache Ratis over the transport.
 *
 * <p>What is decided is decided on the loop; what blocks (opening and closing the log, Ratis' calls) is done by {@link Keeper} and
 * {@link Engine} on threads of their own, which post to the loop. {@link #close} may be called from any thread but the loop.
 */
public final class RatisLedger implements ReplicatedLog, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RatisLedger.class);

    private static final Duration RETRY = Duration.ofMillis(20);
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** Tries that others sent here, far more than are on their way at one moment. */
    private static final int TRIES = 20_000;

    private static final String APPEND = "ledger.append";
    private static final String READ = "ledger.read";

    private final String node;
    private final Transport transport;
    private final Loop loop;
    private final InstantSource wall;
    private final Model model;
    private final Tuning tuning;
    private final UUID session = UUID.randomUUID();
    private final Keeper keeper;
    private final VoterChanges changes;
    private final List<Registration> registrations = new ArrayList<>();

    // On the loop only
    private final List<LogListener> listeners = new CopyOnWriteArrayList<>();
    private final Recent<Try> tries = new Recent<>(TRIES);
    private final TreeMap<Long, Pending> pending = new TreeMap<>();
    private final TreeMap<Long, List<Runnable>> waiting = new TreeMap<>();
    private long nextSeq = 1;
    private long delivered = -1;
    private ClusterState state;
    private Voters voters = new Voters(-1, List.of(), List.of());
    private SortedSet<String> seated = new TreeSet<>();
    private Leadership leadership = new Leadership("", 0, false, false);
    private Duration silence = Duration.ZERO; // of the leader, at the last look
    private Health health;
    private boolean together; // see Solitude
    private boolean asking;
    private boolean mayRun = true;
    private @Nullable Engine engine;
    private @Nullable Scheduled tick;
    private boolean closed;

    /**
     * Creates it; {@link #start} begins.
     *
     * @param folder where the log is kept; beside it stands a file {@code ledger.identity}
     */
    public RatisLedger(NodeSettings settings, Transport transport, Loop loop, InstantSource wall, Path folder) {
        this(settings, transport, loop, wall, folder, new HoldfastModel(), Tuning.of(settings.lease()));
    }

    RatisLedger(
            NodeSettings settings,
            Transport transport,
            Loop loop,
            InstantSource wall,
            Path folder,
            Model model,
            Tuning tuning) {
        this.node = settings.node();
        this.transport = transport;
        this.loop = loop;
        this.wall = wall;
        this.model = model;
        this.tuning = tuning;
        this.state = model.initial();
        this.health = new Health(false, "the log is being opened", "");
        this.keeper = new Keeper(settings, transport, loop, folder, model, tuning, session, this, new Relay());
        this.changes = new VoterChanges(this, keeper, transport, loop);
    }

    /** Opens the log and takes part. */
    public void start() {
        Engine.forgetClasses(false);
        registrations.add(transport.answer(APPEND, this::appendFor));
        registrations.add(transport.answer(READ, this::readFor));
        registrations.addAll(changes.serve());
        registrations.addAll(keeper.serve());
        loop.execute(this::tick);
        keeper.open();
    }

    /** Stops taking part; what is under way fails honestly. Blocks until everything is closed, well below a second. */
    @Override
    public void close() {
        registrations.forEach(Registration::close);
        keeper.close();
        Engine.forgetClasses(true);
        loop.execute(() -> {
            closed = true;
            if (tick != null) {
                tick.cancel();
            }
            engine = null;
            for (Pending each : List.copyOf(pending.values())) {
                giveUp(each, "the ledger was closed");
            }
            setLeadership(new Leadership("", leadership.term(), false, false));
            setHealth(new Health(false, "the ledger is stopped", ""));
        });
    }

    // Appending

    @Override
    public CompletionStage<Appended> append(Command command, Duration limit) {
        checkLimit(limit);
        Optional<String> tooNew = model.levels().refusal(state, command);
        if (tooNew.isPresent()) {
            return failed(LedgerException.Kind.REFUSED, tooNew.get());
        }
        byte[] entry = model.encode(new Entry(node, wall.instant().toEpochMilli(), command));
        String what = command.getClass().getSimpleName();
        if (entry.length > Engine.LARGEST_ENTRY) {
            return failed(
                    LedgerException.Kind.NOT_DONE,
                    what + " has " + entry.length + " bytes; the log takes at most " + Engine.LARGEST_ENTRY);
        }
        Pending each = new Pending(nextSeq++, what, entry, loop.nanos() + limit.toNanos());
        pending.put(each.seq, each);
        each.end = loop.schedule(limit, () -> giveUp(each, "within " + limit.toMillis() + " ms"));
        send(each);
        return each.result;
    }

    /** Sends it to the leader, if there is one; otherwise a change of leadership or the tick will. */
    private void send(Pending each) {
        if (closed || each.result.isDone() || each.underWay) {
            return;
        }
        Leadership now = leadership;
        Engine here = engine;
        if (here == null || now.leader().isEmpty() || (now.self() && !now.ready())) {
            each.sentTo = "";
            return;
        }
        byte[] data = Envelope.encode(new Envelope.Ordered(session, each.seq, pending.firstKey(), each.entry));
        each.sentTo = now.leader();
        each.underWay = true;
        int attempt = ++each.tries;
        if (now.self()) {
            here.submit(session, each.seq, data).thenAccept(a -> loop.execute(() -> tried(each, attempt, a)));
        } else {
            byte[] request = Wire.write(out -> {
                out.writeLong(session.getMostSignificantBits());
                out.writeLong(session.getLeastSignificantBits());
                out.writeLong(each.seq);
                out.writeInt(attempt);
                out.write(data);
            });
            // Urgent requests may get lost; the same number may be sent as often as one likes.
            Duration again = tuning.rpcMax().multipliedBy(3);
            Duration left = Duration.ofNanos(Math.max(1_000_000, each.deadline - loop.nanos()));
            Duration limit = left.compareTo(again) < 0 ? left : again;
            transport
                    .request(now.leader(), APPEND, request, limit)
                    .handle((answer, failure) -> failure == null
                            ? Wire.read(answer, AttemptCodec::read)
                            : new Engine.Attempt.Maybe(now.leader() + ": " + failure))
                    .exceptionally(e -> new Engine.Attempt.Maybe(now.leader() + ": " + e))
                    .thenAccept(a -> loop.execute(() -> tried(each, attempt, a)));
        }
    }

    /** One try of another node to have a command appended here. */
    private record Try(UUID session, long seq, int attempt) {}

    private CompletionStage<byte[]> appendFor(String from, byte[] request) {
        return Wire.read(request, in -> {
            Try asked = new Try(new UUID(in.readLong(), in.readLong()), in.readLong(), in.readInt());
            byte[] data = in.readAllBytes();
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            loop.execute(() -> appendFor(asked, data)
                    .thenAccept(a -> answer.complete(Wire.write(out -> AttemptCodec.write(out, a)))));
            return answer;
        });
    }

    private CompletableFuture<Engine.Attempt> appendFor(Try asked, byte[] data) {
        if (holds()) {
            return CompletableFuture.completedFuture(new Engine.Attempt.Refused(node + " waits for its peer"));
        }
        if (!tries.add(asked)) {
            // Were it taken, it might be appended after its first copy was refused, and a refusal is final.
            return CompletableFuture.completedFuture(new Engine.Attempt.Maybe("a copy of a request"));
        }
        Engine here = engine;
        return here == null
                ? CompletableFuture.completedFuture(new Engine.Attempt.Refused(node + " has no log open"))
                : here.submit(asked.session(), asked.seq(), data);
    }

    private void tried(Pending each, int attempt, Engine.Attempt outcome) {
        if (!(outcome instanceof Engine.Attempt.Refused)) {
            each.maybe = true;
        }
        if (each.result.isDone() || attempt != each.tries) {
            return;
        }
        each.underWay = false;
        if (outcome instanceof Engine.Attempt.Done) {
            return; // it comes as an applied entry
        }
        log.debug("{} {}: {}", each.what, each.seq, outcome);
        loop.schedule(RETRY, () -> {
            if (attempt == each.tries) {
                send(each); // the same number: it happens once
            }
        });
    }

    private void giveUp(Pending each, String why) {
        if (pending.remove(each.seq) == null) {
            return;
        }
        if (each.end != null) {
            each.end.cancel();
        }
        boolean unknown = each.maybe || each.underWay;
        each.result.completeExceptionally(
                unknown
                        ? new LedgerException(
                                LedgerException.Kind.UNKNOWN,
                                each.what + " was not confirmed " + why + " and may still take effect; " + describe())
                        : new LedgerException(
                                LedgerException.Kind.NOT_DONE,
                                each.what + " was not carried out " + why + "; " + describe()));
    }

    private String describe() {
        if (!health.well()) {
            return health.problem() + (health.remedy().isEmpty() ? "" : ": " + health.remedy());
        }
        return leadership.leader().isEmpty()
                ? "no leader: a majority of the voters " + String.join(", ", voters.voting())
                        + " must be up and reach each other"
                : "the leader is " + leadership.leader();
    }

    // Reading

    @Override
    public CompletionStage<ClusterState> barrier(Duration limit) {
        checkLimit(limit);
        CompletableFuture<ClusterState> result = new CompletableFuture<>();
        Scheduled end = loop.schedule(
                limit,
                () -> result.completeExceptionally(new LedgerException(
                        LedgerException.Kind.NOT_DONE,
                        "nothing certain was read within " + limit.toMillis() + " ms; " + describe())));
        result.whenComplete((state, failure) -> end.cancel());
        read(result);
        return result;
    }

    private void read(CompletableFuture<ClusterState> result) {
        if (result.isDone()) {
            return;
        }
        readIndex(node)
                .whenComplete((index, failure) -> loop.execute(() -> {
                    if (failure == null) {
                        whenDelivered(index, () -> result.complete(state));
                    } else if (closed) {
                        result.completeExceptionally(
                                new LedgerException(LedgerException.Kind.NOT_DONE, "the ledger was closed"));
                    } else {
                        loop.schedule(RETRY, () -> read(result));
                    }
                }));
    }

    private CompletableFuture<Long> readIndex(String asker) {
        Engine here = engine;
        String leader = leadership.leader();
        if (here == null || leader.isEmpty()) {
            return CompletableFuture.failedFuture(new IllegalStateException("no leader"));
        }
        if (leadership.self()) {
            return here.readIndex(asker);
        }
        byte[] request = Wire.write(out -> {
            Wire.writeText(out, asker);
            Wire.writeText(out, keeper.history().id());
        });
        return transport
                .request(leader, READ, request, tuning.rpcMax().multipliedBy(2))
                .thenApply(answer -> Wire.read(answer, in -> in.readLong()))
                .toCompletableFuture();
    }

    private CompletionStage<byte[]> readFor(String from, byte[] request) {
        List<String> words =
                Wire.read(request, in -> List.of(Wire.readText(in), in.available() > 0 ? Wire.readText(in) : ""));
        String asker = words.get(0);
        String history = words.get(1); // versions before there was more than one say nothing
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        loop.execute(() -> {
            Engine here = engine;
            if (here == null
                    || !leadership.self()
                    || !(history.isEmpty() || history.equals(keeper.history().id()))) {
                answer.completeExceptionally(new IllegalStateException(node + " does not lead"));
                return;
            }
            here.readIndex(asker).whenComplete((index, failure) -> {
                if (failure == null) {
                    answer.complete(Wire.write(out -> out.writeLong(index)));
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        });
        return answer;
    }

    /** Runs {@code task} once everything up to {@code index} was told to the listeners. */
    private void whenDelivered(long index, Runnable task) {
        if (delivered >= index) {
            task.run();
        } else {
            waiting.computeIfAbsent(index, i -> new ArrayList<>()).add(task);
        }
    }

    private void delivered(long index) {
        delivered = Math.max(delivered, index);
        while (!waiting.isEmpty() && waiting.firstKey() <= delivered) {
            waiting.pollFirstEntry().getValue().forEach(Runnable::run);
        }
        if (leadership.self() && !leadership.ready()) {
            look(); // a takeover waits for this
        }
    }

    @Override
    public ClusterState state() {
        return state;
    }

    @Override
    public Leadership leadership() {
        return leadership;
    }

    @Override
    public Voters voters() {
        return voters;
    }

    @Override
    public Health health() {
        return health;
    }

    @Override
    public AutoCloseable listen(LogListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public CompletionStage<Voters> change(VoterChange change, Duration limit) {
        checkLimit(limit);
        return changes.change(change, limit);
    }

    // One of two voters without the other

    @Override
    public Solitude solitude() {
        Engine here = engine;
        if (here == null || closed) {
            return Solitude.NONE;
        }
        long contacts = here.contacts(); // before the look at what it means
        Engine.Seats seats = here.seats();
        Solitude.Kind kind;
        String peer = seats.other(node);
        if (holds()) {
            kind = Solitude.Kind.HOLDS;
            peer = keeper.otherOfTwo();
        } else if (!leadership.leader().isEmpty() || peer.isEmpty()) {
            return Solitude.NONE;
        } else if (seats.aloneOrWas(node)) {
            kind = together ? Solitude.Kind.LOST : Solitude.Kind.UNSEEN;
        } else if (!seats.earlier().isEmpty()) {
            kind = Solitude.Kind.UNSETTLED;
        } else if (!together) {
            kind = Solitude.Kind.UNSEEN;
        } else {
            boolean known =
                    voters.voting().equals(seats.voting()) || voters.voting().equals(List.of(node));
            kind = known ? Solitude.Kind.LOST : Solitude.Kind.UNSETTLED;
        }
        return new Solitude(kind, peer, contacts, here.complete());
    }

    /** {@return whether this node went on alone before its start, and does not know yet that nobody did so after it} */
    boolean holds() {
        Engine here = engine;
        return !together
                && here != null
                && keeper.history().epoch() > 0
                && !keeper.otherOfTwo().isEmpty()
                && here.seats().aloneOrWas(node);
    }

    @Override
    public CompletionStage<Void> goAlone(Solitude seen, String why) {
        Solitude now = solitude();
        if (now.kind() == Solitude.Kind.NONE || now.kind() == Solitude.Kind.UNSETTLED) {
            return failed(
                    LedgerException.Kind.REFUSED,
                    now.kind() == Solitude.Kind.NONE
                            ? seen.peer() + " is not missing: " + describe()
                            : "a change of voters is under way, and its end is not known here");
        }
        if (!now.peer().equals(seen.peer()) || now.contact() != seen.contact()) {
            return failed(LedgerException.Kind.NOT_DONE, seen.peer() + " was heard meanwhile");
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        keeper.goAlone(seen, why).whenComplete((nothing, failure) -> {
            if (failure == null) {
                together = true;
                look();
                done.complete(null);
            } else {
                done.completeExceptionally(
                        new LedgerException(LedgerException.Kind.NOT_DONE, String.valueOf(failure.getMessage())));
            }
        });
        return done;
    }

    @Override
    public List<Command> ahead() {
        Engine here = engine;
        if (here == null || closed) {
            return List.of();
        }
        try {
            List<Command> commands = new ArrayList<>();
            for (byte[] data : here.ahead()) {
                if (Envelope.decode(data) instanceof Envelope.Ordered ordered) {
                    commands.add(model.decode(ordered.entry()).command());
                }
            }
            return commands;
        } catch (IOException | NewerFormat e) {
            log.warn("What {} has not applied yet cannot be read", node, e);
            return List.of();
        }
    }

    @Override
    public void mayRun(boolean something) {
        mayRun = something;
    }

    boolean mayRun() {
        return mayRun;
    }

    /** A node answered that it has no later history than this one. */
    void notAhead(String peer) {
        if (holds() && peer.equals(keeper.otherOfTwo())) {
            log.info("{} did not go on without this node", peer);
            together = true;
            look();
        }
    }

    /** What is known of the log no longer holds: another history begins here. */
    void forget(boolean all) {
        together = false;
        if (all) {
            delivered = -1;
            state = model.initial();
            voters = new Voters(-1, List.of(), List.of());
        }
    }

    /** An answer of the leader to a question that was asked since the start shows that a majority was together since. */
    private void seekCompany() {
        if (together || asking || engine == null || leadership.leader().isEmpty()) {
            return;
        }
        asking = true;
        String history = keeper.history().id();
        barrier(tuning.rpcMax().multipliedBy(4)).whenComplete((newest, failure) -> {
            asking = false;
            together |= failure == null && history.equals(keeper.history().id());
        });
    }

    // What the machine tells, in its order

    private final class Relay implements Machine.Listener {
        @Override
        public void applied(long index, Envelope.Ordered envelope, Entry entry, Result result, ClusterState after) {
            loop.execute(() -> {
                newest(index, entry, result, after);
                if (envelope.session().equals(session)) {
                    arrived(envelope.seq(), index, result);
                }
                RatisLedger.this.delivered(index);
            });
        }

        @Override
        public void told(long index, Entry entry, Result result, ClusterState after) {
            loop.execute(() -> newest(index, entry, result, after));
        }

        private void newest(long index, Entry entry, Result result, ClusterState after) {
            if (index > delivered) { // else the log was opened again, and listeners heard of it before
                state = after;
                tell(listener -> listener.applied(index, entry, result, after));
            }
        }

        @Override
        public void passed(long index) {
            loop.execute(() -> RatisLedger.this.delivered(index));
        }

        @Override
        public void replaced(long index, Snapshot snapshot, Map<Long, Sessions.Outcome> own) {
            SortedSet<String> seats = new TreeSet<>(snapshot.seated());
            ClusterState after = snapshot.state();
            Voters newVoters = snapshot.voters();
            loop.execute(() -> {
                if (index <= delivered) {
                    return;
                }
                state = after;
                seated = seats;
                tell(listener -> listener.replaced(after));
                own.forEach((seq, outcome) -> arrived(seq, outcome.index(), outcome.result()));
                setVoters(newVoters);
                RatisLedger.this.delivered(index);
            });
        }

        @Override
        public void voters(Voters newVoters) {
            loop.execute(() -> setVoters(newVoters));
        }

        @Override
        public void seated(SortedSet<String> seats) {
            loop.execute(() -> seated = seats);
        }

        @Override
        public void leadership() {
            loop.execute(RatisLedger.this::look);
        }

        @Override
        public void logFailed(Throwable cause) {
            keeper.logFailed(cause);
        }

        @Override
        public void newer(String what) {
            keeper.newer(what);
        }
    }

    private void arrived(long seq, long index, Result result) {
        Pending each = pending.remove(seq);
        if (each != null) {
            if (each.end != null) {
                each.end.cancel();
            }
            each.result.complete(new Appended(index, result));
        }
    }

    void setVoters(Voters newVoters) {
        if (newVoters.equals(voters) || newVoters.index() < voters.index()) {
            return;
        }
        Voters before = voters;
        voters = newVoters;
        if (newVoters.index() != before.index()) {
            log.info("Voters from index {} on: {}", newVoters.index(), newVoters.voting());
        }
        keeper.memberOf(newVoters);
        tell(listener -> listener.voters(newVoters));
    }

    private void tell(Consumer<LogListener> event) {
        for (LogListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (RuntimeException e) {
                log.error("A listener of the ledger failed", e);
            }
        }
    }

    // Looking around

    private void tick() {
        if (closed) {
            return;
        }
        tick = loop.scheduleLoosely(pause(), this::tick); // first: a task that throws is not scheduled again
        try {
            look();
            keeper.look();
            changes.look();
            seekCompany();
        } catch (IllegalStateException e) {
            log.debug("The log of {} was closed while it was looked at", node, e); // by Ratis, on its own thread
        }
        for (Pending each : List.copyOf(pending.values())) {
            if (each.sentTo.isEmpty()) {
                send(each);
            }
        }
    }

    /** As long as the leader sends, what changes is told by events; when it falls silent, that has to be looked for. */
    private Duration pause() {
        boolean calm = engine != null
                && health.well()
                && !leadership.leader().isEmpty()
                && (leadership.ready() || !leadership.self());
        Duration patience =
                leadership.self() ? tuning.rpcMin() : tuning.rpcMin().minus(silence);
        return calm && patience.compareTo(tuning.poll()) > 0 ? patience : tuning.poll();
    }

    /** Ratis does not say "no leader", so it is looked for. */
    private void look() {
        Engine here = engine;
        if (here == null || closed || holds()) {
            setLeadership(new Leadership("", leadership.term(), false, false));
            return;
        }
        long applied = here.machine().getLastAppliedTermIndex().getIndex(); // before the look: what it may rely on
        Engine.Look seen = here.look();
        silence = seen.silence();
        boolean ready = seen.ready() && (leadership.ready() || delivered >= applied);
        setLeadership(new Leadership(seen.leader(), seen.term(), seen.self(), ready));
    }

    private void setLeadership(Leadership now) {
        if (now.equals(leadership)) {
            return;
        }
        Leadership before = leadership;
        leadership = now;
        if (!now.leader().equals(before.leader())) {
            log.info("{} in term {}", now.leader().isEmpty() ? "No leader" : "Leader is " + now.leader(), now.term());
        }
        tell(listener -> listener.led(now));
        for (Pending each : List.copyOf(pending.values())) {
            if (!each.sentTo.equals(now.leader()) || (now.ready() && !before.ready())) {
                if (each.underWay) {
                    each.maybe = true; // what the old leader did with it is not known
                    each.underWay = false;
                }
                send(each);
            }
        }
    }

    // For the keeper and the changes of voters; on the loop

    void opened(Engine opened) {
        engine = opened;
        look();
    }

    void lost() {
        engine = null;
        look();
    }

    @Nullable
    Engine engine() {
        return engine;
    }

    Keeper keeper() {
        return keeper;
    }

    SortedSet<String> seated() {
        return seated;
    }

    /** A note of the ledger itself, from the leader; tried again by who wants it. */
    void note(Envelope envelope) {
        Engine here = engine;
        if (here != null) {
            here.submit(session, nextSeq++, Envelope.encode(envelope));
        }
    }

    void setHealth(Health now) {
        if (now.equals(health)) {
            return;
        }
        health = now;
        if (now.well()) {
            log.info("This node takes part in the log");
        } else {
            log.warn(
                    "This node takes no part in the log: {}{}",
                    now.problem(),
                    now.remedy().isEmpty() ? "" : "; " + now.remedy());
        }
        tell(listener -> listener.health(now));
    }

    void admit(String asker, String address) {
        changes.admit(asker, address);
    }

    boolean isClosed() {
        return closed;
    }

    static <T> CompletableFuture<T> failed(LedgerException.Kind kind, String message) {
        return CompletableFuture.failedFuture(new LedgerException(kind, message));
    }

    private static void checkLimit(Duration limit) {
        if (limit.compareTo(SHORTEST) < 0 || limit.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("A time limit must be 10 ms to 10 min, not " + limit);
        }
    }
}
