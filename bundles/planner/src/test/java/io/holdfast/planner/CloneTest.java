package io.holdfast.planner;

import static io.holdfast.planner.Told.reason;
import static io.holdfast.planner.Told.where;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Clones: where their instances run, and in which order. */
class CloneTest {
    private static final String THREE = "nodes: {n1: {}, n2: {}, n3: {}}\n";

    private static String document(String... lines) {
        return "document: |\n  cluster: t\n  resources: {a: {type: process}, b: {type: process}}\n  "
                + String.join("\n  ", lines) + "\n";
    }

    private static final String CLONE = document("clones: {as: {of: a}}");

    private static List<String> actions(String yaml) {
        return actions(Scene.of(yaml));
    }

    private static List<String> actions(Facts facts) {
        return Told.actions(facts);
    }

    @Test
    @DisplayName("{n1, n2, n3} clone of a  =>  one on each")
    void startsOneOnEachNode() {
        assertThat(actions(THREE
                        + document("clones: {as: {of: a}}", "constraints: [apart: {resource: b, from: as, score: 5}]")))
                .contains("+a:0@n1", "+a:1@n2", "+a:2@n3");
    }

    @Test
    @DisplayName("{n1, n2!, n3} a:0@n2 a:1@n1 a:2@n3  =>  a:0 waits, the others stay where they are")
    void whoRunsIsLeftAloneWhenANodeIsLost() {
        String running = THREE.replace("n2: {}", "n2: {phase: %s}") + CLONE
                + "grants: {'a:0': n2, 'a:1': n1, 'a:2': n3, b: n1}\n";
        assertThat(actions(running.formatted("expelled"))).containsExactly("~a:0");
        assertThat(actions(running.formatted("fenced"))).containsExactly("~a:0");
        assertThat(reason(Scene.of(running.formatted("fenced")), "a:0")).contains("n2: is fenced");
    }

    @Test
    @DisplayName("{n1, n2, n3} a:1@n1 a:2@n3  =>  a:0 starts on n2, which is back")
    void comesBackWithTheNode() {
        assertThat(actions(THREE + CLONE + "grants: {'a:1': n1, 'a:2': n3, b: n1}\n"))
                .containsExactly("+a:0@n2");
    }

    @Test
    @DisplayName("{n1, n2, n3/} a:0@n1 a:1@n2 a:2@n3  =>  a:2 stops")
    void stopsInStandby() {
        assertThat(actions(THREE.replace("n3: {}", "n3: {standby: true}") + CLONE
                        + "grants: {'a:0': n1, 'a:1': n2, 'a:2': n3, b: n1}\n"))
                .containsExactly("-a:2");
    }

    @Test
    @DisplayName("clone of 2, a:0@n1 lost and fenced, a:1@n2  =>  a:0 to n3, the only node without one")
    void takesOverWhereThereIsNone() {
        String yaml = THREE.replace("n1: {}", "n1: {phase: fenced}")
                + document("clones: {as: {of: a, instances: 2}}")
                + "grants: {'a:0': n1, 'a:1': n2, b: n2}\n";
        assertThat(actions(yaml)).containsExactly("+a:0@n3");
    }

    @Test
    @DisplayName("from 3 to 2 instances: a:2 stops, and nothing else moves")
    void stopsWhatIsTooMuch() {
        Facts three = Scene.of(THREE + document("clones: {as: {of: a, instances: 3}}")
                + "grants: {'a:0': n3, 'a:1': n2, 'a:2': n1, b: n1}\n");
        Facts two = Scene.after(
                three,
                "n1",
                new Command.Apply(
                        Scene.document("cluster: t\nresources: {a: {type: process}, b: {type: process}}\n"
                                + "clones: {as: {of: a, instances: 2}}"),
                        "",
                        -1,
                        "ann"));
        assertThat(actions(two)).containsExactly("-a:2");
        assertThat(where(Settled.from(two))).isEqualTo("{a:0=n3, a:1=n2, b=n1}");
    }

    @Test
    @DisplayName("a@n1 becomes a clone, and a single one again: never both at once")
    void changesBetweenOneAndSeveral() {
        Facts one = Scene.of(THREE + document() + "grants: {a: n1, b: n2}\n");
        Facts several = Scene.after(
                one,
                "n1",
                new Command.Apply(
                        Scene.document("cluster: t\nresources: {a: {type: process}, b: {type: process}}\n"
                                + "clones: {as: {of: a}}"),
                        "",
                        -1,
                        "ann"));
        assertThat(actions(several)).containsExactly("-a", "~a:0", "~a:1", "~a:2");
        assertThat(reason(several, "a:1")).isEqualTo("it starts on n3 once a has stopped on n1");
        Facts settled = Settled.from(several);
        assertThat(where(settled)).isEqualTo("{a:0=n1, a:1=n3, a:2=n2, b=n2}");
        Facts again = Scene.after(settled, "n1", new Command.Apply(one.state().configuration(), "", -1, "ann"));
        assertThat(actions(again)).containsExactly("~a", "-a:0", "-a:1", "-a:2");
        assertThat(new TreeSet<>(Settled.from(again).state().grants().keySet())).containsExactly("a", "b");
    }

    @Test
    @DisplayName("b after clone of a: starts when all of it that can run does; lives as long as one does")
    void waitsForTheWholeClone() {
        String ordered = document("clones: {as: {of: a}}", "constraints: [order: {first: as, then: b}]");
        assertThat(actions(THREE + ordered)).containsExactly("+a:0@n1", "+a:1@n2", "+a:2@n3", "~b");
        assertThat(actions(THREE + ordered + "grants: {'a:0': n1, 'a:1': n2, 'a:2': n3}\nreports: {'a:2': STARTING}\n"))
                .containsExactly("~b");
        assertThat(actions(
                        THREE.replace("n3: {}", "n3: {standby: true}") + ordered + "grants: {'a:0': n1, 'a:1': n2}\n"))
                .contains("~a:2")
                .anyMatch(action -> action.startsWith("+b@"));
        assertThat(actions(THREE.replace("n3: {}", "n3: {phase: fenced}") + ordered
                        + "grants: {'a:0': n1, 'a:1': n2, 'a:2': n3, b: n1}\n"))
                .containsExactly("~a:2");
        assertThat(actions(THREE + ordered + "grants: {'a:0': n1, 'a:1': n2, 'a:2': n3, b: n1}\nstopped: [as]\n"))
                .contains("-b")
                .contains("~a:0", "~a:1", "~a:2");
    }

    @Test
    @DisplayName("at-least: 2 of the clone are enough for b, and one is not")
    void twoAreEnough() {
        String ordered = document("clones: {as: {of: a, at-least: 2}}", "constraints: [order: {first: as, then: b}]");
        String running = "grants: {'a:0': n1, 'a:1': n2}\nreports: {%s}\n";
        assertThat(actions(THREE + ordered + running.formatted("")))
                .contains("+a:2@n3")
                .doesNotContain("~b");
        assertThat(actions(THREE + ordered + running.formatted("'a:1': STARTING")))
                .contains("+a:2@n3", "~b");
        assertThat(actions(THREE + ordered + "grants: {'a:0': n1, 'a:1': n2, b: n1}\nreports: {'a:1': FAILED}\n"))
                .contains("-b");
    }

    @Test
    @DisplayName("enough: any: one of the clone is enough for b, unless the clone says at-least")
    void oneIsEnough() {
        String ordered = document("clones: {as: {of: a}}", "constraints: [order: {first: as, then: b, enough: any}]");
        String starting = "grants: {'a:0': n1, 'a:1': n2}\nreports: {%s}\n";
        assertThat(actions(THREE + ordered + starting.formatted("'a:1': STARTING")))
                .contains("+a:2@n3")
                .doesNotContain("~b");
        assertThat(actions(THREE + ordered + starting.formatted("'a:0': STARTING, 'a:1': STARTING")))
                .contains("~b");
        assertThat(actions(
                        THREE + ordered.replace("of: a", "of: a, at-least: 2") + starting.formatted("'a:1': STARTING")))
                .contains("~b");
        assertThat(Explain.text(Scene.of(THREE + ordered), "b")).contains("Starts after 1 of a.");
    }

    @Test
    @DisplayName("interleave: each copy of b after the copy of a on the same node, and down with it")
    void goesByNode() {
        String both = document(
                "clones: {as: {of: a}, bs: {of: b, interleave: true}}",
                "constraints:",
                "  - order: {first: as, then: bs}",
                "  - together: {resource: bs, with: as}");
        assertThat(actions(THREE + both)).containsExactly("+a:0@n1", "+a:1@n2", "+a:2@n3", "~b:0", "~b:1", "~b:2");
        assertThat(actions(THREE + both + "grants: {'a:0': n1, 'a:1': n2, 'a:2': n3}\nreports: {'a:1': STARTING}\n"))
                .containsExactly("+b:0@n1", "~b:1", "+b:2@n3");
        String running = "grants: {'a:0': n1, 'a:1': n2, 'a:2': n3, 'b:0': n2, 'b:1': n1, 'b:2': n3}\n";
        assertThat(actions(THREE + both + running)).isEmpty();
        assertThat(actions(THREE + both + running + "reports: {'a:0': FAILED}\n"))
                .containsExactly("-b:1");
        assertThat(actions(THREE.replace("n3: {}", "n3: {standby: true}") + both + running))
                .containsExactly("~a:2", "-b:2");
        assertThat(actions(THREE + both.replace(", interleave: true", "") + running + "reports: {'a:0': FAILED}\n"))
                .isEmpty();
    }

    @Test
    @DisplayName("ordered: one copy after the other")
    void startsInTurn() {
        String ordered = document("clones: {as: {of: a, ordered: true}}") + "stopped: [b]\n";
        assertThat(actions(THREE + ordered)).containsExactly("+a:0@n1", "~a:1", "~a:2");
        assertThat(actions(THREE + ordered + "grants: {'a:0': n1}\n")).containsExactly("+a:1@n2", "~a:2");
    }

    @Test
    @DisplayName("clone of a group: each copy together and in order")
    void clonesGroups() {
        String group = document("groups: {g: [a, b]}", "clones: {gs: {of: g}}");
        assertThat(actions(THREE + group)).containsExactly("+a:0@n1", "+a:1@n2", "+a:2@n3", "~b:0", "~b:1", "~b:2");
        assertThat(actions(THREE + group + "grants: {'a:0': n2, 'a:1': n1, 'a:2': n3, 'b:0': n2}\n"))
                .containsExactly("+b:1@n1", "+b:2@n3");
        assertThat(actions(THREE.replace("n2: {}", "n2: {standby: true}") + group
                        + "grants: {'a:0': n2, 'a:1': n1, 'a:2': n3, 'b:0': n2, 'b:1': n1, 'b:2': n3}\n"))
                .containsExactly("~a:0", "-b:0");
    }

    @Test
    @DisplayName("what failed on a node is not tried there again under another number")
    void failuresCountForAllCopies() {
        String yaml = THREE + document("clones: {as: {of: a, instances: 2}}")
                + "grants: {'a:0': n1, 'a:1': n2, b: n1}\nfailures: {'a:0': {n1: 3}}\n";
        Facts facts = Settled.from(Scene.of(yaml));
        assertThat(where(facts)).isEqualTo("{a:0=n3, a:1=n2, b=n1}");
        Facts empty = Scene.after(facts, "n1", new Command.Standby("n3", true, "ann"));
        assertThat(where(Settled.from(empty))).isEqualTo("{a:1=n2, b=n1}");
    }

    @Test
    @DisplayName("unique, two on a node: four on two nodes")
    void putsSeveralOnANode() {
        Facts facts = Settled.from(Scene.of("nodes: {n1: {}, n2: {}}\n"
                + document("clones: {as: {of: a, instances: 4, per-node: 2, unique: true}}") + "stopped: [b]\n"));
        assertThat(facts.state().grants().values().stream()
                        .filter(grant -> grant.node().equals("n1"))
                        .map(Grant::instance))
                .hasSize(2);
        assertThat(facts.state().grants()).hasSize(4);
    }

    @Test
    @DisplayName("two on a node, and then one: the other goes where there is none")
    void putsFewerOnANode() {
        String clone = "clones: {as: {of: a, instances: 2, per-node: %s, unique: true}}";
        Facts two = Scene.of(THREE + document(clone.formatted(2)) + "grants: {'a:0': n1, 'a:1': n1}\nstopped: [b]\n");
        assertThat(actions(two)).isEmpty();
        Facts one = Scene.after(
                two,
                "n1",
                new Command.Apply(
                        Scene.document("cluster: t\nresources: {a: {type: process}, b: {type: process}}\n"
                                + clone.formatted(1)),
                        "",
                        -1,
                        "ann"));
        assertThat(where(Settled.from(one))).isEqualTo("{a:0=n1, a:1=n2}");
    }

    @Test
    void explainsAndSimulates() {
        Facts facts = Scene.of(THREE
                + document("clones: {as: {of: a}}", "constraints: [order: {first: as, then: b}]")
                + "grants: {'a:0': n1, 'a:1': n2, 'a:2': n3, b: n1}\n");
        assertThat(Explain.text(facts, "a:1")).contains("a:1 (process) is active on n2", "It belongs on n2");
        assertThat(Explain.text(facts, "as")).contains("a:0 (process)", "a:2 (process)");
        assertThat(Explain.text(facts, "b")).contains("Starts after 1 or more of a.");
        assertThat(Explain.text(facts, "a:7")).contains("There is no resource");
        Facts stopped = Scene.after(facts, "n1", new Command.Stop("as", "ann"));
        assertThat(Explain.text(stopped, "a:1")).contains("until 'ha start as'");
        String played = Simulation.text(
                facts,
                List.of("n2"),
                Optional.of(Scene.document("cluster: t\nresources: {a: {type: process}, b: {type: process}}\n"
                        + "clones: {as: {of: a, instances: 4, per-node: 2, unique: true}}")));
        assertThat(played).contains("n2 fails and is fenced.", "start a:3 on n");
    }
}
