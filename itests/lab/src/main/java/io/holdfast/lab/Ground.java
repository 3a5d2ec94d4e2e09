package io.holdfast.lab;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where the machines of a lab are, and how they reach each other. */
interface Ground extends AutoCloseable {
    /** {@return what the machines are, as the end of a sentence} */
    String describe();

    /** {@return the address of the machine with that number, from 1} */
    String address(int number);

    /** {@return the address of the service, which goes with its node} */
    String serviceAddress();

    /** {@return the length of the network's prefix} */
    int prefixLength();

    /** {@return the port of a share on the service address} */
    int sharePort();

    /** Makes a machine. {@code base} is the folder of its node. */
    Machine machine(String name, String address, Path base);

    /** {@return settings that all nodes here need} */
    Map<String, String> environment();

    /** {@return the folder below which the node makes its cgroups, if it makes any} */
    Optional<Path> cgroup(String name);

    /** {@return what a {@link Probe} is told so that it watches who has the service address} */
    String ownership();

    @Override
    void close();
}
