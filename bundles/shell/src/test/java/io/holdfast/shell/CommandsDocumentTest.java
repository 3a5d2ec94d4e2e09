package io.holdfast.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table in docs/commands.md is what the commands say of themselves; {@code -Ddocs.write=true} writes it anew. */
final class CommandsDocumentTest {
    private static final Path DOCUMENT = Path.of("../../docs/commands.md");
    private static final String BEGIN = "<!-- commands: generated from bundles/shell, see CommandsDocumentTest -->\n";
    private static final String END = "<!-- end -->\n";

    @Test
    void documentsEveryCommand() throws IOException {
        String present = Files.readString(DOCUMENT);
        int from = present.indexOf(BEGIN) + BEGIN.length();
        int to = present.indexOf(END, from);
        String expected = present.substring(0, from) + table() + present.substring(to);
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(DOCUMENT, expected);
            return;
        }
        assertThat(present)
                .as("docs/commands.md; run this test with -Ddocs.write=true")
                .isEqualTo(expected);
    }

    private static String table() {
        return new Commands(new NoServices())
                .all().stream()
                        .map(command -> "| `"
                                + (command.name() + " " + command.usage())
                                        .strip()
                                        .replace("|", "\\|") + "` | " + command.does() + " |\n")
                        .collect(Collectors.joining("", "| command | does |\n|---|---|\n", ""));
    }

    private static final class NoServices implements Services {
        @Override
        public String node() {
            return "n1";
        }

        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public Optional<Cluster> cluster() {
            return Optional.empty();
        }

        @Override
        public Optional<ClusterControl> control() {
            return Optional.empty();
        }
    }
}
