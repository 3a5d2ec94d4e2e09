package io.holdfast.membership.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineFactsTest {
    @TempDir
    Path dir;

    @Test
    void readsLoadMemoryAndDisk() throws IOException {
        Files.writeString(dir.resolve("loadavg"), "0.52 0.58 0.59 1/1000 12345\n");
        Files.writeString(
                dir.resolve("meminfo"), "MemTotal:       8192000 kB\nMemFree: 1 kB\nMemAvailable:    4096000 kB\n");
        assertThat(new MachineFacts(dir, List.of(dir)).read())
                .containsEntry("cpu.load", "0.52")
                .containsEntry("memory.total_mb", "8000")
                .containsEntry("memory.free_mb", "4000")
                .containsKey("disk.free_mb:" + dir);
    }

    @Test
    void whatCannotBeReadIsNotTold() {
        assertThat(new MachineFacts(dir, List.of(dir.resolve("gone"))).read())
                .containsEntry("cpu.load", "")
                .containsEntry("memory.free_mb", "")
                .containsEntry("disk.free_mb:" + dir.resolve("gone"), "unknown");
    }
}
