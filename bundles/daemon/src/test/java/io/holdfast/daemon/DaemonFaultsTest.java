package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.ledger.LedgerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes under faults at random: nothing ever runs twice, and in the end everything runs. */
class DaemonFaultsTest {
    private static final List<String> NAMES = List.of("a", "b", "c", "d");

    private final TestCluster cluster = new TestCluster();
    private final List<TestCluster.Node> nodes = new ArrayList<>();
    private Random random = new Random();
    private final Map<String, Long> tokens = new TreeMap<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 1000, 2000, 3000, 4000})
    void everythingRunsOnceAfterManyFaults(long seed) {
        for (long each = seed; each < seed + 10; each++) {
            new DaemonFaultsTest().run(each);
        }
    }

    private void run(long seed) {
        random = new Random(seed);
        for (String name : List.of("n1", "n2", "n3")) {
            TestCluster.Node node = cluster.new Node(name);
            node.operations.closings = () -> node.lease.closings;
            node.reconcile();
            node.lead();
            nodes.add(node);
        }
        configure("v0");
        for (int i = 0; i < 60; i++) {
            fault();
            pass(random.nextInt(400), seed);
        }
        mend();
        pass(120_000, seed);
        for (String name : NAMES) {
            assertThat(cluster.report(name))
                    .as("seed %d: %s, %s, %s", seed, name, cluster.grant(name), cluster.record(name))
                    .isEqualTo("ACTIVE");
            assertThat(runningOn(name)).as("seed %d: %s", seed, name).hasSize(1);
        }
    }

    private void configure(String value) {
        cluster.configure(
                List.of(new Constraint.Order("a", "b", true), new Constraint.Together("b", "a", Constraint.INFINITY)),
                NAMES.stream()
                        .map(name -> TestCluster.resource(name, "k", value))
                        .toArray(io.holdfast.model.config.Resource[]::new));
    }

    private List<String> runningOn(String instance) {
        return nodes.stream()
                .filter(node -> node.operations.running.contains(instance))
                .map(node -> node.name)
                .toList();
    }

    private void pass(long millis, long seed) {
        for (long passed = 0; passed < millis; passed += 10) {
            cluster.loop.run(10);
            for (String name : NAMES) {
                assertThat(runningOn(name))
                        .as("seed %d: %s runs on", seed, name)
                        .hasSizeLessThanOrEqualTo(1);
                long token = cluster.record(name).lastToken();
                assertThat(token).isGreaterThanOrEqualTo(tokens.getOrDefault(name, 0L));
                tokens.put(name, token);
            }
            for (TestCluster.Node node : nodes) {
                assertThat(node.operations.overlaps)
                        .as("seed %d: %s", seed, node.name)
                        .isZero();
            }
        }
    }

    private TestCluster.Node anyNode() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    private String anyName() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    private String anyCall() {
        return List.of("start ", "stop ", "monitor ", "kill ").get(random.nextInt(4)) + anyName();
    }

    private void fault() {
        TestCluster.Node node = anyNode();
        switch (random.nextInt(14)) {
            case 0 -> node.operations.die(anyName());
            case 1 -> node.operations.takes.put(anyCall(), Duration.ofMillis(random.nextInt(3000)));
            case 2 -> node.operations.answers.put(anyCall(), new Outcome.Failed("fault", random.nextInt(5) == 0));
            case 3 -> node.operations.answers.put(anyCall(), new Outcome.Unknown("hung"));
            case 4 -> node.operations.answers.clear();
            case 5 -> node.restart();
            case 6 -> endLease(node);
            case 7 -> renew(node);
            case 8 -> fence(node);
            case 9 -> cluster.ledger.lead(random.nextInt(4) == 0 ? "" : node.name);
            case 10 -> {
                cluster.ledger.failing =
                        random.nextBoolean() ? LedgerException.Kind.UNKNOWN : LedgerException.Kind.NOT_DONE;
                cluster.ledger.appliedAnyway =
                        cluster.ledger.failing == LedgerException.Kind.UNKNOWN && random.nextBoolean();
            }
            case 11 -> cluster.ledger.failing = null;
            case 12 -> cluster.ledger.put("n1", new Command.Move(anyName(), node.name, "me"));
            default -> configure("v" + random.nextInt(3));
        }
    }

    /** The guard has killed everything some time later. */
    private void endLease(TestCluster.Node node) {
        if (node.lease.active) {
            node.closeGate();
            if (random.nextBoolean()) {
                node.lease.changed();
            }
            long closing = node.lease.closings;
            cluster.loop.schedule(Duration.ofMillis(random.nextInt(250)), () -> {
                if (node.lease.closings == closing) {
                    node.guardDone();
                }
            });
        }
    }

    private void renew(TestCluster.Node node) {
        if (node.lease.proved && phase(node) == Phase.JOINED) {
            node.renew();
        }
    }

    private Phase phase(TestCluster.Node node) {
        return cluster.ledger.state().nodes().get(node.name).phase();
    }

    private void fence(TestCluster.Node node) {
        if (phase(node) == Phase.JOINED) {
            cluster.ledger.put("n1", new Command.Expel(node.name, node.peers.incarnation, "fault"));
            endLease(node);
            cluster.loop.schedule(Duration.ofMillis(500), () -> {
                node.guardDone();
                cluster.ledger.put(
                        "n1", new Command.Fenced(node.name, node.peers.incarnation, new Command.Proof.Manual("test")));
                node.join();
            });
        }
    }

    private void mend() {
        cluster.loop.run(1000);
        cluster.ledger.failing = null;
        cluster.ledger.appliedAnyway = false;
        for (TestCluster.Node node : nodes) {
            node.operations.answers.clear();
            node.operations.takes.clear();
            node.renew();
        }
        cluster.ledger.lead("n2");
        NAMES.forEach(name -> {
            cluster.ledger.put("n1", new Command.Unmove(name, "me"));
            cluster.ledger.put("n1", new Command.Retry(name, "me"));
        });
    }
}
