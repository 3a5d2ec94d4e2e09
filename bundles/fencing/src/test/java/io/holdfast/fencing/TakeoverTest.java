package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.NodeRecord.Phase;
import org.junit.jupiter.api.Test;

class TakeoverTest {
    @Test
    void threeNodesJoinAndGetTheirLeases() {
        Lab lab = Lab.three();
        assertThat(lab.count(Command.Join.class)).isEqualTo(3);
        assertThat(lab.count(Command.Expel.class)).isZero();
    }

    @Test
    void aKilledNodeIsFencedAboutALeaseAndAKillTimeAfterItsLastBreath() {
        Lab lab = Lab.three();
        lab.node("n3").kill();
        lab.pass(1500);
        assertThat(lab.phase("n3")).isEqualTo(Phase.JOINED);
        lab.pass(2300 - 1500);
        assertThat(lab.phase("n3")).isEqualTo(Phase.FENCED);
        assertThat(lab.last(Command.Fenced.class).orElseThrow().proof().toString())
                .contains("lease 2 s + kill time 250 ms + 1 % are over, by the clocks of n1 and n2");
    }
}
