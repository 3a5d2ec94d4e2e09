package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.Event;
import io.holdfast.api.cluster.JoinState;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.cluster.ResourceStatus;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Command.Proof;
import io.holdfast.model.Entry;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.Resource;
import io.holdfast.model.ledger.ReplicatedLog.Health;
import io.holdfast.model.ledger.ReplicatedLog.Leadership;
import io.holdfast.model.ledger.ReplicatedLog.Voters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StatusTest {
    private static final long WALL = 1_000_000;
    private ClusterState state = ClusterState.empty();
    private final Set<String> heard = new HashSet<>(Set.of("n1", "n2", "n3"));
    private final Set<String> fresh = new HashSet<>(Set.of("n1", "n2", "n3"));
    private final Map<String, Map<String, String>> attributes = new HashMap<>();
    private Leadership leadership = new Leadership("n1", 1, true, true);
    private Health health = Health.WELL;
    private String standing = "";
    private boolean refused;
    private final Map<String, String> refusals = new TreeMap<>();
    private final List<String> fencing = new ArrayList<>();

    private long run(String origin, Command command) {
        Rules.Applied applied = Rules.apply(state, state.index() + 1, new Entry(origin, WALL, command));
        state = applied.state();
        assertThat(applied.result()).isInstanceOf(Result.Done.class);
        return ((Result.Done) applied.result()).value();
    }

    private static Terms terms(String guard, boolean contained, boolean weakClock, String version) {
        return new Terms(false, 2000, 250, guard, contained, 77, 0, "", weakClock, version);
    }

    private void three() {
        for (String node : List.of("n1", "n2", "n3")) {
            run(node, new Command.Join(node, terms("strong", true, false, "0.1.0")));
        }
    }

    private void resources(String... names) {
        TreeMap<String, Resource> map = new TreeMap<>();
        for (String name : names) {
            map.put(name, Resource.of(name, "process", Map.of("command", "sleep")));
        }
        run(
                "n1",
                new Command.Apply(
                        new Configuration("demo", map, new TreeMap<>(), List.of(), List.of(), Defaults.USUAL),
                        "cluster: demo\n",
                        -1,
                        "ann"));
    }

    @Test
    void aClusterHasTheNameOfItsDocumentAndNoneBefore() {
        three();
        assertThat(status().cluster()).isEmpty();
        resources("web");
        assertThat(status().cluster()).isEqualTo("demo");
    }

    private ClusterStatus status() {
        return StatusView.of(picture(), 3_160_000_000L, WALL + 1000);
    }

    private Picture picture() {
        return new Picture(
                "n1",
                state,
                leadership,
                new Voters(1, List.of("n1", "n2", "n3"), List.of()),
                health,
                attributes,
                heard,
                fresh,
                Map.of("n1", 5_000_000_000L),
                List.of("n1", "n2", "n3"),
                standing,
                refused,
                refusals,
                fencing);
    }

    private NodeStatus node(String name) {
        return status().nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private ResourceStatus resource(String name) {
        return status().resources().stream()
                .filter(resource -> resource.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private String problems() {
        return String.join("\n", status().problems());
    }

    @Test
    void whenAllIsWellThereIsNoProblem() {
        three();
        resources("web");
        long token = run("n1", new Command.Allow("web", "n2", 2, "n2 has room"));
        run("n2", new Command.Reported("web", "n2", 2, token, State.ACTIVE, ""));
        ClusterStatus status = status();
        assertThat(status.problems()).isEmpty();
        assertThat(status.cluster()).isEqualTo("demo");
        assertThat(status.leader()).isEqualTo("n1");
        assertThat(status.quorum()).isTrue();
        assertThat(status.revision()).isEqualTo(state.index());
        assertThat(node("n1").state()).isEqualTo("online");
        assertThat(node("n1").leaseMs()).isEqualTo(1840);
        assertThat(node("n1").guard()).isEqualTo("armed");
        assertThat(node("n1").voter()).isTrue();
        assertThat(resource("web"))
                .isEqualTo(new ResourceStatus("web", "process", "active", "n2", token, "n2 has room", 0, ""));
    }

    @Test
    void aCopyShowsItsRole() {
        three();
        CloneSetting clone = new CloneSetting("db", OptionalInt.of(2), 1, 0, false, false, false, true, 1, 1);
        run(
                "n1",
                new Command.Apply(
                        new Configuration(
                                "demo",
                                new TreeMap<>(Map.of("db", Resource.of("db", "process", Map.of()))),
                                new TreeMap<>(),
                                List.of(),
                                List.of(),
                                Defaults.USUAL,
                                new TreeMap<>(Map.of("dbs", clone)),
                                new TreeMap<>(),
                                new TreeMap<>(),
                                List.of()),
                        "cluster: demo\n",
                        -1,
                        "ann"));
        assertThat(resource("db:0").role()).isEmpty();
        long copy = run("n1", new Command.Allow("db:0", "n2", 2, "n2 has room"));
        run("n2", new Command.Reported("db:0", "n2", 2, copy, State.ACTIVE, ""));
        assertThat(resource("db:0").role()).isEqualTo("unpromoted");
        long right = run("n1", new Command.Allow("db:promoted:0", "n2", 2, "it is the best"));
        assertThat(resource("db:0").role()).isEqualTo("promoting");
        run("n2", new Command.Reported("db:promoted:0", "n2", 2, right, State.ACTIVE, ""));
        assertThat(resource("db:0").role()).isEqualTo("promoted");
        assertThat(resource("db:0").promotedToken()).isEqualTo(right);
        assertThat(status().resources()).extracting(ResourceStatus::name).containsExactly("db:0", "db:1");
        run("n1", new Command.Revoke("db:promoted:0", right, "another is better"));
        assertThat(resource("db:0").role()).isEqualTo("demoting");
    }

    @Test
    void whoRefusesThisNodeIsNamedWithWhatToDo() {
        leadership = new Leadership("", 0, false, false);
        standing = "n1 cannot join yet: no leader";
        String reason = "n2 belongs to the cluster a, not to b: set 'cluster' right";
        refusals.put("n2", reason);
        fresh.removeAll(List.of("n2", "n3"));
        String said = "n2 refuses n1: " + reason + " in etc/holdfast.cfg, then restart it";
        assertThat(status().problems().get(0)).isEqualTo(said);
        assertThat(problems()).contains("start n3 ('bin/holdfast start')").doesNotContain("start n2");
        assertThat(StatusView.joinState(picture())).isEqualTo(new JoinState("n1", false, said, false));
        refusals.put("n3", reason);
        assertThat(status().problems().get(0)).startsWith("n2 and n3 refuse n1: ");
        assertThat(problems()).contains("n2 and n3 refuse this node, see above");
        assertThat(StatusView.joinState(picture()).keptOut())
                .as("no majority is left")
                .isTrue();
        standing = "";
        assertThat(StatusView.joinState(picture())).isEqualTo(new JoinState("n1", true, "", false));
    }

    @Test
    void whatTheLogRefusesIsNoWaiting() {
        standing = "Joining of n1 refused: its lease differs";
        refused = true;
        assertThat(StatusView.joinState(picture())).isEqualTo(new JoinState("n1", false, standing, true));
    }

    @Test
    void whoIsTooOldForTheLogIsKeptOut() {
        standing = "n1 cannot join yet: no answer";
        String problem = "the log was written by a newer version: install 2.0 on this node";
        health = new Health(false, problem, "nothing was changed", true);
        assertThat(StatusView.joinState(picture()))
                .isEqualTo(new JoinState("n1", false, problem + "; nothing was changed", true));
    }

    @Test
    void aNodeThatWasStalledSaysSoItself() {
        three();
        attributes.put("n2", Map.of("stalled", "1.3 s until 2026-11-25T12:00:00Z, because it was stopped"));
        assertThat(problems())
                .contains(
                        "n2 was stalled for 1.3 s until 2026-11-25T12:00:00Z, because it was stopped: it could neither");
        fresh.remove("n2");
        assertThat(problems()).doesNotContain("stalled");
    }

    @Test
    void theStatesOfANode() {
        assertThat(node("n1").state()).isEqualTo("joining");
        fresh.clear();
        assertThat(node("n1").state()).isEqualTo("offline");
        three();
        assertThat(node("n2").state()).isEqualTo("online");
        run("n1", new Command.Standby("n2", true, "ann"));
        assertThat(node("n2").state()).isEqualTo("standby");
        run("n2", new Command.Hold("n2", 2, 60_000, 1, 1));
        assertThat(node("n2").state()).isEqualTo("held");
        heard.remove("n2");
        assertThat(node("n2").state()).isEqualTo("lost");
        run("n1", new Command.Expel("n2", 2, "silent"));
        assertThat(node("n2").state()).isEqualTo("lost");
        assertThat(problems()).contains("n2 is expelled and not fenced yet", "ha confirm-fenced n2");
        run("n1", new Command.Fenced("n2", 2, new Proof.Manual("ann")));
        assertThat(node("n2").state()).isEqualTo("fenced");
        fresh.add("n2");
        attributes.put("n2", Map.of("standing", "n2 cannot join yet: x"));
        assertThat(node("n2").state()).isEqualTo("joining");
        run("n3", new Command.Leave("n3", 3));
        assertThat(node("n3").state()).isEqualTo("offline");
        assertThat(problems()).contains("n3 votes and is not running");
    }

    @Test
    void theStatesOfAResource() {
        three();
        resources("web");
        assertThat(resource("web").state()).isEqualTo("stopped");
        long token = run("n1", new Command.Allow("web", "n2", 2, "why"));
        assertThat(resource("web").state()).isEqualTo("starting");
        for (Map.Entry<State, String> one : Map.of(
                        State.STARTING, "starting",
                        State.ACTIVE, "active",
                        State.FAILED, "failed",
                        State.BLOCKED, "blocked",
                        State.STOPPING, "stopping")
                .entrySet()) {
            run("n2", new Command.Reported("web", "n2", 2, token, one.getKey(), "detail"));
            assertThat(resource("web").state()).isEqualTo(one.getValue());
        }
        assertThat(resource("web").reason()).contains("why", "detail");
        heard.remove("n2");
        assertThat(resource("web").state()).isEqualTo("unknown");
        assertThat(resource("web").reason()).contains("n2 is lost", "may still run it");
        heard.add("n2");
        run("n2", new Command.Reported("web", "n2", 2, token, State.ACTIVE, ""));
        run("n1", new Command.Revoke("web", token, "moves to n3"));
        assertThat(resource("web").state()).isEqualTo("stopping");
        run("n2", new Command.Release("web", "n2", 2, token));
        run("n1", new Command.Stop("web", "ann"));
        assertThat(resource("web").state()).isEqualTo("stopped");
        assertThat(problems()).contains("web is stopped by wish; 'ha start web'");
    }

    @Test
    void failuresSayWhenTheyAreForgotten() {
        three();
        resources("web");
        long token = run("n1", new Command.Allow("web", "n2", 2, ""));
        for (int i = 0; i < 3; i++) {
            run("n2", new Command.Failure("web", "n2", 2, token, "start", "port taken", false));
        }
        run("n1", new Command.Revoke("web", token, "it failed there"));
        run("n2", new Command.Release("web", "n2", 2, token));
        ResourceStatus web = resource("web");
        assertThat(web.state()).isEqualTo("failed");
        assertThat(web.failures()).isEqualTo(3);
        assertThat(web.retryAt()).isEqualTo("1970-01-01T00:26:40Z");
        assertThat(web.reason()).contains("start failed on n2 (port taken)", "will retry at 1970");
        assertThat(problems()).contains("ha retry web");
    }

    @Test
    void withoutQuorumTheMissingVotersAreNamed() {
        three();
        leadership = new Leadership("", 1, false, false);
        fresh.removeAll(List.of("n2", "n3"));
        assertThat(status().quorum()).isFalse();
        assertThat(status().problems().get(0)).contains("No quorum", "start n2 and n3");
    }

    @Test
    void weakGuardsClocksAndContainmentAreSaidInOneLineEach() {
        run("n1", new Command.Join("n1", terms("process", true, false, "0.1.0")));
        run("n2", new Command.Join("n2", terms("process", false, false, "0.2.0")));
        run("n3", new Command.Join("n3", terms("none", false, true, "0.1.0")));
        assertThat(status().problems()).hasSize(5);
        assertThat(problems())
                .contains(
                        "No watchdog is armed on n1 and n2",
                        "No guard on n3",
                        "Containment is weak on n2",
                        "The clock of n3",
                        "Versions differ: 0.1.0 on n1 and n3, 0.2.0 on n2");
        assertThat(node("n2").guard()).isEqualTo("process");
        assertThat(node("n2").containment()).isEqualTo("weak");
    }

    @Test
    void otherTroublesAreShown() {
        three();
        health = new Health(false, "disk full", "make room on /var");
        standing = "n1 cannot join yet: x";
        fencing.add("n3 cannot be fenced");
        attributes.put("n2", Map.of("ledger", "wiped; ha voter replace n2"));
        run("n1", new Command.Maintenance("", true, "ann"));
        run("n1", new Command.Maintenance("n2", true, "ann"));
        assertThat(problems())
                .contains(
                        "disk full; make room on /var",
                        "n1 cannot join yet: x",
                        "n3 cannot be fenced",
                        "The ledger of n2 takes no part: wiped; ha voter replace n2",
                        "Maintenance is on:",
                        "Maintenance is on for n2");
    }

    @Test
    void eventsComeOnceAndInOrder() throws Exception {
        EventFeed feed = new EventFeed();
        run("n1", new Command.Join("n1", terms("strong", true, false, "0.1.0")));
        feed.startAt(state);
        List<Event> heardOf = new ArrayList<>();
        AutoCloseable follower = feed.follow(heardOf::add);
        run("n2", new Command.Join("n2", terms("strong", true, false, "0.1.0")));
        feed.advance(state);
        feed.advance(state);
        assertThat(heardOf).extracting(Event::node).containsExactly("n2");
        run("n3", new Command.Join("n3", terms("strong", true, false, "0.1.0")));
        run("n3", new Command.Leave("n3", 3));
        feed.advance(state);
        assertThat(heardOf).extracting(Event::revision).containsExactly(2L, 3L, 4L);
        follower.close();
        run("n2", new Command.Leave("n2", 2));
        feed.advance(state);
        assertThat(heardOf).hasSize(3);
        assertThat(EventFeed.since(state, 2)).extracting(Event::revision).containsExactly(3L, 4L, 5L);
    }
}
