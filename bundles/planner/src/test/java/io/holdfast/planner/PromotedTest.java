package io.holdfast.planner;

import static io.holdfast.planner.Told.reason;
import static io.holdfast.planner.Told.where;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.PromotionScore;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Promotable clones: who is promoted, and in which order. */
class PromotedTest {
    private static final String THREE = "nodes: {n1: {}, n2: {}, n3: {}}\n";
    private static final String RUNNING = "'a:0': n1, 'a:1': n2, 'a:2': n3";

    private static String document(String... lines) {
        return "document: |\n  cluster: t\n  resources: {a: {type: process}, b: {type: process}}\n  "
                + String.join("\n  ", lines) + "\n";
    }

    private static final String CLONE = document("clones: {as: {of: a, promoted: 1}}") + "stopped: [b]\n";
    private static final String WITH_B = document(
            "clones: {as: {of: a, promoted: 1}}",
            "constraints:",
            "  - together: {resource: b, with: as, with-role: promoted}",
            "  - order: {first: as, first-action: promote, then: b, then-action: start}");

    private static List<String> actions(String yaml) {
        return actions(Scene.of(yaml));
    }

    private static List<String> actions(Facts facts) {
        Planner planner = new Planner();
        planner.next(Scene.of(THREE + document()));
        assertThat(planner.next(facts)).isEqualTo(Planner.plan(facts));
        return Told.actions(facts);
    }

    private static Facts scored(Facts facts, String instance, int score) {
        Grant grant = facts.state().grants().get(instance);
        String text = PromotionScore.text(score, grant.token());
        return Scene.after(facts, grant.node(), new Command.Note(instance, grant.token(), PromotionScore.NOTE, text));
    }

    @Test
    @DisplayName("{n1, n2, n3} clone of a  =>  one on each; nobody is promoted before one says a score")
    void promotesNobodyWithoutAScore() {
        assertThat(actions(THREE + CLONE)).containsExactly("+a:0@n1", "+a:1@n2", "+a:2@n3", "~a:promoted:0");
        Facts facts = Scene.of(THREE + CLONE + "grants: {" + RUNNING + "}\n");
        assertThat(actions(facts)).containsExactly("~a:promoted:0");
        assertThat(reason(facts, "a:promoted:0"))
                .isEqualTo("no copy is to be promoted by it (n1: a:0 has no promotion score there, or one below 0 |"
                        + " n2: a:1 has no promotion score there, or one below 0 | n3: a:2 has no promotion score there, or one"
                        + " below 0)");
    }

    @Test
    @DisplayName("a:0@n1(5) a:1@n2(10) a:2@n3(-1)  =>  n2 is promoted; with -1 everywhere nobody")
    void promotesTheBest() {
        Facts facts = Scene.of(THREE + CLONE + "grants: {" + RUNNING + "}\nscores: {'a:0': 5, 'a:1': 10, 'a:2': -1}\n");
        assertThat(actions(facts)).containsExactly("+a:promoted:0@n2");
        assertThat(reason(facts, "a:promoted:0"))
                .isEqualTo("the copy on n2 has the best promotion score (10, the next has 5)");
        assertThat(actions(THREE + CLONE + "grants: {" + RUNNING + "}\nscores: {'a:0': -1, 'a:1': -1}\n"))
                .containsExactly("~a:promoted:0");
        assertThat(actions(THREE + CLONE + "grants: {" + RUNNING + "}\nscores: {'a:0': 0}\n"))
                .containsExactly("+a:promoted:0@n1");
    }

    @Test
    @DisplayName("a:1@n2(10) still starting  =>  its promotion waits for that")
    void waitsForTheCopy() {
        Facts facts = Scene.of(
                THREE + CLONE + "grants: {" + RUNNING + "}\nscores: {'a:1': 10}\nreports: {'a:1': STARTING}\n");
        assertThat(actions(facts)).containsExactly("~a:promoted:0");
        assertThat(reason(facts, "a:promoted:0")).isEqualTo("it is promoted on n2 once a:1 is active");
    }

    @Test
    @DisplayName("promoted on n1(10); n2 says 10: stays; n2 says 11: demoted on n1, then promoted on n2")
    void movesOnlyForABetterScore() {
        Facts facts = Scene.of(
                THREE + CLONE + "grants: {" + RUNNING + ", 'a:promoted:0': n1}\nscores: {'a:0': 10, 'a:1': 10}\n");
        assertThat(actions(facts)).isEmpty();
        Facts better = scored(facts, "a:1", 11);
        assertThat(actions(better)).containsExactly("-a:promoted:0");
        assertThat(reason(better, "a:promoted:0")).startsWith("it moves to n2: ");
        assertThat(where(Settled.from(better))).isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:0=n2}");
    }

    @Test
    @DisplayName("promoted on n1, whose score falls below 0  =>  demoted, and nobody is promoted")
    void demotesWhoWantsItNoMore() {
        Facts facts = Scene.of(THREE + CLONE + "grants: {" + RUNNING + ", 'a:promoted:0': n1}\nscores: {'a:0': 10}\n");
        assertThat(actions(scored(facts, "a:0", -1))).containsExactly("-a:promoted:0");
    }

    @Test
    @DisplayName("n1 is lost with the promoted copy  =>  nobody is promoted before it is fenced, then n2")
    void waitsForTheFence() {
        String yaml = THREE.replace("n1: {}", "n1: {phase: %s}") + CLONE + "grants: {" + RUNNING
                + ", 'a:promoted:0': n1}\nscores: {'a:0': 10, 'a:1': 5, 'a:2': 4}\n";
        Facts lost = Scene.of(yaml.formatted("expelled"));
        assertThat(actions(lost)).containsExactly("~a:0", "~a:promoted:0");
        assertThat(reason(lost, "a:promoted:0"))
                .startsWith("n1 is lost and may still run it, until it is proved fenced");
        Facts fenced = Scene.of(yaml.formatted("fenced"));
        assertThat(actions(fenced)).containsExactly("~a:0", "+a:promoted:0@n2");
        assertThat(reason(fenced, "a:promoted:0")).startsWith("takeover from n1, which is fenced; ");
    }

    @Test
    @DisplayName("n1 is silent with the promoted copy  =>  nothing is done about it")
    void leavesTheSilentAlone() {
        assertThat(actions(THREE.replace("n1: {}", "n1: {live: false}") + WITH_B + "grants: {" + RUNNING
                        + ", 'a:promoted:0': n1, b: n1}\nscores: {'a:0': 10, 'a:1': 5}\n"))
                .allMatch(action -> action.startsWith("~"));
    }

    @Test
    @DisplayName("n1 goes in standby: b stops, a is demoted, then a:0 stops; a is promoted on n2, then b starts there")
    void demotesBeforeItStops() {
        Facts facts = Scene.of(THREE + WITH_B + "grants: {" + RUNNING
                + ", 'a:promoted:0': n1, b: n1}\nscores: {'a:0': 10, 'a:1': 5}\n");
        assertThat(actions(facts)).isEmpty();
        Facts standby = Scene.after(facts, "n1", new Command.Standby("n1", true, "ann"));
        assertThat(actions(standby)).containsExactly("~a:0", "~a:promoted:0", "-b");
        assertThat(reason(standby, "a:0")).startsWith("stops once a is demoted on n1");
        assertThat(reason(standby, "a:promoted:0")).startsWith("it is demoted once b has stopped on n1");
        Facts after = stopped(standby, "b");
        assertThat(actions(after)).contains("-a:promoted:0", "~a:0", "~b");
        after = stopped(after, "a:promoted:0");
        assertThat(actions(after)).containsExactly("-a:0", "+a:promoted:0@n2", "~b");
        assertThat(where(Settled.from(standby))).isEqualTo("{a:1=n2, a:2=n3, a:promoted:0=n2, b=n2}");
    }

    private static Facts stopped(Facts facts, String instance) {
        Grant grant = facts.state().grants().get(instance);
        Facts revoked = Scene.after(facts, "n1", new Command.Revoke(instance, grant.token(), "scene"));
        return Scene.after(
                revoked, grant.node(), new Command.Release(instance, grant.node(), grant.incarnation(), grant.token()));
    }

    @Test
    @DisplayName("the promoted copy fails  =>  what needs it stops, and it is demoted")
    void demotesWhatFails() {
        assertThat(actions(THREE + WITH_B + "grants: {" + RUNNING
                        + ", 'a:promoted:0': n1, b: n1}\nscores: {'a:0': 10, 'a:1': 5}\nthen: {'a:0': FAILED}\n"))
                .containsExactly("~a:promoted:0", "-b");
    }

    @Test
    @DisplayName("b with the promoted one: where that is to be, and after it")
    void othersFollowThePromotedOne() {
        Facts facts = Scene.of(THREE + WITH_B + "grants: {" + RUNNING + "}\nscores: {'a:1': 10}\n");
        assertThat(actions(facts)).containsExactly("+a:promoted:0@n2", "~b");
        assertThat(where(Settled.from(facts))).isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:0=n2, b=n2}");
        assertThat(actions(THREE + WITH_B + "grants: {" + RUNNING + "}\n")).containsExactly("~a:promoted:0", "~b");
    }

    @Test
    @DisplayName("b prefers n3 and is with the promoted one  =>  n3 is promoted")
    void promotesWhereItsFollowerWouldBe() {
        String yaml = THREE
                + document(
                        "clones: {as: {of: a, promoted: 1}}",
                        "constraints:",
                        "  - together: {resource: b, with: as, with-role: promoted}",
                        "  - prefer: {resource: b, node: n3, score: 50}")
                + "grants: {" + RUNNING + "}\nscores: {'a:0': 10, 'a:1': 11, 'a:2': 1}\n";
        assertThat(where(Settled.from(Scene.of(yaml)))).isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:0=n3, b=n3}");
    }

    @Test
    @DisplayName("promotion with where b runs")
    void thePromotedOneFollows() {
        String yaml = THREE
                + document(
                        "clones: {as: {of: a, promoted: 1}}",
                        "constraints: [together: {resource: as, role: promoted, with: b}]")
                + "grants: {" + RUNNING + ", b: n3}\nscores: {'a:0': 10, 'a:1': 11, 'a:2': 1}\n";
        assertThat(actions(yaml)).containsExactly("+a:promoted:0@n3");
    }

    @Test
    @DisplayName("prefer with role: promoted: 100 on n3 beats 10, and needs no score")
    void prefersANodeForTheRole() {
        String clone = document(
                        "clones: {as: {of: a, promoted: 1}}",
                        "constraints: [prefer: {resource: as, role: promoted, node: n3, score: 100}]")
                + "stopped: [b]\ngrants: {" + RUNNING + "}\n";
        assertThat(actions(THREE + clone)).containsExactly("+a:promoted:0@n3");
        assertThat(actions(THREE + clone + "scores: {'a:0': 10}\n")).containsExactly("+a:promoted:0@n3");
    }

    @Test
    @DisplayName("an attribute of the node by the name that Pacemaker gives it counts first")
    void administratorsKnowBetter() {
        assertThat(actions(THREE.replace("n3: {}", "n3: {attributes: {master-a: 20}}") + CLONE + "grants: {" + RUNNING
                        + "}\nscores: {'a:0': 10, 'a:2': 5}\n"))
                .containsExactly("+a:promoted:0@n3");
    }

    @Test
    @DisplayName("a score that was said under an earlier grant means nothing")
    void forgetsScoresWithTheGrant() {
        Facts facts = Scene.of(THREE + CLONE + "grants: {" + RUNNING + "}\nscores: {'a:0': 10, 'a:1': 5}\n");
        facts = stopped(facts, "a:0");
        facts = Settled.from(facts);
        assertThat(where(facts)).isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:0=n2}");
        assertThat(facts.state().instances().get("a:0").notes()).containsKey(PromotionScore.NOTE);
    }

    @Test
    @DisplayName("two promoted: the best two; one of them lost: the third, without touching the other")
    void promotesSeveral() {
        String two = document("clones: {as: {of: a, promoted: 2}}") + "stopped: [b]\ngrants: {" + RUNNING + "%s}\n"
                + "scores: {'a:0': 5, 'a:1': 10, 'a:2': 7}\n";
        assertThat(actions(THREE + two.formatted(""))).containsExactly("+a:promoted:0@n2", "+a:promoted:1@n3");
        String promoted = ", 'a:promoted:0': n2, 'a:promoted:1': n3";
        assertThat(actions(THREE + two.formatted(promoted))).isEmpty();
        assertThat(actions(THREE.replace("n2: {}", "n2: {phase: fenced}") + two.formatted(promoted)))
                .containsExactly("~a:1", "+a:promoted:0@n1");
        assertThat(actions(THREE.replace("n2: {}", "n2: {phase: expelled}") + two.formatted(promoted)))
                .containsExactly("~a:1", "~a:promoted:0");
    }

    @Test
    @DisplayName("from two promoted to one, and to none: demoted, one after the other where the number says so")
    void demotesWhatIsTooMuch() {
        String two = document("clones: {as: {of: a, promoted: %s}}");
        Facts facts = Scene.of(THREE + two.formatted(2) + "stopped: [b]\ngrants: {" + RUNNING
                + ", 'a:promoted:0': n2, 'a:promoted:1': n1}\nscores: {'a:0': 10, 'a:1': 5}\n");
        Facts one = applied(facts, "clones: {as: {of: a, promoted: 1}}");
        assertThat(actions(one)).containsExactly("-a:promoted:0");
        assertThat(where(Settled.from(one))).isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:1=n1}");
        assertThat(where(Settled.from(scored(Settled.from(one), "a:2", 20))))
                .isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:0=n3}");
        assertThat(where(Settled.from(applied(Settled.from(one), "clones: {as: {of: a, promoted: 2}}"))))
                .isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:0=n2, a:promoted:1=n1}");
        Facts none = applied(facts, "clones: {as: {of: a}}");
        assertThat(where(Settled.from(none))).isEqualTo("{a:0=n1, a:1=n2, a:2=n3}");
        Facts single = applied(facts, "");
        assertThat(actions(single)).contains("-a:promoted:0", "-a:promoted:1", "~a:0", "~a:1", "-a:2");
        assertThat(Settled.from(single).state().grants().keySet()).containsExactly("a");
    }

    @Test
    @DisplayName("from two promoted to one, b with the one that stays  =>  b goes on")
    void leavesWhatFollowsTheOneThatStays() {
        Facts facts = Scene.of(THREE
                + document(
                        "clones: {as: {of: a, promoted: 2}}",
                        "constraints:",
                        "  - together: {resource: b, with: as, with-role: promoted}",
                        "  - order: {first: as, first-action: promote, then: b, then-action: start}")
                + "grants: {" + RUNNING
                + ", 'a:promoted:0': n2, 'a:promoted:1': n1, b: n1}\nscores: {'a:0': 10, 'a:1': 5}\n");
        assertThat(actions(facts)).isEmpty();
        Facts one = applied(facts, WITH_B.substring(WITH_B.indexOf("clones:")).replace("\n  ", "\n"));
        assertThat(actions(one)).containsExactly("-a:promoted:0");
        assertThat(where(Settled.from(one))).isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:1=n1, b=n1}");
    }

    @Test
    @DisplayName("promoted on n2(10), b there; a:0@n1 is preferred and does not serve yet  =>  nothing before it does")
    void staysUntilTheBetterOneServes() {
        String yaml = THREE
                + document(
                        "clones: {as: {of: a, promoted: 1}}",
                        "constraints:",
                        "  - prefer: {resource: as, role: promoted, node: n1, score: 100}",
                        "  - together: {resource: b, with: as, with-role: promoted}",
                        "  - order: {first: as, first-action: promote, then: b, then-action: start}")
                + "grants: {%s'a:1': n2, 'a:2': n3, 'a:promoted:0': n2, b: n2}\nscores: {'a:1': 10}\n";
        assertThat(actions(yaml.formatted(""))).containsExactly("+a:0@n1");
        for (String state : List.of("STARTING", "FAILED", "BLOCKED")) {
            Facts facts = Scene.of(yaml.formatted("'a:0': n1, ") + "then: {'a:0': " + state + "}\n");
            assertThat(actions(facts)).as(state).isSubsetOf("~a:0");
            assertThat(Planner.plan(facts).decisions().get("a:promoted:0").reason())
                    .as(state)
                    .startsWith(
                            state.equals("BLOCKED")
                                    ? "only the copy on n2"
                                    : "it is there already, and those with a better promotion score (99) cannot be promoted");
        }
        Facts serves = Scene.of(yaml.formatted("'a:0': n1, "));
        assertThat(actions(serves)).containsExactly("~a:promoted:0", "-b");
        assertThat(where(Settled.from(serves))).isEqualTo("{a:0=n1, a:1=n2, a:2=n3, a:promoted:0=n1, b=n1}");
    }

    @Test
    @DisplayName(
            "n1 promoted with 10 fails while n2 waits with 5  =>  a better one that serves takes over, a worse one does not")
    void aFailedOneKeepsItsPlaceOnlyBeforeWorse() {
        String yaml = THREE + document("clones: {as: {of: a, promoted: 2}}") + "stopped: [b]\ngrants: {" + RUNNING
                + ", 'a:promoted:0': n1, 'a:promoted:1': n2}\nscores: {'a:0': 20, 'a:1': 10, 'a:2': 15}\n";
        assertThat(actions(yaml)).containsExactly("-a:promoted:1");
        assertThat(actions(yaml + "then: {'a:2': FAILED}\n")).isEmpty();
        assertThat(actions(yaml.replace("'a:2': 15", "'a:2': 5") + "then: {'a:0': FAILED}\n"))
                .containsExactly("-a:promoted:0");
    }

    @Test
    @DisplayName(
            "none is promoted, then one is to be  =>  once all copies are such as know of it; and the other way round")
    void promotesNobodyBesideEquals() {
        Facts none =
                Scene.of(THREE + document("clones: {as: {of: a}}") + "stopped: [b]\ngrants: {'a:0': n1, 'a:1': n2}\n");
        Facts one = scored(applied(none, "clones: {as: {of: a, promoted: 1}}"), "a:0", 10);
        assertThat(actions(one)).contains("~a:promoted:0");
        assertThat(reason(one, "a:promoted:0"))
                .isEqualTo("it is promoted on n1 once a:0 is active"); // it is stopped first, as its definition changed
        Facts promoted =
                Scene.of(THREE + CLONE + "grants: {'a:0': n1, 'a:1': n2, 'a:promoted:0': n1}\nscores: {'a:0': 10}\n");
        Facts equals = applied(promoted, "clones: {as: {of: a}}");
        assertThat(actions(equals)).contains("-a:promoted:0", "~a:2");
        assertThat(reason(equals, "a:2")).isEqualTo("it starts on n3 once a is demoted on n1");
    }

    @Test
    @DisplayName("the promoted copy is blocked  =>  it keeps its right, whatever the scores say")
    void demotesNothingThatIsBlocked() {
        String yaml = THREE + WITH_B + "grants: {" + RUNNING
                + ", 'a:promoted:0': n1, b: n1}\nscores: {'a:0': 10, 'a:1': 50}\nthen: {'a:0': BLOCKED}\n";
        assertThat(actions(yaml)).containsExactly("~a:0", "~a:promoted:0");
        assertThat(reason(Scene.of(yaml), "a:promoted:0")).startsWith("it is blocked on n1; ");
        Facts none = applied(Scene.of(yaml), "clones: {as: {of: a}}");
        assertThat(actions(none)).contains("~a:0", "~a:promoted:0");
    }

    @Test
    @DisplayName(
            "the promoted copy is blocked and its resource leaves the document  =>  first the right, then the copy")
    void revokesTheRightOfWhatIsBlockedAndGone() {
        Facts facts = Scene.of(THREE + CLONE + "grants: {'a:0': n1, 'a:promoted:0': n1}\nthen: {'a:0': BLOCKED}\n");
        assertThat(actions(appliedAll(facts, "resources: {b: {type: process}}")))
                .contains("~a:0", "-a:promoted:0");
    }

    @Test
    @DisplayName("n1 does not offer the type  =>  its copy stays promoted; when that failed, another is promoted")
    void aMissingTypeKeepsNoRightOfACopyThatFailed() {
        String yaml = THREE.replace("n1: {}", "n1: {types: []}") + CLONE + "grants: {" + RUNNING
                + ", 'a:promoted:0': n1}\nscores: {'a:0': 10, 'a:1': 50}\n";
        assertThat(actions(yaml)).containsExactly("~a:0", "~a:promoted:0");
        assertThat(actions(yaml + "then: {'a:0': FAILED}\n")).contains("-a:promoted:0");
    }

    private static Facts applied(Facts facts, String clones) {
        return appliedAll(facts, "resources: {a: {type: process}, b: {type: process}}\n" + clones);
    }

    private static Facts appliedAll(Facts facts, String document) {
        return Scene.after(facts, "n1", new Command.Apply(Scene.document("cluster: t\n" + document), "", -1, "ann"));
    }

    @Test
    @DisplayName("stopped on request: b, then the role, then all copies")
    void stopsAll() {
        Facts facts = Scene.of(THREE + WITH_B + "grants: {" + RUNNING
                + ", 'a:promoted:0': n1, b: n1}\nscores: {'a:0': 10, 'a:1': 5}\n");
        Facts stopped = Scene.after(facts, "n1", new Command.Stop("as", "ann"));
        assertThat(actions(stopped)).containsExactly("~a:0", "-a:1", "-a:2", "~a:promoted:0", "-b");
        assertThat(Settled.from(stopped).state().grants()).isEmpty();
    }

    @Test
    @DisplayName("in maintenance nobody is promoted or demoted")
    void leavesAlone() {
        String running = "grants: {" + RUNNING + "%s}\nscores: {'a:0': 5, 'a:1': 10}\nmaintenance: [as]\n";
        assertThat(actions(THREE + CLONE + running.formatted(", 'a:promoted:0': n1")))
                .allMatch(action -> action.startsWith("~"));
        assertThat(actions(THREE + CLONE + running.formatted(""))).allMatch(action -> action.startsWith("~"));
    }

    @Test
    @DisplayName("b must be apart from the promoted one")
    void keepsOthersAway() {
        String yaml = THREE
                + document(
                        "clones: {as: {of: a, promoted: 1}}",
                        "constraints: [apart: {resource: b, from: as, from-role: promoted}]")
                + "grants: {" + RUNNING + ", b: n1}\nscores: {'a:0': 10}\n";
        assertThat(actions(yaml)).containsExactly("~a:promoted:0", "-b");
        assertThat(where(Settled.from(Scene.of(yaml))))
                .contains("a:promoted:0=n1")
                .doesNotContain("b=n1");
    }

    @Test
    @DisplayName("b with an unpromoted one: leaves n2 when the role comes there")
    void othersFollowTheUnpromoted() {
        String yaml = "nodes: {n1: {}, n2: {}}\n"
                + document(
                        "clones: {as: {of: a, promoted: 1}}",
                        "constraints: [together: {resource: b, with: as, with-role: unpromoted}]")
                + "grants: {'a:0': n1, 'a:1': n2, 'a:promoted:0': n1, b: n2}\nscores: {'a:0': 10, 'a:1': 5}\n";
        Facts facts = Scene.of(yaml);
        assertThat(actions(facts)).isEmpty();
        Facts moved = Settled.from(scored(facts, "a:1", 11));
        assertThat(where(moved)).isEqualTo("{a:0=n1, a:1=n2, a:promoted:0=n2, b=n1}");
    }

    @Test
    @DisplayName("b comes before the promotion: a is promoted after it, and demoted before it stops")
    void comesAfterWhatItNeeds() {
        String yaml = THREE
                + document(
                        "clones: {as: {of: a, promoted: 1}}",
                        "constraints: [order: {first: b, first-action: start, then: as, then-action: promote}]")
                + "grants: {" + RUNNING + "%s}\nscores: {'a:0': 10}\n";
        assertThat(actions(yaml.formatted(""))).contains("~a:promoted:0").anyMatch(action -> action.startsWith("+b@"));
        assertThat(actions(yaml.formatted(", b: n2"))).containsExactly("+a:promoted:0@n1");
        Facts facts = Scene.of(yaml.formatted(", b: n2, 'a:promoted:0': n1"));
        assertThat(actions(facts)).isEmpty();
        assertThat(actions(Scene.after(facts, "n1", new Command.Stop("b", "ann"))))
                .containsExactly("-a:promoted:0", "~b");
    }

    @Test
    void explains() {
        Facts facts = Scene.of(
                THREE + CLONE + "grants: {" + RUNNING + ", 'a:promoted:0': n1}\nscores: {'a:0': 10, 'a:1': 5}\n");
        String text = Explain.text(facts, "as");
        assertThat(text)
                .contains("a:0 (process) is active on n1 under token ", ", promoted by a:promoted:0 under token ")
                .contains("a:1 (process) is active on n2 under token ", ", not promoted.")
                .contains("a:promoted:0 (the right to be promoted) is held by n1 under token ")
                .contains("It belongs on n1: the copy on n1 has the best promotion score (10, the next has 5).")
                .contains("  n2: less good, score 5", "  n3: cannot be, score -1")
                .contains("n1: chosen, score 11 (+1 it likes to stay; +10 promotion score)")
                .doesNotContain("on the same node");
        assertThat(Explain.text(Scene.of(THREE + WITH_B), "b")).contains("Starts after a is promoted.");
        assertThat(Simulation.text(facts, List.of("n1"), java.util.Optional.empty()))
                .contains("promote a on n2: takeover from n1, which is fenced; ");
    }
}
