package io.holdfast.cib.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cib.CibFiles;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfflineTest {
    private static final String FILE = "src/test/resources/shop.xml";
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        return new Offline(
                        new CibFiles(() -> Instant.ofEpochSecond(0)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(List.of(words));
    }

    @Test
    void plansWithoutANode() {
        assertThat(run("simulate", "--cib", FILE, "--json", "-t", "2026-100")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("{\"placement\"");
    }

    @Test
    void tellsPeopleInLines() {
        assertThat(run("--base", "/nowhere", "simulate", "--cib=" + FILE)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("fence north").contains("shop-ip: south");
    }

    @Test
    void refusesWithAReason() {
        assertThat(run("simulate", "--cib", "missing.xml")).isEqualTo(1);
        assertThat(run("simulate", "--cib", "pom.xml")).isEqualTo(1);
        assertThat(run("simulate", "--cib", FILE, "--time", "soon")).isEqualTo(1);
        assertThat(run("simulate", "--cib", FILE, "--fail", "a")).isEqualTo(1);
        assertThat(run("simulate", "--cib", FILE, "--drop", "a")).isEqualTo(2);
        assertThat(run("simulate", "--cib", FILE, "--apply", FILE)).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("there is no such file")
                .contains("no CIB")
                .contains("'soon' is no time")
                .contains("no option --drop")
                .contains("there is no node 'a'")
                .contains("the document has no 'cluster'");
    }

    @Test
    void explainsAResource() {
        assertThat(run("simulate", "--cib", FILE, "--explain", "shop-ip")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("shop-ip: moves to south, because it has the best score (100, the next has 0)")
                .contains("+100 constraint c1")
                .contains("to be fenced, it is no longer part of the cluster");
        assertThat(run("simulate", "--cib", FILE, "--explain", "nobody")).isEqualTo(1);
    }

    @Test
    void showsDifferences(@TempDir Path folder) throws Exception {
        assertThat(run("import-cib", FILE)).isZero();
        Path document = folder.resolve("shop.yaml");
        String changed = out.toString(StandardCharsets.UTF_8).replace("score: 100", "score: -INFINITY");
        Files.writeString(document, changed);
        out.reset();
        assertThat(run("simulate", "--cib", FILE, "--apply", document.toString()))
                .isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("shop-ip: west, and not south")
                .contains("would be where they are without that")
                .doesNotContain("clock: ");
        out.reset();
        assertThat(run("simulate", "--cib", FILE, "--fail", "south")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("fence south")
                .contains("shop-ip: west, and not south");
    }

    @Test
    void importsADocument() {
        assertThat(run("import-cib", FILE)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("cluster: shop");
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("not carried over: line ");
    }
}
