package io.holdfast.planner.engine;

import static io.holdfast.planner.engine.Sketch.MUST;
import static io.holdfast.planner.engine.Sketch.primitive;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Order;
import io.holdfast.planner.cluster.Resource;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One situation a test; nodes are a, b, c. */
class RulesByExampleTest {
    @Test
    @DisplayName("a b, x y nowhere  =>  one on each")
    void spreads() {
        assertThat(new Sketch("a", "b").things("x", "y").steps()).containsExactly("start x a", "start y b");
    }

    @Test
    @DisplayName("a b, x y nowhere, y is more important  =>  y has the choice")
    void theImportantComeFirst() {
        assertThat(new Sketch("a", "b").thing("x").thing("y", "priority=10").steps())
                .containsExactly("start x b", "start y a");
    }

    @Test
    @DisplayName("group z y x nowhere  =>  z, then y, then x")
    void membersStartInTheirOrder() {
        assertThat(new Sketch("a").group("g", "z", "y", "x").steps())
                .containsExactly("start z a", "start y a", "start x a");
    }

    @Test
    @DisplayName("x@b likes to stay 100, likes a 100  =>  stays; 101  =>  moves")
    void movesOnlyForMore() {
        Sketch equal = new Sketch("a", "b")
                .thing("x", "resource-stickiness=100")
                .prefer("x", "a", 100)
                .on("b", "x");
        assertThat(equal.steps()).isEmpty();
        Sketch more = new Sketch("a", "b")
                .thing("x", "resource-stickiness=100")
                .prefer("x", "a", 101)
                .on("b", "x");
        assertThat(more.steps()).containsExactly("stop x b", "start x a");
    }

    @Test
    @DisplayName("x may not be on a, -1 on b  =>  nowhere")
    void negativeMeansNever() {
        assertThat(new Sketch("a", "b")
                        .thing("x")
                        .prefer("x", "a", -MUST)
                        .prefer("x", "b", -1)
                        .place("x"))
                .isEmpty();
    }

    @Test
    @DisplayName("group x y z, y may not be on a, the group likes a  =>  all on b, in order")
    void groupGoesWhereAllCan() {
        assertThat(new Sketch("a", "b")
                        .group("g", "x", "y", "z")
                        .prefer("g", "a", 100)
                        .prefer("y", "a", -MUST)
                        .steps())
                .containsExactly("start x b", "start y b", "start z b");
    }

    @Test
    @DisplayName("group x y z @a, y failed  =>  z and y restart, x runs on")
    void laterMembersRestart() {
        assertThat(new Sketch("a")
                        .group("g", "x", "y", "z")
                        .on("a", "x")
                        .on("a", "y", "monitor=1")
                        .on("a", "z")
                        .steps())
                .containsExactly("stop z a", "stop y a", "start y a", "start z a");
    }

    @Test
    @DisplayName("y with x, y may not be on a, x@a likes to stay for ever  =>  both move to b")
    void followerDragsItsLeader() {
        assertThat(new Sketch("a", "b")
                        .thing("x", "resource-stickiness=INFINITY")
                        .thing("y")
                        .together("y", "x", MUST)
                        .prefer("y", "a", -MUST)
                        .on("a", "x")
                        .place("x"))
                .isEqualTo("b");
    }

    @Test
    @DisplayName("y with x, y cannot run  =>  x runs all the same")
    void helplessFollowerIsNoReason() {
        assertThat(new Sketch("a")
                        .things("x", "y")
                        .together("y", "x", MUST)
                        .prefer("y", "a", -MUST)
                        .place("x"))
                .isEqualTo("a");
    }

    @Test
    @DisplayName("y away from x, one node  =>  only x")
    void apartOnOneNode() {
        Sketch sketch = new Sketch("a").thing("x").thing("y", "priority=10").together("y", "x", -MUST);
        assertThat(sketch.place("x")).isEqualTo("a");
        assertThat(sketch.place("y")).isEmpty();
    }

    @Test
    @DisplayName("x then y, both @a, x moves to b  =>  y stops first and starts last")
    void moveRestartsWhatComesAfter() {
        assertThat(new Sketch("a", "b")
                        .things("x", "y")
                        .prefer("x", "b", 10)
                        .prefer("y", "a", 10)
                        .order("x", "y")
                        .on("a", "x")
                        .on("a", "y")
                        .steps())
                .containsExactly("stop y a", "stop x a", "start x b", "start y a");
    }

    @Test
    @DisplayName("x then y optional, x moves  =>  y runs on")
    void optionalOrderRestartsNothing() {
        assertThat(new Sketch("a", "b")
                        .things("x", "y")
                        .prefer("x", "b", 10)
                        .prefer("y", "a", 10)
                        .order("x", "y", Order.Kind.OPTIONAL, Order.Symmetry.USUAL)
                        .on("a", "x")
                        .on("a", "y")
                        .steps())
                .containsExactly("stop x a", "start x b");
    }

    @Test
    @DisplayName("x is to be stopped, x then y  =>  y stops too, before x; one-way: y runs on")
    void stoppedLeaderStopsWhatNeedsIt() {
        Sketch both = new Sketch("a")
                .thing("x", "target-role=Stopped")
                .thing("y")
                .on("a", "x")
                .on("a", "y");
        assertThat(both.order("x", "y").steps()).containsExactly("stop y a", "stop x a");
        Sketch oneWay = new Sketch("a")
                .thing("x", "target-role=Stopped")
                .thing("y")
                .on("a", "x")
                .on("a", "y");
        assertThat(oneWay.order("x", "y", Order.Kind.MANDATORY, Order.Symmetry.NO)
                        .steps())
                .containsExactly("stop x a");
    }

    @Test
    @DisplayName("a lost, x@a, devices  =>  fence a, then x on b")
    void fencesBeforeItStartsElsewhere() {
        assertThat(new Sketch("b").lost("a").fencing().thing("x").on("a", "x").steps())
                .containsExactly("fence a", "stop x a", "start x b"); // the stop is done by fencing
        Outcome outcome =
                new Sketch("b").lost("a").fencing().thing("x").on("a", "x").plan();
        int fence = outcome.actions().indexOf(new Outcome.Action("fence", "a", "a"));
        int start = outcome.actions().indexOf(new Outcome.Action("start", "x", "b"));
        assertThat(outcome.orders()).contains(new Outcome.Pair(fence, start));
    }

    @Test
    @DisplayName("a lost, no quorum  =>  nothing is fenced, nothing starts")
    void doesNothingWithoutQuorum() {
        assertThat(new Sketch("b")
                        .lost("a")
                        .fencing()
                        .noQuorum()
                        .thing("x")
                        .on("a", "x")
                        .steps())
                .isEmpty();
    }

    @Test
    @DisplayName("no quorum, x@a  =>  stop: x stops; freeze: x runs on; ignore: x runs on")
    void quorumPolicies() {
        assertThat(new Sketch("a").noQuorum().thing("x").on("a", "x").steps()).containsExactly("stop x a");
        for (String policy : List.of("freeze", "ignore")) {
            assertThat(new Sketch("a")
                            .noQuorum()
                            .set("no-quorum-policy=" + policy)
                            .thing("x")
                            .on("a", "x")
                            .steps())
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("x failed on a  =>  restart, stop, block, ignore, standby as its monitor says")
    void failures() {
        assertThat(failed("restart")).containsExactly("stop x a", "start x a");
        assertThat(failed("stop")).containsExactly("stop x a");
        assertThat(failed("block")).isEmpty();
        assertThat(failed("ignore")).isEmpty();
        assertThat(failed("standby")).containsExactly("stop x a", "start x b");
    }

    private static List<String> failed(String onFail) {
        return new Sketch("a", "b")
                .thing("x", "on-fail=" + onFail)
                .prefer("x", "a", 10)
                .on("a", "x", "monitor=1")
                .steps();
    }

    @Test
    @DisplayName("x failed 3 times on a, threshold 3  =>  b")
    void leavesWhereItFailedTooOften() {
        assertThat(new Sketch("b")
                        .node("a", io.holdfast.planner.cluster.Node.Sight.WELL, "fail-count-x#monitor_10000=3")
                        .thing("x", "migration-threshold=3", "resource-stickiness=INFINITY")
                        .on("a", "x", "monitor=1")
                        .steps())
                .containsExactly("stop x a", "start x b");
    }

    @Test
    @DisplayName("failures older than failure-timeout  =>  count no more")
    void forgetsOldFailures() {
        assertThat(new Sketch("b")
                        .node(
                                "a",
                                io.holdfast.planner.cluster.Node.Sight.WELL,
                                "fail-count-x#monitor_10000=3",
                                "last-failure-x#monitor_10000=" + (Sketch.NOW - 100))
                        .thing("x", "migration-threshold=3", "failure-timeout=60s")
                        .prefer("x", "a", 5)
                        .place("x"))
                .isEqualTo("a");
    }

    @Test
    @DisplayName("clone of x, three nodes  =>  one on each")
    void clonesEverywhere() {
        assertThat(new Sketch("a", "b", "c").clone(primitive("x")).place("x")).isEqualTo("a b c");
    }

    @Test
    @DisplayName("clone of x, two instances @b @c, likes a by 1  =>  nobody moves; by 10  =>  one does")
    void instancesStay() {
        Sketch one = new Sketch("a", "b", "c")
                .clone(primitive("x"), "clone-max=2")
                .on("b", "x:0")
                .on("c", "x:1");
        assertThat(one.prefer("xs", "a", 1).steps()).isEmpty();
        assertThat(one.prefer("xs", "a", 9).steps()).hasSize(2).contains("start x a");
    }

    @Test
    @DisplayName("promotable x, scores 5 on a, 10 on b  =>  b is promoted, after it has started")
    void promotesTheBest() {
        Sketch sketch = new Sketch()
                .node("a", io.holdfast.planner.cluster.Node.Sight.WELL, "master-x=5")
                .node("b", io.holdfast.planner.cluster.Node.Sight.WELL, "master-x=10")
                .clone(primitive("x"), "promotable=true");
        assertThat(sketch.place("x")).isEqualTo("a:Unpromoted b:Promoted");
        assertThat(sketch.steps()).last().isEqualTo("promote x b");
    }

    @Test
    @DisplayName("promotable x without a score  =>  nobody is promoted")
    void promotesNobodyWithoutScore() {
        assertThat(new Sketch("a").clone(primitive("x"), "promotable=true").place("x"))
                .isEqualTo("a:Unpromoted");
    }

    @Test
    @DisplayName("ip with the promoted x, likes a 1000  =>  x is promoted on a against 5 : 10")
    void followersOfThePromotedCount() {
        assertThat(new Sketch()
                        .node("a", io.holdfast.planner.cluster.Node.Sight.WELL, "master-x=5")
                        .node("b", io.holdfast.planner.cluster.Node.Sight.WELL, "master-x=10")
                        .clone(primitive("x"), "promotable=true")
                        .thing("ip")
                        .prefer("ip", "a", 1000)
                        .together("ip", "", "xs", "Promoted", MUST)
                        .place("ip"))
                .isEqualTo("a");
    }

    @Test
    @DisplayName("a has room for 4, b for 8, group of 3+3  =>  b")
    void wholeGroupNeedsRoom() {
        assertThat(new Sketch()
                        .node("a", 4)
                        .node("b", 8)
                        .set("placement-strategy=utilization")
                        .add(Sketch.collective(
                                "g", Resource.Kind.GROUP, List.of(primitive("x", "size=3"), primitive("y", "size=3"))))
                        .steps())
                .containsExactly("start x b", "start y b");
    }

    @Test
    @DisplayName("room for one of two  =>  the more important")
    void priorityGetsTheRoom() {
        Sketch sketch = new Sketch()
                .node("a", 1)
                .set("placement-strategy=utilization")
                .thing("x", "size=1")
                .thing("y", "size=1", "priority=1");
        assertThat(sketch.place("y")).isEqualTo("a");
        assertThat(sketch.place("x")).isEmpty();
    }

    @Test
    @DisplayName("x@b may migrate, likes a  =>  migrate to, from, stop")
    void migratesLive() {
        assertThat(new Sketch("a", "b")
                        .thing("x", "allow-migrate=true")
                        .prefer("x", "a", 10)
                        .on("b", "x")
                        .steps())
                .containsExactly("migrate_to x b", "migrate_from x a", "stop x b", "start x");
    }

    @Test
    @DisplayName("x then y, both @b; x migrates to a  =>  y runs on")
    void nobodyRestartsForAMigration() {
        assertThat(orderedAfterX().prefer("x", "a", 10).on("b", "y").steps())
                .containsExactly("migrate_to x b", "migrate_from x a", "stop x b", "start x");
    }

    @Test
    @DisplayName("x then y, both @b; x and y migrate to a  =>  y goes when x has come")
    void migrationsGoInTurn() {
        List<String> steps = orderedAfterX()
                .prefer("x", "a", 10)
                .prefer("y", "a", 10)
                .on("b", "y")
                .steps();
        assertThat(steps).doesNotContain("start x a", "start y a");
        assertThat(steps.indexOf("migrate_from x a")).as("%s", steps).isLessThan(steps.indexOf("migrate_to y b"));
    }

    @Test
    @DisplayName(
            "no quorum, clone x @a started and never looked at, worth promoting  =>  demote, freeze: x stays unpromoted")
    void whatWasStartedIsUnpromoted() {
        for (String policy : List.of("demote", "freeze")) {
            assertThat(new Sketch()
                            .node("a", Node.Sight.WELL, "master-x=10")
                            .noQuorum()
                            .set("no-quorum-policy=" + policy)
                            .clone(primitive("x"), "promotable=true")
                            .on("a", "x")
                            .steps())
                    .as(policy)
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("clone x in turn @a b c, b lost  =>  stops c, b, a: the lost one keeps its number")
    void theLostKeepTheirTurn() {
        List<String> steps = new Sketch("a", "c")
                .lost("b")
                .fencing()
                .clone(primitive("x"), "ordered=true", "target-role=Stopped")
                .on("a", "x")
                .on("b", "x")
                .on("c", "x")
                .steps();
        assertThat(steps).containsExactly("fence b", "stop x c", "stop x b", "stop x a");
    }

    @Test
    @DisplayName(
            "y before x if both change, y@b moves to a, x@b migrates to a  =>  x leaves b when y has started, not before")
    void nobodyWaitsForAMigrationThatWaits() {
        assertThat(new Sketch("a", "b")
                        .thing("x", "allow-migrate=true")
                        .thing("y")
                        .order("y", "x", Order.Kind.OPTIONAL, Order.Symmetry.USUAL)
                        .prefer("x", "a", 10)
                        .prefer("y", "a", 10)
                        .on("b", "x")
                        .on("b", "y")
                        .steps())
                .containsExactly("stop y b", "start y a", "migrate_to x b", "migrate_from x a", "stop x b", "start x");
    }

    @Test
    @DisplayName(
            "x@a and y@b change places, both live, room for one on each node  =>  y goes first, x waits until there is room")
    void theLastDoesNotWaitForRoomInACircle() {
        assertThat(new Sketch()
                        .node("a", 5)
                        .node("b", 5)
                        .set("placement-strategy=utilization")
                        .thing("x", "allow-migrate=true", "size=3")
                        .thing("y", "allow-migrate=true", "size=3")
                        .prefer("x", "b", 10)
                        .prefer("y", "a", 10)
                        .on("a", "x")
                        .on("b", "y")
                        .steps())
                .containsExactly(
                        "migrate_to y b",
                        "migrate_from y a",
                        "stop y b",
                        "migrate_to x a",
                        "migrate_from x b",
                        "stop x a",
                        "start x",
                        "start y");
    }

    private static Sketch orderedAfterX() {
        return new Sketch("a", "b")
                .thing("x", "allow-migrate=true")
                .thing("y", "allow-migrate=true")
                .order("x", "y")
                .on("b", "x");
    }

    @Test
    @DisplayName("x@b may migrate, likes a; c is lost  =>  x goes after c is fenced; not if it requires nothing")
    void migrationWaitsForFencing() {
        assertThat(waitsForFencing("requires=fencing")).isTrue();
        assertThat(waitsForFencing("requires=nothing")).isFalse();
    }

    private static boolean waitsForFencing(String needs) {
        Outcome outcome = new Sketch("a", "b")
                .lost("c")
                .fencing()
                .thing("x", "allow-migrate=true", needs)
                .prefer("x", "a", 10)
                .on("b", "x")
                .plan();
        List<String> what = outcome.actions().stream().map(Outcome.Action::what).toList();
        assertThat(what).contains("fence", "migrate_to", "migrate_from");
        return outcome.orders().contains(new Outcome.Pair(what.indexOf("fence"), what.indexOf("migrate_to")));
    }

    @Test
    @DisplayName("standby, shutting down, in maintenance  =>  left, left, left alone")
    void nodesThatMustNotRunAnything() {
        assertThat(marked("standby=true").place("x")).isEqualTo("b");
        assertThat(marked("shutdown=1").place("x")).isEqualTo("b");
        assertThat(marked("maintenance=true").steps()).isEmpty();
    }

    private static Sketch marked(String attribute) {
        return new Sketch("b")
                .node("a", io.holdfast.planner.cluster.Node.Sight.WELL, attribute)
                .thing("x")
                .on("a", "x");
    }

    @Test
    @DisplayName("x is red on a  =>  b, where health counts")
    void ill() {
        assertThat(new Sketch("b")
                        .node("a", io.holdfast.planner.cluster.Node.Sight.WELL, "#health-disk=red")
                        .set("node-health-strategy=migrate-on-red")
                        .thing("x")
                        .on("a", "x")
                        .place("x"))
                .isEqualTo("b");
    }

    @Test
    @DisplayName("x@a and @b  =>  stop both, start one; stop_unexpected: stop only the wrong one")
    void multiplyActive() {
        assertThat(new Sketch("a", "b").thing("x").on("a", "x").on("b", "x").steps())
                .containsExactly("stop x a", "stop x b", "start x a");
        assertThat(new Sketch("a", "b")
                        .thing("x", "multiple-active=stop_unexpected")
                        .on("a", "x")
                        .on("b", "x")
                        .steps())
                .containsExactly("stop x b", "start x");
    }

    @Test
    @DisplayName("x@a is configured no more  =>  stops")
    void leftOvers() {
        assertThat(new Sketch("a").on("a", "x").steps()).containsExactly("stop x a");
        assertThat(new Sketch("a")
                        .set("stop-removed-resources=false")
                        .on("a", "x")
                        .steps())
                .isEmpty();
    }

    @Test
    @DisplayName(
            "x was stopped on a and is configured no more; nodes only where asked for, b is healthy  =>  x starts nowhere")
    void whatIsLeftOverStartsNowhere() {
        Sketch sketch = new Sketch("a")
                .node("b", Node.Sight.WELL, "#health-disk=10")
                .set("symmetric-cluster=false", "node-health-strategy=progressive");
        assertThat(sketch.on("a", "x", "stop=0").steps()).isEmpty();
        assertThat(sketch.thing("y").steps()).containsExactly("start y b");
    }

    @Test
    @DisplayName("x then y, only for starts, and once more both ways; y@a  =>  the first word counts: y runs on")
    void theFirstOfSeveralOrdersCounts() {
        assertThat(new Sketch("a")
                        .things("x", "y")
                        .order("x", "y", Order.Kind.MANDATORY, Order.Symmetry.NO)
                        .order("x", "y")
                        .on("a", "y")
                        .steps())
                .containsExactly("start x a");
    }

    @Test
    @DisplayName("group x y @b, x migrates live, the group likes a  =>  y stops before x goes")
    void migrationWaitsForLaterMembers() {
        List<String> steps = new Sketch("a", "b")
                .add(Sketch.collective(
                        "g", Resource.Kind.GROUP, List.of(primitive("x", "allow-migrate=true"), primitive("y"))))
                .prefer("g", "a", 100)
                .on("b", "x")
                .on("b", "y")
                .steps();
        assertThat(steps).contains("stop y b", "migrate_to x b");
        assertThat(steps.indexOf("stop y b")).as("%s", steps).isLessThan(steps.indexOf("migrate_to x b"));
    }

    @Test
    @DisplayName(
            "clone x @a b likes to stay 100, the clone avoids b 10  =>  none on b; a follower that must not be on b changes nothing")
    void theCloneAsAWholeDecides() {
        assertThat(new Sketch("a", "b")
                        .clone(primitive("x"), "resource-stickiness=100")
                        .prefer("xs", "b", -10)
                        .on("a", "x")
                        .on("b", "x")
                        .steps())
                .containsExactly("stop x b");
        assertThat(new Sketch("a", "b")
                        .clone(primitive("x"))
                        .thing("y")
                        .together("y", "xs", MUST)
                        .prefer("y", "b", -MUST)
                        .place("x"))
                .isEqualTo("a b");
    }

    @Test
    @DisplayName("y with x in one rack, x@a, neither a nor b says its rack, c does  =>  b counts as a, c does not")
    void nodesWithoutTheAttributeCountAsOne() {
        Sketch sketch = new Sketch("a", "b")
                .node("c", Node.Sight.WELL, "rack=1")
                .thing("x", "resource-stickiness=INFINITY")
                .thing("y")
                .togetherBy("rack", "y", "x", MUST)
                .prefer("y", "c", 100)
                .prefer("y", "b", 50)
                .on("a", "x");
        assertThat(sketch.place("y")).isEqualTo("b");
    }

    @Test
    @DisplayName("a (no quorum), b is in the cluster but its process is gone  =>  fenced; b not even that  =>  not")
    void withoutQuorumOnlyMembersAreFenced() {
        Sketch member = new Sketch("a")
                .fencing()
                .noQuorum()
                .node("b", sight(Node.Answer.YES, Node.Answer.NO))
                .thing("x")
                .on("a", "x");
        assertThat(member.plan().fenced()).containsExactly("b");
        Sketch gone = new Sketch("a")
                .fencing()
                .noQuorum()
                .node("b", sight(Node.Answer.NO, Node.Answer.YES))
                .thing("x")
                .on("a", "x");
        assertThat(gone.plan().fenced()).isEmpty();
    }

    private static Node.Sight sight(Node.Answer member, Node.Answer process) {
        return new Node.Sight(true, member, process, Node.Joining.MEMBER, Node.Answer.YES, false);
    }

    @Test
    @DisplayName(
            "group x y away from z, z@b must go, the group starts on a  =>  z stops before any of the group starts")
    void leavesBeforeTheGroupComes() {
        Sketch sketch = new Sketch("a", "b")
                .group("g", "x", "y")
                .thing("z", "target-role=Stopped")
                .together("z", "g", -MUST)
                .on("b", "z")
                .prefer("g", "a", 100);
        assertThat(sketch.steps()).containsExactly("stop z b", "start x a", "start y a");
    }

    @Test
    @DisplayName("x then y, never at one time, and once more for good; x cannot run, y@a  =>  y stops")
    void neverAtOneTimeTakesNothingFromOtherOrders() {
        assertThat(new Sketch("a")
                        .thing("x", "target-role=Stopped")
                        .thing("y")
                        .order("x", "y", Order.Kind.SERIALIZE, Order.Symmetry.USUAL)
                        .order("x", "y")
                        .on("a", "y")
                        .steps())
                .containsExactly("stop y a");
    }

    @Test
    @DisplayName("x only where 'room' is, its score is that; a has none  =>  b; nobody has any  =>  nowhere")
    void whoLacksTheAttributeIsNotMeant() {
        assertThat(new Sketch("a")
                        .node("b", Node.Sight.WELL, "room=0")
                        .thing("x")
                        .only("x", "room")
                        .place("x"))
                .isEqualTo("b");
        assertThat(new Sketch("a", "b").thing("x").only("x", "room").place("x")).isEmpty();
    }

    @Test
    @DisplayName("one instance of x, yet @a b; a in maintenance  =>  the one that is left over stops")
    void whatIsLeftOverTakesNoPlace() {
        assertThat(new Sketch("a", "b")
                        .node("a", Node.Sight.WELL, "maintenance=true")
                        .clone(primitive("x"), "clone-max=1")
                        .on("a", "x")
                        .on("b", "x")
                        .steps())
                .containsExactly("stop x b");
    }

    @Test
    @DisplayName("group x y in a promotable clone, y counts -5 for its own part  =>  not promoted")
    void aGroupIsPromotedOnlyIfEachMemberMayBe() {
        assertThat(promoted(primitive("y"))).isEqualTo("a:Promoted");
        assertThat(promoted(primitive("y", "priority=-5"))).isEqualTo("a:Unpromoted");
    }

    /** What becomes of x, which is in a promotable group with y. */
    private static String promoted(Resource y) {
        return new Sketch()
                .node("a", Node.Sight.WELL, "master-x=10")
                .clone(Sketch.collective("g", Resource.Kind.GROUP, List.of(primitive("x"), y)), "promotable=true")
                .place("x");
    }

    @Test
    @DisplayName(
            "group x y z @a, y says that its configuration is wrong  =>  y and z stop, x runs on, nothing elsewhere")
    void aWrongConfigurationEndsItAndWhatComesAfter() {
        assertThat(new Sketch("a", "b")
                        .group("g", "x", "y", "z")
                        .on("a", "x")
                        .on("a", "y", "monitor=6")
                        .on("a", "z")
                        .steps())
                .containsExactly("stop z a", "stop y a");
    }

    @Test
    @DisplayName("group x y, y exclusively where 'room' is, nobody has any  =>  says nothing of a member")
    void exclusiveSaysNothingOfAMember() {
        assertThat(new Sketch("a").group("g", "x", "y").only("y", "room").steps())
                .containsExactly("start x a", "start y a");
    }

    @Test
    @DisplayName("never two of x y z at one time, y and z are side by side  =>  one after the other all the same")
    void setsAreSerializedThroughout() {
        Sketch sketch = new Sketch("a").things("x", "y", "z").serialize("x", "y", "z");
        assertThat(sketch.plan().orders()).hasSize(3);
    }
}
