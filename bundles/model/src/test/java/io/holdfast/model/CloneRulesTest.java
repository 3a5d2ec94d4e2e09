package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.InstanceRecord.Wish;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Defaults;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which instances a clone has, and who may run them. */
class CloneRulesTest {
    private final TestCluster cluster = TestCluster.with("web", "web-old", "web2");

    private static Configuration cloned(OptionalInt instances, int perNode) {
        Configuration plain = TestCluster.configuration("web", "web-old", "web2");
        CloneSetting clone = new CloneSetting("web", instances, perNode, 0, false, false, perNode > 1, false, 0, 0);
        return new Configuration(
                "test",
                plain.resources(),
                new TreeMap<>(),
                List.of(),
                List.of(),
                Defaults.USUAL,
                new TreeMap<>(Map.of("webs", clone)),
                new TreeMap<>(),
                new TreeMap<>(),
                List.of());
    }

    private void document(Configuration configuration) {
        cluster.done("n1", new Command.Apply(configuration, "text", -1, "ann"));
    }

    private Command.Allow allow(String instance, String node) {
        return new Command.Allow(instance, node, cluster.incarnation(node), "it is the best place");
    }

    @Test
    void hasOneForEachNodeAndOneMoreWhenANodeJoins() {
        document(cloned(OptionalInt.empty(), 1));
        assertThat(cluster.state.instances()).containsOnlyKeys("web-old", "web2", "web:0", "web:1");
        cluster.done("n1", new Command.Stop("webs", "ann"));
        cluster.done("w", new Command.Join("w", TestCluster.WITNESS));
        cluster.done("n3", new Command.Join("n3", TestCluster.TERMS));
        assertThat(cluster.state.instances()).containsOnlyKeys("web-old", "web2", "web:0", "web:1", "web:2");
        assertThat(cluster.state.instances().get("web:2").wanted()).isEqualTo(new Wish(true, "", false));
    }

    @Test
    void keepsWhatRunsUntilItIsStoppedWhenThereAreToBeFewer() {
        document(cloned(OptionalInt.of(3), 2));
        cluster.allow("web:2", "n1");
        document(cloned(OptionalInt.of(2), 2));
        assertThat(cluster.state.grants()).containsKey("web:2");
        assertThat(cluster.state.instances()).containsKey("web:2");
        cluster.takeBack("web:2");
        assertThat(cluster.state.instances()).containsOnlyKeys("web-old", "web2", "web:0", "web:1");
        cluster.refused("n1", allow("web:2", "n2"), "not in the cluster document");
        cluster.refused("n1", allow("web:02", "n2"), "not in the cluster document");
        cluster.refused("n1", allow("web", "n2"), "not in the cluster document");
    }

    @Test
    void isExclusiveAgainOnlyWhenNoInstanceOfItIsLeft() {
        document(cloned(OptionalInt.empty(), 1));
        cluster.allow("web:1", "n2");
        document(TestCluster.configuration("web", "web-old", "web2"));
        cluster.refused("n1", allow("web", "n1"), "n2 still holds web:1", "release it or be fenced");
        cluster.allow("web2", "n1");
        cluster.allow("web-old", "n1");
        cluster.takeBack("web:1");
        cluster.allow("web", "n1");
    }

    @Test
    void becomesAClonedOneOnlyWhenItselfIsStopped() {
        cluster.allow("web", "n1");
        cluster.done("n1", new Command.Stop("web", "ann"));
        document(cloned(OptionalInt.empty(), 1));
        assertThat(cluster.state.instances().get("web:0").wanted().stopped()).isTrue();
        cluster.refused("n1", allow("web:0", "n2"), "n1 still holds web,");
        cluster.takeBack("web");
        assertThat(cluster.state.instances()).doesNotContainKey("web");
        cluster.allow("web:0", "n2");
    }

    @Test
    void putsNoMoreOnANodeThanItMayHave() {
        document(cloned(OptionalInt.of(4), 2));
        cluster.allow("web:0", "n1");
        cluster.allow("web:3", "n1");
        cluster.refused("n1", allow("web:1", "n1"), "n1 holds 2 of web already, and may have 2");
        cluster.allow("web:1", "n2");
    }

    @Test
    void aWishIsForAllOfAClone() {
        document(cloned(OptionalInt.empty(), 1));
        cluster.refused("n1", new Command.Move("webs", "n1", "ann"), "clone webs has instances on several nodes");
        cluster.refused("n1", new Command.Stop("web:0", "ann"), "one instance of clone webs", "name webs");
        cluster.refused("n1", new Command.Start("web:0", "ann"), "one instance of clone webs");
        cluster.refused("n1", new Command.Stop("web:7", "ann"), "name webs");
        cluster.refused("n1", new Command.Retry("web:7", "ann"), "no resource or group web:7");
        cluster.done("n1", new Command.Retry("web:1", "ann"));
        cluster.done("n1", new Command.Maintenance("web", true, "ann"));
        assertThat(cluster.state.instances().get("web:1").wanted().maintenance())
                .isTrue();
    }

    @Test
    void aNewDefinitionRestartsEveryInstance() {
        document(cloned(OptionalInt.empty(), 1));
        long token = cluster.allow("web:1", "n1");
        Configuration next = cloned(OptionalInt.empty(), 1);
        TreeMap<String, io.holdfast.model.config.Resource> other = new TreeMap<>(next.resources());
        other.put("web", io.holdfast.model.config.Resource.of("web", "process", Map.of("command", "other")));
        document(new Configuration(
                "test",
                other,
                next.groups(),
                List.of(),
                List.of(),
                Defaults.USUAL,
                next.clones(),
                next.nodes(),
                next.options(),
                List.of()));
        assertThat(cluster.state.instances().get("web:1").definedAt()).isGreaterThan(token);
    }

    @Test
    void needsEveryNodeToKnowClones() {
        Command.Apply plain = new Command.Apply(TestCluster.configuration("web"), "", -1, "ann");
        Command.Apply clone = new Command.Apply(cloned(OptionalInt.empty(), 1), "", -1, "ann");
        assertThat(Levels.THIS.refusal(cluster.state, plain)).isEmpty();
        assertThat(Levels.THIS.refusal(cluster.state, clone).orElse("")).contains("level 2", "ha upgrade-level");
    }
}
