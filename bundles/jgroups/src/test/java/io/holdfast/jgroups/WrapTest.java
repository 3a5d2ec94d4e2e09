package io.holdfast.jgroups;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is easily lost from this bundle and missed only at run time. */
class WrapTest {
    private static final Path CLASSES = Path.of("target", "classes");

    @Test
    @DisplayName("every class that the class-id registry names is inside: one that is missing breaks it for ever")
    void carriesEveryClassOfTheRegistry() throws Exception {
        String registry = Files.readString(CLASSES.resolve("jg-magic-map.xml"));
        var names = Pattern.compile("name=\"([^\"]+)\"")
                .matcher(registry)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(names).hasSizeGreaterThan(40).anyMatch(name -> name.startsWith("org.jgroups.tests."));
        assertThat(names)
                .allSatisfy(name -> assertThat(CLASSES.resolve(name.replace('.', '/') + ".class"))
                        .exists());
    }

    @Test
    @DisplayName("protocol ids and messages are inside")
    void carriesItsResources() {
        assertThat(CLASSES.resolve("jg-protocol-ids.xml")).exists();
        assertThat(CLASSES.resolve("jg-messages.properties")).exists();
        assertThat(CLASSES.resolve("JGROUPS_VERSION.properties")).exists();
    }

    @Test
    @DisplayName("tests, demos and measurements of JGroups are not shown to others")
    void exportsOnlyTheLibrary() throws Exception {
        String exported;
        try (var in = Files.newInputStream(CLASSES.resolve("META-INF/MANIFEST.MF"))) {
            exported = new Manifest(in).getMainAttributes().getValue(new Attributes.Name("Export-Package"));
        }
        assertThat(exported)
                .contains("org.jgroups;")
                .contains("org.jgroups.protocols.pbcast;")
                .doesNotContain("org.jgroups.tests")
                .doesNotContain("org.jgroups.demos")
                .doesNotContain("org.jgroups.perf");
    }
}
