package io.holdfast.agents.process.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void splitsAsAShellDoes() {
        assertThat(Words.of("  java  -jar 'my app.jar' \"a \\\"b\\\" c\" x\\ y '' pre'fix'ed "))
                .containsExactly("java", "-jar", "my app.jar", "a \"b\" c", "x y", "", "prefixed");
        assertThat(Words.of("   ")).isEmpty();
    }

    @Test
    void refusesWhatIsNotComplete() {
        assertThatThrownBy(() -> Words.of("a 'b")).hasMessageContaining("not closed");
        assertThatThrownBy(() -> Words.of("a \\")).hasMessageContaining("backslash");
    }
}
