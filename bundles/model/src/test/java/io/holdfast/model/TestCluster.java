package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command.Proof;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.Resource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A state and the ledger that leads to it. */
final class TestCluster {
    static final Terms TERMS = new Terms(false, 2000, 250, "process", true, 77, 5, "m1", false, "0.1.0");
    static final Terms WITNESS = new Terms(true, 2000, 0, "none", false, 0, 0, "", false, "0.1.0");

    ClusterState state = ClusterState.empty();
    private long index;

    static TestCluster with(String... resources) {
        TestCluster cluster = new TestCluster();
        cluster.done("n1", new Command.Apply(configuration(resources), "text", -1, "ann"));
        cluster.done("n1", new Command.Join("n1", TERMS));
        cluster.done("n2", new Command.Join("n2", TERMS));
        return cluster;
    }

    static Configuration configuration(String... resources) {
        TreeMap<String, Resource> map = new TreeMap<>();
        for (String resource : resources) {
            map.put(resource, Resource.of(resource, "process", Map.of("command", "sleep")));
        }
        return new Configuration("test", map, new TreeMap<>(), List.of(), List.of(), Defaults.USUAL);
    }

    Result run(String origin, Command command) {
        ClusterState before = state;
        Rules.Applied applied = Rules.apply(state, ++index, new Entry(origin, 1000 + index, command));
        state = applied.state();
        assertThat(state.index()).isEqualTo(index);
        if (applied.result() instanceof Result.Refused) {
            assertThat(atIndex(state, 0)).as("a refusal changes nothing").isEqualTo(atIndex(before, 0));
        }
        return applied.result();
    }

    static ClusterState atIndex(ClusterState s, long index) {
        return new ClusterState(
                index,
                s.nextIncarnation(),
                s.nodes(),
                s.grants(),
                s.instances(),
                s.configuration(),
                s.document(),
                s.revision(),
                s.history(),
                s.maintenance(),
                s.events(),
                s.votes(),
                s.deployments(),
                s.level());
    }

    long done(String origin, Command command) {
        Result result = run(origin, command);
        assertThat(result).as("%s", command).isInstanceOf(Result.Done.class);
        return ((Result.Done) result).value();
    }

    void refused(String origin, Command command, String... parts) {
        Result result = run(origin, command);
        assertThat(result).as("%s", command).isInstanceOf(Result.Refused.class);
        String reason = ((Result.Refused) result).reason();
        assertThat(reason).contains(parts).doesNotContain("null");
    }

    long incarnation(String node) {
        return state.nodes().get(node).incarnation();
    }

    long allow(String instance, String node) {
        return done("n1", new Command.Allow(instance, node, incarnation(node), "it is the best place"));
    }

    /** Revokes the grant of the instance, and lets its holder release it. */
    void takeBack(String instance) {
        Grant grant = state.grants().get(instance);
        done("n1", new Command.Revoke(instance, grant.token(), "it is to stop"));
        done(grant.node(), new Command.Release(instance, grant.node(), grant.incarnation(), grant.token()));
    }

    long expel(String node) {
        return done("n1", new Command.Expel(node, incarnation(node), "it is silent"));
    }

    void fence(String node) {
        expel(node);
        done(
                "n1",
                new Command.Fenced(
                        node,
                        incarnation(node),
                        new Proof.LeaseOver("2270 ms", state.votes().index())));
    }

    String lastEvent() {
        return state.events().get(state.events().size() - 1).text();
    }
}
