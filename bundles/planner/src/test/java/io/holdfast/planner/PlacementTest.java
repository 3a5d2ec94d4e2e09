package io.holdfast.planner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Where things ought to be. Names show the nodes in braces ({@code n?} silent, {@code n!} expelled) and what runs as {@code web@n1}. */
class PlacementTest {
    private static final String TWO = "nodes: {n1: {}, n2: {}}\n";
    private static final String THREE = "nodes: {n1: {}, n2: {}, n3: {}}\n";

    private static Map<String, String> placed(String yaml) {
        TreeMap<String, String> nodes = new TreeMap<>();
        Planner.plan(Scene.of(yaml)).decisions().forEach((name, decision) -> nodes.put(name, decision.node()));
        return nodes;
    }

    private static String document(String resources, String rest) {
        StringBuilder text = new StringBuilder("document: |\n  cluster: t\n  resources:\n");
        for (String resource : resources.split(" ")) {
            int at = resource.indexOf('{');
            String name = at < 0 ? resource : resource.substring(0, at);
            String keys = at < 0
                    ? ""
                    : ", " + resource.substring(at + 1, resource.length() - 1).replace('_', ' ');
            text.append("    ")
                    .append(name)
                    .append(": {type: process")
                    .append(keys)
                    .append("}\n");
        }
        rest.lines().forEach(line -> text.append("  ").append(line).append('\n'));
        return text.toString();
    }

    @Test
    @DisplayName("{n1, n2} a, b  =>  spread, first by name")
    void spreadsByLoadAndThenByName() {
        assertThat(placed(TWO + document("a b c", ""))).isEqualTo(Map.of("a", "n1", "b", "n2", "c", "n1"));
    }

    @Test
    @DisplayName("{B, a, n10, n9}  =>  names in byte order")
    void ordersNamesByBytes() {
        assertThat(placed("nodes: {n9: {}, n10: {}, a: {}, B: {}}\n" + document("x", "")))
                .isEqualTo(Map.of("x", "B"));
        assertThat(placed("nodes: {n9: {}, n10: {}}\n" + document("x", ""))).isEqualTo(Map.of("x", "n10"));
    }

    @Test
    @DisplayName("{n1, n2} web@n2 stickiness 100, prefers n1 by 100 / 101  =>  stays / moves")
    void movesOnlyForMore() {
        String at = "grants: {web: n2}\n";
        assertThat(placed(TWO
                        + at
                        + document(
                                "web{stickiness:_100}",
                                "constraints: [prefer: {resource: web, node: n1, score: 100}]")))
                .containsEntry("web", "n2");
        assertThat(placed(TWO
                        + at
                        + document(
                                "web{stickiness:_100}",
                                "constraints: [prefer: {resource: web, node: n1, score: 101}]")))
                .containsEntry("web", "n1");
    }

    @Test
    @DisplayName(
            "{n1, n2} web@n2 stickiness INFINITY, prefers n1 by INFINITY  =>  stays; avoids n2 by INFINITY  =>  moves")
    void aBanBeatsInfinity() {
        String at = "grants: {web: n2}\n";
        String sticky = "web{stickiness:_INFINITY}";
        assertThat(placed(TWO + at + document(sticky, "constraints: [prefer: {resource: web, node: n1}]")))
                .containsEntry("web", "n2");
        assertThat(placed(TWO
                        + at
                        + document(sticky, "constraints: [prefer: {resource: web, node: n2, score: -INFINITY}]")))
                .containsEntry("web", "n1");
    }

    @Test
    @DisplayName("{n1, n2} stickiness 0, a@n1 b@n1  =>  one moves for load alone")
    void rebalancesWithoutStickiness() {
        assertThat(placed(TWO + "grants: {a: n1, b: n1}\n" + document("a b", "defaults: {stickiness: 0}")))
                .isEqualTo(Map.of("a", "n1", "b", "n2"));
        assertThat(placed(TWO + "grants: {a: n1, b: n1}\n" + document("a b", "")))
                .isEqualTo(Map.of("a", "n1", "b", "n1"));
    }

    @Test
    @DisplayName("{n1, n2} web avoids both by 1  =>  nowhere")
    void aNegativeScoreIsNever() {
        assertThat(
                        placed(
                                TWO
                                        + document(
                                                "web",
                                                "constraints: [prefer: {resource: web, node: n1, score: -1}, prefer: {resource: web, node: n2, score: -1}]")))
                .containsEntry("web", "");
    }

    @Test
    @DisplayName("{n1, n2 rack=7} web where rack=7  =>  n2; where rack!=7 is avoided  =>  n2")
    void followsAttributes() {
        String nodes = "nodes: {n1: {}, n2: {attributes: {rack: 7}}}\n";
        assertThat(placed(nodes + document("web", "constraints: [prefer: {resource: web, where: rack=7, score: 5}]")))
                .containsEntry("web", "n2");
        assertThat(placed(nodes
                        + document("web", "constraints: [prefer: {resource: web, where: rack!=7, score: -INFINITY}]")))
                .containsEntry("web", "n2");
    }

    @Test
    @DisplayName("{n1 standby, n2 leaving, n3 without the type, n4}  =>  n4")
    void usesOnlyUsableNodes() {
        assertThat(placed("nodes: {n1: {standby: true}, n2: {leaving: true}, n3: {types: [other]}, n4: {}}\n"
                        + document("web", "")))
                .containsEntry("web", "n4");
    }

    @Test
    @DisplayName("{n1 standby, n2} web@n1  =>  n2")
    void standbyMovesEverythingAway() {
        assertThat(placed("nodes: {n1: {standby: true}, n2: {}}\ngrants: {web: n1}\n" + document("web", "")))
                .containsEntry("web", "n2");
    }

    @Test
    @DisplayName("{n1?, n2} web@n1, mail new  =>  web stays, mail on n2")
    void aSilentNodeKeepsWhatItHasAndGetsNothing() {
        assertThat(placed("nodes: {n1: {live: false}, n2: {}}\ngrants: {web: n1}\n" + document("mail web", "")))
                .isEqualTo(Map.of("web", "n1", "mail", "n2"));
    }

    @Test
    @DisplayName("{n1 without the type now, n2} web@n1  =>  stays; failed there  =>  n2")
    void aTypeThatIsAwayForAMomentMovesNothing() {
        String scene = "nodes: {n1: {types: [other]}, n2: {}}\ngrants: {web: n1}\n" + document("web", "");
        assertThat(placed(scene)).containsEntry("web", "n1");
        assertThat(placed(scene + "reports: {web: FAILED}\n")).containsEntry("web", "n2");
    }

    @Test
    @DisplayName("{n1, n2} web@n1, 2 / 3 failures there, threshold 3  =>  stays / moves")
    void movesAtTheThreshold() {
        String scene = TWO + "grants: {web: n1}\n" + document("web", "");
        assertThat(placed(scene + "failures: {web: {n1: 2}}\n")).containsEntry("web", "n1");
        assertThat(placed(scene + "failures: {web: {n1: 3}}\n")).containsEntry("web", "n2");
        assertThat(placed(scene + "failures: {web: {n1: aged}}\n")).containsEntry("web", "n1");
        assertThat(placed(scene + "failures: {web: {n1: permanent}}\n")).containsEntry("web", "n2");
        assertThat(placed(scene.replace("cluster: t", "cluster: t\n  defaults: {migration-threshold: 0}")
                        + "failures: {web: {n1: 99}}\n"))
                .containsEntry("web", "n1");
    }

    @Test
    @DisplayName("{n1, n2} web moved to n2, stopped / in maintenance  =>  n2 / nowhere / stays")
    void obeysWishes() {
        String scene = TWO + "grants: {web: n1}\n" + document("web{stickiness:_INFINITY}", "");
        assertThat(placed(scene + "moved: {web: n2}\n")).containsEntry("web", "n1"); // infinity against infinity stays
        assertThat(placed(TWO + "grants: {web: n1}\nmoved: {web: n2}\n" + document("web", "")))
                .containsEntry("web", "n2");
        assertThat(placed(scene + "stopped: [web]\n")).containsEntry("web", "");
        assertThat(placed(scene + "stopped: [web]\nmaintenance: [web]\n")).containsEntry("web", "n1");
        assertThat(placed(scene + "stopped: [web]\nmaintenance: [n1]\n")).containsEntry("web", "n1");
        assertThat(placed(scene + "stopped: [web]\nmaintenance: ['']\n")).containsEntry("web", "n1");
    }

    @Test
    @DisplayName("{n1, n2} b with a, b banned on n1  =>  both on n2")
    void aFollowersBanDrawsItsLeaderAway() {
        assertThat(placed(TWO + document("a b", """
                constraints:
                - together: {resource: b, with: a}
                - prefer: {resource: a, node: n1, score: 1000}
                - prefer: {resource: b, node: n1, score: -INFINITY}"""))).isEqualTo(Map.of("a", "n2", "b", "n2"));
    }

    @Test
    @DisplayName("{n1, n2} b with a, b can run nowhere  =>  a runs")
    void aFollowerThatCanRunNowhereDoesNotStopItsLeader() {
        assertThat(placed(TWO + document("a b", """
                constraints:
                - together: {resource: b, with: a}
                - prefer: {resource: b, node: n1, score: -INFINITY}
                - prefer: {resource: b, node: n2, score: -INFINITY}"""))).isEqualTo(Map.of("a", "n1", "b", ""));
    }

    @Test
    @DisplayName("{n1, n2} b with a by 500000, b prefers n2 by 1000, a prefers n1 by 499 / 501  =>  a on n2 / n1")
    void aFollowersWishCountsByItsWeight() {
        String constraints = """
                constraints:
                - together: {resource: b, with: a, score: 500000}
                - prefer: {resource: b, node: n2, score: 1000}
                - prefer: {resource: a, node: n1, score: %d}""";
        assertThat(placed(TWO + document("a b", constraints.formatted(499)))).containsEntry("a", "n2");
        assertThat(placed(TWO + document("a b", constraints.formatted(501)))).containsEntry("a", "n1");
    }

    @Test
    @DisplayName("{n1} b apart from a by 100 / INFINITY  =>  together all the same / b nowhere")
    void apartAsFarAsPossible() {
        String one = "nodes: {n1: {}}\n";
        assertThat(placed(one + document("a b", "constraints: [apart: {resource: b, from: a, score: 100}]")))
                .isEqualTo(Map.of("a", "n1", "b", "n1"));
        assertThat(placed(one + document("a b", "constraints: [apart: {resource: b, from: a}]")))
                .isEqualTo(Map.of("a", "n1", "b", ""));
        String wish = "constraints: [apart: {resource: b, from: a}, prefer: {resource: b, node: n1, score: 50}]";
        assertThat(placed(TWO + document("a b", wish))).isEqualTo(Map.of("a", "n2", "b", "n1")); // a makes room
    }

    @Test
    @DisplayName("{n1} b with a, a stopped  =>  b nowhere; b with a by 500  =>  b runs")
    void followsIntoNowhereOnlyIfItMust() {
        String one = "nodes: {n1: {}}\nstopped: [a]\n";
        assertThat(placed(one + document("a b", "constraints: [together: {resource: b, with: a}]")))
                .containsEntry("b", "");
        assertThat(placed(one + document("a b", "constraints: [together: {resource: b, with: a, score: 500}]")))
                .containsEntry("b", "n1");
    }

    @Test
    @DisplayName("{n1, n2} group g = a, b, c @n1 stickiness 100, prefers n2 by 300 / 301  =>  stays / moves")
    void aGroupsStickinessIsTheSum() {
        String document =
                "groups: {g: [a, b, c]}\ndefaults: {stickiness: 100}\nconstraints: [prefer: {resource: g, node: n2, score: %d}]";
        String at = "grants: {a: n1, b: n1, c: n1}\n";
        assertThat(placed(TWO + at + document("a b c", document.formatted(300))))
                .containsEntry("a", "n1");
        assertThat(placed(TWO + at + document("a b c", document.formatted(301))))
                .isEqualTo(Map.of("a", "n2", "b", "n2", "c", "n2"));
    }

    @Test
    @DisplayName("{n1, n2} group a, b, c: c at its threshold on n1  =>  all on n2; b stopped  =>  a stays, c stops")
    void aGroupStaysTogether() {
        String scene = TWO + "grants: {a: n1, b: n1, c: n1}\n" + document("a b c", "groups: {g: [a, b, c]}");
        assertThat(placed(scene + "failures: {c: {n1: 3}}\n")).isEqualTo(Map.of("a", "n2", "b", "n2", "c", "n2"));
        assertThat(placed(scene + "stopped: [b]\n")).isEqualTo(Map.of("a", "n1", "b", "", "c", ""));
    }

    @Test
    @DisplayName("{n1, n2, n3} x with group a, b  =>  with its last; x's wish draws the group")
    void whatFollowsAGroupFollowsItsLast() {
        String document =
                "groups: {g: [a, b]}\nconstraints: [together: {resource: x, with: g}, prefer: {resource: x, node: n3, score: 10}]";
        assertThat(placed(THREE + document("a b x", document))).isEqualTo(Map.of("a", "n3", "b", "n3", "x", "n3"));
        assertThat(placed(THREE + "stopped: [b]\n" + document("a b x", document)))
                .containsEntry("x", "");
    }

    @Test
    @DisplayName("{n1} a and b apart, b of higher priority  =>  b runs; b running  =>  b runs")
    void theMoreImportantAndTheRunningComeFirst() {
        String constraint =
                "constraints: [prefer: {resource: a, node: n1, score: 10}, prefer: {resource: b, node: n1, score: 10}]";
        Facts facts = Scene.of(TWO + "grants: {b: n2}\n" + document("a b", constraint));
        assertThat(Planner.plan(facts).decisions().get("b").node()).isEqualTo("n1");
        assertThat(placed(TWO + document("a b{priority:_5}", constraint))).isEqualTo(Map.of("a", "n1", "b", "n1"));
    }

    @Test
    @DisplayName("{n1, n2} web was restarted and is released  =>  it returns to where it was")
    void returnsToWhereItWas() {
        Facts running = Scene.of(TWO + "grants: {a: n1, web: n2}\n" + document("a web", ""));
        long token = running.state().grants().get("web").token();
        long e = running.state().nodes().get("n2").incarnation();
        Facts revoked = Scene.after(running, "n1", new io.holdfast.model.Command.Revoke("web", token, "restart"));
        Facts released = Scene.after(revoked, "n2", new io.holdfast.model.Command.Release("web", "n2", e, token));
        assertThat(Planner.plan(released).decisions().get("web").node()).isEqualTo("n2");
    }

    @Test
    @DisplayName("{n1, n2} b must be apart from a, and is drawn to it  =>  nothing runs to and fro")
    void allTiesOfAFollowerCount() {
        String scene = TWO + "grants: {a: n1, b: n2}\n" + document("a b{stickiness:_1000}", """
                constraints:
                - together: {resource: b, with: a, score: 500000}
                - apart: {resource: b, from: a}""");
        assertThat(placed(scene)).isEqualTo(Map.of("a", "n1", "b", "n2"));
    }

    @Test
    @DisplayName("{} web  =>  nowhere, and says so")
    void saysWhyNowhere() {
        Facts facts = Scene.of("nodes: {n1: {standby: true}, n2: {types: []}}\n" + document("web", ""));
        Decision decision = Planner.plan(facts).decisions().get("web");
        assertThat(decision.reason())
                .isEqualTo("no node can run it (n1: is in standby | n2: does not offer type process)");
        assertThat(decision.waiting()).isEqualTo(decision.reason());
    }
}
