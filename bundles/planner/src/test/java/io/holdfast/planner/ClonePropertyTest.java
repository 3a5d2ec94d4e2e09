package io.holdfast.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.Instances;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for clones in any cluster. */
class ClonePropertyTest {
    private static final int EACH = 250;

    private interface Check {
        void on(long seed, RandomFacts random, Facts facts);
    }

    private static void forEach(long batch, Check check) {
        for (long seed = batch * 100_000; seed < batch * 100_000 + EACH; seed++) {
            RandomFacts random = new RandomFacts(seed, true);
            check.on(seed, random, random.facts());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyActionIsOneThatTheLedgerTakes(long batch) {
        forEach(
                batch,
                (seed, random, facts) -> Planner.plan(facts).actions().stream()
                        .flatMap(action -> action.command().stream())
                        .forEach(command -> assertThat(Scene.after(facts, "n1", command))
                                .as("seed %s, %s", seed, command)
                                .isNotNull()));
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void comesToRestAndNoNodeGetsMoreThanItMay(long batch) {
        forEach(batch, (seed, random, facts) -> {
            Facts settled = Settled.from(facts);
            assertThat(Planner.plan(settled).quiet()).as("seed %s", seed).isTrue();
            Instances instances = Instances.of(settled.state());
            Map<String, List<Grant>> held = settled.state().grants().values().stream()
                    .collect(Collectors.groupingBy(grant -> Instances.resource(grant.instance()) + " " + grant.node()));
            held.forEach((there, grants) -> {
                Optional<CloneSetting> clone = instances.clone(there.substring(0, there.indexOf(' ')));
                int most = clone.map(CloneSetting::perNode).orElse(1);
                boolean added = grants.stream()
                        .anyMatch(grant -> grant.token() > facts.state().index());
                assertThat(grants.size() <= most || !added) // what was too much before may be beyond reach
                        .as("seed %s: %s", seed, there)
                        .isTrue();
            });
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9})
    void aPlanByMemoryIsTheSameAsOneMadeAnew(long batch) {
        forEach(batch, (seed, random, facts) -> {
            Planner planner = new Planner();
            assertThat(planner.next(facts)).as("seed %s", seed).isEqualTo(Planner.plan(facts));
            for (int step = 0; step < 4; step++) {
                Facts next = random.changed();
                assertThat(planner.next(next))
                        .as("seed %s, step %s", seed, step)
                        .isEqualTo(Planner.plan(next));
            }
        });
    }

    /** On well nodes, with nothing to say against it, all of a clone runs, and nothing moves when a node comes to those there are. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whoRunsStaysWhenANodeGoesAndComes(long count) {
        int nodes = (int) count;
        TreeMap<String, Object> names = new TreeMap<>();
        for (int i = 1; i <= nodes; i++) {
            names.put("n" + i, Map.of());
        }
        String yaml =
                "nodes: {" + names.keySet().stream().map(name -> name + ": {}").collect(Collectors.joining(", "))
                        + "}\ndocument: |\n  cluster: t\n  resources: {a: {type: process}, b: {type: process}}\n"
                        + "  groups: {g: [a, b]}\n  clones: {gs: {of: g}}\n";
        Facts settled = Settled.from(Scene.of(yaml));
        assertThat(settled.state().grants()).hasSize(2 * nodes);
        Facts without = Settled.from(Scene.after(settled, "n1", new Command.Standby("n1", true, "ann")));
        assertThat(without.state().grants()).hasSize(2 * nodes - 2);
        without.state()
                .grants()
                .forEach((name, grant) ->
                        assertThat(grant).isEqualTo(settled.state().grants().get(name)));
        Facts again = Settled.from(Scene.after(without, "n1", new Command.Standby("n1", false, "ann")));
        assertThat(again.state().grants()).hasSize(2 * nodes);
        without.state()
                .grants()
                .forEach((name, grant) ->
                        assertThat(again.state().grants().get(name)).isEqualTo(grant));
        Configuration configuration = again.state().configuration();
        assertThat(Planner.plan(Scene.after(again, "n1", new Command.Apply(configuration, "", -1, "ann")))
                        .quiet())
                .isTrue();
    }
}
