package io.holdfast.api.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What differs from node to node, read once from {@code etc/holdfast.cfg} and the environment and checked.
 *
 * @param cluster the name that all nodes of one cluster share; messages of another are refused
 * @param node this node's name
 * @param bind the IP address that every listening socket of the node is bound to
 * @param port the base port from which all ports are derived
 * @param voters the initial voters, in the order given; contains this node if it votes
 * @param role whether the node may run resources
 * @param lease the lease duration {@code D}, 300 ms to 60 s, the same on all nodes
 * @param ocfRoots folders with {@code resource.d/PROVIDER/AGENT}
 * @param base the base folder: everything that the node writes is below it
 * @param watchdog the watchdog device that the guard feeds, if one is configured
 * @param weakClock a hypervisor may stop this machine's clock, so its lease proves nothing
 * @param diskPaths the paths whose free space is told to all nodes
 * @param all every key and value as read, for components with settings of their own
 */
public record NodeSettings(
        String cluster,
        String node,
        String bind,
        int port,
        List<Voter> voters,
        Role role,
        Duration lease,
        List<Path> ocfRoots,
        Path base,
        Optional<Path> watchdog,
        boolean weakClock,
        List<Path> diskPaths,
        Map<String, String> all) {

    /** Copies the collections. */
    public NodeSettings {
        voters = List.copyOf(voters);
        ocfRoots = List.copyOf(ocfRoots);
        diskPaths = List.copyOf(diskPaths);
        all = Map.copyOf(all);
    }

    /** What a node is for. */
    public enum Role {
        /** Runs resources; votes if it is among the voters. */
        NODE,
        /** Votes and stores the log; runs nothing. */
        WITNESS
    }

    /** {@return whether this node is one of the initial voters} */
    public boolean votes() {
        return voters.stream().anyMatch(voter -> voter.name().equals(node));
    }
}
