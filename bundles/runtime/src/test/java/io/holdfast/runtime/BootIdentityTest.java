package io.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.runtime.NodeIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootIdentityTest {
    @TempDir
    Path folder;

    private Path proc;
    private Path root;
    private Path base;

    @BeforeEach
    void machine() throws IOException {
        proc = folder.resolve("proc");
        root = folder.resolve("root");
        base = folder.resolve("base");
        Files.createDirectories(proc.resolve("sys/kernel/random"));
        Files.createDirectories(proc.resolve("self/ns"));
        Files.createDirectories(proc.resolve("1/ns"));
        Files.createDirectories(root.resolve("etc"));
        Files.createDirectories(base);
        Files.writeString(root.resolve("etc/machine-id"), "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
        Files.createSymbolicLink(proc.resolve("self/ns/pid"), Path.of("pid:[4026531836]"));
        Files.createSymbolicLink(proc.resolve("self/ns/net"), Path.of("net:[1]"));
        Files.createSymbolicLink(proc.resolve("1/ns/net"), Path.of("net:[1]"));
        boot("a");
    }

    private void boot(String id) throws IOException {
        Files.writeString(proc.resolve("sys/kernel/random/boot_id"), id + "\n");
    }

    private NodeIdentity read() throws IOException {
        return new BootIdentity(proc, root).read(base);
    }

    @Test
    void countsEachBootOnce() throws IOException {
        NodeIdentity first = read();
        assertThat(first.machineId()).startsWith("3d1219c7c4c5404aaa1f6d2a48adfda4/");
        assertThat(first).isEqualTo(new NodeIdentity(first.machineId(), "a", 1));
        assertThat(read().bootCounter()).isEqualTo(1);
        boot("b");
        assertThat(read().bootCounter()).isEqualTo(2);
        assertThat(read().bootCounter()).isEqualTo(2);
        assertThat(base.resolve("boots")).hasContent("2 b");
    }

    @Test
    void theCountOfOneFolderSaysNothingOfAnother() throws IOException {
        NodeIdentity here = read();
        base = folder.resolve("another");
        assertThat(read().machineId()).isNotEqualTo(here.machineId()).isNotEmpty();
        base = folder.resolve("base");
        boot("b");
        assertThat(read().machineId()).isEqualTo(here.machineId());
    }

    @Test
    void claimsNothingBesideOthersOnOneKernel() throws IOException {
        Files.delete(proc.resolve("self/ns/net"));
        Files.createSymbolicLink(proc.resolve("self/ns/net"), Path.of("net:[2]"));
        assertThat(read().bootCounter()).isZero();
        assertThat(base.resolve("boots")).hasContent("1 a"); // counted all the same
    }

    @Test
    void claimsNothingInAContainer() throws IOException {
        Files.delete(proc.resolve("self/ns/pid"));
        Files.createSymbolicLink(proc.resolve("self/ns/pid"), Path.of("pid:[4026532222]"));
        assertThat(read().bootCounter()).isZero();
    }

    @Test
    void claimsNothingWithoutAMachineId() throws IOException {
        Files.delete(root.resolve("etc/machine-id"));
        assertThat(read().bootCounter()).isZero();
    }

    @Test
    void refusesToGuessWhenTheCountIsSpoilt() throws IOException {
        Files.writeString(base.resolve("boots"), "\0\0\0");
        assertThatThrownBy(this::read).isInstanceOf(IOException.class).hasMessageContaining("boots");
    }

    @Test
    void findsThisMachine() throws IOException {
        NodeIdentity identity = new BootIdentity().read(base);
        assertThat(identity.bootId()).hasSize(36);
    }
}
