package io.holdfast.guard.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ProcessIdTest {
    @Test
    void whatCannotBeLookedAtIsNotTakenForGone() throws Exception {
        String java = ProcessHandle.current().info().command().orElseThrow();
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n 64; exec \"$@\"",
                        "sh",
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        WithoutDescriptors.class.getName())
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(said).contains("nobody has number 0", "Too many open files");
        } finally {
            process.destroyForcibly();
        }
    }

    /** Opens all that it may, and looks then. */
    static final class WithoutDescriptors {
        private WithoutDescriptors() {}

        public static void main(String[] arguments) throws IOException {
            long self = ProcessHandle.current().pid();
            Optional<ProcessId.Stat> before = ProcessId.read(self);
            ProcessId.read(0); // so that every class and library is there
            List<FileInputStream> all = new ArrayList<>();
            try {
                while (true) {
                    all.add(new FileInputStream("/proc/self/stat"));
                }
            } catch (IOException full) {
                System.out.println(before.isPresent() && ProcessId.read(0).isEmpty() ? "nobody has number 0" : "?");
            }
            try {
                System.out.println("gone: " + ProcessId.read(self).isEmpty());
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
            for (FileInputStream each : all) {
                each.close();
            }
        }
    }
}
