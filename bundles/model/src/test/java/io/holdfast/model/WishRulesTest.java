package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.InstanceRecord.Wish;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.Resource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Wishes of people, and the document. */
class WishRulesTest {
    private final TestCluster cluster = grouped();

    private static TestCluster grouped() {
        TestCluster cluster = TestCluster.with();
        Configuration plain = TestCluster.configuration("ip", "web", "db");
        cluster.done(
                "n1",
                new Command.Apply(
                        new Configuration(
                                "test",
                                plain.resources(),
                                new TreeMap<>(Map.of("site", List.of("ip", "web"))),
                                List.of(),
                                List.of(),
                                Defaults.USUAL),
                        "text",
                        1,
                        "ann"));
        return cluster;
    }

    private Wish wish(String instance) {
        return cluster.state.instances().get(instance).wanted();
    }

    @Test
    void aWishForAGroupIsOneForEachMember() {
        cluster.done("n1", new Command.Move("site", "n2", "ann"));
        cluster.done("n1", new Command.Stop("site", "ann"));
        assertThat(wish("ip")).isEqualTo(new Wish(true, "n2", false));
        assertThat(wish("web")).isEqualTo(new Wish(true, "n2", false));
        assertThat(wish("db")).isEqualTo(Wish.NONE);
        cluster.done("n1", new Command.Unmove("site", "ann"));
        cluster.done("n1", new Command.Start("site", "ann"));
        assertThat(wish("web")).isEqualTo(Wish.NONE);
    }

    @Test
    void refusesNamesThatDoNotExist() {
        cluster.refused("n1", new Command.Move("mail", "n2", "ann"), "no resource or group mail");
        cluster.refused("n1", new Command.Move("web", "n9", "ann"), "no node n9");
        cluster.refused("n1", new Command.Unmove("mail", "ann"), "mail");
        cluster.refused("n1", new Command.Start("mail", "ann"), "mail");
        cluster.refused("n1", new Command.Stop("mail", "ann"), "mail");
        cluster.refused("n1", new Command.Retry("mail", "ann"), "mail");
        cluster.refused("n1", new Command.Standby("n9", true, "ann"), "n9");
        cluster.refused("n1", new Command.Maintenance("n9", true, "ann"), "no resource, group or node n9");
        cluster.refused("n1", new Command.Attribute("n9", "k", "v", "ann"), "n9");
    }

    @Test
    void refusesAMoveToWhereNothingCanRun() {
        cluster.done("w", new Command.Join("w", TestCluster.WITNESS));
        cluster.refused("n1", new Command.Move("web", "w", "ann"), "witness");
        cluster.done("n1", new Command.Standby("n2", true, "ann"));
        cluster.refused("n1", new Command.Move("web", "n2", "ann"), "standby", "ha online n2");
        cluster.done("n2", new Command.Leave("n2", 2));
        cluster.refused("n1", new Command.Move("web", "n2", "ann"), "not here");
    }

    @Test
    void maintainsAResourceAGroupANodeOrEverything() {
        cluster.done("n1", new Command.Maintenance("db", true, "ann"));
        cluster.done("n1", new Command.Maintenance("site", true, "ann"));
        cluster.done("n1", new Command.Maintenance("n2", true, "ann"));
        cluster.done("n1", new Command.Maintenance("", true, "ann"));
        assertThat(wish("db").maintenance()).isTrue();
        assertThat(wish("ip").maintenance()).isTrue();
        assertThat(cluster.state.nodes().get("n2").maintenance()).isTrue();
        assertThat(cluster.state.maintenance()).isTrue();
        cluster.done("n1", new Command.Maintenance("", false, "ann"));
        assertThat(cluster.state.maintenance()).isFalse();
        assertThat(cluster.lastEvent()).contains("ann ends the maintenance of the whole cluster");
    }

    @Test
    void retryForgetsFailures() {
        long token = cluster.allow("db", "n1");
        cluster.done("n1", new Command.Failure("db", "n1", 1, token, "start", "x", true));
        cluster.done("n1", new Command.Retry("db", "ann"));
        assertThat(cluster.state.instances().get("db").failures()).isEmpty();
    }

    @Test
    void attributesAreBounded() {
        cluster.done("n1", new Command.Attribute("n1", "rack", "7", "ann"));
        cluster.done("n1", new Command.Attribute("n1", "rack", "", "ann"));
        assertThat(cluster.state.nodes().get("n1").attributes()).isEmpty();
        cluster.refused("n1", new Command.Attribute("n1", "k", "v".repeat(2000), "ann"), "1000");
        cluster.refused("n1", new Command.Attribute("n1", "", "v", "ann"), "key");
        for (int i = 0; i < 100; i++) {
            cluster.done("n1", new Command.Attribute("n1", "k" + i, "v", "ann"));
        }
        cluster.refused("n1", new Command.Attribute("n1", "more", "v", "ann"), "100");
    }

    @Test
    void announcesWhatHasASeverity() {
        cluster.done("n1", new Command.Announce("n2", "", "warn", "device power answered late"));
        assertThat(cluster.lastEvent()).isEqualTo("device power answered late");
        cluster.refused("n1", new Command.Announce("n2", "", "loud", "x"), "'loud'");
    }

    @Test
    void keepsTheNewestEvents() {
        for (int i = 0; i < 1100; i++) {
            cluster.done("n1", new Command.Announce("", "", "info", "event " + i));
        }
        assertThat(cluster.state.events()).hasSize(1000);
        assertThat(cluster.lastEvent()).isEqualTo("event 1099");
        assertThat(cluster.state.events().get(0).text()).isEqualTo("event 100");
    }

    @Test
    void appliesADocumentOnlyOverTheExpectedRevision() {
        Configuration next = TestCluster.configuration("ip");
        cluster.refused("n1", new Command.Apply(next, "t", 1, "bob"), "revision 1", "is 2 by ann", "export");
        assertThat(cluster.done("n1", new Command.Apply(next, "t", 2, "bob"))).isEqualTo(3);
        assertThat(cluster.state.history()).hasSize(3);
        assertThat(cluster.state.document()).isEqualTo("t");
    }

    @Test
    void refusesADocumentWithNamesThatAreNotInIt() {
        Configuration plain = TestCluster.configuration("ip");
        Configuration broken = new Configuration(
                "test",
                plain.resources(),
                new TreeMap<>(),
                List.of(new Constraint.Together("ip", "mail", 1)),
                List.of(),
                Defaults.USUAL);
        cluster.refused("n1", new Command.Apply(broken, "t", -1, "bob"), "called mail");
    }

    @Test
    void aResourceThatIsRemovedKeepsItsGrantUntilItIsStopped() {
        cluster.allow("db", "n1");
        cluster.done("n1", new Command.Apply(TestCluster.configuration("ip", "web"), "t", -1, "ann"));
        assertThat(cluster.state.grants()).containsKey("db");
        assertThat(cluster.state.instances()).containsKey("db");
        cluster.takeBack("db");
        assertThat(cluster.state.instances()).containsOnlyKeys("ip", "web");
        cluster.refused("n1", new Command.Allow("db", "n1", 1, ""), "not in the cluster document");
    }

    @Test
    void aChangedResourceIsMarkedAndItsFailuresAreForgotten() {
        long token = cluster.allow("db", "n1");
        cluster.done("n1", new Command.Failure("db", "n1", 1, token, "start", "x", true));
        TreeMap<String, Resource> resources =
                new TreeMap<>(cluster.state.configuration().resources());
        resources.put("db", Resource.of("db", "process", Map.of("command", "other")));
        cluster.done(
                "n1",
                new Command.Apply(
                        new Configuration("test", resources, new TreeMap<>(), List.of(), List.of(), Defaults.USUAL),
                        "t",
                        -1,
                        "a"));
        InstanceRecord db = cluster.state.instances().get("db");
        assertThat(db.definedAt()).isEqualTo(cluster.state.index()).isGreaterThan(token);
        assertThat(db.failures()).isEmpty();
        assertThat(cluster.state.instances().get("ip").definedAt()).isLessThan(token);
    }

    @Test
    void keepsABoundedHistory() {
        for (int i = 0; i < 60; i++) {
            cluster.done("n1", new Command.Apply(TestCluster.configuration(), "t" + i, -1, "ann"));
        }
        assertThat(cluster.state.history()).hasSize(50);
        assertThat(cluster.state.history().get(49).document()).isEqualTo("t59");
        cluster.done("n1", new Command.Apply(TestCluster.configuration(), "x".repeat(5_000_000), -1, "ann"));
        assertThat(cluster.state.history()).hasSize(1);
        cluster.refused(
                "n1", new Command.Apply(TestCluster.configuration(), "x".repeat(8_000_001), -1, "ann"), "8000001");
    }
}
