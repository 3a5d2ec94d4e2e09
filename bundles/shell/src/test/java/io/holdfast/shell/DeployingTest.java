package io.holdfast.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.cluster.DeploymentStatus;
import io.holdfast.api.cluster.DeploymentStatus.OnNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeployingTest {
    private final FakeCluster cluster = new FakeCluster();
    private String out = "";
    private String err = "";

    private int run(String... words) {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        Io.FileReader files = new Io.FileReader() {
            @Override
            public String read(String name) throws IOException {
                throw new IOException("a bundle is no text");
            }

            @Override
            public InputStream open(String name) throws IOException {
                if (name.equals("missing.jar")) {
                    throw new IOException("missing.jar: there is no such file");
                }
                return new ByteArrayInputStream(name.getBytes(StandardCharsets.UTF_8));
            }
        };
        Io io = new Io(
                new PrintStream(outBytes, true, StandardCharsets.UTF_8),
                new PrintStream(errBytes, true, StandardCharsets.UTF_8),
                false,
                0,
                "ann@n1",
                files,
                () -> false);
        int code = new Commands(cluster).run(List.of(words), io);
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    @Test
    void aFileIsKeptHereAndDeployedByItsDigest() {
        cluster.answer = CompletableFuture.completedFuture("web 1.0.0 is deployed.");
        assertThat(run("deploy", "web.jar")).isZero();
        assertThat(cluster.kept).asString(StandardCharsets.UTF_8).isEqualTo("web.jar");
        assertThat(cluster.asked).containsExactly("deploy[d, ann@n1, PT5M]");
        assertThat(out).isEqualTo("web 1.0.0 is deployed.\n");
        assertThat(run("deploy", "web.jar", "--wait", "2s")).isZero();
        assertThat(cluster.asked).contains("deploy[d, ann@n1, PT2S]");
    }

    @Test
    void anAddressIsReadByTheNode(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("web.jar"), "bytes");
        assertThat(run("deploy", file.toUri().toString())).isZero();
        assertThat(cluster.kept).asString(StandardCharsets.UTF_8).isEqualTo("bytes");
        assertThat(run("deploy", "nonsense:x")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("nonsense:x is not deployed: ");
    }

    @Test
    void aFeatureIsPackedByTheNode() {
        cluster.answer = CompletableFuture.completedFuture("web 1.0.0 is deployed.");
        assertThat(run("deploy", "feature:web/1.0.0")).isZero();
        assertThat(cluster.asked).containsExactly("keepFeature[web/1.0.0]", "deploy[f, ann@n1, PT5M]");
        assertThat(run("deploy", "feature:nowhere")).isEqualTo(Exit.REFUSED);
        assertThat(err).isEqualTo("feature:nowhere is not deployed: no feature nowhere is known here\n");
    }

    @Test
    void whatIsNotThereOrRolledBackIsSaid() {
        assertThat(run("deploy", "missing.jar")).isEqualTo(Exit.REFUSED);
        assertThat(err).isEqualTo("missing.jar is not deployed: missing.jar: there is no such file\n");
        cluster.answer = CompletableFuture.failedFuture(
                new ClusterException(Kind.REFUSED, "web 1.0.0 is rolled back: on n1: no. No node keeps it."));
        assertThat(run("deploy", "web.jar")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("rolled back: on n1");
    }

    @Test
    void whatIsDeployedIsShownNodeByNode() {
        assertThat(run("deployments")).isZero();
        assertThat(out).isEqualTo("Nothing is deployed.\n");
        cluster.deployed.add(new DeploymentStatus(
                "com.example.web",
                "1.1.0",
                "ab".repeat(32),
                "rolled back",
                "on n2: no disk",
                "1.0.0",
                List.of("web"),
                List.of(new OnNode("n1", "1.0.0", "active", ""), new OnNode("n2", "1.0.0", "failed", "no disk"))));
        assertThat(run("deployments")).isZero();
        assertThat(out).isEqualTo("""
                BUNDLE           VERSION  DIGEST        STATE        NODES
                com.example.web  1.1.0    abababababab  rolled back  n1 active 1.0.0, n2 failed 1.0.0

                com.example.web 1.1.0 was rolled back: on n2: no disk. 1.0.0 is there as before.
                com.example.web 1.0.0 on n2: no disk
                """);
        assertThat(run("--json", "deployments")).isZero();
        assertThat(out)
                .contains(
                        "\"previous\": \"1.0.0\"", "{\"name\": \"n2\", \"version\": \"1.0.0\", \"state\": \"failed\"");
        assertThat(run("undeploy", "com.example.web")).isZero();
        assertThat(cluster.asked).contains("undeploy[com.example.web, ann@n1]");
    }
}
