package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.InstanceRecord.State;
import java.util.IdentityHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.pcollections.PSortedMap;

/** A command copies the path to what it changes, not the state. */
class SharingTest {
    private static final int RESOURCES = 10_000;

    @Test
    void oneOfTenThousandIsChangedAloneAndTheRestIsShared() {
        TestCluster cluster = TestCluster.with(
                IntStream.range(0, RESOURCES).mapToObj(i -> "r" + i).toArray(String[]::new));
        for (int node = 3; node <= 100; node++) {
            cluster.done("n" + node, new Command.Join("n" + node, TestCluster.TERMS));
        }
        long token = cluster.allow("r4711", "n2");
        ClusterState before = cluster.state;
        cluster.done("n2", new Command.Reported("r4711", "n2", 2, token, State.ACTIVE, ""));
        ClusterState after = cluster.state;

        assertThat(after.nodes()).isSameAs(before.nodes());
        assertThat(after.grants()).isSameAs(before.grants());
        assertThat(after.configuration()).isSameAs(before.configuration());
        assertThat(after.history()).isSameAs(before.history());
        assertThat(changed(before.instances(), after.instances())).isEqualTo(1);
    }

    private static long changed(PSortedMap<String, InstanceRecord> before, PSortedMap<String, InstanceRecord> after) {
        IdentityHashMap<InstanceRecord, Boolean> old = new IdentityHashMap<>();
        before.values().forEach(record -> old.put(record, true));
        return after.values().stream()
                .filter(record -> !old.containsKey(record))
                .count();
    }
}
