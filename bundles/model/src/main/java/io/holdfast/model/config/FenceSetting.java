package io.holdfast.model.config;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A configured fence device.
 *
 * @param name its name
 * @param agent an executable (path, or name as in {@code fence_ipmilan}), or the name that a bundle registers
 * @param nodes the nodes that it can cut off
 * @param parameters as written
 * @param level devices of level 1 are asked first, all of one level together; the next level when one of them failed
 * @param retries how often it is asked again after a failure
 * @param delay wait before the first request
 * @param timeout the longest that one request takes; zero: as long as the agent says that it may take
 * @param action {@code off} or {@code reboot}
 * @param plugs by node, what the device calls it, where that is not its name
 * @param monitor pause between two self-tests; zero: none; empty: the usual one
 */
public record FenceSetting(
        String name,
        String agent,
        List<String> nodes,
        SortedMap<String, String> parameters,
        int level,
        int retries,
        Duration delay,
        Duration timeout,
        String action,
        SortedMap<String, String> plugs,
        Optional<Duration> monitor) {

    /** The pause between two self-tests, unless the document says otherwise. */
    public static final Duration USUAL_MONITOR = Duration.ofMinutes(10);

    /** Copies the collections. */
    public FenceSetting {
        nodes = List.copyOf(nodes);
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
        plugs = Collections.unmodifiableSortedMap(new TreeMap<>(plugs));
    }

    /** A device that calls its nodes as they are called here. */
    public FenceSetting(
            String name,
            String agent,
            List<String> nodes,
            SortedMap<String, String> parameters,
            int level,
            int retries,
            Duration delay,
            Duration timeout,
            String action) {
        this(
                name,
                agent,
                nodes,
                parameters,
                level,
                retries,
                delay,
                timeout,
                action,
                Collections.emptySortedMap(),
                Optional.empty());
    }

    /** {@return whether it can cut {@code node} off} */
    public boolean cuts(String node) {
        return nodes.contains(node);
    }

    /** {@return what the device calls {@code node}, empty if that is its name} */
    public Optional<String> plug(String node) {
        return Optional.ofNullable(plugs.get(node));
    }

    /** {@return the pause between two self-tests; zero: none} */
    public Duration monitorEvery() {
        return monitor.orElse(USUAL_MONITOR);
    }

    /** {@return how long it may take until it confirmed or is given up, with requests of this length} */
    public Duration longest(Duration request) {
        return delay.plus(request.multipliedBy(1L + Math.max(0, retries)));
    }
}
