package io.holdfast.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.config.Resource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What no plan may do, whatever the facts. */
class PlannerPropertyTest {

    @Property(tries = 400)
    void grantsOnlyWhatNobodyHoldsToWhoIsHereAndHasTheType(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        ClusterState state = facts.state();
        for (Action action : Planner.plan(facts).actions()) {
            if (action instanceof Action.Allow allow) {
                NodeRecord node = state.nodes().get(allow.node());
                assertThat(state.grants()).doesNotContainKey(allow.instance());
                assertThat(node.joined() && !node.standby() && !node.maintenance())
                        .isTrue();
                assertThat(node.incarnation()).isEqualTo(allow.incarnation());
                assertThat(facts.of(allow.node()).live()).isTrue();
                assertThat(facts.of(allow.node()).types())
                        .contains(state.configuration()
                                .resources()
                                .get(allow.instance())
                                .type());
                assertThat(state.instances().get(allow.instance()).wanted().stopped())
                        .isFalse();
            }
        }
    }

    @Property(tries = 400)
    void touchesNothingThatItMustNot(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        ClusterState state = facts.state();
        for (Action action : Planner.plan(facts).actions()) {
            if (action instanceof Action.Revoke revoke) {
                Grant grant = state.grants().get(revoke.instance());
                NodeRecord node = state.nodes().get(grant.node());
                assertThat(grant.token()).isEqualTo(revoke.token());
                assertThat(grant.revoked()).isFalse();
                assertThat(node.joined() && facts.of(node.name()).live()).isTrue();
                assertThat(state.maintenance() || node.maintenance()).isFalse();
                assertThat(state.instances().get(revoke.instance()).wanted().maintenance())
                        .isFalse();
            }
            assertThat(action.reason()).isNotBlank().doesNotContain("null");
        }
    }

    @Property(tries = 400)
    void keepsTheOrder(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        Plan plan = Planner.plan(facts);
        Placer placer = new Placer(facts, new Memory());
        for (Action action : plan.actions()) {
            int i = placer.number(action.instance());
            if (action instanceof Action.Allow) {
                for (Links.Edge edge : placer.links.before.get(i)) {
                    Stand first = placer.stands.get(edge.other());
                    if (edge.mandatory() && !first.left() && !edge.choice()) {
                        assertThat(first.held() && !first.revoked() && first.state() == State.ACTIVE)
                                .as("%s before %s", first.name(), action.instance())
                                .isTrue();
                    }
                }
            } else if (action instanceof Action.Revoke) {
                for (Links.Edge edge : placer.links.after.get(i)) {
                    Stand then = placer.stands.get(edge.other());
                    if (edge.mandatory() && edge.symmetrical() && !then.left() && !edge.choice()) {
                        assertThat(then.held())
                                .as("%s before %s", action.instance(), then.name())
                                .isFalse();
                    }
                }
            }
        }
    }

    @Property(tries = 400)
    void oneOfThoseThatAreEnoughServes(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        Placer placer = new Placer(facts, new Memory());
        for (Action action : Planner.plan(facts).actions()) {
            if (action instanceof Action.Allow) {
                for (Links.Edge edge : placer.links.before.get(placer.number(action.instance()))) {
                    if (edge.mandatory() && edge.choice()) {
                        assertThat(edge.oneOf())
                                .as("%s", action)
                                .anyMatch(other -> placer.stands.get(other).serves(placer.sites));
                    }
                }
            }
        }
    }

    @Property(tries = 400)
    void nobodyGetsMoreThanItsNodeOffers(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        ClusterState state = facts.state();
        if (state.configuration().options().isEmpty()) {
            return;
        }
        Map<String, Integer> used = new HashMap<>();
        state.grants().values().forEach(grant -> used.merge(grant.node(), size(state, grant.instance()), Integer::sum));
        for (Action action : Planner.plan(facts).actions()) {
            if (action instanceof Action.Allow allow) {
                used.merge(allow.node(), size(state, allow.instance()), Integer::sum);
                assertThat(used.get(allow.node()))
                        .as("%s", action)
                        .isLessThanOrEqualTo(state.configuration()
                                .nodes()
                                .get(allow.node())
                                .capacity()
                                .get("size"));
            }
        }
    }

    private static int size(ClusterState state, String instance) {
        Resource resource = state.configuration().resources().get(instance);
        return resource == null ? 0 : resource.uses().getOrDefault("size", 0);
    }

    @Property(tries = 400)
    void neverTwoAtOneTimeThatMustNot(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        Placer placer = new Placer(facts, new Memory());
        Set<Integer> acting = new HashSet<>();
        for (Action action : Planner.plan(facts).actions()) {
            int i = placer.number(action.instance());
            if (i >= 0 && (action instanceof Action.Allow || action instanceof Action.Revoke)) {
                assertThat(placer.links.never.get(i)).as("%s", action).noneMatch(acting::contains);
                acting.add(i);
            }
        }
    }

    @Property(tries = 400)
    void tellsOneDecisionAndAtMostOneStepForEachInstance(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        Plan plan = Planner.plan(facts);
        assertThat(plan.decisions().keySet())
                .containsAll(facts.state().configuration().resources().keySet())
                .containsAll(facts.state().grants().keySet());
        Set<String> moved = new HashSet<>();
        for (Action action : plan.actions()) {
            if (!(action instanceof Action.Forget)) {
                assertThat(moved.add(action.instance()))
                        .as("%s twice", action.instance())
                        .isTrue();
            }
        }
        plan.decisions()
                .values()
                .forEach(decision -> assertThat(decision.reason()).isNotBlank());
    }

    @Property(tries = 200)
    void equalFactsGiveEqualPlans(@ForAll long seed) {
        assertThat(Planner.plan(new RandomFacts(seed).facts())).isEqualTo(Planner.plan(new RandomFacts(seed).facts()));
    }

    @Property(tries = 300)
    void whatIsCarriedOutComesToRest(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        String text = Simulation.text(facts, List.of("n1"), java.util.Optional.empty());
        assertThat(text).doesNotContain("does not come to rest").doesNotContain("null");
    }

    @Property(tries = 300)
    void aSettledClusterStaysAsItIsWhenAskedAgain(@ForAll long seed) {
        Facts settled = Settled.from(new RandomFacts(seed).facts());
        Plan plan = Planner.plan(settled);
        assertThat(plan.quiet()).isTrue();
        for (Grant grant : settled.state().grants().values()) {
            Decision decision = plan.decisions().get(grant.instance());
            boolean waits = !decision.waiting().isEmpty();
            assertThat(waits || decision.node().equals(grant.node()))
                    .as("%s", decision)
                    .isTrue();
        }
    }

    /** Little room, a lost node and groups that start one after the other: each of these was once moved to and fro without end. */
    @Example
    void littleRoomMovesNothingToAndFro() {
        for (long seed : new long[] {4903532, 53466, 56188, 67679, 70924, 93647, 97744, 171826, 192179}) {
            assertThat(Planner.plan(Settled.from(new RandomFacts(seed).facts())).quiet())
                    .as("seed %s", seed)
                    .isTrue();
        }
    }

    @Property(tries = 200)
    void inAStillPlacementOnlyThatMovesWhichHasTo(@ForAll long seed) {
        Placer placer = Placer.still(new RandomFacts(seed).facts(), new Memory());
        for (int i = 0; i < placer.targets.length; i++) {
            Stand stand = placer.stands.get(i);
            boolean wanted = !stand.record().wanted().stopped() && !stand.left();
            if (stand.home() >= 0 && wanted && placer.score(i, stand.home()) >= 0) {
                assertThat(placer.targets[i]).as(stand.name()).isEqualTo(stand.home());
            }
        }
    }

    @Property(tries = 200)
    void explainsEverything(@ForAll long seed) {
        Facts facts = new RandomFacts(seed).facts();
        for (String resource : facts.state().configuration().resources().keySet()) {
            assertThat(Explain.text(facts, resource)).startsWith(resource).doesNotContain("null");
        }
    }

    @Property(tries = 150)
    void aPlanByMemoryIsTheSameAsOneMadeAnew(@ForAll long seed) {
        RandomFacts random = new RandomFacts(seed);
        Planner planner = new Planner();
        Facts facts = random.facts();
        for (int step = 0; step < 12; step++) {
            assertThat(planner.next(facts)).as("step %d", step).isEqualTo(Planner.plan(facts));
            facts = random.changed();
        }
    }
}
