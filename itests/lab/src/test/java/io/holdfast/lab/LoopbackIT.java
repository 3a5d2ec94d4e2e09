package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The demo as somebody who is not root: in a tree of their own, on loopback addresses, with smbd as an ordinary user. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LoopbackIT {
    private static final String USER = "nobody";
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final long LONGEST_OUTAGE_MS = 15_000; // that of a busy machine; the benchmark measures
    private static final Pattern LAST = Pattern.compile("outage_ms=([0-9]+) lost_writes=([0-9]+) dual_active=([0-9]+)");

    private final Path top = Path.of(System.getProperty("holdfast.installation"))
            .normalize()
            .getParent()
            .getParent()
            .getParent();
    private Path tree;

    /** What the demo needs of the tree, built, with the times of the files, in a folder that the user may write to. */
    @BeforeAll
    void copyTheTree() throws IOException {
        tree = Files.createTempDirectory("holdfast-tree");
        Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String folder : List.of("bundles", "features", "karaf-assembly/target", "itests/lab/target")) {
            Files.createDirectories(tree.resolve(folder));
        }
        String client = "samples/cifs/client/target";
        Files.createDirectories(tree.resolve(client));
        copy("", "holdfast", "pom.xml", "bnd.bnd");
        copy("karaf-assembly/target", "holdfast-0.1.0", "holdfast-0.1.0.tar.gz");
        copy("samples/cifs/target", "holdfast-cifs-0.1.0.jar");
        copy(client, "holdfast-cifs-client.jar");
        copy("itests/lab/target", "lib", "holdfast-lab-0.1.0.jar");
        Files.createDirectory(tree.resolve("home"));
        Shell.run("chown", "-R", USER, tree.toString());
    }

    private void copy(String folder, String... names) throws IOException {
        Path target = Files.createDirectories(tree.resolve(folder));
        List<String> argv = new ArrayList<>(List.of("cp", "-a"));
        for (String name : names) {
            argv.add(top.resolve(folder).resolve(name).toString());
        }
        argv.add(target.toString());
        Shell.run(argv.toArray(String[]::new));
    }

    @AfterAll
    void remove() {
        if (tree != null) {
            Shell.attempt(20, "rm", "-rf", tree.toString());
        }
    }

    private List<String> asUser(String... argv) {
        List<String> all = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=" + USER,
                "--regid=nogroup",
                "--clear-groups",
                "env",
                "HOME=" + tree.resolve("home")));
        all.addAll(List.of(argv));
        return all;
    }

    private Shell.Ended run(List<String> argv) throws IOException, InterruptedException {
        Path said = tree.resolve("said");
        Process process = new ProcessBuilder(argv)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .as("it ends within " + LIMIT)
                    .isTrue();
            return new Shell.Ended(process.exitValue(), Files.readString(said));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Test
    void keepsAShareAliveWithoutRootAndLeavesNothing() throws IOException, InterruptedException {
        Shell.Ended ended = run(asUser(tree.resolve("holdfast").toString(), "demo", "--once"));
        assertThat(ended.status()).as(ended.output()).isZero();
        List<String> lines = ended.output().lines().toList();
        Matcher last = LAST.matcher(lines.get(lines.size() - 1));
        assertThat(last.matches()).as(ended.output()).isTrue();
        assertThat(Long.parseLong(last.group(1))).isBetween(1L, LONGEST_OUTAGE_MS);
        assertThat(last.group(2)).as("lost writes").isEqualTo("0");
        assertThat(last.group(3)).as("two active").isEqualTo("0");
        assertThat(ended.output())
                .contains("a loopback address of its own")
                .contains("Their containment is weak")
                .contains("is fenced (incarnation ");
        assertThat(ProcessHandle.allProcesses()
                        .filter(process -> process.info().user().orElse("").equals(USER))
                        .map(process -> process.info().commandLine().orElse(""))
                        .filter(line -> line.contains("holdfast")))
                .as("processes left behind")
                .isEmpty();
        try (var left = Files.list(Path.of("/tmp"))) {
            assertThat(left.filter(path -> path.getFileName().toString().startsWith("holdfast-demo"))
                            .filter(LoopbackIT::isTheUsers))
                    .as("folders left behind")
                    .isEmpty();
        }
    }

    private static boolean isTheUsers(Path path) {
        try {
            return Files.getOwner(path).getName().equals(USER);
        } catch (IOException e) {
            return false; // gone
        }
    }

    @Test
    void whatIsMissingIsSaidInOneSentence() throws IOException, InterruptedException {
        List<String> argv = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind /dev/null /usr/sbin/smbd && exec \"$@\"",
                "without-smbd"));
        argv.addAll(asUser(tree.resolve("holdfast").toString(), "demo", "--once"));
        Shell.Ended ended = run(argv);
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.output().strip())
                .isEqualTo("holdfast: missing: samba (the share's server). Install them: apt-get install samba");
    }
}
