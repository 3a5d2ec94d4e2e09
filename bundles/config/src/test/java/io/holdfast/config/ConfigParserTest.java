package io.holdfast.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Parameter.Kind;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfigParserTest {
    private static final TypeDescription ADDRESS = new TypeDescription(
            "ocf:heartbeat:IPaddr2",
            "An address",
            List.of(
                    Parameter.required("ip", Kind.STRING, "the address"),
                    Parameter.optional("cidr_netmask", Kind.INTEGER, "its bits"),
                    Parameter.optional("lvs_support", Kind.BOOLEAN, "for LVS"),
                    Parameter.optional("arp_interval", Kind.DURATION, "between two announcements")));

    private static final TypeLookup CLUSTER = new TypeLookup() {
        @Override
        public Optional<TypeDescription> describe(String type) {
            return type.equals("broken")
                    ? Optional.of(new TypeDescription("broken", "cannot be used", List.of()))
                    : type.equals(ADDRESS.name()) ? Optional.of(ADDRESS) : Optional.empty();
        }

        @Override
        public boolean offered(String type) {
            return !type.equals("rare") && !type.startsWith("systemd:");
        }

        @Override
        public Optional<Set<String>> nodes() {
            return Optional.of(Set.of("n1", "n2", "n3"));
        }
    };

    private static final String CONTRACT = """
            cluster: demo
            resources:
              share-ip:
                type: ocf:heartbeat:IPaddr2
                parameters: {ip: 10.77.0.100, cidr_netmask: 24}
                monitor: {interval: 5s, timeout: 20s}
              web:
                type: ocf:heartbeat:nginx
                start: {timeout: 40s}
                stickiness: INFINITY
                migration-threshold: 5
                failure-timeout: 1h
                priority: 7
              a: {type: process}
              b: {type: process}
            groups:
              site: [share-ip, web]          # colocated, started in this order
            constraints:
              - prefer: {resource: site, node: n1, score: 100}
              - prefer: {resource: a, where: rack=7, score: -INFINITY}
              - together: {resource: a, with: share-ip}
              - apart: {resource: a, from: b, score: 50}
              - order: {first: share-ip, then: web}
              - order: {first: a, then: b, kind: optional, symmetrical: false}
            fencing:
              - {name: power-n1, agent: fence_ipmilan, nodes: [n1], parameters: {ip: 10.0.0.1, username: admin}}
              - {name: disk, agent: /opt/cut, nodes: [n1, n2], level: 2, retries: 3, delay: 500ms, timeout: 1m, action: reboot}
            defaults: {stickiness: 1, migration-threshold: 3, failure-timeout: 10m}
            """;

    private static Configuration sound(String text) {
        Parsed parsed = ConfigParser.parse(text, "cluster.yaml", CLUSTER);
        assertThat(parsed).as("%s", parsed).isInstanceOf(Parsed.Sound.class);
        return ((Parsed.Sound) parsed).configuration();
    }

    private static String problems(String text) {
        Parsed parsed = ConfigParser.parse(text, "cluster.yaml", CLUSTER);
        assertThat(parsed).isInstanceOf(Parsed.Faulty.class);
        return ((Parsed.Faulty) parsed).text();
    }

    /** The problems of a document with these resources and this rest. */
    private static String problems(String resources, String rest) {
        return problems("cluster: t\nresources:\n  " + resources + "\n" + rest);
    }

    @Test
    void saysWhatATypeWithoutParametersSaysOfItself() {
        assertThat(problems("cluster: x\nresources:\n  a: {type: broken, parameters: {ip: 1}}\n"))
                .contains("has no parameter 'ip'; it has none: cannot be used");
    }

    @Test
    void readsEveryKeyOfTheContract() {
        Configuration read = sound(CONTRACT);
        assertThat(read.cluster()).isEqualTo("demo");
        assertThat(read.resources()).containsOnlyKeys("share-ip", "web", "a", "b");
        Resource ip = read.resources().get("share-ip");
        assertThat(ip.parameters()).isEqualTo(Map.of("ip", "10.77.0.100", "cidr_netmask", "24"));
        assertThat(ip.monitor())
                .isEqualTo(
                        new OperationSetting(Optional.of(Duration.ofSeconds(5)), Optional.of(Duration.ofSeconds(20))));
        Resource web = read.resources().get("web");
        assertThat(web.start().timeout()).contains(Duration.ofSeconds(40));
        assertThat(web.stickiness()).isEqualTo(OptionalInt.of(Constraint.INFINITY));
        assertThat(web.migrationThreshold()).isEqualTo(OptionalInt.of(5));
        assertThat(web.failureTimeout()).contains(Duration.ofHours(1));
        assertThat(web.priority()).isEqualTo(7);
        assertThat(read.groups()).isEqualTo(Map.of("site", List.of("share-ip", "web")));
        assertThat(read.constraints())
                .containsExactly(
                        new Constraint.Prefer("site", "n1", "", 100),
                        new Constraint.Prefer("a", "", "rack=7", -Constraint.INFINITY),
                        new Constraint.Together("a", "share-ip", Constraint.INFINITY),
                        new Constraint.Together("a", "b", -50),
                        new Constraint.Order("share-ip", "web", true, true),
                        new Constraint.Order("a", "b", false, false));
        assertThat(read.defaults()).isEqualTo(Defaults.USUAL);
        FenceSetting disk = read.fencing().get(1);
        assertThat(disk.delay()).isEqualTo(Duration.ofMillis(500));
        assertThat(disk.nodes()).containsExactly("n1", "n2");
        assertThat(List.of(disk.level(), disk.retries())).containsExactly(2, 3);
        assertThat(disk.action()).isEqualTo("reboot");
        assertThat(read.fencing().get(0).timeout()).as("as the agent says").isZero();
        assertThat(read.unknownNames()).isEmpty();
    }

    @Test
    void theSmallestDocumentIsEnough() {
        assertThat(sound(Document.MINIMAL)).isEqualTo(Configuration.EMPTY);
        assertThat(sound("cluster: x").resources()).isEmpty();
        assertThat(sound("cluster: x\nresources:\ngroups:\nconstraints:\nfencing:\ndefaults:\n")
                        .constraints())
                .isEmpty();
    }

    @Test
    void keepsTextsAsTheyAreWritten() {
        assertThat(sound(
                                "cluster: x\nresources: {a: {type: process, parameters: {v: 1.10, o: 010, y: yes, q: '  s '}}}")
                        .resources()
                        .get("a")
                        .parameters())
                .isEqualTo(Map.of("v", "1.10", "o", "010", "y", "yes", "q", "  s "));
    }

    @Test
    void namesFileLineAndWhatWasExpected() {
        assertThat(problems("cluster: t\nresources:\n  a:\n    typ: process\n"))
                .contains("cluster.yaml:4: resource a has the unknown key 'typ'; did you mean 'type'?")
                .contains("resource a has no 'type'");
    }

    @Test
    void tellsAllProblemsAtOnceByLine() {
        String text = problems("clusters: t\nresources:\n  a: {type: rare}\n  b: 7\ngroups: {g: [c]}\n");
        assertThat(text.lines().map(line -> line.split(":")[1])).isSorted().hasSizeGreaterThan(4);
        assertThat(text).contains("which no node offers", "unknown key 'clusters'", "names 'c', which is no resource");
    }

    @Test
    void saysHowUnitsOfSystemdAreNamed() {
        assertThat(problems("cluster: t\nresources:\n  web:\n    type: systemd:nginx.service\n"))
                .contains(
                        "cluster.yaml:4: resource web has type 'systemd:nginx.service', and no node has such a service under systemd")
                .contains("without '.service'");
    }

    @Test
    void refusesWhatIsNoDocument() {
        assertThat(problems("")).contains("the document is empty");
        assertThat(problems("# nothing\n")).contains("the document is empty");
        assertThat(problems("- a\n- b\n")).contains("the document is a list");
        assertThat(problems("cluster: [x\nresources: {}\n")).contains("cluster.yaml:", "no YAML");
        assertThat(problems("cluster: a\n--- \ncluster: b\n")).contains("no YAML");
        assertThat(problems("cluster: {a: 1}")).contains("the document.cluster is a mapping");
        assertThat(problems("cluster:\n")).contains("cluster is empty");
        assertThat(problems("\tcluster: x")).contains("cluster.yaml:1: this is no YAML");
        assertThat(problems("cluster: *nobody")).contains("no YAML");
        assertThat(problems("cluster: &a [*a]")).contains("is a list");
    }

    @Test
    void refusesNamesTwiceOrUnusable() {
        assertThat(problems("a: {type: process}\n  a: {type: process}", "")).contains(":4: ", "has 'a' twice");
        assertThat(problems("a: {type: process}", "groups: {a: [a]}")).contains("'a' is a resource and a group");
        assertThat(problems("a: {type: process}", "groups: {g: [a], h: [a]}")).contains("in the groups g and h");
        assertThat(problems("a: {type: process}", "groups: {g: [a, a]}")).contains("names 'a' twice");
        assertThat(problems("a: {type: process}", "groups: {g: []}")).contains("no members");
        assertThat(problems("'../x': {type: process}", "")).contains("'../x' is no usable name");
        assertThat(problems("a: {type: process}", """
                fencing:
                - {name: p, agent: x, nodes: [n1]}
                - {name: p, agent: x, nodes: [n2]}""")).contains(":6: there are two fence devices 'p'");
    }

    @Test
    void checksParametersAgainstTheType() {
        String head = "a: {type: 'ocf:heartbeat:IPaddr2', parameters: ";
        assertThat(problems(head + "{}}", "")).contains("lacks parameter 'ip'", "the address");
        assertThat(problems(head + "{ip: 1, cidr_netmsk: 24}}", "")).contains("did you mean 'cidr_netmask'?");
        assertThat(problems(head + "{ip: 1, cidr_netmask: many}}", "")).contains("is 'many'; expected a whole number");
        assertThat(problems(head + "{ip: 1, lvs_support: maybe}}", "")).contains("expected true or false");
        assertThat(problems(head + "{ip: 1, arp_interval: soon}}", "")).contains(Durations.FORM);
        assertThat(problems(head + "{ip: }}", "")).contains("parameters.ip is empty");
        assertThat(problems(head + "{ip: [1]}}", "")).contains("parameters.ip is a list");
        assertThat(problems(head + "7}", "")).contains("parameters is '7'; expected a mapping");
        sound("cluster: t\nresources:\n  " + head + "{ip: 1, lvs_support: On, arp_interval: 200}}");
    }

    @Test
    void checksNumbersAndDurations() {
        String head = "a: {type: process, ";
        assertThat(problems(head + "priority: high}", "")).contains("priority is 'high'");
        assertThat(problems(head + "migration-threshold: -1}", "")).contains("whole number from 0");
        assertThat(problems(head + "stickiness: 1000001}", "")).contains("from 0 to 1000000");
        assertThat(problems(head + "failure-timeout: 10}", "")).contains("is '10'", Durations.FORM);
        assertThat(problems(head + "start: {timeout: 0}}", "")).contains("at least 1ms");
        assertThat(problems(head + "start: {interval: 5s}}", "")).contains("unknown key 'interval'");
        assertThat(problems(head + "monitor: 5s}", "")).contains("monitor is '5s'; expected a mapping");
        sound("cluster: t\nresources:\n  " + head + "monitor: {interval: 0}, failure-timeout: 0}");
    }

    @Test
    void severalThatComeSecondDoWhatTheFirstDoesUnlessSaidOtherwise() {
        String text = """
                cluster: t
                resources: {a: {type: process}, b: {type: process}, c: {type: process}}
                tags: {both: [b, c]}
                constraints: [order: {first: a, then: both, first-action: stop}]
                """;
        Parsed parsed = ConfigParser.parse(text, "c.yaml", TypeLookup.trusting(), Purpose.PLAN);
        Constraint.Steps steps = (Constraint.Steps)
                ((Parsed.Sound) parsed).configuration().constraints().get(0);
        assertThat(steps.steps()).extracting(Constraint.Step::action).containsExactly("stop", "stop");
    }

    @Test
    void refusesInARunningClusterWhatCanOnlyBePlanned() {
        String two = "a: {type: process}\n  b: {type: process}";
        assertThat(problems(two, "groups: {g: [a, b]}\nclones: {c: {of: g, promoted: 1}}"))
                .contains("clone c: copies of a group that are promoted cannot be run yet", "'ha simulate --cib FILE");
        assertThat(problems(two, "clones: {c: {of: a, promoted: 1, per-node: 2}}"))
                .contains("clone c: several copies on a node of which some are promoted cannot be run yet");
        sound("cluster: t\nresources:\n  " + two + "\nclones: {c: {of: a, instances: 2}}");
        assertThat(problems(two, "constraints: [order: {first: a, then: b, first-action: stop}]"))
                .contains("only the order of starts and promotions, and its reverse, can be run yet");
        assertThat(problems("a: {type: process, monitor: {on-fail: move}}", ""))
                .contains("on-fail: move of monitor cannot be run");
        assertThat(problems("a: {type: process, promote: {on-fail: ignore}}", ""))
                .contains("on-fail: ignore of promote cannot be run");
        assertThat(problems("a: {type: process, monitor-promoted: {on-fail: stop}}", ""))
                .contains("on-fail: stop of monitor-promoted cannot be run");
        assertThat(problems("a: {type: process, stop: {on-fail: stop}}", "")).contains("on-fail of a stop");
        assertThat(problems("a: {type: process, live-migration: true}", "")).contains("a move without a stop");
        assertThat(problems("a: {type: process, several-active: block}", "")).contains("never active on two nodes");
        assertThat(problems("a: {type: process, requires: nothing}", "")).contains("always needs a majority");
    }

    @Test
    void readsWhatIsPromoted() {
        Configuration configuration = sound("""
                cluster: t
                resources:
                  db: {type: process, promote: {timeout: 30s}, monitor-promoted: {interval: 9s, on-fail: demote}}
                  ip: {type: process}
                clones:
                  dbs: {of: db, promoted: 1}
                constraints:
                  - together: {resource: ip, with: dbs, with-role: promoted}
                  - order: {first: dbs, then: ip, first-action: promote, then-action: start}
                  - prefer: {resource: db, node: n1, score: 5, role: promoted}
                """);
        assertThat(configuration.clones().get("dbs").promotable()).isTrue();
        assertThat(configuration.clones().get("dbs").promoted()).isEqualTo(1);
        assertThat(configuration.resources().get("db").operations()).containsOnlyKeys("promote", "monitor-promoted");
    }

    @Test
    void refusesToPromoteATypeThatCannotBe() {
        assertThat(problems(
                        "ip: {type: ocf:heartbeat:IPaddr2, parameters: {ip: 1}}", "clones: {c: {of: ip, promoted: 1}}"))
                .contains("'ip' has type 'ocf:heartbeat:IPaddr2', which cannot be promoted", "is Promotable");
    }

    @Test
    void refusesRolesOfWhatIsNeverPromoted() {
        String two = "a: {type: process}\n  b: {type: process}";
        String clone = "clones: {c: {of: a, promoted: 1}}\nconstraints: ";
        assertThat(problems(two, "constraints: [prefer: {resource: a, node: n1, role: promoted}]"))
                .contains("'a' is never promoted", "a clone with 'promoted', or no 'role'");
        assertThat(problems(two, clone + "[together: {resource: c, with: b, with-role: promoted}]"))
                .contains("'b' is never promoted", "no 'with-role'");
        assertThat(problems(two, clone + "[order: {first: c, then: b, first-action: promote}]"))
                .contains("'b' is never promoted", "a 'then-action', which else is the same");
        assertThat(problems(
                        two,
                        clone
                                + "[order: {first: c, first-action: promote, then: b, then-action: start}, order: {first: b,"
                                + " then: a}]"))
                .contains("resources wait for each other: ", "a before a promoted before b");
    }

    @Test
    void knowsAClonedResourceByEitherName() {
        String two = "a: {type: process}\n  b: {type: process}";
        assertThat(problems(
                        two,
                        "clones: {c: {of: a}}\nconstraints: [order: {first: c, then: b}, order: {first: b, then: a}]"))
                .contains("circle");
        assertThat(problems(
                        two,
                        "groups: {g: [a, b]}\nclones: {c: {of: g}}\nconstraints: [prefer: {resource: b, node: n1}]"))
                .contains("'b' is in a group of which clone c has several copies", "expected the whole: c");
    }

    @Test
    void refusesWhatContradictsItself() {
        String two = "a: {type: process}\n  b: {type: process}";
        assertThat(problems(two, "no-quorum: ignore")).contains("cluster.yaml:", "no other policy than 'stop'");
        assertThat(problems(two, "health: {strategy: only-green, red: 5}")).contains("health.red counts for nothing");
        assertThat(problems(two, "placement: {strategy: best}")).contains("one of default, utilization");
        assertThat(problems(two, "clones: {a: {of: b}}")).contains("'a' is also a resource or group");
        assertThat(problems(two, "clones: {c: {of: d}}")).contains("there is no resource or group 'd'");
        assertThat(problems(two, "groups: {g: [a]}\nclones: {c: {of: a}}")).contains("'a' is in group g");
        assertThat(problems(two, "clones: {c: {of: a}, d: {of: a}}")).contains("cloned by c and by d");
        assertThat(problems(two, "clones: {c: {of: a, per-node: 2, unique: false}}"))
                .contains("do not differ");
        assertThat(problems(two, "tags: {t: [x]}")).contains("names 'x', which is no resource");
        assertThat(problems(two, "constraints: [order: {steps: [a, b, a]}]")).contains("wait for each other");
        assertThat(problems(two, "constraints: [order: {steps: [{all: [a], any: [b]}]}]"))
                .contains("more than one of");
        assertThat(problems(two, "constraints: [order: {steps: [a, b], first: a}]"))
                .contains("'steps' and 'first'");
        assertThat(problems(two, "constraints: [order: {steps: [a, b], kind: serialize, symmetrical: true}]"))
                .contains("has no direction");
        assertThat(problems(two, "constraints: [together: {resources: [a, b], with: a}]"))
                .contains("'resources' alone");
        assertThat(problems(two, "constraints: [together: {resources: [a, b, a]}]"))
                .contains("placed in a circle");
        assertThat(problems(two, "constraints: [prefer: {resource: a, where: x=1, score: 5, score-from: y}]"))
                .contains("in place of 'score'");
        assertThat(problems(two, "constraints: [prefer: {resource: a, where: \"date moons=1\"}]"))
                .contains("'moons' where one of seconds");
        assertThat(problems("a: {template: t}", "templates: {u: {type: process}}"))
                .contains("there is no template 't'");
        assertThat(problems("a: {type: process, uses: {cpu: -1}}", "")).contains("whole number from 0");
    }

    @Test
    void readsSetsTemplatesAndTags() {
        Configuration configuration = sound("""
                cluster: t
                templates:
                  base: {type: process, parameters: {a: 1, b: 2}, priority: 3}
                resources:
                  x: {template: base, parameters: {b: 9}}
                  y: {template: base, priority: 4}
                  z: {type: process, uses: {cpu: 2}, monitor: {on-fail: stop}}
                tags: {pair: [x, y]}
                constraints:
                  - prefer: {resource: pair, where: "a=1 and not (b=2 or defined(c))"}
                  - apart: {resources: [x, y, z], score: 5}
                  - order: {steps: [x, {any: [y, z]}], kind: optional}
                """);
        assertThat(configuration.resources().get("x").parameters()).isEqualTo(Map.of("a", "1", "b", "9"));
        assertThat(configuration.resources().get("y").priority()).isEqualTo(4);
        assertThat(configuration.resources().get("z").uses()).containsEntry("cpu", 2);
        assertThat(configuration.constraints())
                .contains(
                        new Constraint.Together("z", "x", -5),
                        new Constraint.Together("z", "y", -5),
                        new Constraint.Together("y", "x", -5))
                .hasSize(6);
    }

    @Test
    void checksConstraints() {
        String two = "a: {type: process}\n  b: {type: process}";
        assertThat(problems(two, "constraints: 7")).contains("constraints is '7'; expected a list");
        assertThat(problems(two, "constraints: [prefer]")).contains("a constraint is 'prefer'");
        assertThat(problems(two, "constraints: [{prefers: {resource: a, node: n1}}]"))
                .contains("did you mean 'prefer'?");
        assertThat(problems(two, "constraints: [{prefer: {resource: a, node: n1}, order: {}}]"))
                .contains("more or fewer than one key");
        assertThat(problems(two, "constraints: [prefer: {resource: a}]")).contains("neither 'node' and 'where'");
        assertThat(problems(two, "constraints: [prefer: {resource: a, node: n9}]"))
                .contains("there is no node 'n9'; did you mean 'n1'?");
        assertThat(problems(two, "constraints: [prefer: {resource: a, where: rack}]"))
                .contains("expected a condition such as rack=a");
        assertThat(problems(two, "constraints: [prefer: {resource: c, node: n1}]"))
                .contains("there is no resource or group 'c'");
        assertThat(problems(two, "constraints: [prefer: {resource: a, node: n1, score: much}]"))
                .contains("score is 'much'");
        assertThat(problems(two, "constraints: [together: {resource: a, with: b, score: -5}]"))
                .contains("whole number from 1");
        assertThat(problems(two, "constraints: [together: {resource: a, with: b, score: -INFINITY}]"))
                .contains("'apart'");
        assertThat(problems(two, "constraints: [order: {first: a, then: b, kind: sometimes}]"))
                .contains("one of mandatory, optional");
        assertThat(problems(two, "constraints: [order: {first: a}]")).contains("order has no 'then'");
    }

    @Test
    void refusesCircles() {
        String three = "a: {type: process}\n  b: {type: process}\n  c: {type: process}";
        assertThat(problems(three, """
                constraints:
                - order: {first: a, then: b}
                - order: {first: b, then: c}
                - order: {first: c, then: a}""")).contains(":9: resources wait for each other: c before a before b before c");
        assertThat(problems(three, """
                groups: {g: [a, b]}
                constraints: [order: {first: b, then: a}]""")).contains("b before a before b");
        assertThat(problems(three, """
                constraints:
                - together: {resource: a, with: b}
                - apart: {resource: b, from: a}""")).contains("placed in a circle", "one direction is enough");
        assertThat(problems(three, "constraints: [order: {first: a, then: a}]")).contains("a before a");
    }

    @Test
    void checksFenceDevices() {
        String one = "a: {type: process}";
        assertThat(problems(one, "fencing: [{agent: x, nodes: [n1]}]")).contains("a fence device has no 'name'");
        assertThat(problems(one, "fencing: [{name: p, nodes: [n1]}]")).contains("no 'agent'");
        assertThat(problems(one, "fencing: [{name: p, agent: x}]")).contains("is for no node");
        assertThat(problems(one, "fencing: [{name: p, agent: x, nodes: [n7]}]")).contains("no node 'n7'");
        assertThat(problems(one, "fencing: [{name: p, agent: x, nodes: n1}]"))
                .contains("expected a list of node names");
        assertThat(problems(one, "fencing: [{name: p, agent: x, nodes: [n1], action: on}]"))
                .contains("one of off, reboot");
        assertThat(problems(one, "fencing: {name: p}")).contains("expected a list of devices");
        assertThat(problems(one, "fencing: [{name: p, agent: x, nodes: {n7: 3}}]"))
                .contains("no node 'n7'");
        assertThat(problems(one, "fencing: [{name: p, agent: x, nodes: {n1: [3]}}]"))
                .contains("expected a text or number");
        assertThat(problems(one, "fencing: [{name: p, agent: x, nodes: {n1: 3}, parameters: {plug: 4}}]"))
                .contains("says its plug twice");
        assertThat(problems(one, "fencing: [{name: p, agent: x, nodes: [n1], monitor: 5s}]"))
                .contains("monitor is '5s'; expected 0 (no self-test) or at least 10s");
    }

    @Test
    void readsWhatADeviceCallsItsNodes() {
        FenceSetting device = sound("""
                cluster: t
                fencing: [{name: p, agent: x, nodes: {n1: 007, n2: rack-2}, monitor: 1h}]
                """).fencing().get(0);
        assertThat(device.nodes()).containsExactly("n1", "n2");
        assertThat(device.plugs()).isEqualTo(Map.of("n1", "007", "n2", "rack-2"));
        assertThat(device.monitorEvery()).isEqualTo(Duration.ofHours(1));
        FenceSetting usual = sound("{cluster: t, fencing: [{name: p, agent: x, nodes: [n1]}]}")
                .fencing()
                .get(0);
        assertThat(usual.plugs()).isEmpty();
        assertThat(usual.timeout()).isZero();
        assertThat(usual.monitorEvery()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void boundsWhatItTells() {
        StringBuilder text = new StringBuilder("cluster: t\nresources:\n");
        for (int i = 0; i < 500; i++) {
            text.append("  r").append(i).append(": {typ: process}\n");
        }
        assertThat(problems(text.toString()).lines()).hasSize(100);
    }

    @Test
    void readsTenThousandResources() {
        StringBuilder text = new StringBuilder("cluster: t\nresources:\n");
        for (int i = 0; i < 10_000; i++) {
            text.append("  r").append(i).append(": {type: process, parameters: {command: sleep}}\n");
        }
        assertThat(sound(text.toString()).resources()).hasSize(10_000);
    }
}
