package io.holdfast.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What nothing could ever fulfil is refused, by one problem with its line; what only looks like it is not. */
class ContradictionsTest {
    private static final String HEAD = """
            cluster: t
            resources:
              a: {type: process}
              b: {type: process}
              c: {type: process}
              db: {type: process}
              x: {type: process}
              y: {type: process}
            groups: {g: [x, y]}
            clones: {copies: {of: c, instances: 2}, databases: {of: db, promoted: 1}}
            tags: {pair: [a, b]}
            constraints:
            """;

    private static Parsed read(String text) {
        return ConfigParser.parse(text, "c.yaml", TypeLookup.trusting(), Purpose.PLAN);
    }

    private static Parsed constraints(String... lines) {
        return read(HEAD + "- " + String.join("\n- ", lines) + "\n");
    }

    /** The only problem. */
    private static String problem(Parsed parsed) {
        assertThat(parsed).isInstanceOf(Parsed.Faulty.class);
        assertThat(((Parsed.Faulty) parsed).problems()).hasSize(1);
        return ((Parsed.Faulty) parsed).text();
    }

    private static void accepted(String... lines) {
        assertThat(constraints(lines)).isInstanceOf(Parsed.Sound.class);
    }

    @Test
    void togetherAndApart() {
        assertThat(problem(constraints("together: {resource: a, with: b}", "apart: {resource: a, from: b}")))
                .isEqualTo(
                        "c.yaml:14: 'a' must be with 'b', and apart from it; expected one of the two, or a score below INFINITY"
                                + " for the one that may be given up");
        assertThat(problem(constraints("apart: {resource: a, from: b}", "together: {resource: a, with: b}")))
                .startsWith("c.yaml:13: 'a' must be with 'b', and apart from it;");
        assertThat(problem(constraints("together: {resources: [b, a]}", "apart: {resources: [b, a]}")))
                .startsWith("c.yaml:14: ");
        accepted("together: {resource: a, with: b, score: 5}", "apart: {resource: a, from: b}");
        accepted("together: {resource: a, with: b}", "apart: {resource: a, from: b, score: 999}");
    }

    @Test
    void apartFromWhatItFollowsByWayOfAnother() {
        assertThat(problem(constraints(
                        "together: {resource: a, with: b}",
                        "together: {resource: b, with: copies}",
                        "apart: {resource: a, from: copies}")))
                .startsWith("c.yaml:15: 'a' must be with 'copies', by way of what it follows, and apart from it;");
        assertThat(problem(constraints(
                        "together: {resource: a, with: b}",
                        "together: {resource: a, with: g}",
                        "apart: {resource: b, from: x}")))
                .startsWith("c.yaml:15: 'a' must be with 'b' and 'x', which are kept apart;");
        assertThat(problem(constraints("apart: {resource: y, from: x}"))).contains("'y' must be with 'x', by way");
        assertThat(problem(constraints("together: {resource: g, with: a}", "apart: {resource: y, from: a}")))
                .contains("'y' must be with 'a', by way");
        accepted( // b has it, or else a
                "together: {resource: a, with: c}",
                "together: {resource: b, with: c}",
                "apart: {resource: a, from: b}");
    }

    @Test
    void apartByAnAttribute() {
        assertThat(problem(constraints(
                        "together: {resource: a, with: b, same: rack}", "apart: {resource: a, from: b, same: rack}")))
                .contains(":14: ");
        assertThat(problem(
                        constraints("together: {resource: a, with: b}", "apart: {resource: a, from: b, same: rack}")))
                .contains(":14: ");
        accepted(
                "together: {resource: a, with: b, same: rack}",
                "apart: {resource: a, from: b}"); // near, on another node
        accepted("together: {resource: a, with: b, same: rack}", "apart: {resource: a, from: b, same: row}");
    }

    @Test
    void apartByRole() {
        assertThat(problem(constraints(
                        "together: {resource: a, with: databases, with-role: promoted}",
                        "apart: {resource: a, from: databases, from-role: promoted}")))
                .contains(":14: ", "'a'", "'databases'");
        assertThat(problem(constraints(
                        "together: {resource: a, with: databases, with-role: promoted}",
                        "apart: {resource: a, from: databases}")))
                .contains(":14: ");
        accepted(
                "together: {resource: a, with: databases}",
                "apart: {resource: a, from: databases, from-role: promoted}");
        accepted(
                "together: {resource: a, with: databases, with-role: promoted}",
                "apart: {resource: a, from: databases, from-role: unpromoted}");
    }

    @Test
    void aNodeWantedAndForbidden() {
        assertThat(problem(constraints(
                        "prefer: {resource: a, node: n1}", "prefer: {resource: a, node: n1, score: -INFINITY}")))
                .isEqualTo(
                        "c.yaml:14: 'a' must be on node n1 and must not be there; expected one of the two, the other is on line 13");
        assertThat(problem(constraints(
                        "prefer: {resource: a, where: rack=1, score: -INFINITY}",
                        "prefer: {resource: a, where: rack=1, score: INFINITY}")))
                .contains(":14: 'a' must be on nodes where rack=1 and must not be there");
        assertThat(problem(constraints("prefer: {resource: a, node: n1, score: -INFINITY, only: true}")))
                .contains(":13: ", "'only'");
        accepted("prefer: {resource: a, node: n1, score: 9}", "prefer: {resource: a, node: n1, score: -INFINITY}");
        accepted("prefer: {resource: a, node: n1}", "prefer: {resource: a, node: n2, score: -INFINITY}");
        accepted("prefer: {resource: pair, node: n1}", "prefer: {resource: a, node: n1, score: -INFINITY}");
        accepted(
                "prefer: {resource: databases, node: n1}",
                "prefer: {resource: databases, node: n1, role: promoted, score: -INFINITY}");
    }

    @Test
    void aRoleOfWhatHasNone() {
        for (String constraint : List.of(
                "together: {resource: a, with: copies, with-role: promoted}",
                "together: {resource: copies, with: a, role: promoted}",
                "apart: {resource: a, from: c, from-role: unpromoted}",
                "prefer: {resource: a, node: n1, role: promoted}",
                "order: {first: copies, then: a, first-action: promote, then-action: start}",
                "order: {first: databases, then: a, first-action: promote}",
                "order: {first: b, then: a, then-action: demote}",
                "order: {steps: [b, {all: [copies], action: promote}]}")) {
            assertThat(problem(constraints(constraint)))
                    .startsWith("c.yaml:13: ")
                    .contains("is never promoted; expected a clone with 'promoted'");
        }
        accepted("prefer: {resource: db, node: n1, role: promoted}");
        accepted("order: {steps: [a, {all: [databases], action: promote}]}");
    }

    @Test
    void itself() {
        assertThat(problem(constraints("apart: {resource: databases, from: databases, role: promoted}")))
                .contains(":13: 'databases' is placed by itself");
        accepted( // of two copies: demote the one before the other is promoted
                "order: {first: databases, then: databases, first-action: demote, then-action: promote, kind: optional}");
    }

    @Test
    void aCircleThroughAPromotion() {
        assertThat(problem(constraints(
                        "order: {first: databases, then: a, first-action: promote, then-action: start}",
                        "order: {first: a, then: databases}")))
                .contains(":14: resources wait for each other: a before databases before databases promoted before a;");
        assertThat(problem(constraints(
                        "order: {first: a, then: b, first-action: start}",
                        "order: {first: b, then: a, then-action: start}")))
                .contains(":14: resources wait for each other");
        accepted("order: {first: databases, then: a}", "order: {first: a, then: databases, then-action: promote}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            instances: 2, promoted: 3                | promoted       | clone as: 3 of 2 copies cannot be promoted; expected promoted: 2 or less, or more instances
            instances: 0, promoted: 1                | promoted       | clone as: 1 of 0 copies cannot be promoted; expected promoted: 0 or less, or more instances
            promoted-per-node: 2                     | promoted       | clone as: 2 promoted copies on a node with 1 copy; expected promoted-per-node: 1 or less, or more with per-node
            instances: 2, at-least: 3                | at-least       | clone as: 3 of 2 copies are never active; expected at-least: 2 or less, or more instances
            """)
    void copiesThatThereAreNot(String keys, String key, String expected) {
        String text = "cluster: t\nresources: {a: {type: process}}\nclones:\n  as:\n    of: a\n    "
                + keys.replace(", ", "\n    ") + "\n";
        int line =
                1 + (int) text.substring(0, text.indexOf("    " + key)).lines().count();
        assertThat(problem(read(text))).isEqualTo("c.yaml:" + line + ": " + expected);
    }

    @Test
    void asManyCopiesAsThereAre() {
        String head = "cluster: t\nresources: {a: {type: process}}\nclones: {as: {of: a, ";
        for (String keys : List.of(
                "instances: 2, promoted: 2, at-least: 2",
                "promoted: 5",
                "at-least: 3",
                "instances: 2, promoted: 2, per-node: 2, promoted-per-node: 2",
                "instances: 0")) {
            assertThat(read(head + keys + "}}")).as(keys).isInstanceOf(Parsed.Sound.class);
        }
    }

    @Test
    void aDemotionOfWhatHasNoRole() {
        String head = "cluster: t\nresources:\n  a: {type: process}\n  db:\n    type: process\n    ";
        String clone = "\nclones: {dbs: {of: db, promoted: 1}}\n";
        for (String operation : List.of("start", "stop", "monitor", "demote")) {
            assertThat(problem(read(head + operation + ": {on-fail: demote}" + clone)))
                    .isEqualTo("c.yaml:6: resource db: after a failed " + operation
                            + " there is nothing to demote; expected on-fail: demote with promote or monitor-promoted");
        }
        for (String operation : List.of("promote", "monitor-promoted")) {
            String text = head + operation + ": {on-fail: demote}";
            assertThat(read(text + clone)).isInstanceOf(Parsed.Sound.class);
            assertThat(read(text + "\ngroups: {g: [a, db]}\nclones: {gs: {of: g, promoted: 1}}\n"))
                    .isInstanceOf(Parsed.Sound.class);
            assertThat(problem(read(text + "\nclones: {dbs: {of: db}}\n")))
                    .isEqualTo(
                            "c.yaml:6: resource db: on-fail: demote, and 'db' is never promoted; expected a clone with"
                                    + " 'promoted', or another word");
        }
        assertThat(problem(read(head + "stop: {on-fail: stop}"))).contains(":6: ", "a failed stop");
    }
}
