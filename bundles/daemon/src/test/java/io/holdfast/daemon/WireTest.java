package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.TypeDescription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WireTest {
    @Test
    void readsWhatItWrote() {
        TypeDescription type = new TypeDescription(
                "t",
                "sümmary",
                List.of(
                        Parameter.required("a", Parameter.Kind.INTEGER, "one"),
                        Parameter.optional("b", Parameter.Kind.DURATION, "5s", "two")));
        assertThat(Wire.description(Wire.description(Optional.of(type)))).contains(type);
        assertThat(Wire.description(Wire.description(Optional.empty()))).isEmpty();
        Wire.Validation validation =
                new Wire.Validation(new Instance("a", "t", Map.of("k", "v"), 0, Map.of()), Duration.ofSeconds(3));
        assertThat(Wire.validation(Wire.validation(validation))).isEqualTo(validation);
        for (Outcome outcome : List.of(new Outcome.Ok(), new Outcome.Failed("no", true), new Outcome.Unknown("late"))) {
            assertThat(Wire.outcome(Wire.outcome(outcome))).isEqualTo(outcome);
        }
        assertThat(Wire.text(Wire.text("ocf:heartbeat:IPaddr2"))).isEqualTo("ocf:heartbeat:IPaddr2");
    }

    @Test
    void refusesOtherVersionsAndRubbish() {
        byte[] other = Wire.text("x");
        other[0] = 9;
        assertThatThrownBy(() -> Wire.text(other)).hasMessageContaining("version 9");
        assertThatThrownBy(() -> Wire.description(new byte[] {1, 1})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Wire.validation(new byte[0])).isInstanceOf(IllegalArgumentException.class);
    }
}
