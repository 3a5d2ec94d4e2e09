package io.holdfast.lab;

import io.holdfast.guard.memory.Volatile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A machine that is a loopback address and the processes that carry its mark. */
final class LoopbackMachine implements Machine {
    private static final String MARK = "HOLDFAST_LAB";

    private final String mark;
    private final String name;
    private final String address;
    private final Path base;

    LoopbackMachine(String mark, String name, String address, Path base) {
        this.mark = MARK + "=" + mark;
        this.name = name;
        this.address = address;
        this.base = base;
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public List<String> inside(List<String> argv) {
        List<String> all = new ArrayList<>(List.of("env", mark));
        all.addAll(argv);
        return all;
    }

    /** What was started inside, what its node runs (whose environment is the node's making), and all descendants. */
    @Override
    public List<Long> processes() {
        String cell = ProcessTable.CELL + "=" + name + "-" + Volatile.hash(base) + "/";
        return ProcessTable.withDescendants(variable -> variable.equals(mark) || variable.startsWith(cell));
    }

    @Override
    public boolean mounted(String device) {
        return false; // it mounts nothing
    }

    @Override
    public void plugged(boolean in) {
        if (!in) {
            throw new UnsupportedOperationException("a loopback address has no cable");
        }
    }

    @Override
    public String identity() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString(); // that of all
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void filter(String table, String rules) {
        if (!rules.isEmpty()) {
            throw new UnsupportedOperationException("only root may filter");
        }
    }

    @Override
    public void close() {
        killAll(name);
    }
}
