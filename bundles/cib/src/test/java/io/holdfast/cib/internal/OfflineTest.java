package io.holdfast.cib.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cib.CibFiles;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

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
        assertThat(run("simulate", "--cib", FILE, "--fail", "a")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("there is no such file")
                .contains("no CIB")
                .contains("'soon' is no time")
                .contains("no option --fail");
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
    void importsADocument() {
        assertThat(run("import-cib", FILE)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("cluster: shop");
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("not carried over: clone clocks");
    }
}
