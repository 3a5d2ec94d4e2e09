package io.holdfast.lab.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever changes a line that a sabotage breaks must tell the sabotage. */
final class SabotageTest {
    private static final Path SOURCES = Path.of("../../bundles");

    @ParameterizedTest
    @EnumSource(Sabotage.class)
    void findsTheLineThatItBreaks(Sabotage sabotage) throws IOException {
        assertThat(sabotage.source(SOURCES)).isNotBlank();
        assertThat(Sabotage.of(sabotage.word())).isEqualTo(sabotage);
    }

    @ParameterizedTest
    @EnumSource(Sabotage.class)
    void hasFaultsThatShowIt(Sabotage sabotage) {
        for (String words : sabotage.focus().split(",")) {
            assertThat(LongStream.range(0, 20).boxed().flatMap(seed -> FaultsTest.drawn(Layout.THREE, seed).stream()))
                    .as(words)
                    .anyMatch(fault -> fault.words().contains(words));
        }
        assertThat(Files.isDirectory(SOURCES)).isTrue();
    }
}
