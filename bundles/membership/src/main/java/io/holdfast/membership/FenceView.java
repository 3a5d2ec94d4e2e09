package io.holdfast.membership;

import io.holdfast.api.cluster.FenceDeviceStatus;
import io.holdfast.model.config.FenceSetting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The fence devices as people see them. Pure. */
final class FenceView {
    private FenceView() {}

    static List<FenceDeviceStatus> of(Picture picture, long wallMillis) {
        return picture.state().configuration().fencing().stream()
                .map(setting -> device(picture, setting, wallMillis))
                .toList();
    }

    private static FenceDeviceStatus device(Picture picture, FenceSetting setting, long wallMillis) {
        List<FenceDeviceStatus.Test> tests = new ArrayList<>();
        Duration limit = setting.timeout();
        for (String node : picture.names()) {
            Optional<DeviceTest> test = Optional.ofNullable(
                            picture.attributes().getOrDefault(node, Map.of()).get(DeviceTest.key(setting.name())))
                    .filter(told -> picture.fresh().contains(node))
                    .flatMap(DeviceTest::read);
            if (test.isPresent()) {
                tests.add(test.get().by(node, wallMillis));
                if (setting.timeout().isZero() && test.get().limit().compareTo(limit) > 0) {
                    limit = test.get().limit();
                }
            }
        }
        return new FenceDeviceStatus(
                setting.name(),
                setting.agent(),
                setting.nodes(),
                setting.level(),
                limit.toMillis(),
                limit.isZero() ? 0 : setting.longest(limit).toMillis(),
                tests);
    }

    /** {@return what is wrong with a device, empty if nothing is known} */
    static String problem(FenceDeviceStatus device) {
        List<FenceDeviceStatus.Test> failed =
                device.tests().stream().filter(test -> !test.ok()).toList();
        if (failed.isEmpty()) {
            return "";
        }
        List<String> where =
                failed.stream().map(FenceDeviceStatus.Test::by).sorted().toList();
        return "Fence device " + device.name() + " failed its self-test on " + Problems.listed(where) + ": "
                + failed.get(0).said() + "; while " + (where.size() == 1 ? "that one leads" : "one of them leads")
                + ", it cannot free what " + Problems.listed(device.nodes()) + " ran";
    }
}
