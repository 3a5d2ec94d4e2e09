package io.holdfast.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the daemon's memory out of the swap: a node whose pages have to come back from a disk is stalled when it matters. Only where
 * there is swap, and where the daemon may: a limit on locked memory would make a later allocation fail.
 */
public final class MemoryLock {
    private static final Logger log = LoggerFactory.getLogger(MemoryLock.class);
    private static final int CAP_IPC_LOCK = 14;
    /** Where the kernel's numbers for mlockall are the usual ones. */
    private static final Set<String> KNOWN = Set.of("amd64", "aarch64");

    private final Path proc;
    private final String architecture;

    MemoryLock(Path proc, String architecture) {
        this.proc = proc;
        this.architecture = architecture;
    }

    /** Locks what is in memory now and later, where that is of use and safe; pages that were never touched stay free. */
    public static void take() {
        String why = new MemoryLock(Path.of("/proc"), System.getProperty("os.arch", "")).whyNot();
        if (!why.isEmpty()) {
            log.debug("The daemon's memory is not locked: {}", why);
        } else if (Kernel.instance().map(Kernel::lockMemory).orElse(false)) {
            log.info("The daemon's memory is locked: it is not swapped out");
        } else {
            log.warn("The daemon's memory could not be locked: it may be swapped out, and then the node stalls");
        }
    }

    /** {@return why the memory is better left as it is, empty if it is better locked} */
    String whyNot() {
        try {
            if (Files.readAllLines(proc.resolve("swaps")).size() < 2) {
                return "there is no swap";
            }
            List<String> status = Files.readAllLines(proc.resolve("self/status"));
            long effective = status.stream()
                    .filter(line -> line.startsWith("CapEff:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .findFirst()
                    .orElse(0);
            if ((effective >>> CAP_IPC_LOCK & 1) == 0) {
                return "it has not the right (CAP_IPC_LOCK)";
            }
        } catch (IOException | NumberFormatException e) {
            return "what the kernel says cannot be read: " + e;
        }
        return KNOWN.contains(architecture) ? "" : "on " + architecture + " nobody tried it";
    }
}
