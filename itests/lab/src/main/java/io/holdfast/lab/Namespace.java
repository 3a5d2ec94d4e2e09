package io.holdfast.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine: a network namespace with one interface on the lab's switch, and a mount namespace, so that what it mounts is seen by it
 * alone and gone when it is. Commands enter with {@code nsenter}, which, unlike {@code ip netns exec}, leaves the mounts of the whole
 * machine (and so cgroups) as they are.
 */
final class Namespace implements Machine {
    private final String name;
    private final String switchName;
    private final String port;
    private final String address;
    private final Process mounts;
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
        mounts = keepMounts(name);
    }

    /** A process inside that keeps the mount namespace; it ends when its input does, so with this program at the latest. */
    private static Process keepMounts(String name) {
        try {
            Process keeper = new ProcessBuilder(
                            "nsenter",
                            "--net=/run/netns/" + name,
                            "unshare",
                            "--mount",
                            "--propagation",
                            "slave",
                            "sh",
                            "-c",
                            "echo inside; exec cat")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (keeper.getInputStream().read() < 0) {
                throw new IllegalStateException("no mount namespace for " + name + ": unshare failed");
            }
            return keeper;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public boolean mounted(String device) {
        if (!open) {
            return false;
        }
        try (var lines = Files.lines(Path.of("/proc/" + mounts.pid() + "/mounts"))) {
            return lines.anyMatch(line -> line.startsWith(device + " "));
        } catch (IOException | UncheckedIOException e) {
            return false; // the machine has just lost its power
        }
    }

    @Override
    public List<String> inside(List<String> argv) {
        List<String> all = new ArrayList<>(
                List.of("nsenter", "--net=/run/netns/" + name, "--mount=/proc/" + mounts.pid() + "/ns/mnt"));
        all.addAll(argv);
        return all;
    }

    @Override
    public List<Long> processes() {
        return Shell.run("ip", "netns", "pids", name)
                .lines()
                .map(String::strip)
                .map(Long::valueOf)
                .toList();
    }

    @Override
    public void plugged(boolean in) {
        Shell.run("ip", "-n", switchName, "link", "set", port, in ? "up" : "down");
    }

    @Override
    public void filter(String table, String rules) {
        Shell.attempt(10, "nsenter", "--net=/run/netns/" + name, "nft", "delete", "table", "inet", table);
        if (!rules.isEmpty()) {
            Shell.run("nsenter", "--net=/run/netns/" + name, "nft", "table inet " + table + " { " + rules + " }");
        }
    }

    @Override
    public String identity() {
        try {
            return "net:[" + Files.getAttribute(Path.of("/run/netns", name), "unix:ino") + "]";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
        killAll(name);
        Shell.attempt(10, "ip", "-n", switchName, "link", "del", port);
        Shell.run("ip", "netns", "del", name);
    }
}
