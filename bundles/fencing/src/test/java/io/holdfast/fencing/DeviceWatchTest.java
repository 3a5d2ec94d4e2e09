package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.FenceDeviceStatus;
import io.holdfast.api.fencing.PowerState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.FenceSetting;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fence devices are tested before they are needed. */
class DeviceWatchTest {
    private final Lab lab = Lab.three();

    @BeforeEach
    void configure() {
        configure(Optional.of(Duration.ofSeconds(30)));
    }

    private void configure(Optional<Duration> monitor) {
        FenceSetting power = new FenceSetting(
                "power",
                "fence_x",
                List.of("n3"),
                new TreeMap<>(),
                1,
                1,
                Duration.ofSeconds(1),
                Duration.ZERO,
                "off",
                new TreeMap<>(),
                monitor);
        Configuration configuration =
                new Configuration("test", new TreeMap<>(), new TreeMap<>(), List.of(), List.of(power), Defaults.USUAL);
        lab.append(new Entry("n1", 0, new Command.Apply(configuration, "text", -1, "ann")));
    }

    private ClusterStatus status() {
        return lab.node("n2").membership.status();
    }

    private FenceDeviceStatus device() {
        return status().fencing().get(0);
    }

    @Test
    void everyVoterTestsWhatCanCutAnotherOff() {
        lab.pass(10);
        assertThat(device().proofAgeMs()).isEqualTo(-1);
        lab.pass(5000);
        assertThat(device().tests()).extracting(FenceDeviceStatus.Test::by).containsExactly("n1", "n2");
        assertThat(device().tests()).allMatch(FenceDeviceStatus.Test::ok);
        assertThat(lab.tests).isEqualTo(2);
        assertThat(device().timeoutMs()).isEqualTo(35_000);
        assertThat(device().longestMs()).as("delay and two tries").isEqualTo(71_000);
        long age = device().proofAgeMs();
        lab.pass(20_000);
        assertThat(device().proofAgeMs()).isEqualTo(age + 20_000);
        lab.pass(10_000);
        assertThat(lab.tests).isEqualTo(4);
        assertThat(device().proofAgeMs()).isLessThan(10_000);
        assertThat(lab.count(Command.Announce.class)).isZero();
    }

    @Test
    void aDeviceThatCallsALivingNodeOffIsToldOnce() {
        lab.pass(5000);
        lab.power = node -> PowerState.OFF;
        lab.pass(70_000);
        assertThat(device().tests()).noneMatch(FenceDeviceStatus.Test::ok);
        assertThat(device().proofAgeMs()).isGreaterThan(60_000);
        assertThat(status().problems().toString())
                .contains(
                        "Fence device power failed its self-test on n1 and n2: it says that n3 is off, but that is not"
                                + " true, for the lease is renewed: the device lies, or it is that of another machine");
        assertThat(lab.count(Command.Announce.class)).isOne();
        lab.power = node -> PowerState.ON;
        lab.pass(40_000);
        assertThat(device().tests()).allMatch(FenceDeviceStatus.Test::ok);
        assertThat(lab.last(Command.Announce.class).orElseThrow().text()).isEqualTo("Fence device power works again");
    }

    @Test
    void aNodeThatIsOffMayBeCalledSo() {
        lab.pass(5000);
        lab.node("n3").kill();
        lab.power = node -> PowerState.OFF;
        lab.pass(70_000);
        assertThat(device().tests()).allMatch(FenceDeviceStatus.Test::ok);
    }

    @Test
    void oneThatCannotTellIsTold() {
        lab.power = node -> PowerState.UNKNOWN;
        lab.pass(5000);
        assertThat(device().tests())
                .extracting(FenceDeviceStatus.Test::said)
                .containsOnly("it cannot tell whether n3 is on; look at its 'nodes' and 'parameters'");
    }

    @Test
    void withoutMonitorAndWithoutTheDeviceNothingIsTested() {
        lab.pass(5000);
        configure(Optional.of(Duration.ZERO));
        lab.pass(60_000);
        assertThat(lab.tests).isEqualTo(2);
        assertThat(device().tests()).isEmpty();
    }
}
