package io.holdfast.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A switch that is a network namespace, for machines that are some too: nothing of it touches the machine's own network. Needs root. */
final class Switch implements Ground {
    private final String id;
    private final String name;
    private final Path cgroups;

    Switch(String id) {
        this.id = id;
        this.name = id + "-sw";
        this.cgroups = cgroupMount().resolve("holdfast-" + id);
        Shell.run("ip", "netns", "add", name);
        Shell.run("ip", "-n", name, "link", "add", "br0", "type", "bridge", "forward_delay", "0");
        Shell.run("ip", "-n", name, "link", "set", "br0", "up");
    }

    private static Path cgroupMount() {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/mounts"))) {
            return mounts.map(line -> line.split(" "))
                    .filter(fields -> fields[2].equals("cgroup2"))
                    .map(fields -> Path.of(fields[1]))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("the lab needs a mounted cgroup v2"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String describe() {
        return "each in a network namespace with an address of its own";
    }

    @Override
    public String address(int number) {
        return "10.77.0." + number;
    }

    @Override
    public String serviceAddress() {
        return Lab.SERVICE_ADDRESS;
    }

    @Override
    public int prefixLength() {
        return 24;
    }

    @Override
    public int sharePort() {
        return 445;
    }

    @Override
    public Machine machine(String machine, String address, Path base) {
        return new Namespace(id + "-" + machine, name, machine, address);
    }

    @Override
    public Map<String, String> environment() {
        return Map.of();
    }

    @Override
    public Optional<Path> cgroup(String node) {
        return Optional.of(cgroups.resolve(node));
    }

    @Override
    public String ownership() {
        return "arp=" + Lab.SERVICE_ADDRESS;
    }

    @Override
    public void close() {
        Shell.attempt(10, "ip", "netns", "del", name);
        if (!Files.isDirectory(cgroups)) {
            return;
        }
        try (Stream<Path> all = Files.walk(cgroups)) {
            for (Path cgroup : all.filter(Files::isDirectory)
                    .sorted(Comparator.reverseOrder())
                    .toList()) {
                Shell.attempt(5, "rmdir", cgroup.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
