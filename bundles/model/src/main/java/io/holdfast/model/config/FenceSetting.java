package io.holdfast.model.config;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
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
 * @param timeout the longest that one request takes
 * @param action {@code off} or {@code reboot}
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
        String action) {

    /** Copies the collections. */
    public FenceSetting {
        nodes = List.copyOf(nodes);
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    }
}
