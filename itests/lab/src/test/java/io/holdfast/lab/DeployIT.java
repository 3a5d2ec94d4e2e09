package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.lab.broken.Halting;
import io.holdfast.lab.broken.NeverValid;
import io.holdfast.lab.broken.NeverWell;
import io.holdfast.lab.broken.Throwing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** A resource bundle on three real nodes: by one command, updated under what runs, and taken back when it is no good. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class DeployIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Path BUNDLE = Path.of(System.getProperty("holdfast.web.bundle"));
    private static final String NAME = "web-folder";

    private Lab lab;
    private long process;

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                Files.createTempDirectory("holdfast-deploy"),
                Duration.ofSeconds(2),
                List.of("n1", "n2", "n3"));
        lab.startAll();
    }

    @AfterAll
    void end() {
        if (lab != null) {
            lab.saveLogs(Path.of("target/logs/DeployIT").toAbsolutePath());
            lab.close();
            Shell.attempt(20, "rm", "-rf", lab.folder().toString());
        }
    }

    private Node n1() {
        return lab.powered().get(0);
    }

    private String ha(int code, String... words) {
        Shell.Ended ended = n1().tryHa(words);
        assertThat(ended.status())
                .as("ha " + String.join(" ", words) + ": " + ended.output())
                .isEqualTo(code);
        return ended.output();
    }

    /** {@return the sample as another version, with one more component, if one is given} */
    private Path bundle(String version, Optional<Class<?>> component) throws IOException {
        return SampleBundle.with(lab.folder(), version, component);
    }

    /** {@return the sample as another version, with another type in the place of its own} */
    private Path withType(String version, Class<?> type) throws IOException {
        return SampleBundle.withType(lab.folder(), version, type);
    }

    /** {@return "NODE STATE VERSION" of each node} */
    private List<String> deployed() {
        List<String> nodes = new ArrayList<>();
        try {
            JsonNode all = new ObjectMapper().readTree(ha(0, "--json", "deployments"));
            all.path(0)
                    .path("nodes")
                    .forEach(node -> nodes.add(node.path("name").asText() + " "
                            + node.path("state").asText() + " "
                            + node.path("version").asText()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return nodes;
    }

    private void awaitEverywhere(String version) {
        List<String> wanted = List.of("n1 active " + version, "n2 active " + version, "n3 active " + version);
        Waiting.until(version + " is everywhere", LIMIT, () -> deployed().equals(wanted), () -> n1().ha("deployments"));
    }

    private long process() {
        List<Long> all = lab.holder("site").processesOf("site");
        assertThat(all).as("processes of the site").hasSize(1);
        return all.get(0);
    }

    @Test
    @Order(1)
    void oneCommandBringsATypeToAllNodes() throws IOException {
        assertThat(ha(0, "deployments")).contains("Nothing is deployed");
        assertThat(ha(0, "deploy", BUNDLE.toString()))
                .contains("web-folder 1.0.0 is deployed: it is well on n1, n2, n3")
                .contains("offers web-folder");
        Path site = Files.createDirectories(lab.folder().resolve("site"));
        Path document = Examples.write(
                lab.folder().resolve("site.yaml"),
                "cluster: lab\nresources:\n  site: {type: web-folder, parameters: {folder: " + site + "}}\n");
        ha(0, "apply", document.toString());
        process = process();
        TreeSet<String> answers = new TreeSet<>();
        for (Node node : lab.powered()) {
            answers.add(node.ha("attributes", node.name()));
        }
        assertThat(answers).allMatch(text -> text.contains("web-folder"));
    }

    @Test
    @Order(2)
    void anUpdateReachesWhoWasAwayAndWhatRunsGoesOn() throws IOException {
        Node away = lab.powered().stream()
                .filter(node -> node != n1() && node != lab.holder("site"))
                .findFirst()
                .orElseThrow();
        away.stop();
        assertThat(ha(0, "deploy", bundle("1.0.1", Optional.empty()).toString()))
                .contains("1.0.1 is deployed")
                .doesNotContain(away.name());
        away.start();
        awaitEverywhere("1.0.1");
        assertThat(process()).isEqualTo(process);
    }

    @Test
    @Order(3)
    void whatThrowsInItsActivationIsTakenBack() throws IOException {
        String said =
                ha(1, "deploy", bundle("1.1.0", Optional.of(Throwing.class)).toString());
        assertThat(said)
                .contains("web-folder 1.1.0 is rolled back: on n")
                .contains("component broken failed: java.lang.IllegalStateException: there is no disk")
                .contains("All nodes go back to 1.0.1");
        awaitEverywhere("1.0.1");
        assertThat(n1().ha("events").lines().filter(line -> line.contains("1.1.0 is rolled back")))
                .hasSize(1);
        assertThat(ha(0, "deployments"))
                .contains("1.1.0")
                .contains("was rolled back")
                .contains("no disk");
        assertThat(process()).isEqualTo(process);
    }

    @Test
    @Order(4)
    void whatEndsTheDaemonIsTriedOnceAndTakenBack() throws IOException {
        String said =
                ha(1, "deploy", bundle("1.2.0", Optional.of(Halting.class)).toString());
        assertThat(said).contains("web-folder 1.2.0 is rolled back: ").containsAnyOf("the daemon ended", "was lost");
        lab.settle();
        awaitEverywhere("1.0.1");
        assertThat(process()).isEqualTo(process);
    }

    @Test
    @Order(5)
    void whatRefusesTheConfigurationIsTakenBackByTheFirstNode() throws IOException {
        String said = ha(1, "deploy", withType("1.3.0", NeverValid.class).toString());
        assertThat(said)
                .contains("web-folder 1.3.0 is rolled back: on n")
                .contains("site does not pass its validation any more: this version serves nothing")
                .contains("All nodes go back to 1.0.1");
        awaitEverywhere("1.0.1");
        assertThat(process()).isEqualTo(process);
    }

    @Test
    @Order(6)
    void whatCallsARunningServiceDeadIsTakenBackBeforeTheServiceIsTouched() throws IOException {
        String before = n1().status().orElseThrow().path("revision").asText();
        Node holder = lab.holder("site");
        String said = ha(1, "deploy", withType("1.4.0", NeverWell.class).toString());
        assertThat(said)
                .contains("web-folder 1.4.0 is rolled back: on " + holder.name())
                .contains("the monitor of site, which runs here, fails now: this version sees nothing well");
        awaitEverywhere("1.0.1");
        Waiting.pause(Duration.ofSeconds(5)); // its next monitors are the old version's
        assertThat(process()).isEqualTo(process);
        assertThat(lab.holder("site")).isSameAs(holder);
        assertThat(n1().ha("events", "--since", before)).doesNotContain("monitor failed");
    }

    @Test
    @Order(7)
    void aFeatureReachesAllNodesAsOneKar() {
        assertThat(ha(0, "deploy", "feature:holdfast-cifs"))
                .contains("holdfast-cifs 0.1.0 is deployed: it is well on n1, n2, n3")
                .contains("offers cifs");
        assertThat(lab.powered()).allMatch(Share::offersShares);
        Node again = lab.powered().get(2);
        again.stop();
        again.start();
        Waiting.until(
                "it is there again after a restart",
                LIMIT,
                () -> Share.offersShares(again),
                () -> n1().ha("deployments"));
        ha(0, "undeploy", "holdfast-cifs");
        Waiting.until(
                "no node offers shares",
                LIMIT,
                () -> lab.powered().stream().noneMatch(Share::offersShares),
                () -> n1().ha("attributes"));
    }

    @Test
    @Order(8)
    void aNodeThatKnowsKeysTakesOnlyWhatTheySigned() throws IOException {
        Path keys = Files.createDirectories(lab.folder().resolve("keys"));
        Path store = lab.folder().resolve("store.p12");
        tool(
                "keytool",
                "-genkeypair",
                "-alias",
                "ann",
                "-dname",
                "CN=ann",
                "-keyalg",
                "EC",
                "-keystore",
                store.toString());
        tool(
                "keytool",
                "-exportcert",
                "-alias",
                "ann",
                "-rfc",
                "-file",
                keys.resolve("ann.pem").toString(),
                "-keystore",
                store.toString());
        Node careful = lab.powered().stream()
                .filter(node -> node != n1() && node != lab.holder("site"))
                .findFirst()
                .orElseThrow();
        Path signed = bundle("1.4.5", Optional.empty());
        tool("jarsigner", "-keystore", store.toString(), signed.toString(), "ann");
        ha(0, "deploy", signed.toString());
        careful.stop();
        lab.set(careful.name(), "HOLDFAST_DEPLOY_KEYS", keys.toString());
        careful.start();
        awaitEverywhere("1.4.5");

        Path jar = bundle("1.5.0", Optional.empty());
        assertThat(ha(1, "deploy", jar.toString()))
                .contains("web-folder 1.5.0 is rolled back: on " + careful.name() + ": it is not signed")
                .contains("sign it with the key of a certificate in " + keys);
        awaitEverywhere("1.4.5");
        assertThat(careful.tryHa("deploy", jar.toString()).output()).contains("Not deployed: it is not signed");
        Path kar = careful.base().resolve("deployments/holdfast-cifs-0.1.0.kar");
        assertThat(careful.tryHa("deploy", "feature:holdfast-cifs").output())
                .contains("takes only signed code (deploy.keys)", "it is packed in " + kar + ": sign that file");
        tool("jarsigner", "-keystore", store.toString(), kar.toString(), "ann");
        assertThat(careful.tryHa("deploy", kar.toString()).output())
                .contains("holdfast-cifs 0.1.0 is deployed: it is well on n1, n2, n3");
        ha(0, "undeploy", "holdfast-cifs");
        tool("jarsigner", "-keystore", store.toString(), jar.toString(), "ann");
        assertThat(ha(0, "deploy", jar.toString())).contains("web-folder 1.5.0 is deployed: it is well on n1, n2, n3");

        Path layer = lab.folder().resolve("planner.jar");
        Files.copy(planner(), layer);
        assertThat(careful.tryHa("swap", "planner", layer.toString(), "--dry-run")
                        .status())
                .as("what its own installation has needs no signature")
                .isZero();
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(layer));
                JarFile shipped = new JarFile(planner().toFile())) {
            for (JarEntry entry : shipped.stream().toList()) {
                out.putNextEntry(new JarEntry(entry.getName()));
                shipped.getInputStream(entry).transferTo(out);
            }
            out.putNextEntry(new JarEntry("more.txt"));
        }
        assertThat(careful.tryHa("swap", "planner", layer.toString()).output()).contains("it is not signed");
        tool("jarsigner", "-keystore", store.toString(), layer.toString(), "ann");
        assertThat(careful.tryHa("swap", "planner", layer.toString()).output()).contains("nothing was stopped");
        assertThat(process()).isEqualTo(process);
    }

    private static Path planner() {
        return Path.of(System.getProperty("holdfast.installation"))
                .resolve("system/io/holdfast/holdfast-planner/0.1.0/holdfast-planner-0.1.0.jar");
    }

    private static void tool(String name, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", name).toString(), "-storepass", "changeit"));
        command.addAll(List.of(arguments));
        Shell.run(command.toArray(String[]::new));
    }

    @Test
    @Order(9)
    void layersAreSwappedNodeByNodeUnderWhatRuns() {
        String before = n1().status().orElseThrow().path("revision").asText();
        for (String layer : List.of("transport", "fencing")) {
            assertThat(ha(0, "swap", layer, "--dry-run")).contains("All of it resolves");
            String leader = n1().status().orElseThrow().path("leader").asText();
            assertThat(ha(0, "swap", layer, "--rolling"))
                    .contains(layer + " is swapped on ")
                    .containsPattern("swapped on n., n., " + leader + "|" + leader + ": ");
        }
        assertThat(ha(0, "swap", "shell", "--rolling"))
                .containsPattern("n3: shell is at version .* now; nothing was stopped")
                .containsPattern("It is swapped on (n2, n3|n3, n2), and here");
        assertThat(process()).isEqualTo(process);
        assertThat(n1().ha("events", "--since", before))
                .contains(
                        "swapped transport on n3", "swapped shell on n1", "swapped shell on n2", "swapped shell on n3")
                .doesNotContain("is expelled");
    }

    @Test
    @Order(10)
    void itGoesWhenNothingUsesItAndNotBefore() {
        assertThat(ha(1, "undeploy", NAME)).contains("it offers web-folder", "uses in site");
        ha(
                0,
                "apply",
                Examples.write(lab.folder().resolve("none.yaml"), "cluster: lab\n")
                        .toString());
        Waiting.until("it is undeployed", LIMIT, () -> n1().attemptHa("undeploy", NAME) == 0, () -> n1().ha("status"));
        Waiting.until(
                "no node offers it",
                LIMIT,
                () -> !n1().ha("attributes").contains("web-folder"),
                () -> n1().ha("attributes"));
    }
}
