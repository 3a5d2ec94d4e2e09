package io.holdfast.model;

import io.holdfast.model.Command.Proof;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.config.Configuration;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Random commands, most of which fit the state somehow, and some not at all. */
final class RandomLedger {
    private static final List<String> NODES = List.of("n1", "n2", "n3");
    private final List<String> instances;
    private final Random random;

    RandomLedger(long seed) {
        this(seed, List.of("a", "b"));
    }

    private RandomLedger(long seed, List<String> instances) {
        random = new Random(seed);
        this.instances = instances;
    }

    /** One that is about a clone of which copies are promoted. */
    static RandomLedger promoting(long seed) {
        return new RandomLedger(seed, List.of("a:0", "a:1", "a:2", "a:promoted:0", "a:promoted:1"));
    }

    Entry next(ClusterState state) {
        String node = pick(NODES);
        String instance = pick(instances);
        Grant grant = state.grants().get(instance);
        if (grant != null && random.nextInt(3) > 0) {
            node = grant.node();
        }
        long incarnation = state.node(node).map(NodeRecord::incarnation).orElse(1L) - (random.nextInt(8) == 0 ? 1 : 0);
        long token = (grant == null ? 1 : grant.token()) - (random.nextInt(8) == 0 ? 1 : 0);
        String origin = random.nextInt(10) == 0 ? pick(NODES) : node;
        return new Entry(origin, random.nextInt(100_000), command(state, node, incarnation, instance, token));
    }

    private Command command(ClusterState state, String node, long incarnation, String instance, long token) {
        return switch (random.nextInt(27)) {
            case 0, 1 -> new Command.Join(node, terms());
            case 2 -> new Command.Resume(node, incarnation, terms());
            case 3 -> new Command.Leave(node, incarnation);
            case 4, 5, 6, 7 -> new Command.Allow(instance, node, incarnation, "why");
            case 8 -> new Command.Revoke(instance, token, "why");
            case 9 -> new Command.Release(instance, node, incarnation, token);
            case 10 -> new Command.Reported(instance, node, incarnation, token, state(), "");
            case 11 -> new Command.Failure(instance, node, incarnation, token, "start", "x", random.nextBoolean());
            case 12 -> new Command.Expel(node, incarnation, "silent");
            case 13, 14 -> new Command.Fenced(node, incarnation, proof(state, node));
            case 15 -> new Command.Hold(node, incarnation, random.nextInt(700_000), 9, random.nextInt(5));
            case 16 -> new Command.Unhold(node, incarnation, 9, random.nextInt(5));
            case 17 -> new Command.Apply(document(instance), "text", random.nextInt(3) == 0 ? 1 : -1, "ann");
            case 18 -> new Command.Move(instance, node, "ann");
            case 19 -> random.nextBoolean() ? new Command.Stop(instance, "ann") : new Command.Start(instance, "ann");
            case 20 -> new Command.Note(instance, token, "k", "v" + random.nextInt(3));
            case 21 -> new Command.Deploy("bundle", "1." + random.nextInt(3), digest(), 9, "ann");
            case 22, 23 ->
                new Command.Deployed(
                        node,
                        incarnation,
                        "bundle",
                        Optional.ofNullable(state.deployments().get("bundle"))
                                .map(DeploymentRecord::index)
                                .orElse(1L),
                        digest(),
                        random.nextInt(4) > 0,
                        "why",
                        List.of("process"));
            case 24 -> new Command.Undeploy("bundle", "ann");
            case 25 -> new Command.Lied(node, incarnation, List.of(random.nextBoolean() ? "power" : "disk"));
            default -> new Command.Retry(instance, "ann");
        };
    }

    private State state() {
        boolean well = !instances.contains("a") && random.nextInt(4) > 0; // only what is active is promoted
        return well ? State.ACTIVE : pick(List.of(State.values()));
    }

    private Configuration document(String instance) {
        if (instances.contains("a")) {
            return TestCluster.configuration(
                    random.nextInt(4) == 0 ? new String[] {instance} : new String[] {"a", "b"});
        }
        return random.nextInt(4) == 0
                ? TestCluster.configuration("a")
                : PromotedRulesTest.promotable(2 + random.nextInt(2), random.nextInt(3));
    }

    private String digest() {
        return pick(List.of("a", "b")).repeat(64);
    }

    private Proof proof(ClusterState state, String node) {
        long expelled = state.node(node).map(NodeRecord::expelIndex).orElse(0L);
        return switch (random.nextInt(4)) {
            case 0 -> new Proof.LeaseOver("waited", 0);
            case 1 -> new Proof.Device("power", expelled - random.nextInt(2));
            case 2 -> new Proof.Reboot(random.nextInt(8), "m1");
            default -> new Proof.Manual("ann");
        };
    }

    private Terms terms() {
        return new Terms(
                random.nextInt(12) == 0,
                random.nextInt(12) == 0 ? 500 : 2000,
                250,
                random.nextInt(6) == 0 ? "none" : "process",
                true,
                70 + random.nextInt(2),
                random.nextInt(4),
                "m1",
                random.nextInt(8) == 0,
                "0.1.0");
    }

    private <T> T pick(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
