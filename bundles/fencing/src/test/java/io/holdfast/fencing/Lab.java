package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.PowerState;
import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.MessageHandler;
import io.holdfast.api.transport.ObjectSource;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import io.holdfast.api.transport.View;
import io.holdfast.api.transport.ViewListener;
import io.holdfast.membership.Membership;
import io.holdfast.membership.World;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A few nodes in one thread. The ledger is one list that a leader, chosen by the test, appends to while a majority of the voters sees
 * it; every node applies it as far as it can see the leader. Whenever somebody is fenced because its lease is over, it is checked that
 * its guard has everything stopped.
 */
final class Lab {
    final VirtualTime time = new VirtualTime();
    final Random random;
    final Duration lease;
    final Map<String, Node> nodes = new TreeMap<>();
    final List<Entry> entries = new ArrayList<>();
    final List<ClusterState> states = new ArrayList<>(List.of(ClusterState.empty()));
    final List<Result> results = new ArrayList<>();
    final Set<String> cut = new HashSet<>();
    /** Drops single messages: from, to, topic. */
    BiPredicate<String, LeaseMessage> drop = (link, message) -> false;

    /** Sees every entry just before it is committed. */
    Consumer<Entry> onAppend = entry -> {};

    List<String> voting;
    String leader = "";
    long term;
    long delayMicros = 500;
    FenceDevices devices = (setting, action, node) -> CompletableFuture.failedFuture(new FenceException("no answer"));

    /** What the self-test of a device finds: the state of each node. */
    Function<String, PowerState> power = node -> PowerState.ON;

    int tests;

    Lab(Duration lease, long seed, String... names) {
        this.lease = lease;
        this.random = new Random(seed);
        this.voting = List.of(names);
        for (String name : names) {
            nodes.put(name, new Node(name, 1.0));
        }
        append(new Entry("", 0, new Command.VotersChanged(voting)));
    }

    static Lab three() {
        return started(new Lab(Duration.ofSeconds(2), 1, "n1", "n2", "n3"));
    }

    static Lab started(Lab lab) {
        lab.nodes.values().forEach(Node::start);
        lab.lead(lab.voting.get(0));
        lab.pass(3000);
        for (Node node : lab.nodes.values()) {
            assertThat(node.fencing.active()).as(node.name).isTrue();
        }
        return lab;
    }

    /** Before the start: the rate of a machine's clock. */
    void rate(String name, double rate) {
        nodes.put(name, new Node(name, rate));
    }

    Node node(String name) {
        return nodes.get(name);
    }

    void pass(long millis) {
        time.pass(Duration.ofMillis(millis));
    }

    ClusterState state() {
        return states.get(states.size() - 1);
    }

    NodeRecord.Phase phase(String node) {
        return state().node(node).orElseThrow().phase();
    }

    boolean linked(String from, String to) {
        return !cut.contains(from + ">" + to);
    }

    void cut(String from, String to) {
        cut.add(from + ">" + to);
    }

    void isolate(String name) {
        for (String other : nodes.keySet()) {
            if (!other.equals(name)) {
                cut(name, other);
                cut(other, name);
            }
        }
    }

    void heal() {
        cut.clear();
        nodes.values().forEach(node -> node.ledger.pump());
    }

    /** Makes {@code name} the leader; whoever sees it knows. */
    void lead(String name) {
        leader = name;
        term++;
        nodes.values().forEach(node -> node.ledger.tell());
    }

    private boolean leads(String name) {
        return name.equals(leader) && nodes.get(name).up && visible(name) > voting.size() / 2;
    }

    private long visible(String name) {
        return voting.stream()
                .filter(other -> nodes.get(other).up && both(name, other))
                .count();
    }

    private boolean both(String a, String b) {
        return a.equals(b) || (linked(a, b) && linked(b, a));
    }

    /** Commits an entry and checks the one promise. */
    long append(Entry entry) {
        onAppend.accept(entry);
        long index = entries.size() + 1L;
        Rules.Applied applied = Rules.apply(state(), index, entry);
        entries.add(entry);
        states.add(applied.state());
        results.add(applied.result());
        if (entry.command() instanceof Command.Fenced fenced
                && fenced.proof() instanceof Command.Proof.LeaseOver
                && applied.result() instanceof Result.Done) {
            assertThat(nodes.get(fenced.node()).guard.mayRun(fenced.incarnation()))
                    .as("%s was fenced at %s ms while it may still run resources", fenced, time.now() / 1_000_000)
                    .isFalse();
        }
        nodes.values().forEach(node -> time.at(time.now() + 300_000, node.ledger::pump));
        return index;
    }

    long count(Class<? extends Command> type) {
        return entries.stream()
                .filter(entry -> type.isInstance(entry.command()))
                .count();
    }

    <T extends Command> Optional<T> last(Class<T> type) {
        return entries.stream()
                .map(Entry::command)
                .filter(type::isInstance)
                .map(type::cast)
                .reduce((a, b) -> b);
    }

    /** A machine with its guard, and a daemon that can be killed and started again. */
    final class Node {
        final String name;
        final VirtualTime.Clock clock;
        final FakeGuard guard;
        final NodeSettings settings;
        boolean weakClock;
        NodeIdentity identity = new NodeIdentity("machine", "boot", 0);
        boolean up;
        VirtualTime.VirtualLoop loop;
        Ledger ledger;
        Wire wire;
        Membership membership;
        Fencing fencing;

        Node(String name, double rate) {
            this.name = name;
            this.clock = new VirtualTime.Clock(time, 1_000_000_000L * (1 + random.nextInt(1000)), rate);
            this.guard = new FakeGuard(time, clock);
            this.settings = new NodeSettings(
                    "test",
                    name,
                    "127.0.0.1",
                    7800,
                    voting.stream()
                            .map(voter -> new Voter(voter, "127.0.0.1", 7800))
                            .toList(),
                    NodeSettings.Role.NODE,
                    lease,
                    List.of(),
                    Path.of("base"),
                    Optional.empty(),
                    false,
                    List.of(),
                    Map.of());
            loop = clock.loop();
            ledger = new Ledger(this, 0);
        }

        /** Starts the daemon; its ledger has what it had on disk. */
        void start() {
            loop = clock.loop();
            up = true;
            ledger = new Ledger(this, ledger.applied);
            wire = new Wire(this);
            World world = new World(loop, wire, ledger, guard, settings);
            InstantSource wall = () -> Instant.ofEpochMilli(time.now() / 1_000_000);
            membership = new Membership(world, wall, identity, "0.1.0", 1);
            fencing = new Fencing(world, membership, new LabDevices(), random);
            loop.execute(() -> {
                membership.start();
                fencing.start();
                ledger.tell();
                ledger.pump();
            });
        }

        /** kill -9 of the daemon; guard and resources stay. */
        void kill() {
            up = false;
            loop.end();
        }

        World world() {
            return new World(loop, wire, ledger, guard, settings);
        }

        long incarnation() {
            return membership.incarnation();
        }
    }

    private final class LabDevices implements FenceDevices {
        @Override
        public CompletionStage<Void> perform(FenceSetting device, FenceAction action, String node) {
            return devices.perform(device, action, node);
        }

        @Override
        public CompletionStage<Tested> test(FenceSetting device, List<String> asked) {
            tests++;
            Map<String, PowerState> found = new TreeMap<>();
            asked.forEach(node -> found.put(node, power.apply(node)));
            return CompletableFuture.completedFuture(new Tested(found, Duration.ofSeconds(35)));
        }
    }

    final class Wire implements Transport {
        private final Node node;
        private final Map<String, MessageHandler> handlers = new HashMap<>();

        Wire(Node node) {
            this.node = node;
        }

        @Override
        public String self() {
            return node.name;
        }

        @Override
        public View view() {
            return new View(1, View.Phase.CHANGED, List.copyOf(nodes.keySet()));
        }

        @Override
        public Registration watch(ViewListener listener) {
            return () -> {};
        }

        @Override
        public Registration receive(String topic, MessageHandler handler) {
            handlers.put(topic, handler);
            return () -> handlers.remove(topic, handler);
        }

        @Override
        public void send(String to, String topic, byte[] payload, Delivery delivery) {
            Node target = nodes.get(to);
            if (target == null || !linked(node.name, to) || dropped(to, topic, payload)) {
                return;
            }
            long delay = delayMicros * 1000 + random.nextInt(100_000);
            time.at(time.now() + delay, () -> {
                if (target.up && target.wire.handlers.get(topic) != null) {
                    target.wire.handlers.get(topic).received(node.name, payload);
                }
            });
        }

        /** Delivers bytes as if they came over the network. */
        void deliver(String from, String topic, byte[] payload) {
            handlers.get(topic).received(from, payload);
        }

        private boolean dropped(String to, String topic, byte[] payload) {
            try {
                return topic.startsWith("lease.") && drop.test(node.name + ">" + to, LeaseMessage.decoded(payload));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public void broadcast(String topic, byte[] payload, Delivery delivery) {
            nodes.keySet().forEach(to -> send(to, topic, payload, delivery));
        }

        @Override
        public Registration answer(String topic, RequestHandler handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<byte[]> request(String to, String topic, byte[] payload, Duration limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Registration offer(String topic, ObjectSource source) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Long> fetch(String to, String topic, String object, OutputStream sink, Duration limit) {
            throw new UnsupportedOperationException();
        }
    }

    final class Ledger implements ReplicatedLog {
        private final Node node;
        private final List<LogListener> listeners = new ArrayList<>();
        private Leadership told = new Leadership("", 0, false, false);
        private Health health = Health.WELL;
        int applied;
        /** Applies nothing while it is true. */
        boolean lagging;
        /** Loses the answers to what it appends. */
        boolean answersLost;

        Ledger(Node node, int applied) {
            this.node = node;
            this.applied = applied;
        }

        private boolean mine() {
            return node.up && node.ledger == this;
        }

        boolean seesMajority() {
            return visible(node.name) > voting.size() / 2;
        }

        /** Whether it has every entry, as only such a node can be elected. */
        boolean newest() {
            return applied == entries.size();
        }

        void tell() {
            boolean sees = !leader.isEmpty() && both(node.name, leader) && leads(leader);
            boolean self = leader.equals(node.name);
            Leadership now = new Leadership(sees ? leader : "", term, self && sees, self && sees && !lagging);
            if (mine() && (sees || !told.self()) && !now.equals(told)) {
                told = now;
                pump();
                List.copyOf(listeners).forEach(listener -> listener.led(now));
            }
        }

        void pump() {
            while (mine() && !lagging && applied < entries.size() && !leader.isEmpty() && both(node.name, leader)) {
                Entry entry = entries.get(applied);
                Result result = results.get(applied);
                applied++;
                int index = applied;
                List.copyOf(listeners).forEach(listener -> listener.applied(index, entry, result, states.get(index)));
            }
        }

        /** Gives its listeners everything again from {@code index}, as a ledger does that was rebuilt. */
        void applyAgainFrom(int index) {
            applied = index;
            List.copyOf(listeners).forEach(listener -> listener.replaced(states.get(index)));
            pump();
        }

        /** Gives its listeners the one entry after {@code index} again, as a ledger does that begins anew without a snapshot. */
        void applyOneAgainFrom(int index) {
            applied = index + 1;
            List.copyOf(listeners)
                    .forEach(listener ->
                            listener.applied(index + 1, entries.get(index), results.get(index), states.get(index + 1)));
        }

        @Override
        public CompletionStage<Appended> append(Command command, Duration limit) {
            CompletableFuture<Appended> done = new CompletableFuture<>();
            time.at(time.now() + 1_000_000, () -> {
                if (mine()
                        && leads(leader)
                        && both(node.name, leader)
                        && told.leader().equals(leader)) {
                    long index = Lab.this.append(new Entry(node.name, time.now() / 1_000_000, command));
                    await(index, done);
                }
            });
            node.loop.schedule(
                    limit,
                    () -> done.completeExceptionally(
                            new LedgerException(LedgerException.Kind.UNKNOWN, "no answer in time")));
            return done;
        }

        private void await(long index, CompletableFuture<Appended> done) {
            if (applied >= index && !answersLost) {
                done.complete(new Appended(index, results.get((int) index - 1)));
            } else if (mine()) {
                node.loop.schedule(Duration.ofMillis(1), () -> await(index, done));
            }
        }

        @Override
        public CompletionStage<ClusterState> barrier(Duration limit) {
            CompletableFuture<ClusterState> done = new CompletableFuture<>();
            askLeader(node.loop.nanos() + limit.toNanos(), done);
            return done;
        }

        private void askLeader(long until, CompletableFuture<ClusterState> done) {
            if (!leader.isEmpty() && both(node.name, leader) && leads(leader)) {
                awaitApplied(entries.size(), until, done);
            } else if (node.loop.nanos() >= until) {
                done.completeExceptionally(new LedgerException(LedgerException.Kind.NOT_DONE, "no leader"));
            } else {
                node.loop.schedule(Duration.ofMillis(5), () -> askLeader(until, done));
            }
        }

        private void awaitApplied(int index, long until, CompletableFuture<ClusterState> done) {
            if (applied >= index) {
                done.complete(state());
            } else if (node.loop.nanos() >= until) {
                done.completeExceptionally(new LedgerException(LedgerException.Kind.NOT_DONE, "lagging"));
            } else {
                node.loop.schedule(Duration.ofMillis(1), () -> awaitApplied(index, until, done));
            }
        }

        @Override
        public ClusterState state() {
            return states.get(applied);
        }

        @Override
        public Leadership leadership() {
            return told;
        }

        @Override
        public Voters voters() {
            return new Voters(0, voting, List.of());
        }

        /** Its disk fails: it stays a follower that applies nothing. */
        void fail() {
            lagging = true;
            health = new Health(false, "disk full", "make room");
            List.copyOf(listeners).forEach(listener -> listener.health(health));
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
            throw new UnsupportedOperationException();
        }
    }
}
