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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Finds the device that a setting names, a service or an executable, and asks it on a worker. */
final class DeviceDirectory implements FenceDevices {
    /** What a worker may take longer than the device, to end the device's process. */
    private static final Duration GRACE = Duration.ofSeconds(2);
    /** For finding out how long a request may take, where the agent is asked for it. */
    private static final Duration DERIVING = Duration.ofSeconds(10);

    private static final Duration MOST = Duration.ofMinutes(11);

    private final Loop loop;
    private final Workers workers;
    private final AgentShelf agents;
    private final Map<String, FenceDevice> services = new ConcurrentHashMap<>();

    DeviceDirectory(Loop loop, Workers workers, AgentShelf agents) {
        this.loop = loop;
        this.workers = workers;
        this.agents = agents;
    }

    void add(FenceDevice device) {
        services.put(device.name(), device);
    }

    void remove(FenceDevice device) {
        services.remove(device.name(), device);
    }

    /** {@return the devices that bundles offer, by name} */
    Map<String, FenceDevice> services() {
        return new TreeMap<>(services);
    }

    @Override
    public CompletionStage<Void> perform(FenceSetting setting, FenceAction action, String node) {
        return workers.submit("fence " + action + " " + node + " by " + setting.name(), worker(setting, 1), () -> {
            FenceDevice device = checked(setting, node);
            Map<String, String> parameters = parameters(setting, node);
            Duration limit = limit(device, setting);
            long end = loop.nanos() + limit.toNanos();
            device.perform(action, node, parameters, limit);
            if (action == FenceAction.OFF) {
                confirm(device, parameters, node, Duration.ofNanos(Math.max(100_000_000, end - loop.nanos())));
            }
            return null;
        });
    }

    @Override
    public CompletionStage<Tested> test(FenceSetting setting, List<String> nodes) {
        return workers.submit("test of fence device " + setting.name(), worker(setting, 1 + nodes.size()), () -> {
            FenceDevice device = checked(setting, nodes.isEmpty() ? "" : nodes.get(0));
            Duration limit = limit(device, setting);
            device.perform(FenceAction.MONITOR, "", setting.parameters(), limit);
            Map<String, PowerState> states = new TreeMap<>();
            for (String node : nodes) {
                states.put(node, device.status(node, parameters(setting, node), limit));
            }
            return new Tested(states, limit);
        });
    }

    /** What the worker may take for so many requests; each of them has its own limit besides. */
    private static Duration worker(FenceSetting setting, int requests) {
        Duration one = setting.timeout().isZero() ? MOST : setting.timeout().plus(DERIVING);
        return one.multipliedBy(requests).plus(GRACE);
    }

    private static Duration limit(FenceDevice device, FenceSetting setting) throws InterruptedException {
        return setting.timeout().isZero() ? device.usualLimit(setting.parameters()) : setting.timeout();
    }

    /** What the device calls the node goes under {@code plug}; an agent that knows it as {@code port} gets that. */
    private static Map<String, String> parameters(FenceSetting setting, String node) {
        Map<String, String> parameters = new TreeMap<>(setting.parameters());
        setting.plug(node).ifPresent(plug -> parameters.put("plug", plug));
        return parameters;
    }

    /** A device that says "done" is asked whether it is true. */
    private static void confirm(FenceDevice device, Map<String, String> parameters, String node, Duration limit)
            throws FenceException, InterruptedException {
        PowerState state = device.status(node, parameters, limit);
        if (state != PowerState.OFF) {
            throw new FenceException("it said that " + node + " is off now, but its status is "
                    + state.name().toLowerCase(Locale.ROOT));
        }
    }

    private FenceDevice checked(FenceSetting setting, String node) throws FenceException {
        FenceDevice device = device(setting);
        List<String> problems = device.check(parameters(setting, node));
        if (!problems.isEmpty()) {
            throw new FenceException(String.join("; ", problems));
        }
        return device;
    }

    private FenceDevice device(FenceSetting setting) throws FenceException {
        FenceDevice service = services.get(setting.agent());
        if (service != null) {
            return service;
        }
        Optional<Path> executable = agents.find(setting.agent());
        if (executable.isEmpty()) {
            throw new FenceException(AgentShelf.missing(setting.agent()));
        }
        return agents.agent(executable.get());
    }
}
