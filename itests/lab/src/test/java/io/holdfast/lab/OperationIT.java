package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What people do to a running cluster, and what they get wrong: each answer is one that helps them, and the service goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OperationIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration LEASE = Duration.ofSeconds(2);
    /** Below this it is a busy machine; above it the service was away. */
    private static final long OUTAGE_MS = 500;

    private static final int DONE = 0;
    private static final int REFUSED = 1;
    private static final int USAGE = 2;
    private static final int NO_DAEMON = 3;
    private static final int NO_QUORUM = 4;

    private Lab lab;
    private Watcher watcher;
    private String document = "";

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                Files.createTempDirectory("holdfast-operation"),
                LEASE,
                List.of("n1", "n2", "n3"));
        lab.set("HOLDFAST_OCF_ROOT", agents() + ":/usr/lib/ocf");
        lab.startAll();
        document = Files.readString(Examples.site(lab, "10s"));
        apply("site.yaml", document);
        watcher = new Watcher(lab, Examples.PORT);
        watcher.await("", LIMIT);
    }

    private Path agents() throws IOException {
        Path folder = Files.createDirectories(lab.folder().resolve("ocf/resource.d/test"));
        for (String agent : List.of("unruly", "unreadable")) {
            try (InputStream in = OperationIT.class.getResourceAsStream("/ocf/test/" + agent)) {
                Files.write(folder.resolve(agent), Objects.requireNonNull(in).readAllBytes());
            }
            assertThat(folder.resolve(agent).toFile().setExecutable(true)).isTrue();
        }
        return lab.folder().resolve("ocf");
    }

    @BeforeEach
    void settle() {
        lab.settle();
        watcher.await("", LIMIT);
    }

    @AfterEach
    void neverTwo() {
        watcher.await("", LIMIT);
        assertThat(watcher.breaches()).isEmpty();
    }

    @AfterAll
    void end() {
        if (watcher != null) {
            watcher.close();
        }
        if (lab != null) {
            lab.saveLogs(Path.of("target/logs/OperationIT").toAbsolutePath());
            lab.close();
            Shell.attempt(20, "rm", "-rf", lab.folder().toString());
        }
    }

    private Node any() {
        return lab.powered().get(0);
    }

    /** Runs a command. {@return what it printed; its exit code is the expected one} */
    private String ha(int code, String... words) {
        return haOn(any(), code, words);
    }

    private static String haOn(Node node, int code, String... words) {
        Shell.Ended ended = node.tryHa(words);
        assertThat(ended.status())
                .as("ha " + String.join(" ", words) + ": " + ended.output())
                .isEqualTo(code);
        return ended.output();
    }

    private String apply(String file, String text) {
        return ha(
                DONE, "apply", Examples.write(lab.folder().resolve(file), text).toString());
    }

    /** {@return the complaint about a document, which begins with the place} */
    private String complaint(int line, String text) {
        Path file = Examples.write(lab.folder().resolve("wrong.yaml"), text);
        String said = ha(REFUSED, "apply", file.toString());
        assertThat(said).contains(file + ":" + line + ": ");
        return said;
    }

    private void awaitStatus(String what, Predicate<JsonNode> condition) {
        Waiting.until(what, LIMIT, () -> any().status().filter(condition).isPresent(), () -> any().ha("status"));
    }

    private void awaitState(String resource, String state) {
        Waiting.until(
                resource + " is " + state,
                LIMIT,
                () -> any().resource(resource)
                        .filter(found -> found.path("state").asText().equals(state))
                        .isPresent(),
                () -> any().ha("status"));
    }

    private static String nodeState(JsonNode status, String name) {
        for (JsonNode node : status.path("nodes")) {
            if (node.path("name").asText().equals(name)) {
                return node.path("state").asText();
            }
        }
        return "";
    }

    private long revision() {
        return any().status().orElseThrow().path("revision").asLong();
    }

    @Test
    void aStalledNodeBlamesItself() {
        Node stalled = lab.node("n2");
        String daemon = Long.toString(stalled.daemon());
        Shell.run("kill", "-STOP", daemon);
        Waiting.pause(Duration.ofMillis(1300)); // more than half of the lease, and nothing moves
        Shell.run("kill", "-CONT", daemon);
        awaitStatus(
                "its status says so",
                status -> status.path("problems").toString().contains("n2 was stalled for 1."));
        Waiting.until(
                "an event says so",
                LIMIT,
                () -> any().ha("events").contains("n2 was stalled for 1."),
                () -> any().ha("events"));
    }

    @Test
    void aWrongDocumentIsRefusedWithItsPlaceAndNothingOfItIsApplied() {
        long before = revision();
        assertThat(complaint(6, document.replace("monitor:", "moniter:"))).contains("did you mean 'monitor'?");
        assertThat(complaint(12, document.replace("address, service]", "address, servise]")))
                .contains("did you mean 'service'?");
        assertThat(complaint(7, document.replace("  service:", "  address:"))).contains("expected each name once");
        assertThat(complaint(2, document.replace("cluster: lab", "cluster: lab\ncolour: blue")))
                .contains("unknown key 'colour'; known: clones, cluster,");
        assertThat(complaint(8, document.replace("type: process", "typ: process")))
                .contains("expected a type such as");
        assertThat(complaint(8, document.replace("type: process", "type: proces")))
                .contains("which no node offers");
        assertThat(complaint(6, document.replace("interval: 10s", "interval: often")))
                .contains("expected a duration such as 500ms");
        assertThat(complaint(5, document.replace("cidr_netmask: 24", "cidr_netmusk: 24")))
                .contains("did you mean 'cidr_netmask'?");
        assertThat(complaint(5, document.replace("ocf:heartbeat:IPaddr2", "ocf:test:unreadable")))
                .contains("cannot be used: its meta-data is no XML");
        assertThat(complaint(4, document.replace("resources:", "resources: ["))).contains("this is no YAML");
        assertThat(complaint(1, "")).contains("expected at least 'cluster: NAME'");
        assertThat(complaint(14, document + "constraints:\n  - prefer: {resource: site, node: n9, score: 1}\n"))
                .contains("there is no node 'n9'");
        assertThat(ha(REFUSED, "apply", "/nowhere/site.yaml")).contains("/nowhere/site.yaml: there is no such file");
        assertThat(ha(
                        REFUSED,
                        "apply",
                        Examples.write(lab.folder().resolve("netmask.yaml"), document.replace("24", "wide"))
                                .toString()))
                .contains("Nothing was applied")
                .contains("address on n1: ");
        assertThat(ha(DONE, "export")).isEqualTo(document);
        assertThat(revision()).as("nothing was written").isEqualTo(before);
    }

    @Test
    void wrongCommandsAreRefusedWithTheCodesThatScriptsRelyOn() {
        assertThat(ha(USAGE, "frobnicate")).contains("there is no command frobnicate");
        assertThat(ha(USAGE, "move", "site")).contains("usage: ha move RESOURCE NODE");
        assertThat(ha(USAGE, "maintenance", "maybe")).contains("neither on nor off");
        assertThat(ha(USAGE, "events", "--since", "x")).contains("expected a revision");
        assertThat(ha(REFUSED, "move", "site", "n9")).contains("There is no node n9; there are: n1, n2, n3");
        assertThat(ha(REFUSED, "move", "sight", "n2")).contains("there are: address, service, site");
        assertThat(ha(REFUSED, "explain", "nothing")).contains("There is no resource or group nothing");
        assertThat(ha(REFUSED, "maintenance", "on", "n7")).contains("There is no resource, group or node n7");
        assertThat(ha(REFUSED, "confirm-fenced", "n2")).contains("n2 is alive").contains("ha fence n2");
        assertThat(ha(REFUSED, "voter", "add", "n2=10.77.0.2")).contains("n2 is a voter already");
        assertThat(ha(REFUSED, "voter", "remove", "n7")).contains("the voters are n1, n2, n3");
    }

    @Test
    void withoutADaemonOrAQuorumTheCommandsSaySo() {
        Node holder = lab.holder("service");
        holder.plugged(false);
        Waiting.until(
                "the node that is cut off knows that it has no quorum",
                LIMIT,
                () -> holder.status()
                        .filter(status -> !status.path("quorum").asBoolean())
                        .isPresent(),
                () -> holder.ha("status"));
        assertThat(haOn(holder, NO_QUORUM, "--wait", "2s", "standby", "n1")).contains("will not be");
        assertThat(haOn(holder, DONE, "status")).contains("quorum NO");
        holder.plugged(true);
        assertThat(haOn(holder, NO_DAEMON, "--base", lab.folder().toString(), "status"))
                .contains("no daemon answers")
                .contains("holdfast start --base");
    }

    @Test
    void standbyEmptiesANodeUntilItIsOnlineAgain() {
        Node holder = lab.holder("service");
        assertThat(ha(DONE, "standby", holder.name())).contains("until 'ha online " + holder.name() + "'");
        awaitStatus(
                "it is in standby", status -> nodeState(status, holder.name()).equals("standby"));
        Waiting.until(
                "the service is active elsewhere",
                LIMIT,
                () -> !List.of("", holder.name()).contains(any().activeOn("service")),
                () -> any().ha("status"));
        assertThat(holder.processesOf("service")).isEmpty();
        ha(DONE, "online", holder.name());
    }

    @Test
    void maintenanceLeavesEvenAKilledServiceAlone() {
        Node holder = lab.holder("service");
        ha(DONE, "maintenance", "on", "service");
        holder.processesOf("service").forEach(pid -> Shell.run("kill", "-9", pid.toString()));
        Waiting.pause(Duration.ofSeconds(2));
        assertThat(holder.processesOf("service"))
                .as("what runs in maintenance though it was killed")
                .isEmpty();
        ha(DONE, "maintenance", "off", "service");
    }

    @Test
    void whatIsStoppedStaysStoppedUntilItIsStarted() {
        assertThat(ha(DONE, "stop", "site")).contains("until 'ha start site'");
        awaitState("service", "stopped");
        awaitState("address", "stopped");
        assertThat(ha(DONE, "status")).contains("ha start service");
        ha(DONE, "start", "site");
    }

    @Test
    void aNodeWithoutADeviceIsFencedByItsLease() {
        Node holder = lab.holder("service");
        long before = revision();
        assertThat(ha(DONE, "fence", holder.name())).contains(holder.name() + " is fenced");
        assertThat(ha(DONE, "events", "--since", Long.toString(before)))
                .contains(holder.name() + " is expelled")
                .contains("its lease is over");
        Waiting.until(
                "the service runs elsewhere, and the node is back",
                LIMIT,
                () -> any().status()
                                .filter(status ->
                                        nodeState(status, holder.name()).equals("online"))
                                .isPresent()
                        && !List.of("", holder.name()).contains(any().activeOn("service")),
                () -> any().ha("status"));
    }

    @Test
    void aPersonsWordFreesWhatADeadNodeRan() {
        Node holder = lab.holder("service");
        Node rest = lab.powered().stream()
                .filter(node -> node != holder)
                .findFirst()
                .orElseThrow();
        holder.powerOff();
        Waiting.pause(LEASE.dividedBy(2)); // less than its lease, more than its last renewal
        Waiting.until(
                "the word is taken",
                LIMIT,
                () -> rest.attemptHa("confirm-fenced", holder.name()) == DONE,
                () -> rest.ha("status"));
        Waiting.until(
                "the service is active elsewhere",
                LIMIT,
                () -> !List.of("", holder.name()).contains(rest.activeOn("service")),
                () -> rest.ha("status"));
    }

    @Test
    void anotherNodeJoinsThroughTheVotersAndVotersChangeWhileTheServiceRuns() {
        Node guest = lab.add("n4");
        guest.start();
        awaitStatus("n4 is online", status -> nodeState(status, "n4").equals("online"));
        long began = Probe.nowMs();
        assertThat(ha(DONE, "voter", "add", "n4=" + guest.address())).contains("n1, n2, n3, n4");
        assertThat(ha(DONE, "voter", "remove", "n4")).contains("Voters: n1, n2, n3 (majority 2)");
        String follower = any().status().orElseThrow().path("leader").asText().equals("n3") ? "n2" : "n3";
        assertThat(ha(DONE, "voter", "replace", follower)).contains("Voters: n1, n2, n3 (majority 2)");
        assertThat(watcher.longestOutageSince(began)).isLessThan(OUTAGE_MS);
        ha(DONE, "move", "site", "n4", "--wait", "30s");
        watcher.await("n4", LIMIT);
        ha(DONE, "unmove", "site");
    }

    @Test
    void agentsThatHangFloodOrWriteRubbishDisturbNoOther() {
        long began = Probe.nowMs();
        StringBuilder unruly = new StringBuilder("resources:\n");
        for (String how : List.of("hangs", "deaf", "floods", "rubbish")) {
            for (String in : List.of("start", "monitor")) {
                unruly.append("""
                          %1$s-%2$s:
                            type: ocf:test:unruly
                            parameters: {how: %1$s, in: %2$s}
                            start: {timeout: 1s}
                            stop: {timeout: 1s}
                            monitor: {interval: 1s, timeout: 1s}
                            migration-threshold: 2
                        """.formatted(how, in));
            }
        }
        apply("unruly.yaml", document.replace("resources:\n", unruly));
        for (String resource : List.of("hangs-start", "deaf-start", "rubbish-start")) {
            awaitState(resource, "failed");
        }
        assertThat(ha(DONE, "explain", "hangs-start")).contains("did not end within");
        assertThat(ha(DONE, "explain", "rubbish-start"))
                .contains("exit code 77")
                .contains("no text");
        assertThat(ha(DONE, "retry", "hangs-start")).contains("tried again at once");
        apply("site.yaml", document);
        awaitStatus("they are gone", status -> status.path("resources").size() == 2);
        assertThat(watcher.longestOutageSince(began)).isLessThan(OUTAGE_MS);
    }
}
