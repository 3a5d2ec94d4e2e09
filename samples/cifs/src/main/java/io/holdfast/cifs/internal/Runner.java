package io.holdfast.cifs.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The user whom this node, and so smbd, runs as.
 *
 * @param firstPort the lowest port on which it may listen
 */
record Runner(String name, boolean root, int firstPort) {
    /** Belongs to the user of this process; {@code /proc/self} itself is a link of root's. */
    private static final Path SELF = Path.of("/proc/self/task");

    private static final Path FIRST_PORT_FOR_ALL = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

    static Runner ofThisProcess() {
        try {
            boolean root = Files.getAttribute(SELF, "unix:uid").equals(0);
            return new Runner(Files.getOwner(SELF).getName(), root, root ? 1 : firstPortForAll());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tell as whom this node runs", e);
        }
    }

    private static int firstPortForAll() {
        try {
            return Integer.parseInt(Files.readString(FIRST_PORT_FOR_ALL).strip());
        } catch (IOException | NumberFormatException e) {
            return 1024; // that of kernels that do not say
        }
    }

    /** {@return the account of clients without a name: one that may little, where there is a choice} */
    String guestAccount() {
        return root ? "nobody" : name;
    }
}
