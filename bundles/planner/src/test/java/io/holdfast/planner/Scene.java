package io.holdfast.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.config.ConfigParser;
import io.holdfast.config.Parsed;
import io.holdfast.config.Purpose;
import io.holdfast.config.TypeLookup;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.PromotionScore;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.config.Configuration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Facts for tests, from a few lines of YAML: {@code document} (text of a cluster document, or its resources as a list of names),
 * {@code nodes} (name: how it differs from a healthy one), {@code grants} (instance: node; active there), {@code reports}, {@code then} (what was reported after all were granted),
 * {@code scores} (of promotion), {@code revoked}, {@code failures}, {@code stopped}, {@code moved}, {@code maintenance}. It is built by commands, as in earnest.
 */
final class Scene {
    static final long NOW = 1_000_000_000L;
    private static final Terms TERMS = new Terms(false, 2000, 250, "process", true, 1, 1, "m", false, "0.1.0");

    private final Map<String, Object> root;
    private ClusterState state = ClusterState.empty();
    private long wall = NOW;
    private final TreeMap<String, NodeFacts> nodes = new TreeMap<>();

    private Scene(String yaml) {
        root = map(new Load(LoadSettings.builder().build()).loadFromString(yaml));
    }

    static Facts of(String yaml) {
        return new Scene(yaml).build();
    }

    static Configuration document(String text) {
        Parsed parsed = ConfigParser.parse(text, "document", TypeLookup.trusting(), Purpose.PLAN);
        assertThat(parsed).isInstanceOf(Parsed.Sound.class);
        return ((Parsed.Sound) parsed).configuration();
    }

    /** The facts after a command, which must not be refused. */
    static Facts after(Facts facts, String origin, Command command) {
        Scene scene = new Scene("{}");
        scene.state = facts.state();
        scene.commit(origin, command);
        return new Facts(scene.state, facts.nodes(), facts.wallMillis());
    }

    private Facts build() {
        Configuration configuration = document((String) root.get("document"));
        commit("n1", new Command.Apply(configuration, "text", -1, "ann"));
        Set<String> types = configuration.resources().values().stream()
                .map(resource -> resource.type())
                .collect(Collectors.toSet());
        section("nodes").forEach((name, value) -> join(name, value == null ? Map.of() : map(value), types));
        section("grants").forEach((instance, node) -> grant(instance, (String) node));
        section("then").forEach((instance, report) -> report(instance, State.valueOf((String) report)));
        section("scores").forEach((instance, score) -> score(instance, (int) score));
        section("failures")
                .forEach((instance, value) -> map(value).forEach((node, count) -> fail(instance, node, count)));
        list("revoked").forEach(name -> commit("n1", new Command.Revoke(name, token(name), "because")));
        list("stopped").forEach(name -> commit("n1", new Command.Stop(name, "ann")));
        section("moved").forEach((name, node) -> commit("n1", new Command.Move(name, (String) node, "ann")));
        list("maintenance").forEach(name -> commit("n1", new Command.Maintenance(name, true, "ann")));
        section("nodes").forEach((name, value) -> phase(name, value == null ? Map.of() : map(value)));
        return new Facts(state, nodes, NOW);
    }

    private void join(String name, Map<String, Object> how, Set<String> types) {
        if (how.containsKey("never")) {
            return;
        }
        commit(name, new Command.Join(name, TERMS));
        map(how.getOrDefault("attributes", Map.of()))
                .forEach((key, value) -> commit("n1", new Command.Attribute(name, key, value.toString(), "ann")));
        @SuppressWarnings("unchecked")
        List<String> own = (List<String>) how.getOrDefault("types", List.copyOf(types));
        boolean live = (boolean) how.getOrDefault("live", true);
        Map<String, String> told = how.containsKey("leaving") ? Map.of("leaving", "true") : Map.of();
        nodes.put(name, new NodeFacts(live, Set.copyOf(own), told));
    }

    private void phase(String name, Map<String, Object> how) {
        if (how.containsKey("standby")) {
            commit("n1", new Command.Standby(name, true, "ann"));
        }
        String phase = (String) how.getOrDefault("phase", "joined");
        long incarnation = state.nodes().get(name).incarnation();
        if (!phase.equals("joined")) {
            nodes.put(name, NodeFacts.SILENT);
            if (phase.equals("left")) {
                commit(name, new Command.Leave(name, incarnation));
                return;
            }
            commit("n1", new Command.Expel(name, incarnation, "silent"));
        }
        if (phase.equals("fenced")) {
            commit("n1", new Command.Fenced(name, incarnation, new Command.Proof.LeaseOver("", 0)));
        }
    }

    private void grant(String instance, String node) {
        long incarnation = state.nodes().get(node).incarnation();
        commit("n1", new Command.Allow(instance, node, incarnation, "scene"));
        report(instance, State.valueOf((String) section("reports").getOrDefault(instance, "ACTIVE")));
    }

    private void report(String instance, State report) {
        Grant grant = state.grants().get(instance);
        commit(
                grant.node(),
                new Command.Reported(instance, grant.node(), grant.incarnation(), grant.token(), report, ""));
    }

    private void score(String instance, int score) {
        Grant grant = state.grants().get(instance);
        String text = PromotionScore.text(score, grant.token());
        commit(grant.node(), new Command.Note(instance, grant.token(), PromotionScore.NOTE, text));
    }

    /** A failure is told by the holder; so it is granted for that moment where it is granted to nobody. */
    private void fail(String instance, String node, Object count) {
        Optional<Grant> present = state.grant(instance);
        boolean elsewhere = present.isPresent() && !present.get().node().equals(node);
        Scene other = new Scene("{}");
        other.state = state;
        if (elsewhere) {
            release(present.get());
        }
        if (present.isEmpty() || elsewhere) {
            commit(
                    "n1",
                    new Command.Allow(instance, node, state.nodes().get(node).incarnation(), "scene"));
        }
        boolean permanent = count.equals("permanent");
        int times = permanent ? 1 : count instanceof Integer number ? number : 3;
        wall = count.equals("aged") ? NOW - 600_000 : NOW - 1000;
        for (int i = 0; i < times; i++) {
            Grant held = state.grants().get(instance);
            commit(
                    node,
                    new Command.Failure(
                            instance, node, held.incarnation(), held.token(), "monitor", "exit code 7", permanent));
        }
        wall = NOW;
        if (present.isEmpty() || elsewhere) {
            release(state.grants().get(instance));
        }
        present.filter(grant -> elsewhere).ifPresent(grant -> grant(instance, grant.node()));
    }

    private void release(Grant grant) {
        commit("n1", new Command.Revoke(grant.instance(), grant.token(), "scene"));
        commit(grant.node(), new Command.Release(grant.instance(), grant.node(), grant.incarnation(), grant.token()));
    }

    private long token(String instance) {
        return state.grants().get(instance).token();
    }

    private void commit(String origin, Command command) {
        Rules.Applied applied = Rules.apply(state, state.index() + 1, new Entry(origin, wall, command));
        assertThat(applied.result()).as("%s", command).isInstanceOf(Result.Done.class);
        state = applied.state();
    }

    private Map<String, Object> section(String key) {
        return map(root.getOrDefault(key, Map.of()));
    }

    @SuppressWarnings("unchecked")
    private List<String> list(String key) {
        return (List<String>) root.getOrDefault(key, List.of());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }
}
