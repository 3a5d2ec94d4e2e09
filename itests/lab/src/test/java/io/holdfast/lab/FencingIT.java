package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Fence devices by the agents that Debian ships. The clocks are {@code weak}, so that the end of a lease proves nothing and a device
 * must. The first level is SBD's disk, which nobody watches on the nodes: it says "off" of a node that runs on. The second is an agent
 * that has the node's power taken away.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FencingIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Asks for the power to be taken away by leaving a file, and waits for another one. */
    private static final String AGENT = """
            #!/bin/sh
            while IFS= read -r line; do
                case $line in action=*) action=${line#action=} ;; plug=*) plug=${line#plug=} ;; esac
            done
            case $action in
                metadata) cat <<'END'
            <?xml version="1.0" ?>
            <resource-agent name="fence_lab" shortdesc="Takes a node of the lab its power">
              <parameters>
                <parameter name="action" required="1"><content type="string" default="off"/></parameter>
                <parameter name="plug" required="1"><content type="string"/></parameter>
              </parameters>
              <actions><action name="off"/><action name="status"/><action name="monitor"/><action name="metadata"/></actions>
            </resource-agent>
            END
                ;;
                off) touch "DIR/ask-$plug"; until [ -e "DIR/off-$plug" ]; do sleep 0.1; done ;;
                status) [ ! -e "DIR/off-$plug" ] || exit 2 ;;
                monitor) ;;
                *) exit 1 ;;
            esac
            """;

    private final ScheduledExecutorService power = Executors.newSingleThreadScheduledExecutor();
    private Lab lab;
    private Path plugs;
    private String disk = "";

    @BeforeAll
    void start() throws IOException {
        Path folder = Files.createTempDirectory("holdfast-fencing");
        plugs = Files.createDirectories(folder.resolve("plugs"));
        Path agent = Files.writeString(folder.resolve("fence_lab"), AGENT.replace("DIR", plugs.toString()));
        assertThat(agent.toFile().setExecutable(true)).isTrue();
        Path image = folder.resolve("sbd.img");
        Shell.run("truncate", "-s", "4M", image.toString());
        disk = Shell.run("losetup", "--find", "--show", image.toString()).strip();
        Shell.run("sbd", "-d", disk, "-4", "2", "-1", "1", "create");
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                folder,
                Duration.ofSeconds(2),
                List.of("n1", "n2", "n3"));
        lab.set("HOLDFAST_CLOCK", "weak");
        for (String node : List.of("n1", "n2", "n3")) {
            Shell.run("sbd", "-d", disk, "allocate", node);
        }
        lab.startAll();
        power.scheduleAtFixedRate(this::takePower, 0, 50, TimeUnit.MILLISECONDS);
        lab.node("n1")
                .ha(
                        "apply",
                        Examples.write(folder.resolve("fencing.yaml"), """
                        cluster: lab
                        resources:
                          worker: {type: process, parameters: {command: sleep 100000}}
                        fencing:
                          - {name: disk, agent: fence_sbd, nodes: [n1, n2, n3], parameters: {devices: %s}}
                          - name: power
                            agent: %s
                            nodes: {n1: machine-1, n2: machine-2, n3: machine-3}
                            level: 2
                        """.formatted(disk, agent))
                                .toString());
    }

    private void takePower() {
        for (Node node : lab.powered()) {
            String plug = "machine-" + node.name().substring(1);
            if (Files.exists(plugs.resolve("ask-" + plug))) {
                node.powerOff();
                try {
                    Files.createFile(plugs.resolve("off-" + plug));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    @AfterAll
    void end() {
        power.shutdownNow();
        try {
            if (lab != null) {
                lab.saveLogs(Path.of("target/logs/FencingIT").toAbsolutePath());
                lab.close();
                Shell.attempt(20, "rm", "-rf", lab.folder().toString());
            }
        } finally {
            if (!disk.isEmpty()) {
                Shell.attempt(10, "losetup", "--detach", disk);
            }
        }
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }

    private static Stream<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    @Test
    void everyInstalledAgentIsReadOrListedWithTheReasonWhyNot() throws IOException {
        Map<String, JsonNode> types = new TreeMap<>();
        Waiting.until(
                "all agents told what they are",
                Duration.ofMinutes(3),
                () -> {
                    list(json(lab.node("n1").ha("--json", "--wait", "40s", "fence-types")))
                            .forEach(type -> types.put(type.path("name").asText(), type));
                    return types.values().stream()
                            .noneMatch(type -> type.path("problem").asText().startsWith("not asked"));
                },
                types::toString);
        List<String> installed = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("/usr/sbin"))) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("fence_"))
                    .forEach(installed::add);
        }
        assertThat(types.keySet()).containsAll(installed);
        Map<String, String> unusable = new TreeMap<>();
        types.forEach((name, type) -> {
            String problem = type.path("problem").asText();
            if (!problem.isEmpty()) {
                unusable.put(name, problem);
            }
            if (type.path("parameters").isEmpty()) {
                assertThat(problem).as(name).isNotEmpty();
            } else {
                assertThat(type.path("description").asText()).as(name).isNotEmpty();
                list(type.path("parameters")).forEach(parameter -> {
                    assertThat(parameter.path("name").asText()).as(name).isNotEmpty();
                    assertThat(parameter.path("type").asText())
                            .as(name)
                            .isIn("string", "boolean", "integer", "second", "select");
                });
            }
        });
        Map<String, String> expected = Map.of(
                "fence_ack_manual", "gives no metadata",
                "fence_heuristics_ping", "cannot tell whether a node is off",
                "fence_kdump", "cannot tell whether a node is off",
                "fence_ovh", "cannot tell whether a node is off",
                "fence_rcd_serial", "cannot switch off and leave off",
                "fence_watchdog", "cannot tell whether a node is off");
        unusable.forEach(
                (name, problem) -> assertThat(problem).as(name).contains(expected.getOrDefault(name, "(no problem)")));
        JsonNode ipmi = json(lab.node("n1").ha("--json", "fence-type", "fence_ipmilan"));
        assertThat(list(ipmi.path("parameters"))
                        .map(parameter -> parameter.path("name").asText()))
                .contains("ip", "username", "password", "lanplus", "power_timeout");
    }

    /**
     * First of a node that follows, then of the one that leads, which loses its power before it can have written down that it is
     * fenced: the next leader must not believe the disk, though the node is silent now.
     */
    @Test
    void aDiskThatNobodyWatchesFreesNothingAndTheNextLevelDoes() throws IOException {
        Node asked = lab.node("n1");
        Waiting.until(
                "the devices are tested by two nodes at least",
                LIMIT,
                () -> asked.status().stream()
                        .flatMap(status -> list(status.path("fencing")))
                        .allMatch(device -> device.path("tests").size() == 3
                                && list(device.path("tests"))
                                        .allMatch(test -> test.path("ok").asBoolean())
                                && device.path("proof_age_ms").asLong() >= 0),
                () -> asked.ha("status"));
        String leader = leader();
        String follower = lab.powered().stream()
                .map(Node::name)
                .filter(name -> !name.equals(leader))
                .findFirst()
                .orElseThrow();
        isFencedByPowerWhileItRuns(follower);
        Files.delete(plugs.resolve("ask-machine-" + follower.substring(1)));
        Files.delete(plugs.resolve("off-machine-" + follower.substring(1)));
        Shell.run("sbd", "-d", disk, "message", follower, "clear");
        lab.settle();
        isFencedByPowerWhileItRuns(leader());
    }

    private String leader() {
        return lab.powered().get(0).status().orElseThrow().path("leader").asText();
    }

    private void isFencedByPowerWhileItRuns(String from) {
        Node other = lab.powered().stream()
                .filter(node -> !node.name().equals(from))
                .findFirst()
                .orElseThrow();
        other.ha("move", "worker", from, "--wait", "30s");
        long before = revision(other);
        other.ha("--wait", "50s", "fence", from);
        assertThat(lab.node(from).powered()).isFalse();
        assertThat(other.ha("events", "--since", Long.toString(before)))
                .contains("disk said that " + from + " is off, but it still answers: the device lies")
                .containsPattern(from + " is fenced .*: device power confirmed")
                .doesNotContain("device disk confirmed");
        assertThat(Shell.run("sbd", "-d", disk, "list")).containsPattern(from + "\\s+off");
        other.ha("unmove", "worker");
        Waiting.until(
                "the worker is active elsewhere",
                LIMIT,
                () -> !List.of("", from).contains(other.activeOn("worker")),
                () -> other.ha("status"));
    }

    private static long revision(Node node) {
        return node.status().orElseThrow().path("revision").asLong();
    }
}
