package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process of its own is killed in the middle of its appends, again and again. */
class KillTest {
    @TempDir
    Path base;

    @Test
    @Timeout(120)
    @DisplayName(
            "kill -9 at any instant: nothing that was acknowledged is lost, nothing happens twice, and it starts again")
    void losesNothing() throws IOException, InterruptedException {
        List<String> acknowledged = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
            acknowledged.addAll(runAndKill(round, 40 + 37 * round));
        }
        try (TestCluster cluster = new TestCluster(base, TestCluster.SMALL, "n1")) {
            cluster.startAll();
            TestCluster.Node node = cluster.leader();
            node.read();
            List<String> there = node.announced();
            assertThat(there).doesNotHaveDuplicates();
            // The state keeps the newest thousand only.
            List<String> expected = acknowledged.subList(Math.max(0, acknowledged.size() - 900), acknowledged.size());
            assertThat(there).containsAll(expected);
        }
    }

    private List<String> runAndKill(int round, int after) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        base.toString(),
                        Integer.toString(round))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> acknowledged = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && acknowledged.size() < after) {
                acknowledged.add(line);
                line = out.readLine();
            }
            child.toHandle()
                    .destroyForcibly(); // SIGKILL; what it printed before can still be read, while the next ones are on
            // their way
            while (line != null) {
                acknowledged.add(line);
                line = out.readLine();
            }
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(after);
        return acknowledged;
    }

    /** Appends with several under way, and prints what is acknowledged. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            TestCluster cluster = new TestCluster(Path.of(args[0]), TestCluster.SMALL, "n1");
            cluster.startAll();
            TestCluster.Node node = cluster.leader();
            for (int thread = 0; thread < 4; thread++) {
                String prefix = args[1] + "." + thread + ".";
                Thread worker = new Thread(() -> {
                    for (int i = 0; ; i++) {
                        node.append(prefix + i);
                        System.out.println(prefix + i);
                    }
                });
                worker.start();
            }
        }
    }
}
