package io.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/your-own-resource.md shows is what samples/web-folder builds and tests. */
final class QuotedSampleTest {
    private static final Path ROOT = Path.of("../..");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pom.xml",
                "src/main/java/com/example/webfolder/WebFolderType.java",
                "src/test/java/com/example/webfolder/WebFolderTypeTest.java"
            })
    void isQuotedAsItIs(String file) throws IOException {
        String document = Files.readString(ROOT.resolve("docs/your-own-resource.md"));
        assertThat(document)
                .contains("\n"
                        + Files.readString(ROOT.resolve("samples/web-folder").resolve(file)) + "```");
    }
}
