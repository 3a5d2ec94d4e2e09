package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** A clone on three real nodes: one copy on each, which comes back with its node, while the others go on untouched. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ClonesIT {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    private static final String DOCUMENT = """
            cluster: clones
            resources:
              beat: {type: 'ocf:test:beat', parameters: {folder: FOLDER}, monitor: {interval: 2s}}
              after: {type: process, parameters: {command: sleep 100000}}
            """;

    private Lab lab;
    private Path told;

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                Files.createTempDirectory("holdfast-clones"),
                Duration.ofSeconds(2),
                List.of("n1", "n2", "n3"));
        Path agent = Files.createDirectories(lab.folder().resolve("ocf/resource.d/test"))
                .resolve("beat");
        try (InputStream in = ClonesIT.class.getResourceAsStream("/ocf/test/beat")) {
            Files.write(agent, Objects.requireNonNull(in).readAllBytes());
        }
        assertThat(agent.toFile().setExecutable(true)).isTrue();
        told = Files.createDirectories(lab.folder().resolve("told"));
        lab.set("HOLDFAST_OCF_ROOT", lab.folder().resolve("ocf") + ":/usr/lib/ocf");
        lab.startAll();
    }

    @AfterAll
    void end() {
        if (lab != null) {
            lab.saveLogs(Path.of("target/logs/ClonesIT").toAbsolutePath());
            lab.close();
            Shell.attempt(20, "rm", "-rf", lab.folder().toString());
        }
    }

    private String ha(int code, String... words) {
        Shell.Ended ended = lab.powered().get(0).tryHa(words);
        assertThat(ended.status())
                .as("ha " + String.join(" ", words) + ": " + ended.output())
                .isEqualTo(code);
        return ended.output();
    }

    private void apply(String more) {
        Path file = lab.folder().resolve("clones.yaml");
        ha(
                0,
                "apply",
                Examples.write(file, DOCUMENT.replace("FOLDER", told.toString()) + more)
                        .toString());
    }

    /** {@return where each copy is active, and under which token: {@code n1 17} by its name} */
    private static Map<String, String> copies(JsonNode status) {
        Map<String, String> copies = new TreeMap<>();
        for (JsonNode one : status.path("resources")) {
            String name = one.path("name").asText();
            if (name.startsWith("beat") && one.path("state").asText().equals("active")) {
                copies.put(
                        name,
                        one.path("node").asText() + " " + one.path("token").asLong());
            }
        }
        return copies;
    }

    private Map<String, String> await(String what, Predicate<Map<String, String>> condition) {
        Waiting.until(
                what,
                LIMIT,
                () -> lab.powered()
                        .get(0)
                        .status()
                        .filter(status -> condition.test(copies(status)))
                        .isPresent(),
                () -> lab.powered().get(0).ha("status"));
        return copies(lab.powered().get(0).status().orElseThrow());
    }

    private static List<String> nodes(Map<String, String> copies) {
        return copies.values().stream()
                .map(there -> there.split(" ")[0])
                .sorted()
                .toList();
    }

    /** {@return what the agents that run wrote down, by node and name} */
    private List<String> running() {
        try (Stream<Path> files = Files.list(told)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".pid"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Order(1)
    void oneRunsOnEachNode() throws IOException {
        apply("clones: {beats: {of: beat}}\nconstraints: [order: {first: beats, then: after}]\n");
        Map<String, String> copies = await("three copies", found -> found.size() == 3);
        assertThat(nodes(copies)).containsExactly("n1", "n2", "n3");
        assertThat(running()).containsExactly("n1.beat", "n2.beat", "n3.beat");
        String first = copies.get("beat:0").split(" ")[0];
        assertThat(Files.readString(told.resolve(first + ".beat"))).isEqualTo("beat:0 clone=0 max=3 unique=false\n");
        lab.holder("after");
        assertThat(ha(0, "explain", "beat:1")).contains("beat:1 (ocf:test:beat) is active on");
        assertThat(ha(0, "explain", "beats")).contains("beat:0").contains("beat:2");
        assertThat(ha(1, "move", "beats", "n1")).contains("'prefer'");
        assertThat(ha(0, "simulate", "--fail", "n3")).contains("n3 fails and is fenced.");
    }

    @Test
    @Order(2)
    void theOthersGoOnWhileANodeIsLostAndItsCopyComesBackWithIt() {
        Map<String, String> before = await("three copies", found -> found.size() == 3);
        String lost = before.entrySet().stream()
                .filter(copy -> copy.getValue().startsWith("n3 "))
                .findFirst()
                .orElseThrow()
                .getKey();
        lab.node("n3").powerOff();
        Map<String, String> two = await("two copies", found -> found.size() == 2);
        assertThat(two).doesNotContainKey(lost).isEqualTo(without(before, lost));
        lab.settle();
        Map<String, String> again = await("three copies again", found -> found.size() == 3);
        assertThat(without(again, lost)).isEqualTo(without(before, lost));
        assertThat(again.get(lost)).startsWith("n3 ");
        assertThat(token(again.get(lost))).isGreaterThan(token(before.get(lost)));
    }

    private static long token(String there) {
        return Long.parseLong(there.split(" ")[1]);
    }

    private static Map<String, String> without(Map<String, String> copies, String one) {
        Map<String, String> others = new TreeMap<>(copies);
        others.remove(one);
        return others;
    }

    @Test
    @Order(3)
    void stopsAndStartsAsAWhole() {
        assertThat(ha(1, "stop", "beat:1")).contains("one instance of clone beats");
        ha(0, "stop", "beats");
        await("no copy", Map::isEmpty);
        Waiting.until(
                "none runs", LIMIT, () -> running().isEmpty(), () -> running().toString());
        ha(0, "start", "beats");
        await("three copies", found -> found.size() == 3);
    }

    @Test
    @Order(4)
    void becomesASingleOneAgain() {
        apply("");
        Map<String, String> one = await("one alone", found -> found.containsKey("beat") && found.size() == 1);
        assertThat(running()).containsExactly(nodes(one).get(0) + ".beat");
        apply("clones: {beats: {of: beat, instances: 4, per-node: 2, unique: true}}\n");
        Map<String, String> four = await("four copies", found -> found.size() == 4);
        assertThat(four).containsOnlyKeys("beat:0", "beat:1", "beat:2", "beat:3");
        assertThat(running()).hasSize(4).anyMatch(name -> name.endsWith(".beat:3"));
    }
}
