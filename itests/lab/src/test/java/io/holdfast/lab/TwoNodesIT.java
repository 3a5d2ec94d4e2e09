package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two voters, a fence device and nobody else: the one that is left goes on alone, once the other is proved to be off. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TwoNodesIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Asks for the power to be taken away by leaving a file, and waits for another one; broken while there is a third. */
    private static final String AGENT = """
            #!/bin/sh
            while IFS= read -r line; do
                case $line in action=*) action=${line#action=} ;; plug=*) plug=${line#plug=} ;; esac
            done
            case $action in
                metadata) cat <<'END'
            <?xml version="1.0" ?>
            <resource-agent name="fence_two" shortdesc="Takes a node of the lab its power">
              <parameters>
                <parameter name="action" required="1"><content type="string" default="off"/></parameter>
                <parameter name="plug" required="1"><content type="string"/></parameter>
              </parameters>
              <actions><action name="off"/><action name="status"/><action name="monitor"/><action name="metadata"/></actions>
            </resource-agent>
            END
                ;;
                off) [ ! -e "DIR/broken" ] || { echo "no route to the plug" >&2; exit 1; }
                    touch "DIR/ask-$plug"; until [ -e "DIR/off-$plug" ]; do sleep 0.1; done ;;
                status) [ ! -e "DIR/off-$plug" ] || exit 2 ;;
                monitor) ;;
                *) exit 1 ;;
            esac
            """;

    private final ScheduledExecutorService power = Executors.newSingleThreadScheduledExecutor();
    private Lab lab;
    private Path plugs;

    @BeforeAll
    void start() throws IOException {
        Path folder = Files.createTempDirectory("holdfast-two");
        plugs = Files.createDirectories(folder.resolve("plugs"));
        Path agent = Files.writeString(folder.resolve("fence_two"), AGENT.replace("DIR", plugs.toString()));
        assertThat(agent.toFile().setExecutable(true)).isTrue();
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                folder,
                Duration.ofSeconds(2),
                List.of("n1", "n2"));
        lab.set("HOLDFAST_ALONE", "fenced");
        lab.startAll();
        power.scheduleAtFixedRate(this::takePower, 0, 50, TimeUnit.MILLISECONDS);
        lab.node("n1")
                .ha(
                        "apply",
                        Examples.write(folder.resolve("two.yaml"), """
                cluster: lab
                resources:
                  worker: {type: process, parameters: {command: sleep 100000}}
                fencing:
                  - {name: power, agent: %s, nodes: [n1, n2]}
                """.formatted(agent))
                                .toString());
    }

    private void takePower() {
        for (Node node : lab.powered()) {
            if (Files.exists(plugs.resolve("ask-" + node.name())) && !off(node)) {
                node.powerOff();
                try {
                    Files.createFile(plugs.resolve("off-" + node.name()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private boolean off(Node node) {
        return Files.exists(plugs.resolve("off-" + node.name()));
    }

    private Node letOn(String name) throws IOException {
        Files.deleteIfExists(plugs.resolve("ask-" + name));
        Files.deleteIfExists(plugs.resolve("off-" + name));
        Node node = lab.powerOn(name);
        node.start();
        return node;
    }

    @AfterAll
    void end() {
        power.shutdownNow();
        if (lab != null) {
            lab.saveLogs(Path.of("target/logs/TwoNodesIT").toAbsolutePath());
            lab.close();
            Shell.attempt(20, "rm", "-rf", lab.folder().toString());
        }
    }

    private static void runs(Node node) {
        Waiting.until(
                "the worker runs on " + node.name(),
                LIMIT,
                () -> node.processesOf("worker").size() == 1
                        && node.activeOn("worker").equals(node.name()),
                () -> node.ha("status"));
    }

    private static void tells(Node node, String what) {
        Waiting.until(
                node.name() + " tells " + what,
                LIMIT,
                () -> node.tryHa("status").output().replaceAll("\\s+", " ").contains(what),
                () -> node.tryHa("status").output());
    }

    private static void happened(Node node, String what) {
        Waiting.until(
                node.name() + " knows that " + what,
                LIMIT,
                () -> node.tryHa("events").output().replaceAll("\\s+", " ").contains(what),
                () -> node.tryHa("events").output());
    }

    private static void runsNothing(Node node) {
        Waiting.until(
                "nothing runs on " + node.name(),
                Duration.ofSeconds(10),
                () -> node.processesOf("worker").isEmpty(),
                () -> node.tryHa("status").output());
    }

    private void bothServe() {
        Waiting.until(
                "both are there, and the worker runs on one of them",
                LIMIT,
                () -> lab.nodes().stream().allMatch(TwoNodesIT::seesBoth)
                        && lab.nodes().stream()
                                        .mapToInt(node ->
                                                node.processesOf("worker").size())
                                        .sum()
                                == 1,
                () -> lab.node("n1").tryHa("status").output()
                        + lab.node("n2").tryHa("status").output());
    }

    private static boolean seesBoth(Node node) {
        return node.status()
                .filter(status -> status.path("quorum").asBoolean())
                .filter(status -> {
                    int online = 0;
                    for (var one : status.path("nodes")) {
                        online += List.of("online", "standby")
                                                .contains(one.path("state").asText())
                                        && one.path("voter").asBoolean()
                                ? 1
                                : 0;
                    }
                    return online == 2;
                })
                .isPresent();
    }

    @Test
    void oneOfTwoGoesOnOnceTheOtherIsOffAndNeverBefore() throws IOException {
        bothServe();
        Node n1 = lab.node("n1");
        n1.plugged(false); // each is cut off from the other; n1 is the first to shoot
        Waiting.until(
                "n2 is off",
                LIMIT,
                () -> !lab.node("n2").powered(),
                () -> lab.node("n1").tryHa("status").output());
        runs(lab.node("n1"));
        happened(n1, "n1 goes on without n2: power confirmed that it is off");
        n1.ha("standby", "n2");
        n1.plugged(true);

        Node n2 = letOn("n2");
        bothServe();
        assertThat(Files.isDirectory(n2.base().resolve("ledger.before-1"))).isTrue();
        happened(n2, "n2 took over what n1 decided without it");
        assertThat(n2.ha("status")).as("decided while it was off").contains("standby");
        n2.ha("online", "n2");

        Files.createFile(plugs.resolve("broken"));
        n1.powerOff();
        tells(n2, "n1 could not be fenced");
        tells(n2, "'ha confirm-fenced n1' on this node");
        runsNothing(n2);
        n2.ha("--wait", "40s", "confirm-fenced", "n1");
        runs(n2);

        n2.powerOff(); // now both are, and n1 does not know how it went on
        n1 = letOn("n1");
        tells(n1, "n2 was not seen since this node started and may have gone on without it");
        Waiting.pause(lab.lease().multipliedBy(3));
        runsNothing(n1);
        assertThat(n1.status().orElseThrow().path("quorum").asBoolean()).isFalse();
        letOn("n2");
        bothServe();
        happened(n1, "n1 took over what n2 decided without it");
    }
}
