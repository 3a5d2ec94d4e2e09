package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lab.torture.Torture;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A short torture; {@code ./holdfast torture} goes on for longer. */
final class TortureIT {
    private static final Path REPORTS = Path.of("target/torture").toAbsolutePath();

    private static List<Path> parts() {
        return Stream.of(
                        "holdfast.installation",
                        "holdfast.share.bundle",
                        "holdfast.share.client",
                        "holdfast.beacon.bundle")
                .map(System::getProperty)
                .map(Path::of)
                .toList();
    }

    @Test
    void threeNodesBearIt() throws IOException {
        Torture.Result result = Torture.run(new Torture.Options(
                parts(), Duration.ofSeconds(75), 20, "3", Duration.ofSeconds(2), REPORTS, Torture.Extra.NOTHING));
        assertThat(result.violations()).isEqualTo(List.of());
        assertThat(result.faults()).isGreaterThan(3);
    }

    /** As Ctrl-C, in the middle of a fault. */
    @Test
    void nothingIsLeftWhenItIsInterrupted() throws IOException, InterruptedException {
        List<String> argv = new ArrayList<>(List.of(
                "env",
                "--default-signal=INT", // a shell's background jobs ignore it, and so would this
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx256m",
                "-cp"));
        argv.add(Watcher.classPath());
        argv.add(Torture.class.getName());
        parts().forEach(part -> argv.add(part.toString()));
        argv.addAll(List.of(REPORTS.toString(), "--minutes", "2", "--seed", "1"));
        Process torture = new ProcessBuilder(argv).redirectErrorStream(true).start();
        String folder = "";
        try (BufferedReader out = torture.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.contains("fault 1:")) {
                line = out.readLine();
            }
            folder = folderOf(torture.pid());
            assertThat(folder).as("the folder of a torture that runs").isNotEmpty();
            Shell.run("kill", "-INT", Long.toString(torture.pid()));
            assertThat(torture.waitFor(60, TimeUnit.SECONDS)).as("it ended").isTrue();
        } finally {
            torture.destroy();
            torture.waitFor();
        }
        String id = Long.toString(torture.pid() % 46656, 36);
        assertThat(Shell.run("ip", "netns")).doesNotContain("hf" + id + "-");
        assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(folder);
        assertThat(Shell.run("losetup", "--list", "--output", "BACK-FILE")).doesNotContain(folder);
        assertThat(Shell.attempt(5, "pgrep", "-af", folder + "/").output()).isEmpty();
        assertThat(Shell.run("find", "/sys/fs/cgroup", "-maxdepth", "2", "-name", "holdfast-hf" + id))
                .isEmpty();
        assertThat(Path.of(folder)).doesNotExist();
    }

    /** {@return where a torture's nodes write: where its sensors' program lies} */
    private static String folderOf(long pid) {
        return Shell.run("pgrep", "-P", Long.toString(pid), "-af", "sensor.pl")
                .lines()
                .findFirst()
                .map(line -> line.replaceFirst("^.* (/\\S+)/sensor\\.pl .*$", "$1"))
                .orElse("");
    }
}
