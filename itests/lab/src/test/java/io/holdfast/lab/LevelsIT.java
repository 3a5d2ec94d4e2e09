package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lab.torture.Altered;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Three real nodes are updated one after the other to a version that understands a higher functional level: this one, with that
 * number changed in it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class LevelsIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Path THIS = Path.of(System.getProperty("holdfast.installation"));
    private static final Path LEVELS = Path.of("../../bundles/model/src/main/java/io/holdfast/model/Levels.java");

    private Lab lab;
    private Path next;

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(
                THIS, Files.createTempDirectory("holdfast-levels"), Duration.ofSeconds(2), List.of("n1", "n2", "n3"));
        String source = Files.readString(LEVELS);
        assertThat(source).contains("new Levels(3, Levels::needed)");
        next = Altered.copy(
                THIS,
                lab.folder(),
                "Levels.java",
                source.replace("new Levels(3, Levels::needed)", "new Levels(4, Levels::needed)"));
        lab.startAll();
        ha("n1", 0, "apply", Examples.site(lab, "2s").toString());
        lab.holder("service");
    }

    @AfterAll
    void end() {
        if (lab != null) {
            lab.saveLogs(Path.of("target/logs/LevelsIT").toAbsolutePath());
            lab.close();
            Shell.attempt(20, "rm", "-rf", lab.folder().toString());
        }
    }

    private String ha(String node, int code, String... words) {
        Shell.Ended ended = lab.node(node).tryHa(words);
        assertThat(ended.status())
                .as(node + ": ha " + String.join(" ", words) + ": " + ended.output())
                .isEqualTo(code);
        return ended.output();
    }

    private void update(String name) {
        lab.node(name).stop();
        lab.install(name, next).start();
        lab.settle();
    }

    @Test
    @Order(1)
    void twoVersionsWorkAtTheLevelOfTheOlder() {
        update("n3");
        ha("n1", 0, "move", "site", "n3", "--wait", "30s");
        assertThat(lab.holder("service").name()).isEqualTo("n3");
        ha("n3", 0, "attribute", "n3", "from", "next");
        ha("n2", 0, "attribute", "n2", "from", "this");
        ha("n3", 0, "move", "site", "n1", "--wait", "30s");
        for (String node : List.of("n1", "n3")) {
            assertThat(ha(node, 0, "attributes")).contains("next").contains("this");
        }
        assertThat(ha("n3", 1, "upgrade-level"))
                .contains("The cluster stays at functional level 3, level 4 is not possible yet")
                .contains("n1 has 0.1.0, which understands level 3: install Holdfast 0.1.0 or later on it")
                .contains("n2 has 0.1.0");
        assertThat(ha("n1", 0, "upgrade-level")).contains("level 3");
    }

    @Test
    @Order(2)
    void theLevelIsRaisedWhenAllAreNew() {
        update("n1");
        lab.node("n2").stop();
        assertThat(ha("n3", 1, "upgrade-level")).contains("n2 is not heard: start it");
        lab.install("n2", next).start();
        lab.settle();
        Waiting.until(
                "a higher level is possible, says the status",
                LIMIT,
                () -> ha("n1", 0, "status").contains("all its nodes understand level 4"),
                () -> ha("n1", 0, "status"));
        assertThat(ha("n1", 0, "upgrade-level")).contains("functional level 4");
        ha("n2", 0, "attribute", "n2", "after", "raise");
        lab.holder("service");
        assertThat(ha("n3", 0, "status")).doesNotContain("all its nodes understand");
    }

    @Test
    @Order(3)
    void anOlderVersionTakesNoPartAndSaysWhatToInstall() {
        lab.node("n2").stop();
        Node old = lab.install("n2", THIS);
        assertThat(old.awaitStart(old.beginStart()))
                .as("what its start says, which ends with a failure")
                .contains("n2 is kept out: ")
                .contains("the cluster works at functional level 4, and this version understands only level 3:"
                        + " install Holdfast 0.1.0 or later on this node");
        assertThat(old.empty()).as("nothing of it runs").isTrue();
        assertThat(ha("n1", 0, "status")).contains("quorum yes");
        lab.holder("service");
        lab.install("n2", next).start();
        lab.settle();
        assertThat(ha("n2", 0, "attributes")).contains("raise");
    }
}
