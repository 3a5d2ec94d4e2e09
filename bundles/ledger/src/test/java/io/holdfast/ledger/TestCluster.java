package io.holdfast.ledger;

import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Ledgers in one JVM over a {@link FakeNetwork}. */
final class TestCluster implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(5);

    static final Tuning TUNING = new Tuning(
            Duration.ofMillis(300),
            Duration.ofMillis(600),
            Duration.ofMillis(10),
            10_000,
            16 << 20,
            1 << 20,
            32 << 20,
            2_000,
            1_000,
            Duration.ofSeconds(2),
            Duration.ZERO,
            Duration.ofMillis(200));

    /** Few entries make a snapshot, and nothing is kept behind it. */
    static final Tuning SMALL = new Tuning(
            TUNING.rpcMin(),
            TUNING.rpcMax(),
            TUNING.poll(),
            50,
            1 << 20,
            8 << 10,
            32 << 20,
            0,
            1,
            TUNING.bootstrapPatience(),
            Duration.ZERO,
            TUNING.repairPause());

    /** Every few entries begin a file, and those before are forgotten. */
    static final Tuning FORGETFUL = new Tuning(
            TUNING.rpcMin(),
            TUNING.rpcMax(),
            TUNING.poll(),
            TUNING.snapshotEntries(),
            TUNING.snapshotBytes(),
            200,
            1,
            TUNING.keepEntries(),
            TUNING.purgeGap(),
            TUNING.bootstrapPatience(),
            Duration.ZERO,
            TUNING.repairPause());

    /** A write takes longer than any election. */
    static final Tuning SLOW = new Tuning(
            Duration.ofMillis(300),
            Duration.ofMillis(600),
            TUNING.poll(),
            TUNING.snapshotEntries(),
            TUNING.snapshotBytes(),
            TUNING.segmentBytes(),
            TUNING.cacheBytes(),
            TUNING.keepEntries(),
            TUNING.purgeGap(),
            TUNING.bootstrapPatience(),
            Duration.ofMillis(1200),
            TUNING.repairPause());

    final FakeNetwork network = new FakeNetwork();
    final Map<String, Node> nodes = new TreeMap<>();
    final List<String> voters;
    private final Path base;
    private final Tuning tuning;

    TestCluster(Path base, Tuning tuning, String... voters) {
        this.base = base;
        this.tuning = tuning;
        this.voters = List.of(voters);
    }

    /** One node's ledger, and what it told. */
    final class Node implements AutoCloseable {
        final String name;
        final TestLoop loop;
        final RatisLedger ledger;
        final List<Long> indexes = Collections.synchronizedList(new ArrayList<>());
        final List<String> texts = Collections.synchronizedList(new ArrayList<>());
        final List<ReplicatedLog.Leadership> led = Collections.synchronizedList(new ArrayList<>());
        final List<ReplicatedLog.Voters> voterEvents = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger replacements = new AtomicInteger();

        Node(String name, Model model) {
            this.name = name;
            this.loop = new TestLoop(name);
            this.ledger = new RatisLedger(
                    settings(name), network.join(name), loop, InstantSource.system(), folder(name), model, tuning);
            ledger.listen(new LogListener() {
                @Override
                public void applied(long index, Entry entry, Result result, ClusterState state) {
                    indexes.add(index);
                    if (!state.votes().earlier().isEmpty()
                            && ledger.leadership().self()) {
                        ledger.append(new Command.VotersSettled(state.votes().index()), LIMIT); // no leases here
                    }
                    if (entry.command() instanceof Command.Announce announce) {
                        texts.add(announce.text());
                    }
                }

                @Override
                public void replaced(ClusterState state) {
                    replacements.incrementAndGet();
                }

                @Override
                public void led(ReplicatedLog.Leadership leadership) {
                    led.add(leadership);
                }

                @Override
                public void voters(ReplicatedLog.Voters voters) {
                    voterEvents.add(voters);
                }
            });
            ledger.start();
        }

        ReplicatedLog.Appended append(String text) {
            return await(loop.call(() -> ledger.append(announce(text), LIMIT)).toCompletableFuture());
        }

        ClusterState read() {
            return await(loop.call(() -> ledger.barrier(LIMIT)).toCompletableFuture());
        }

        ReplicatedLog.Voters change(ReplicatedLog.VoterChange change) {
            return await(loop.call(() -> ledger.change(change, Duration.ofSeconds(20)))
                    .toCompletableFuture());
        }

        /** {@return whether its log ends between the two halves of a change of voters} */
        boolean inTransition() {
            Engine engine = loop.call(ledger::engine);
            return engine != null && !engine.configuration().getPreviousPeers().isEmpty();
        }

        int replaced() {
            return replacements.get();
        }

        boolean ready() {
            return loop.call(ledger::leadership).ready();
        }

        ReplicatedLog.Health health() {
            return loop.call(ledger::health);
        }

        /** The texts of all announcements in the state, oldest first. */
        List<String> announced() {
            return loop.call(ledger::state).events().stream()
                    .map(ClusterState.EventRecord::text)
                    .filter(text -> !text.startsWith("The voters are now"))
                    .toList();
        }

        @Override
        public void close() {
            ledger.close();
            loop.call(() -> null); // after what close() put there: it tells those who wait
            loop.close();
        }
    }

    static Command announce(String text) {
        return new Command.Announce("", "", "info", text);
    }

    static <T> T await(java.util.concurrent.CompletableFuture<T> future) {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    Path folder(String node) {
        return base.resolve(node).resolve("ledger");
    }

    Path current(String node) {
        return folder(node).resolve(Keeper.groupOf("test").toString()).resolve("current");
    }

    private NodeSettings settings(String node) {
        return new NodeSettings(
                "test",
                node,
                "127.0.0.1",
                7800,
                voters.stream().map(v -> new Voter(v, "127.0.0.1", 7800)).toList(),
                NodeSettings.Role.NODE,
                Duration.ofMillis(500),
                List.of(),
                base.resolve(node),
                Optional.empty(),
                false,
                List.of(),
                Map.of());
    }

    TestCluster startAll() {
        voters.forEach(this::start);
        return this;
    }

    Node start(String name) {
        return start(name, new HoldfastModel());
    }

    Node start(String name, Model model) {
        Node node = new Node(name, model);
        nodes.put(name, node);
        return node;
    }

    void stop(String name) {
        nodes.remove(name).close();
    }

    Node node(String name) {
        return nodes.get(name);
    }

    /** Waits for a leader that everybody agrees on. */
    Node leader() {
        return leaderAmong(List.copyOf(nodes.keySet()));
    }

    Node leaderAmong(List<String> names) {
        return eventually(
                "a leader among " + names,
                () -> names.stream()
                        .map(nodes::get)
                        .filter(Node::ready)
                        .filter(leader -> names.stream()
                                .map(nodes::get)
                                .allMatch(each -> each.loop
                                        .call(each.ledger::leadership)
                                        .leader()
                                        .equals(leader.name)))
                        .findFirst()
                        .orElse(null));
    }

    Node follower() {
        Node leader = leader();
        return nodes.values().stream()
                .filter(each -> each != leader)
                .findFirst()
                .orElseThrow();
    }

    static <T> T eventually(String what, Supplier<T> supplier) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < end) {
            T value = supplier.get();
            if (value != null) {
                return value;
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("Not in time: " + what);
    }

    static void until(String what, BooleanSupplier condition) {
        eventually(what, () -> condition.getAsBoolean() ? true : null);
    }

    @Override
    public void close() {
        nodes.values().forEach(Node::close);
        network.close();
    }
}
