package io.holdfast.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every cluster document in the manual can be applied as it stands there. */
final class ExampleDocumentsTest {
    private static final Pattern YAML = Pattern.compile("```yaml\n(cluster: .*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/configuration.md", "docs/your-own-resource.md", "docs/placement.md"})
    void areSound(String file) throws IOException {
        String text = Files.readString(Path.of("../..", file));
        int found = 0;
        for (Matcher document = YAML.matcher(text); document.find(); found++) {
            Purpose purpose = document.group(1).contains("\nclones:") ? Purpose.PLAN : Purpose.RUN;
            assertThat(ConfigParser.parse(document.group(1), file, TypeLookup.trusting(), purpose))
                    .isInstanceOf(Parsed.Sound.class);
        }
        assertThat(found).as("documents in " + file).isPositive();
    }
}
