package io.holdfast.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every cluster document in the manual can be applied as it stands there, the one that is called planned can be planned, and the chapter on
 * placement has an example of each key.
 */
final class ExampleDocumentsTest {
    private static final Pattern YAML = Pattern.compile("```yaml\n(cluster: .*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/configuration.md", "docs/your-own-resource.md", "docs/placement.md"})
    void areSound(String file) throws IOException {
        List<String> documents = documents(file);
        assertThat(documents).as("documents in " + file).isNotEmpty();
        for (String document : documents) {
            boolean planned = document.startsWith("cluster: planned\n");
            assertThat(parse(document, file, planned ? Purpose.PLAN : Purpose.RUN))
                    .isInstanceOf(Parsed.Sound.class);
            if (planned) {
                assertThat(parse(document, file, Purpose.RUN))
                        .as("what is only planned")
                        .isInstanceOf(Parsed.Faulty.class);
            }
        }
    }

    @Test
    void thereIsOneOfEachKey() throws IOException {
        String documents = String.join("\n", documents("docs/placement.md"));
        Set<String> keys = new TreeSet<>(ConfigParser.KEYS);
        keys.addAll(ResourceReader.KEYS);
        keys.addAll(CloneReader.KEYS);
        ConstraintReader.FORMS.forEach((form, its) -> {
            keys.add(form);
            keys.addAll(its);
        });
        keys.addAll(List.of("all", "any", "in-order", "action", "strategy", "opt-in", "capacity", "level"));
        keys.addAll(
                ResourceReader.ON_FAIL.stream().map(word -> "on-fail: " + word).toList());
        assertThat(keys)
                .allSatisfy(key ->
                        assertThat(documents).containsPattern("(?<![\\w-])" + key + (key.contains(" ") ? "" : ":")));
    }

    private static Parsed parse(String document, String file, Purpose purpose) {
        return ConfigParser.parse(document, file, TypeLookup.trusting(), purpose);
    }

    private static List<String> documents(String file) throws IOException {
        return YAML.matcher(Files.readString(Path.of("../..", file)))
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}
