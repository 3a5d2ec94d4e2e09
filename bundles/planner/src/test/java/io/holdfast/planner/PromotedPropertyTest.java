package io.holdfast.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.Instances;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for promoted copies in any cluster. */
class PromotedPropertyTest {
    private static final int EACH = 400;

    private interface Check {
        void on(long seed, RandomFacts random, Facts facts);
    }

    private static void forEach(long batch, Check check) {
        for (long seed = batch * 100_000; seed < batch * 100_000 + EACH; seed++) {
            RandomFacts random = RandomFacts.promoting(seed);
            check.on(seed, random, random.facts());
        }
    }

    private static List<Grant> copies(ClusterState state, String right) {
        return Instances.copies(state.grants(), Instances.resource(right));
    }

    private static Optional<Grant> right(ClusterState state, Grant copy) {
        return Instances.rights(state.grants(), Instances.resource(copy.instance())).stream()
                .filter(right -> right.heldBy(copy.node(), copy.incarnation()))
                .findFirst();
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
    void promotesWhatServesAndStopsWhatIsDemoted(long batch) {
        forEach(batch, (seed, random, facts) -> {
            ClusterState state = facts.state();
            for (Action action : Planner.plan(facts).actions()) {
                String name = action.instance();
                if (action instanceof Action.Allow allow && Instances.isRight(name)) {
                    assertThat(copies(state, name))
                            .as("seed %s, %s", seed, action)
                            .filteredOn(copy -> copy.heldBy(allow.node(), allow.incarnation()))
                            .singleElement()
                            .matches(copy -> !copy.revoked()
                                    && state.instance(copy.instance())
                                            .flatMap(InstanceRecord::report)
                                            .filter(said -> said.state() == InstanceRecord.State.ACTIVE)
                                            .isPresent());
                } else if (action instanceof Action.Revoke && !Instances.isRight(name)) {
                    Optional<Grant> right = right(state, state.grants().get(name));
                    boolean left = right.flatMap(held -> state.instance(held.instance()))
                            .filter(record -> record.wanted().maintenance())
                            .isPresent();
                    assertThat(right.isEmpty() || left)
                            .as("seed %s, %s while %s", seed, action, right)
                            .isTrue();
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9})
    void comesToRestWithNoMorePromotedThanMayBe(long batch) {
        forEach(batch, (seed, random, facts) -> {
            Facts settled = Settled.from(facts);
            Plan plan = Planner.plan(settled);
            assertThat(plan.quiet()).as("seed %s: %s", seed, plan.actions()).isTrue();
            ClusterState state = settled.state();
            Instances instances = Instances.of(state);
            state.grants().values().stream()
                    .filter(grant -> Instances.isRight(grant.instance()))
                    .collect(Collectors.groupingBy(grant -> Instances.resource(grant.instance())))
                    .forEach((resource, rights) -> {
                        boolean added = rights.stream()
                                .anyMatch(right -> right.token() > facts.state().index());
                        int most = instances
                                .clone(resource)
                                .map(Instances::promoted)
                                .orElse(0);
                        assertThat(rights.size() <= most || !added)
                                .as("seed %s: %s", seed, rights)
                                .isTrue();
                        assertThat(rights.stream().map(Grant::node)).doesNotHaveDuplicates();
                    });
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {10, 11, 12})
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

    @ParameterizedTest
    @ValueSource(longs = {13})
    void explainsEverything(long batch) {
        forEach(batch, (seed, random, facts) -> {
            for (String resource : facts.state().configuration().resources().keySet()) {
                assertThat(Explain.text(facts, resource)).as("seed %s", seed).doesNotContain("null");
            }
            assertThat(Simulation.text(facts, List.of("n1"), Optional.empty()))
                    .as("seed %s", seed)
                    .doesNotContain("does not come to rest", "null");
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {14, 15})
    void thereIsSomethingToPromote(long batch) {
        int[] promoted = new int[1];
        forEach(batch, (seed, random, facts) -> {
            boolean some = Planner.plan(facts).actions().stream()
                    .anyMatch(action -> Instances.isRight(action.instance())
                            && action.command()
                                    .filter(Command.Allow.class::isInstance)
                                    .isPresent());
            promoted[0] += some ? 1 : 0;
        });
        assertThat(promoted[0]).isGreaterThanOrEqualTo(5);
    }
}
