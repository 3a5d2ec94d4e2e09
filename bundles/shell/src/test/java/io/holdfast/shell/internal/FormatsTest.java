package io.holdfast.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FormatsTest {
    private static final Map<String, String> NOW =
            Map.of("Holdfast-Level", "2", "Holdfast-Log-Format", "1", "Holdfast-Protocol", "1");

    private static Formats.Headers headers(Map<String, String> values) {
        return values::get;
    }

    @Test
    void whatReadsAndSpeaksTheSameIsFit() {
        assertThat(Formats.unfit(headers(NOW), headers(NOW))).isEmpty();
        assertThat(Formats.unfit(headers(Map.of()), headers(Map.of()))).isEmpty();
        assertThat(Formats.unfit(headers(Map.of("Holdfast-Level", "2")), headers(Map.of("Holdfast-Level", "3"))))
                .as("a newer one reads what an older one wrote")
                .isEmpty();
    }

    @Test
    void anOlderFormatAndAnotherProtocolAreNamed() {
        assertThat(Formats.unfit(
                        headers(NOW),
                        headers(Map.of("Holdfast-Level", "1", "Holdfast-Log-Format", "0", "Holdfast-Protocol", "2"))))
                .satisfiesExactly(
                        reason -> assertThat(reason).contains("functional level 1, the present one level 2"),
                        reason -> assertThat(reason).contains("format 0 of the log"),
                        reason -> assertThat(reason).contains("speaks protocol 2, and this cluster protocol 1"));
    }
}
