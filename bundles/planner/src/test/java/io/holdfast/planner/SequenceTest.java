package io.holdfast.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.config.Configuration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is done next. */
class SequenceTest {
    private static final String TWO = "nodes: {n1: {}, n2: {}}\n";
    private static final String CHAIN = """
            document: |
              cluster: t
              resources: {a: {type: process}, b: {type: process}, c: {type: process}}
              constraints:
                - order: {first: a, then: b}
                - order: {first: b, then: c}
            """;
    private static final String PAIR = """
            document: |
              cluster: t
              resources: {a: {type: process}, b: {type: process}}
              constraints:
                - order: {first: a, then: b%s}
            """;
    private static final String FREE = """
            document: |
              cluster: t
              resources: {a: {type: process}, b: {type: process}}
            """;

    /** In short: {@code +a@n1} allow, {@code -a} revoke, {@code ~a} wait, {@code .a} forget. */
    private static List<String> actions(String yaml) {
        return actions(Scene.of(yaml));
    }

    private static List<String> actions(Facts facts) {
        return Planner.plan(facts).actions().stream().map(SequenceTest::text).toList();
    }

    private static String text(Action action) {
        if (action instanceof Action.Allow allow) {
            return "+" + allow.instance() + "@" + allow.node();
        } else if (action instanceof Action.Revoke) {
            return "-" + action.instance();
        }
        return (action instanceof Action.Wait ? "~" : ".") + action.instance();
    }

    private static String reason(String yaml, String instance) {
        return Planner.plan(Scene.of(yaml)).actions().stream()
                .filter(action -> action.instance().equals(instance))
                .map(Action::reason)
                .findFirst()
                .orElse("");
    }

    @Test
    @DisplayName("{n1, n2} a, b free  =>  both start at once")
    void startsInParallel() {
        assertThat(actions(TWO + FREE)).containsExactly("+a@n1", "+b@n2");
    }

    @Test
    @DisplayName("{n1!, n2} a@n1  =>  wait, whatever else is free starts")
    void waitsForTheFence() {
        String scene = "nodes: {n1: {phase: expelled}, n2: {}}\ngrants: {a: n1}\n" + FREE;
        assertThat(actions(scene)).containsExactly("~a", "+b@n2");
        assertThat(reason(scene, "a"))
                .isEqualTo("n1 is lost and may still run it, until it is proved fenced; then it goes to n2");
    }

    @Test
    @DisplayName("{n1 fenced, n2} a was on n1  =>  a starts on n2 as a takeover")
    void takesOverOnceFenced() {
        String scene = "nodes: {n1: {phase: fenced}, n2: {}}\ngrants: {a: n1, b: n2}\n" + FREE;
        assertThat(actions(scene)).containsExactly("+a@n2");
        assertThat(reason(scene, "a")).startsWith("takeover from n1, which is fenced; ");
    }

    @Test
    @DisplayName("{n1?, n2} a@n1  =>  wait, and nothing is taken from it")
    void waitsForASilentNode() {
        String scene = "nodes: {n1: {live: false}, n2: {}}\ngrants: {a: n1, b: n2}\nmoved: {a: n2}\n" + FREE;
        assertThat(actions(scene)).containsExactly("~a");
    }

    @Test
    @DisplayName("{n1, n2} a then b then c, nothing runs  =>  only a starts")
    void startsInOrder() {
        assertThat(actions(TWO + CHAIN)).containsExactly("+a@n1", "~b", "~c");
        assertThat(reason(TWO + CHAIN, "b")).isEqualTo("it starts on n2 once a is active");
        assertThat(actions(TWO + CHAIN + "grants: {a: n1}\n")).containsExactly("+b@n2", "~c");
        assertThat(actions(TWO + CHAIN + "grants: {a: n1}\nreports: {a: STARTING}\n"))
                .containsExactly("~b", "~c");
    }

    @Test
    @DisplayName("{n1, n2} a then b then c run, a is stopped  =>  c stops first, then b, then a")
    void stopsInReverse() {
        String scene = TWO + CHAIN + "stopped: [a]\n";
        assertThat(actions(scene + "grants: {a: n1, b: n1, c: n1}\n")).containsExactly("~a", "~b", "-c");
        assertThat(actions(scene + "grants: {a: n1, b: n1, c: n1}\nrevoked: [c]\n"))
                .containsExactly("~a", "~b", "~c");
        assertThat(actions(scene + "grants: {a: n1, b: n1}\n")).containsExactly("~a", "-b", "~c");
        assertThat(actions(scene + "grants: {a: n1}\n")).containsExactly("-a", "~b", "~c");
        assertThat(reason(scene + "grants: {a: n1, b: n1, c: n1}\n", "c")).isEqualTo("it needs b, which has to stop");
    }

    @Test
    @DisplayName("{n1, n2} a then b run, a is moved  =>  b stops, a moves, b starts")
    void aMoveRestartsWhatDepends() {
        String scene = TWO + PAIR.formatted("") + "moved: {a: n2}\n";
        assertThat(actions(scene + "grants: {a: n1, b: n1}\n")).containsExactly("~a", "-b");
        assertThat(actions(scene + "grants: {a: n1}\n")).containsExactly("-a", "~b");
        assertThat(actions(scene)).containsExactly("+a@n2", "~b");
        assertThat(actions(scene + "grants: {a: n2}\n")).containsExactly("+b@n1");
    }

    @Test
    @DisplayName("{n1, n2} a then b run, a does not serve  =>  b stops; b does not serve  =>  a is not touched")
    void aFailureReachesWhatDependsAndNoFurther() {
        String scene = TWO + PAIR.formatted("") + "grants: {a: n1, b: n1}\n";
        assertThat(actions(scene + "reports: {a: FAILED}\n")).containsExactly("-b");
        assertThat(actions(scene + "reports: {b: FAILED}\n")).isEmpty();
    }

    @Test
    @DisplayName(
            "{n1, n2} a then b, b runs, a does not  =>  b stops; not symmetrical  =>  b goes on; but starts only after a")
    void oneSidedOrderHoldsForStartsOnly() {
        assertThat(actions(TWO + PAIR.formatted("") + "grants: {b: n1}\n")).containsExactly("+a@n2", "-b");
        String oneSided = TWO + PAIR.formatted(", symmetrical: false");
        assertThat(actions(oneSided + "grants: {b: n1}\n")).containsExactly("+a@n2");
        assertThat(actions(oneSided + "grants: {b: n1}\nstopped: [a]\n")).isEmpty();
        assertThat(actions(oneSided + "stopped: [a]\n")).containsExactly("~b");
        assertThat(actions(oneSided + "grants: {a: n1, b: n1}\nstopped: [a]\n")).containsExactly("-a");
    }

    @Test
    @DisplayName("{n1, n2} a then b, optional  =>  in order if both start or stop, otherwise free")
    void optionalOrder() {
        String scene = TWO + PAIR.formatted(", kind: optional");
        assertThat(actions(scene)).containsExactly("+a@n1", "~b");
        assertThat(actions(scene + "stopped: [a]\n")).containsExactly("+b@n1");
        assertThat(actions(scene + "grants: {a: n1}\nreports: {a: FAILED}\n")).containsExactly("+b@n2");
        assertThat(actions(scene + "grants: {a: n1, b: n2}\nstopped: [a]\n")).containsExactly("-a");
        assertThat(actions(scene + "grants: {a: n1, b: n2}\nstopped: [a, b]\n")).containsExactly("~a", "-b");
    }

    @Test
    @DisplayName("{n1!, n2} a then b, a@n1 b@n2  =>  b stops, for what it needs is lost")
    void whatNeedsALostOneStops() {
        assertThat(actions("nodes: {n1: {phase: expelled}, n2: {}}\ngrants: {a: n1, b: n2}\n" + PAIR.formatted("")))
                .containsExactly("~a", "-b");
    }

    @Test
    @DisplayName("{n1, n2!} a then b, a@n1 b@n2, a is stopped  =>  a waits until b is proved stopped")
    void whatIsNeededByALostOneWaits() {
        assertThat(actions("nodes: {n1: {}, n2: {phase: expelled}}\ngrants: {a: n1, b: n2}\nstopped: [a]\n"
                        + PAIR.formatted("")))
                .containsExactly("~a", "~b");
    }

    @Test
    @DisplayName("maintenance of all, of b, of n1  =>  nothing is touched there")
    void maintenanceTouchesNothing() {
        String scene = TWO + PAIR.formatted("") + "grants: {a: n1, b: n1}\nmoved: {a: n2, b: n2}\n";
        assertThat(actions(scene + "maintenance: ['']\n")).containsExactly("~a", "~b");
        assertThat(actions(scene + "maintenance: [n1]\n")).containsExactly("~a", "~b");
        assertThat(actions(scene + "maintenance: [b]\n")).containsExactly("-a", "~b");
        assertThat(actions(TWO + FREE + "maintenance: [b]\n")).containsExactly("+a@n1");
    }

    @Test
    @DisplayName("{n1, n2} a is blocked  =>  wait, with the command that helps")
    void aBlockedOneWaitsForAPerson() {
        String scene = TWO + FREE + "grants: {a: n1, b: n2}\nreports: {a: BLOCKED}\nstopped: [a]\n";
        assertThat(actions(scene)).containsExactly("~a");
        assertThat(reason(scene, "a")).contains("ha fence n1");
    }

    @Test
    @DisplayName("{n1, n2} a changed in the document  =>  a is restarted")
    void restartsWhatIsDefinedAnew() {
        Facts facts = Scene.of(TWO + FREE + "grants: {a: n1, b: n2}\n");
        Configuration changed =
                Scene.document("cluster: t\nresources: {a: {type: process, parameters: {x: 1}}, b: {type: process}}");
        Facts after = Scene.after(facts, "n1", new Command.Apply(changed, "", -1, "ann"));
        assertThat(actions(after)).containsExactly("-a");
    }

    @Test
    @DisplayName("{n1, n2} a removed from the document  =>  a is stopped")
    void stopsWhatIsRemoved() {
        Facts facts = Scene.of(TWO + FREE + "grants: {a: n1, b: n2}\n");
        Configuration without = Scene.document("cluster: t\nresources: {b: {type: process}}");
        Facts after = Scene.after(facts, "n1", new Command.Apply(without, "", -1, "ann"));
        assertThat(actions(after)).containsExactly("-a");
    }

    @Test
    @DisplayName("{n1, n2} b with a, both move  =>  b waits until a has left, and needs no more than that")
    void followsOnceTheOtherHasLeft() {
        String with = """
                document: |
                  cluster: t
                  resources: {a: {type: process}, b: {type: process}}
                  constraints:
                    - together: {resource: b, with: a}
                """;
        assertThat(actions(TWO + with + "grants: {a: n1, b: n1}\nmoved: {a: n2}\n"))
                .containsExactly("-a", "-b");
        assertThat(actions(TWO + with + "grants: {a: n1}\nrevoked: [a]\nmoved: {a: n2}\n"))
                .containsExactly("~a", "~b");
        assertThat(actions(TWO + with + "moved: {a: n2}\n")).containsExactly("+a@n2", "+b@n2");
    }

    @Test
    @DisplayName("{n1, n2} ip with web, ip then web  =>  no deadlock")
    void placedAfterAndStartedBefore() {
        String both = """
                document: |
                  cluster: t
                  resources: {ip: {type: process}, web: {type: process}}
                  constraints:
                    - together: {resource: ip, with: web}
                    - order: {first: ip, then: web}
                """;
        assertThat(actions(TWO + both)).containsExactly("+ip@n1", "~web");
        assertThat(actions(TWO + both + "grants: {ip: n1}\n")).containsExactly("+web@n1");
    }

    @Test
    @DisplayName("{n1, n2} b apart from a, they change places  =>  both stop, then both start")
    void changesPlaces() {
        String apart = """
                document: |
                  cluster: t
                  resources: {a: {type: process}, b: {type: process}}
                  constraints:
                    - apart: {resource: b, from: a}
                """;
        String moved = TWO + apart + "moved: {a: n2, b: n1}\n";
        assertThat(actions(moved + "grants: {a: n1, b: n2}\n")).containsExactly("-a", "-b");
        assertThat(actions(moved + "grants: {b: n2}\nrevoked: [b]\n")).containsExactly("~a", "~b");
        assertThat(actions(moved)).containsExactly("+a@n2", "+b@n1");
    }

    @Test
    @DisplayName("failures: aged  =>  forget; counting  =>  wake when they age")
    void agesFailures() {
        assertThat(actions(TWO + FREE + "grants: {a: n1, b: n2}\nfailures: {a: {n2: aged}}\n"))
                .containsExactly(".a");
        Plan plan = Planner.plan(Scene.of(TWO + FREE + "grants: {a: n1, b: n2}\nfailures: {a: {n2: 1}}\n"));
        assertThat(plan.nextWakeMillis()).isEqualTo(OptionalLong.of(Scene.NOW - 1000 + 600_000));
        assertThat(plan.quiet()).isTrue();
        assertThat(Planner.plan(Scene.of(TWO + FREE + "failures: {a: {n2: permanent}}\n"))
                        .nextWakeMillis())
                .isEmpty();
    }

    @Test
    @DisplayName("{n1, n2} all well  =>  nothing")
    void doesNothingWhenAllIsWell() {
        assertThat(actions(TWO + CHAIN + "grants: {a: n1, b: n2, c: n1}\n")).isEmpty();
    }

    private static final String THREE_WITH = """
            document: |
              cluster: t
              resources: {a: {type: process}, b: {type: process}, c: {type: process}}
              constraints: [%s]
            """;

    @Test
    @DisplayName("{n1, n2} a, b, c never at one time  =>  one starts, and the next when it is active")
    void oneAtATime() {
        String scene = TWO + THREE_WITH.formatted("order: {steps: [a, b, c], kind: serialize}");
        assertThat(actions(scene)).containsExactly("+a@n1", "~b", "~c");
        assertThat(reason(scene, "b")).isEqualTo("it starts on n2 once a is done starting or stopping");
        assertThat(actions(scene + "grants: {a: n1}\nreports: {a: STARTING}\n")).containsExactly("~b", "~c");
        assertThat(actions(scene + "grants: {a: n1}\n")).containsExactly("+b@n2", "~c");
        assertThat(actions(scene + "grants: {a: n1}\nreports: {a: FAILED}\n")).containsExactly("+b@n2", "~c");
    }

    @Test
    @DisplayName("{n1, n2} any of a, b, then c  =>  one of them is enough to start, and c stops with the last of them")
    void anyIsEnough() {
        String scene = TWO + THREE_WITH.formatted("order: {steps: [{any: [a, b]}, c]}");
        assertThat(actions(scene)).containsExactly("+a@n1", "+b@n2", "~c");
        assertThat(reason(scene, "c")).isEqualTo("it starts on n1 once one of a, b is active");
        assertThat(actions(scene + "grants: {a: n1, b: n2}\nreports: {b: FAILED}\n"))
                .containsExactly("+c@n1");
        assertThat(actions(scene + "grants: {a: n1, b: n2, c: n1}\nreports: {b: FAILED}\n"))
                .isEmpty();
        assertThat(actions(scene + "grants: {a: n1, b: n2, c: n1}\nreports: {a: FAILED, b: FAILED}\n"))
                .containsExactly("-c");
        assertThat(actions(scene + "grants: {a: n1, b: n2, c: n1}\nstopped: [a]\n"))
                .containsExactly("-a");
        assertThat(actions(scene + "grants: {a: n1, b: n2, c: n1}\nstopped: [a, b]\n"))
                .containsExactly("~a", "~b", "-c");
    }

    @Test
    @DisplayName("{n1 size 4, n2 size 4} a@n1 size 3 is moved, b size 3 wants n1  =>  b starts once a has left")
    void startsWhereThereIsRoom() {
        String sized = TWO + """
                document: |
                  cluster: t
                  placement: {strategy: utilization}
                  nodes: {n1: {capacity: {size: 4}}, n2: {capacity: {size: 4}}}
                  resources:
                    a: {type: process, uses: {size: 3}}
                    b: {type: process, uses: {size: 3}}
                  constraints:
                    - prefer: {resource: b, node: n1, score: 100}
                moved: {a: n2}
                """;
        assertThat(actions(sized + "grants: {a: n1}\n")).containsExactly("-a", "~b");
        assertThat(reason(sized + "grants: {a: n1}\n", "b"))
                .isEqualTo("it starts on n1 once n1 has size 3 to spare again");
        assertThat(actions(sized + "grants: {a: n2}\n")).containsExactly("+b@n1");
    }

    @Test
    @DisplayName("{n1, n2} a@n1 failed once, on-fail stop  =>  it stops and stays down; standby  =>  all leave n1")
    void failuresLeadToWhatTheDocumentSays() {
        String scene = TWO + """
                document: |
                  cluster: t
                  resources: {a: {type: process, monitor: {on-fail: %s}}, b: {type: process}}
                grants: {a: n1, b: n1}
                failures: {a: {n1: %s}}
                """;
        assertThat(actions(scene.formatted("stop", "1"))).containsExactly("-a");
        assertThat(reason(scene.formatted("stop", "1"), "a"))
                .startsWith("its monitor failed on n1, and then it is to be stopped (on-fail: stop) until ");
        assertThat(actions(scene.formatted("standby", "1"))).containsExactly("-a", "-b");
        assertThat(reason(scene.formatted("standby", "1"), "b")).contains("a failed there (on-fail: standby)");
        assertThat(actions(scene.formatted("stop", "aged"))).containsExactly(".a");
        assertThat(actions(scene.formatted("restart", "1"))).isEmpty();
    }

    @Test
    @DisplayName("{n1, n2} a@n1; the earlier document preferred n2  =>  explained as it would be under that")
    void explainsUnderAnEarlierDocument() {
        Facts facts = Scene.of(TWO + FREE + "grants: {a: n1, b: n2}\n");
        Configuration earlier = Scene.document("cluster: t\nresources: {a: {type: process}, b: {type: process}}\n"
                + "constraints: [prefer: {resource: a, node: n2}]");
        assertThat(Explain.text(facts, "a")).contains("It belongs on n1");
        assertThat(Explain.under(facts, earlier, "a")).contains("It belongs on n2: n2 has the best score");
        assertThat(facts.state().configuration().constraints()).isEmpty();
    }
}
