package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Promotion;
import io.holdfast.api.resource.TypeDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WireTest {
    /** Written once by {@code -Dgolden.write=true}; a later version must read it for ever. */
    private static final Path GOLDEN = Path.of("src/test/resources/daemon-messages-1.txt");

    @Test
    void readsWhatTheFirstVersionWrote() throws IOException {
        TypeDescription type = new TypeDescription(
                "t",
                "sümmary",
                List.of(
                        Parameter.required("a", Parameter.Kind.INTEGER, "one"),
                        Parameter.optional("b", Parameter.Kind.DURATION, "5s", "two")));
        Wire.Validation validation =
                new Wire.Validation(new Instance("a", "t", Map.of("k", "v"), 0, Map.of()), Duration.ofSeconds(3));
        if (Boolean.getBoolean("golden.write")) {
            Files.write(
                    GOLDEN,
                    Stream.of(
                                    Wire.text("ocf:heartbeat:IPaddr2"),
                                    Wire.description(Optional.of(type)),
                                    Wire.description(Optional.empty()),
                                    Wire.validation(validation),
                                    Wire.outcome(new Outcome.Ok()),
                                    Wire.outcome(new Outcome.Failed("no", true)),
                                    Wire.outcome(new Outcome.Unknown("late")))
                            .map(bytes -> HexFormat.of().formatHex(bytes))
                            .toList());
        }
        List<byte[]> kept = Files.readAllLines(GOLDEN).stream()
                .map(HexFormat.of()::parseHex)
                .toList();
        assertThat(Wire.text(kept.get(0))).isEqualTo("ocf:heartbeat:IPaddr2");
        assertThat(Wire.description(kept.get(1))).contains(type);
        assertThat(Wire.description(kept.get(2))).isEmpty();
        assertThat(Wire.validation(kept.get(3))).isEqualTo(validation);
        assertThat(Wire.outcome(kept.get(4))).isEqualTo(new Outcome.Ok());
        assertThat(Wire.outcome(kept.get(5))).isEqualTo(new Outcome.Failed("no", true));
        assertThat(Wire.outcome(kept.get(6))).isEqualTo(new Outcome.Unknown("late"));
    }

    @Test
    void readsWhatItWrote() {
        TypeDescription type = new TypeDescription(
                "t",
                "sümmary",
                List.of(
                        Parameter.required("a", Parameter.Kind.INTEGER, "one"),
                        Parameter.optional("b", Parameter.Kind.DURATION, "5s", "two")));
        assertThat(Wire.description(Wire.description(Optional.of(type)))).contains(type);
        TypeDescription promotable = type.promoting(new Promotion(Duration.ofSeconds(7), Duration.ofSeconds(9)));
        assertThat(Wire.description(Wire.description(Optional.of(promotable)))).contains(promotable);
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
