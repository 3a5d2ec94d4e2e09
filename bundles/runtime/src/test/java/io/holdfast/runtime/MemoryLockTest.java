package io.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryLockTest {
    private static final String ROOT = "Name:\tjava\nCapEff:\t000001ffffffffff\n";
    private static final String SWAP =
            "Filename\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sda2 partition 1048572 0 -2\n";

    @TempDir
    Path proc;

    @BeforeEach
    void swapAndRoot() throws IOException {
        Files.createDirectory(proc.resolve("self"));
        Files.writeString(proc.resolve("swaps"), SWAP);
        Files.writeString(proc.resolve("self/status"), ROOT);
    }

    private String whyNot(String architecture) {
        return new MemoryLock(proc, architecture).whyNot();
    }

    @Test
    void locksWhereThereIsSwapAndTheRight() throws IOException {
        assertThat(whyNot("amd64")).isEmpty();
        assertThat(whyNot("ppc64le")).contains("ppc64le");
        Files.writeString(proc.resolve("self/status"), ROOT.replace("000001ffffffffff", "000001ffffffbfff"));
        assertThat(whyNot("amd64")).contains("CAP_IPC_LOCK");
        Files.writeString(proc.resolve("self/status"), "CapEff:\trubbish\n");
        assertThat(whyNot("amd64")).contains("cannot be read");
        Files.writeString(proc.resolve("swaps"), SWAP.lines().findFirst().orElseThrow() + "\n");
        assertThat(whyNot("amd64")).isEqualTo("there is no swap");
        Files.delete(proc.resolve("swaps"));
        assertThat(whyNot("amd64")).contains("cannot be read");
    }

    /** The numbers given to the kernel are the right ones; a process without the right is refused by it. */
    @Test
    void theKernelLocksWhatIsTouched() throws IOException {
        boolean locked = Kernel.instance().orElseThrow().lockMemory();
        long kilobytes = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmLck:"))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .sum();
        assertThat(kilobytes > 0).isEqualTo(locked);
        Kernel.instance().orElseThrow().unlockMemory();
    }
}
