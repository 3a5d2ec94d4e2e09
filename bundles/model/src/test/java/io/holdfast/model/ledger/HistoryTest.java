package io.holdfast.model.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private final History first = History.first("0");
    private final History second = first.next("a");
    private final History third = second.next("b");
    private final History otherSecond = first.next("c");

    @Test
    @DisplayName("of two that go on from each other the later is right, served or not")
    void laterIsRight() {
        assertThat(first.yieldsTo(third, false)).isTrue();
        assertThat(third.yieldsTo(first, true)).isFalse();
        assertThat(third.yieldsTo(third, true)).isFalse();
        assertThat(third.goesOnFrom(first)).isTrue();
        assertThat(third.partedFrom(first)).isFalse();
    }

    @Test
    @DisplayName("of two that parted, what is served stays, and else the same one wins on both sides")
    void parted() {
        assertThat(second.partedFrom(otherSecond)).isTrue();
        assertThat(otherSecond.partedFrom(third)).isTrue();
        assertThat(third.yieldsTo(otherSecond, true)).isTrue();
        assertThat(third.yieldsTo(otherSecond, false)).isFalse();
        assertThat(otherSecond.yieldsTo(third, false)).isTrue();
        assertThat(second.yieldsTo(otherSecond, false)).isNotEqualTo(otherSecond.yieldsTo(second, false));
    }

    @Test
    @DisplayName("the ancestors that count are kept, and not more than any two nodes have between them")
    void bounded() {
        History last = first;
        for (int i = 1; i <= 100; i++) {
            last = last.next("h" + i);
        }
        assertThat(last.epoch()).isEqualTo(100);
        assertThat(last.ancestors()).hasSize(64).endsWith("h99").doesNotContain("h1");
    }
}
