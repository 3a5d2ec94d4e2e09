package io.holdfast.lab;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Machines that are addresses of 127.0.0.0/8, which every user may have: no cable to pull and no file system of their own, but they start,
 * and lose their power, as real ones do. Nodes without root have no cgroups, so their containment is weak.
 */
final class Loopback implements Ground {
    private static final int SHARE_PORT = 10445;

    private final String id;
    private final String network;

    /** @param number tells labs that run at one time apart */
    Loopback(String id, long number) {
        this.id = id;
        this.network = "127." + (64 + number / 250 % 128) + "." + number % 250 + ".";
    }

    @Override
    public String describe() {
        return "each with a loopback address of its own, since only root can give them networks of their own";
    }

    @Override
    public String address(int number) {
        return network + number;
    }

    @Override
    public String serviceAddress() {
        return network + "100";
    }

    @Override
    public int prefixLength() {
        return 8;
    }

    @Override
    public int sharePort() {
        return SHARE_PORT;
    }

    @Override
    public Machine machine(String name, String address, Path base) {
        return new LoopbackMachine(id + "/" + name, name, address, base);
    }

    @Override
    public Map<String, String> environment() {
        // nodes of one name on one machine are told apart by their cluster
        return Map.of("HOLDFAST_CLUSTER", id, "HOLDFAST_CGROUP", "none");
    }

    @Override
    public Optional<Path> cgroup(String name) {
        return Optional.empty();
    }

    @Override
    public String ownership() {
        return "sockets=" + serviceAddress() + ":" + SHARE_PORT;
    }

    @Override
    public void close() {
        // nothing was made
    }
}
