package io.holdfast.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * A network namespace with one interface on the lab's switch. Commands enter it with {@code nsenter}, which, unlike
 * {@code ip netns exec}, leaves the mounts (and so cgroups) as they are.
 */
final class Namespace implements AutoCloseable {
    private final String name;
    private final String switchName;
    private final String port;
    private final String address;
    private boolean open = true;

    Namespace(String name, String switchName, String port, String address) {
        this.name = name;
        this.switchName = switchName;
        this.port = port;
        this.address = address;
        Shell.run("ip", "netns", "add", name);
        Shell.run("ip", "-n", name, "link", "set", "lo", "up");
        Shell.run("ip", "-n", switchName, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name);
        Shell.run("ip", "-n", switchName, "link", "set", port, "master", "br0", "up");
        Shell.run("ip", "-n", name, "addr", "add", address + "/24", "dev", "eth0");
        Shell.run("ip", "-n", name, "link", "set", "eth0", "up");
    }

    String address() {
        return address;
    }

    /** {@return the command line that runs {@code argv} inside} */
    List<String> inside(List<String> argv) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + name));
        all.addAll(argv);
        return all;
    }

    /** {@return the ids of the processes inside} */
    List<Long> processes() {
        return Shell.run("ip", "netns", "pids", name)
                .lines()
                .map(String::strip)
                .map(Long::valueOf)
                .toList();
    }

    void signalAll(String signal) {
        List<String> argv = new ArrayList<>(List.of("kill", "-" + signal));
        processes().forEach(pid -> argv.add(pid.toString()));
        if (argv.size() > 2) {
            Shell.attempt(10, argv.toArray(String[]::new));
        }
    }

    /** Pulls the cable, or plugs it in again. */
    void plugged(boolean in) {
        Shell.run("ip", "-n", switchName, "link", "set", port, in ? "up" : "down");
    }

    /** Puts filter rules of nftables into the namespace, in place of those before; empty removes them. */
    void filter(String rules) {
        Shell.attempt(10, "nsenter", "--net=/run/netns/" + name, "nft", "delete", "table", "inet", "lab");
        if (!rules.isEmpty()) {
            Shell.run("nsenter", "--net=/run/netns/" + name, "nft", "table inet lab { " + rules + " }");
        }
    }

    /** Takes the power away: the network is dead first, then every process, then the namespace with its addresses. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        Shell.attempt(10, "ip", "-n", switchName, "link", "set", port, "down");
        signalAll("STOP"); // so that none of them restarts another
        signalAll("KILL");
        Waiting.until(
                name + " has no processes",
                java.time.Duration.ofSeconds(10),
                () -> {
                    signalAll("KILL");
                    return processes().isEmpty();
                },
                () -> processes().toString());
        Shell.attempt(10, "ip", "-n", switchName, "link", "del", port);
        Shell.run("ip", "netns", "del", name);
    }
}
