package io.holdfast.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SwapTest {
    private final FakeCluster cluster = new FakeCluster();
    private String version = "0.1.0";
    private String failure = "";
    private int absences;
    private String out = "";
    private String err = "";

    private final Services services = new Services() {
        @Override
        public String node() {
            return "n1";
        }

        @Override
        public Optional<Cluster> cluster() {
            return cluster.cluster();
        }

        @Override
        public Optional<ClusterControl> control() {
            return absences-- > 0 ? Optional.empty() : cluster.control();
        }

        @Override
        public Optional<Layers> layers() {
            return Optional.of(new FakeLayers());
        }
    };

    private final class FakeLayers implements Layers {
        @Override
        public Optional<String> version(String layer) {
            return layer.equals("nonsense") ? Optional.empty() : Optional.of(version);
        }

        @Override
        public boolean active(String layer) {
            return true;
        }

        @Override
        public void replace(String layer, Optional<String> url) throws IOException {
            cluster.asked.add("replace " + layer + " " + url.orElse(""));
            if (!failure.isEmpty()) {
                throw new IOException(failure);
            }
            version = "0.2.0";
            absences = 2;
        }
    }

    private int run(String... words) {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        Io io = new Io(
                new PrintStream(outBytes, true, StandardCharsets.UTF_8),
                new PrintStream(errBytes, true, StandardCharsets.UTF_8),
                false,
                0,
                "ann@n1",
                name -> "",
                () -> false);
        int code = new Commands(services).run(List.of(words), io);
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    @Test
    void holdsReplacesWaitsAndReleases() {
        assertThat(run("swap", "transport", "mvn:io.holdfast/holdfast-transport/0.2.0"))
                .isZero();
        assertThat(out)
                .contains("transport is at version 0.2.0 now, before it was 0.1.0")
                .contains("nothing was stopped");
        assertThat(cluster.asked)
                .containsSubsequence(
                        "hold[PT1M, PT10S]",
                        "replace transport mvn:io.holdfast/holdfast-transport/0.2.0",
                        "freshStatus[PT0.2S]",
                        "release[PT10S]");
    }

    @Test
    void givesTheHoldBackWhenNothingWasReplaced() {
        failure = "mvn:x/y/1 cannot be read: not found";
        assertThat(run("swap", "transport", "mvn:x/y/1")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("mvn:x/y/1 cannot be read");
        assertThat(cluster.asked).contains("release[PT10S]");
    }

    @Test
    void refusesWhatIsNoLayer() {
        assertThat(run("swap", "nonsense")).isEqualTo(Exit.USAGE);
        assertThat(run("swap", "api")).isEqualTo(Exit.USAGE);
        assertThat(err).contains("restart the node");
        assertThat(cluster.asked).isEmpty();
    }
}
