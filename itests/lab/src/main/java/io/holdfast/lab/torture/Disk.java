package io.holdfast.lab.torture;

import io.holdfast.lab.Shell;
import io.holdfast.lab.Waiting;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A node's own small file system: ext4 on a loop device, mounted at its base folder. When the power fails, what was written and not
 * synced is lost.
 */
final class Disk {
    private static final long SIZE = 256L << 20;

    /** EXT4_IOC_SHUTDOWN without writing the journal. */
    private static final String SHUT_DOWN =
            "open my $folder, '<', $ARGV[0] or die; my $how = pack 'L', 2; ioctl $folder, 0x8004587d, $how or die $!";

    private static final Duration LAST_USE = Duration.ofSeconds(20);

    private final Path image;
    private final Path folder;

    private Disk(Path image, Path folder) {
        this.image = image;
        this.folder = folder;
    }

    /** Makes and mounts it; do that before the machine is made, which gets a view of the mounts of its own. */
    static Disk mount(Path image, Path folder) {
        try {
            Files.createDirectories(folder);
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(SIZE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Shell.run("mkfs.ext4", "-q", "-m", "0", image.toString());
        Disk disk = new Disk(image, folder);
        disk.mount();
        return disk;
    }

    private void mount() {
        Shell.run("mount", "-o", "loop", image.toString(), folder.toString());
    }

    /** Nothing reaches the device from now on. */
    void cut() {
        Shell.attempt(5, "perl", "-e", SHUT_DOWN, folder.toString());
    }

    /** Is there again, with what the device had when it was cut; no process may use it. */
    void recover() {
        Shell.attempt(20, "umount", "-l", folder.toString());
        Waiting.until(
                "nothing uses the disk at " + folder,
                LAST_USE,
                () -> Shell.run("losetup", "--associated", image.toString()).isBlank(),
                () -> Shell.run("losetup", "--associated", image.toString()));
        mount();
        newBoot();
    }

    /** The kernel is the same as before, and its boot id too: a reboot would give another. */
    private void newBoot() {
        Path kept = folder.resolve("karaf/boot");
        try {
            if (Files.exists(kept)) {
                Files.writeString(kept, "an earlier boot\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path ballast() {
        return folder.resolve("ballast");
    }

    /** Leaves not a byte free. */
    void fill() {
        Shell.attempt(20, "dd", "if=/dev/zero", "of=" + ballast(), "bs=1M");
        Shell.attempt(20, "dd", "if=/dev/zero", "of=" + ballast(), "bs=512", "oflag=append", "conv=notrunc");
    }

    void free() {
        Shell.attempt(20, "rm", "-f", ballast().toString());
    }

    /** Takes it away; the loop device goes with the last mount. */
    void unmount() {
        Shell.attempt(20, "umount", "-l", folder.toString());
        Shell.attempt(20, "rm", "-f", image.toString());
    }
}
