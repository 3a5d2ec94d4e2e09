package io.holdfast.lab.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FaultsTest {
    static List<Fault> drawn(Layout layout, long seed) {
        Random random = new Random(seed);
        List<Fault> all = new ArrayList<>();
        for (Function<Draw, Fault> kind : Faults.ALL) {
            all.add(kind.apply(new Draw(
                    random, layout, Duration.ofSeconds(1), layout.voters().get(0))));
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void eachKindCanBeDrawnInEachLayout(Layout layout) {
        Set<String> known = new HashSet<>(layout.voters());
        for (long seed = 0; seed < 300; seed++) {
            for (Fault fault : drawn(layout, seed)) {
                String[] words = fault.words().split(" ", 4);
                assertThat(words).as(fault.toString()).hasSize(4);
                assertThat(words[0].equals("-") || known.containsAll(List.of(words[0].split(","))))
                        .as(fault.words())
                        .isTrue();
                assertThat(words[1].equals("-") || Arena.RESOURCES.containsAll(List.of(words[1].split(","))))
                        .as(fault.words())
                        .isTrue();
                assertThat(words[2]).isIn("harmless", "hurts");
                assertThat(fault.span()).isLessThan(Duration.ofSeconds(10));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void oneSeedGivesOneSchedule(Layout layout) {
        assertThat(drawn(layout, 7))
                .extracting(Fault::words)
                .isEqualTo(drawn(layout, 7).stream().map(Fault::words).toList());
        assertThat(drawn(layout, 7))
                .extracting(Fault::words)
                .isNotEqualTo(drawn(layout, 8).stream().map(Fault::words).toList());
    }

    /** Daemon and guard of one node stopped in one instant are covered by a watchdog alone. */
    @ParameterizedTest
    @EnumSource(Layout.class)
    void bothProcessesOfANodeAreTakenByOneFaultAndOnlyWithAWatchdog(Layout layout) {
        for (long seed = 0; seed < 300; seed++) {
            for (Fault fault : drawn(layout, seed)) {
                if (fault.toString().contains("daemon and guard")
                        || fault.toString().contains("stands still")
                        || fault.toString().contains("uninterruptibly")) {
                    String node = fault.words().split(" ")[0];
                    assertThat(layout.watched(node)).as(fault.words()).isTrue();
                }
                if (fault.toString().startsWith("SIG") && !fault.words().startsWith("-")) {
                    assertThat(fault.claims())
                            .containsAll(Stream.of(fault.words().split(" ")[0].split(","))
                                    .map(node -> node + ":processes")
                                    .toList());
                }
            }
        }
    }
}
