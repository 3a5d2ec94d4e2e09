package io.holdfast.fencing.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceDevice;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.PowerState;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.runtime.Workers;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.model.config.FenceSetting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class DeviceDirectoryTest {
    private final List<FenceAction> asked = new ArrayList<>();
    private final List<String> plugs = new ArrayList<>();
    private PowerState state = PowerState.OFF;
    private List<String> problems = List.of();
    private final DeviceDirectory directory =
            new DeviceDirectory(new StandingLoop(), new Direct(), new AgentShelf(new AgentFolders(Set.of()), () -> 0));

    private final FenceDevice device = new FenceDevice() {
        @Override
        public String name() {
            return "rack";
        }

        @Override
        public List<String> check(Map<String, String> parameters) {
            return problems;
        }

        @Override
        public void perform(FenceAction action, String node, Map<String, String> parameters, Duration limit) {
            asked.add(action);
            plugs.add(parameters.getOrDefault("plug", ""));
        }

        @Override
        public PowerState status(String node, Map<String, String> parameters, Duration limit) {
            return state;
        }
    };

    private CompletableFuture<Void> ask(String agent, FenceAction action) {
        FenceSetting setting = new FenceSetting(
                "power", agent, List.of("n1"), new TreeMap<>(), 1, 0, Duration.ZERO, Duration.ofSeconds(5), "off");
        return directory.perform(setting, action, "n1").toCompletableFuture();
    }

    @Test
    void anOffCountsWhenTheStatusConfirmsIt() {
        directory.add(device);
        assertThat(ask("rack", FenceAction.OFF)).isCompleted();
        state = PowerState.ON;
        assertThatThrownBy(ask("rack", FenceAction.OFF)::join)
                .hasRootCauseInstanceOf(FenceException.class)
                .hasMessageContaining("its status is on");
        state = PowerState.UNKNOWN;
        assertThat(ask("rack", FenceAction.OFF)).isCompletedExceptionally();
        assertThat(ask("rack", FenceAction.ON)).isCompleted();
    }

    @Test
    void badParametersAreNotTriedOut() {
        directory.add(device);
        problems = List.of("parameter 'ip' is missing");
        assertThatThrownBy(ask("rack", FenceAction.OFF)::join).hasMessageContaining("'ip' is missing");
        assertThat(asked).isEmpty();
    }

    @Test
    void aDeviceThatNobodyOffersIsNamed() {
        directory.add(device);
        directory.remove(device);
        assertThatThrownBy(ask("rack", FenceAction.OFF)::join).hasMessageContaining("no fence agent 'rack'");
    }

    @Test
    void eachNodeHasItsPlug() {
        directory.add(device);
        FenceSetting setting = new FenceSetting(
                "power",
                "rack",
                List.of("n1", "n2"),
                new TreeMap<>(),
                1,
                0,
                Duration.ZERO,
                Duration.ofSeconds(5),
                "off",
                new TreeMap<>(Map.of("n1", "7")),
                Optional.empty());
        directory.perform(setting, FenceAction.OFF, "n1");
        directory.perform(setting, FenceAction.OFF, "n2");
        assertThat(plugs).containsExactly("7", "");
    }

    @Test
    void aTestLooksAtTheDeviceAndAtEachNode() {
        directory.add(device);
        state = PowerState.ON;
        FenceSetting setting = new FenceSetting(
                "power", "rack", List.of("n1", "n2"), new TreeMap<>(), 1, 0, Duration.ZERO, Duration.ZERO, "off");
        FenceDevices.Tested tested = directory
                .test(setting, List.of("n2", "n3"))
                .toCompletableFuture()
                .join();
        assertThat(asked).containsExactly(FenceAction.MONITOR);
        assertThat(tested.states()).isEqualTo(Map.of("n2", PowerState.ON, "n3", PowerState.ON));
        assertThat(tested.limit()).as("what a device says that knows no better").isEqualTo(Duration.ofSeconds(20));
    }

    private static final class Direct implements Workers {
        @Override
        public <T> CompletionStage<T> submit(String name, Duration limit, Callable<T> work) {
            CompletableFuture<T> done = new CompletableFuture<>();
            try {
                done.complete(work.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
            return done;
        }
    }

    private static final class StandingLoop implements Loop {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public Scheduled schedule(Duration delay, Runnable task) {
            return () -> {};
        }

        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public boolean inLoop() {
            return true;
        }
    }
}
