package io.holdfast.fencing.internal;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceDevice;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.PowerState;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Workers;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.model.config.FenceSetting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Finds the device that a setting names, a service or an executable, and asks it on a worker. */
final class DeviceDirectory implements FenceDevices {
    /** What a worker may take longer than the device, to end the device's process. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Loop loop;
    private final Workers workers;
    private final Map<String, FenceDevice> services = new ConcurrentHashMap<>();

    DeviceDirectory(Loop loop, Workers workers) {
        this.loop = loop;
        this.workers = workers;
    }

    void add(FenceDevice device) {
        services.put(device.name(), device);
    }

    void remove(FenceDevice device) {
        services.remove(device.name(), device);
    }

    @Override
    public CompletionStage<Void> perform(FenceSetting setting, FenceAction action, String node) {
        Duration limit = setting.timeout();
        return workers.submit("fence " + action + " " + node + " by " + setting.name(), limit.plus(GRACE), () -> {
            FenceDevice device = device(setting);
            List<String> problems = device.check(setting.parameters());
            if (!problems.isEmpty()) {
                throw new FenceException(String.join("; ", problems));
            }
            long end = loop.nanos() + limit.toNanos();
            device.perform(action, node, setting.parameters(), limit);
            if (action == FenceAction.OFF) {
                confirm(device, setting, node, Duration.ofNanos(Math.max(100_000_000, end - loop.nanos())));
            }
            return null;
        });
    }

    /** A device that says "done" is asked whether it is true. */
    private static void confirm(FenceDevice device, FenceSetting setting, String node, Duration limit)
            throws FenceException, InterruptedException {
        PowerState state = device.status(node, setting.parameters(), limit);
        if (state != PowerState.OFF) {
            throw new FenceException("it said that " + node + " is off now, but its status is "
                    + state.name().toLowerCase(java.util.Locale.ROOT));
        }
    }

    private FenceDevice device(FenceSetting setting) throws FenceException {
        FenceDevice service = services.get(setting.agent());
        if (service != null) {
            return service;
        }
        Optional<Path> executable = FenceAgent.find(setting.agent());
        if (executable.isEmpty()) {
            throw new FenceException("no fence agent '" + setting.agent()
                    + "' on this node: install it (apt-get install fence-agents) or give its path");
        }
        return new FenceAgent(executable.get(), loop::nanos);
    }
}
