package io.holdfast.guard.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of settings in docs/configuration.md has every key, its variable and its default, and nothing else. */
final class SettingsDocumentTest {
    private static final Pattern ROW =
            Pattern.compile("\\| `([^`]+)` \\| `([^`]+)` \\| ([^|]*) \\| [^|]* \\| [^|]* \\|");

    @TempDir
    Path base;

    @Test
    void documentsEverySetting() throws IOException, SettingsException {
        String text = Files.readString(Path.of("../../docs/configuration.md"));
        String table = text.substring(text.indexOf("<!-- settings:"), text.indexOf("<!-- end -->"));
        Map<String, String> defaults = new TreeMap<>();
        List<String> keys = new ArrayList<>();
        for (Matcher row = ROW.matcher(table); row.find(); ) {
            keys.add(row.group(1));
            assertThat(row.group(2)).isEqualTo(SettingsFile.variable(row.group(1)));
            if (row.group(3).startsWith("`")) {
                defaults.put(row.group(1), row.group(3).replace("`", ""));
            }
        }
        assertThat(keys)
                .as("keys in docs/configuration.md")
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(SettingsReader.keys());
        Map<String, String> effective =
                SettingsReader.read(base, Map.of("HOLDFAST_BIND", "127.0.0.1")).all();
        assertThat(defaults)
                .allSatisfy((key, value) -> assertThat(effective.getOrDefault(key, "none"))
                        .as("default of " + key)
                        .isEqualTo(value));
    }
}
