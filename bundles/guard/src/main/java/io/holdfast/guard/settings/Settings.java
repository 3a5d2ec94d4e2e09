package io.holdfast.guard.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node's settings, each of them checked.
 *
 * @param cluster name that all nodes of a cluster share
 * @param node this node's name
 * @param bind its address
 * @param port base port
 * @param voters the initial voters
 * @param witness whether it only votes
 * @param lease lease duration
 * @param ocfRoots folders of OCF agents
 * @param watchdog device that the guard feeds
 * @param watchdogTimeout the device's time-out, where the kernel does not tell it
 * @param weakClock whether a hypervisor may stop this machine's clock
 * @param diskPaths whose free space is told
 * @param guardKill {@code K} without a watchdog
 * @param cgroup folder for cells, {@code "none"} for weak containment, empty to look for one
 * @param all every key with its effective value as text
 * @param warnings what is allowed but probably not meant
 */
public record Settings(
        String cluster,
        String node,
        String bind,
        int port,
        List<VoterAddress> voters,
        boolean witness,
        Duration lease,
        List<Path> ocfRoots,
        Optional<Path> watchdog,
        Optional<Duration> watchdogTimeout,
        boolean weakClock,
        List<Path> diskPaths,
        Duration guardKill,
        Optional<String> cgroup,
        Map<String, String> all,
        List<String> warnings) {

    /**
     * A voter.
     *
     * @param name of the node
     * @param address IP address or host name
     * @param port its base port
     */
    public record VoterAddress(String name, String address, int port) {}
}
