package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.promoted.JavaPrimary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A clone of which one copy is promoted, on three real nodes. Who is promoted runs a process that takes a lock which all nodes see; a
 * second one at the same time would write that down.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PromotableIT {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    private static final String DOCUMENT = """
            cluster: promoted
            resources:
              primary: {type: 'TYPE', parameters: {folder: FOLDER}, monitor: {interval: 1s}}
              address: {type: process, parameters: {command: sleep 100000}}
            clones: {all: {of: primary, promoted: 1}}
            constraints:
              - together: {resource: address, with: all, with-role: promoted}
              - order: {first: all, first-action: promote, then: address, then-action: start}
            """;

    private Lab lab;
    private Path told;

    /** Where a copy is promoted, by which token. */
    private record Promoted(String node, long token) {}

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                Files.createTempDirectory("holdfast-promoted"),
                Duration.ofSeconds(2),
                List.of("n1", "n2", "n3"));
        told = Files.createDirectories(lab.folder().resolve("told"));
        copy("writer", told.resolve("writer"));
        Path agents = Files.createDirectories(lab.folder().resolve("ocf/resource.d/test"));
        copy("primary", agents.resolve("primary"));
        lab.set("HOLDFAST_OCF_ROOT", lab.folder().resolve("ocf") + ":/usr/lib/ocf");
        lab.startAll();
    }

    private static void copy(String from, Path to) throws IOException {
        try (InputStream in = PromotableIT.class.getResourceAsStream("/ocf/test/" + from)) {
            Files.write(to, Objects.requireNonNull(in).readAllBytes());
        }
        assertThat(to.toFile().setExecutable(true)).isTrue();
    }

    @AfterAll
    void end() {
        if (lab != null) {
            lab.saveLogs(Path.of("target/logs/PromotableIT").toAbsolutePath());
            lab.close();
            Shell.attempt(20, "rm", "-rf", lab.folder().toString());
        }
    }

    @AfterEach
    void neverTwoAtATimeAndTokensOnlyGrow() {
        assertThat(told.resolve("clash")).doesNotExist();
        List<Long> tokens = writers().stream().map(Promoted::token).toList();
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
    }

    private String ha(int code, String... words) {
        Shell.Ended ended = lab.powered().get(0).tryHa(words);
        assertThat(ended.status())
                .as("ha " + String.join(" ", words) + ": " + ended.output())
                .isEqualTo(code);
        return ended.output();
    }

    private void apply(String type) {
        String text = DOCUMENT.replace("FOLDER", told.toString()).replace("TYPE", type);
        ha(
                0,
                "apply",
                Examples.write(lab.folder().resolve("promoted.yaml"), text).toString());
    }

    private void score(String node, int score) throws IOException {
        Files.writeString(told.resolve("score." + node), score + "\n");
    }

    /** {@return who acted as the promoted one, in this order} */
    private List<Promoted> writers() {
        try {
            return Files.readAllLines(told.resolve("writers")).stream()
                    .map(line -> line.split(" "))
                    .map(words -> new Promoted(words[0], Long.parseLong(words[1])))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return who is promoted, if so many copies are active, one of them is promoted, and what follows it is active there} */
    private Optional<Promoted> promoted(int copies) {
        Optional<Promoted> found = Optional.empty();
        String address = "";
        int active = 0;
        for (JsonNode one : resources()) {
            String node = one.path("node").asText();
            boolean serves = one.path("state").asText().equals("active");
            if (serves && one.path("name").asText().equals("address")) {
                address = node;
            } else if (serves) {
                active++;
                boolean is = one.path("role").asText().equals("promoted");
                found = is
                        ? Optional.of(
                                new Promoted(node, one.path("promoted_token").asLong()))
                        : found;
            }
        }
        String beside = address;
        return active == copies ? found.filter(one -> one.node().equals(beside)) : Optional.empty();
    }

    private List<JsonNode> resources() {
        List<JsonNode> all = new ArrayList<>();
        lab.powered()
                .get(0)
                .status()
                .ifPresent(status -> status.path("resources").forEach(all::add));
        return all;
    }

    /** {@return the processes of the copy on that node} */
    private List<Long> processes(String node) {
        String copy = resources().stream()
                .filter(one -> one.path("node").asText().equals(node))
                .map(one -> one.path("name").asText())
                .filter(name -> name.startsWith("primary:"))
                .findFirst()
                .orElseThrow();
        return lab.node(node).processesOf(copy);
    }

    private Promoted await(String what, int copies, String node) {
        Waiting.until(
                what,
                LIMIT,
                () -> promoted(copies)
                        .filter(one -> node.isEmpty() || one.node().equals(node))
                        .isPresent(),
                () -> ha(0, "status") + ha(0, "explain", "all"));
        Promoted now = promoted(copies).orElseThrow();
        assertThat(writers()).endsWith(now);
        return now;
    }

    @Test
    @Order(1)
    void oneCopyIsPromotedAndWhatFollowsItStartsThere() throws IOException {
        score("n2", 10);
        apply("ocf:test:primary");
        await("a promoted copy on n2", 3, "n2");
        assertThat(ha(0, "status")).contains("active, promoted");
        assertThat(ha(0, "explain", "all"))
                .contains(", promoted by primary:promoted:0 under token ", ", not promoted.")
                .containsPattern("the copy on n2 has the best promotion score \\(1\\d, the next has \\d+\\)");
        Waiting.until(
                "the agent hears its role",
                LIMIT,
                () -> role("n2").equals("Promoted 1\n") && role("n1").equals("Unpromoted 1\n"),
                () -> role("n2") + role("n1"));
    }

    private String role(String node) {
        try {
            Path file = told.resolve(node + ".primary.role");
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Order(2)
    void aBetterScoreMovesTheRoleAndNoCopyIsRestarted() throws IOException {
        Promoted before = await("a promoted copy", 3, "n2");
        int promotions = writers().size(); // at the start another one may have been the first to serve
        List<Long> processes = processes("n3");
        assertThat(processes).isNotEmpty();
        score("n3", 100);
        Promoted after = await("the better one", 3, "n3");
        assertThat(after.token()).isGreaterThan(before.token());
        assertThat(writers()).hasSize(promotions + 1);
        assertThat(processes("n3")).containsAll(processes);
    }

    @Test
    @Order(3)
    void aRestartOfTheDaemonLeavesItPromoted() {
        Promoted before = await("a promoted copy", 3, "n3");
        assertThat(lab.node("n3").tryRestart().status()).isZero();
        assertThat(await("it still", 3, "n3")).isEqualTo(before);
    }

    @Test
    @Order(4)
    void standbyDemotesAndPromotesAnother() {
        ha(0, "standby", "n3");
        await("another", 2, "n2");
        ha(0, "online", "n3");
        await("the best again", 3, "n3");
    }

    @Test
    @Order(5)
    void anotherIsPromotedWhenItsNodeIsLost() {
        Promoted before = await("a promoted copy", 3, "n3");
        lab.node("n3").powerOff();
        Promoted after = await("another", 2, "n2");
        assertThat(after.token()).isGreaterThan(before.token());
        lab.settle();
        await("the best again", 3, "n3");
    }

    @Test
    @Order(6)
    void anotherIsPromotedWhenItsNodeIsCutOff() {
        await("a promoted copy", 3, "n3");
        lab.node("n3").plugged(false);
        Waiting.until("another", LIMIT, () -> promoted(2).isPresent(), () -> ha(0, "status"));
        lab.node("n3").plugged(true);
        await("the best again", 3, "n3");
    }

    @Test
    @Order(7)
    void stopsAndStartsAsAWhole() {
        ha(0, "stop", "all");
        Waiting.until(
                "all are stopped",
                LIMIT,
                () -> resources().stream()
                        .allMatch(one -> one.path("state").asText().equals("stopped")),
                () -> ha(0, "status"));
        ha(0, "start", "all");
        await("the best again", 3, "n3");
    }

    @Test
    @Order(8)
    void aJavaTypeIsPromotedToo() throws IOException {
        ha(
                0,
                "deploy",
                SampleBundle.withType(lab.folder(), "2.0.0", JavaPrimary.class).toString());
        apply("java-primary");
        Promoted before = await("the Java type", 3, "n1");
        lab.node("n1").powerOff();
        Promoted after = await("another", 2, "");
        assertThat(after.token()).isGreaterThan(before.token());
        lab.settle();
        await("the best again", 3, "n1");
    }
}
