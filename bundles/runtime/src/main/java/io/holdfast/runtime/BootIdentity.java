package io.holdfast.runtime;

import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.guard.memory.Volatile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Counts the kernel boots that a node has seen, in {@code BASE/boots}: one line, the number and the boot's id.
 *
 * <p>Another boot id is another boot only where the kernel is the node's own. In a container, or in a network namespace beside other
 * nodes, the base folder may come up under a second kernel while the first still runs what it ran; there the counter is 0.
 */
public final class BootIdentity {
    private final Path proc;
    private final Path root;

    /** On this machine. */
    public BootIdentity() {
        this(Path.of("/proc"), Path.of("/"));
    }

    BootIdentity(Path proc, Path root) {
        this.proc = proc;
        this.root = root;
    }

    /**
     * Reads the identity; the first time in a boot, counts it and syncs the count to the disk before it returns.
     *
     * @throws IOException if the count cannot be kept, or what is kept cannot be read: then nothing may be claimed
     */
    public NodeIdentity read(Path base) throws IOException {
        String boot =
                Files.readString(proc.resolve("sys/kernel/random/boot_id")).strip();
        long counter = count(base.resolve("boots"), boot);
        // two folders of one machine count their boots apart, so a count says nothing of what the other one ran
        String machine = machineId().isEmpty() ? "" : machineId() + "/" + Volatile.hash(base);
        return new NodeIdentity(machine, boot, ownKernel() ? counter : 0);
    }

    private static long count(Path file, String boot) throws IOException {
        String[] kept = new String[] {"0", ""};
        try {
            kept = Files.readString(file).strip().split(" ", -1);
        } catch (NoSuchFileException e) {
            Files.createDirectories(file.getParent()); // the first boot
        }
        if (kept.length != 2 || !kept[0].matches("\\d{1,18}")) {
            throw new IOException(file + " does not hold a number and a boot's id; if its disk is sound, remove it");
        }
        long counter = Long.parseLong(kept[0]);
        if (kept[1].equals(boot)) {
            return counter;
        }
        Path fresh = file.resolveSibling("boots.new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap((counter + 1 + " " + boot + "\n").getBytes(StandardCharsets.US_ASCII)));
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            folder.force(true); // the new name is on the disk only with its folder
        }
        return counter + 1;
    }

    private String machineId() {
        try {
            return Files.readString(root.resolve("etc/machine-id")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** {@return whether this node has a kernel to itself, as far as can be seen; in doubt not} */
    boolean ownKernel() {
        if (Files.exists(root.resolve(".dockerenv")) || Files.exists(root.resolve("run/.containerenv"))) {
            return false;
        }
        if (Files.exists(root.resolve("run/systemd/container"))) {
            return false;
        }
        return initial("pid", "pid:[4026531836]")
                && asInit("net")
                && machineId().length() == 32;
    }

    private boolean initial(String namespace, String number) {
        try {
            return Files.readSymbolicLink(proc.resolve("self/ns").resolve(namespace))
                    .toString()
                    .equals(number);
        } catch (IOException e) {
            return false;
        }
    }

    private boolean asInit(String namespace) {
        try {
            Path own = Files.readSymbolicLink(proc.resolve("self/ns").resolve(namespace));
            return own.equals(Files.readSymbolicLink(proc.resolve("1/ns").resolve(namespace)));
        } catch (IOException e) {
            return false; // not root: what cannot be seen is not claimed
        }
    }
}
