package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.config.Condition;
import io.holdfast.model.config.Condition.Calendar;
import io.holdfast.model.config.Condition.Compared;
import io.holdfast.model.config.Condition.Defined;
import io.holdfast.model.config.Condition.Moment;
import io.holdfast.model.config.Condition.Several;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionTest {
    private static Condition all(Condition... parts) {
        return new Several(true, List.of(parts));
    }

    private static Condition any(Condition... parts) {
        return new Several(false, List.of(parts));
    }

    @Test
    void readsWhatIsWritten() {
        Condition rack = new Compared("rack", "=", "a");
        assertThat(Condition.parse("rack=a")).isEqualTo(rack);
        assertThat(Condition.parse(" rack != 'a b' ")).isEqualTo(new Compared("rack", "!=", "a b"));
        assertThat(Condition.parse("cpus>=8 and rack=a or defined(x)"))
                .isEqualTo(any(all(new Compared("cpus", ">=", "8"), rack), new Defined("x", true)));
        assertThat(Condition.parse("rack=a and (x<1 or y>2)"))
                .isEqualTo(all(rack, any(new Compared("x", "<", "1"), new Compared("y", ">", "2"))));
        assertThat(Condition.parse("date hours=9-16 and date>=2026-01-31"))
                .isEqualTo(all(new Calendar("hours", "9-16"), new Moment(true, "2026-01-31")));
        assertThat(Condition.parse("date<2026-01-31T08:00:00Z")).isEqualTo(new Moment(false, "2026-01-31T08:00:00Z"));
    }

    @Test
    void turnsRoundWhatNotSays() {
        assertThat(Condition.parse("not (rack=a or defined(x))"))
                .isEqualTo(all(new Compared("rack", "!=", "a"), new Defined("x", false)));
        assertThat(Condition.parse("not date>=2026-01-31")).isEqualTo(new Moment(false, "2026-01-31"));
    }

    @Test
    void saysWhatItAsksAbout() {
        TreeSet<String> asked = new TreeSet<>();
        Condition.parse("a=1 and (b<2 or not defined(c)) and date hours=9").attributes(asked);
        assertThat(asked).containsExactly("a", "b", "c");
        assertThat(Condition.parse("a=1 or date hours=9").timed()).isTrue();
        assertThat(Condition.parse("a=1").timed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "rack",
                "rack=",
                "=a",
                "rack=a b",
                "rack=a and",
                "(rack=a",
                "rack=a)",
                "not x>1",
                "date hours",
                "date moons=1",
                "date hours=noon",
                "date>=soon",
                "'open"
            })
    void refusesWhatMeansNothing(String text) {
        assertThatThrownBy(() -> Condition.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
