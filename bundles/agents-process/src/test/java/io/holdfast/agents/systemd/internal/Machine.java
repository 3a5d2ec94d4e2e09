package io.holdfast.agents.systemd.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A systemd of its own, in namespaces for processes, mounts and cgroups, that runs nothing but what a test gives it. Needs root. */
final class Machine implements AutoCloseable {
    private static final String BOOT = """
            echo $$ >"$1/cgroup.procs" || exit 1
            exec unshare --pid --mount --cgroup --uts --ipc --fork --kill-child --mount-proc --propagation slave sh -c '
                umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
                for folder in /run /tmp /etc/systemd/system; do mount -t tmpfs tmpfs $folder || exit 1; done
                printf "[Unit]\\nDefaultDependencies=no\\n" >/etc/systemd/system/test.target
                export container=holdfast-test
                exec /lib/systemd/systemd --unit=test.target --show-status=no --log-target=null'
            """;

    private final Path cgroup;
    private final Process outer;
    private final long init;

    Machine() throws IOException, InterruptedException {
        cgroup = Files.createDirectory(
                cgroups().resolve("holdfast-systemd-" + ProcessHandle.current().pid()));
        outer = new ProcessBuilder("sh", "-c", BOOT, "boot", cgroup.toString())
                .inheritIO()
                .start();
        init = init();
        assertThat(systemctl("is-system-running", "--wait")).isEqualTo("running");
    }

    private static Path cgroups() throws IOException {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/mounts"))) {
            return mounts.map(line -> line.split(" "))
                    .filter(fields -> fields[2].equals("cgroup2"))
                    .map(fields -> Path.of(fields[1]))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** {@return the id of the first process inside, once it takes commands} */
    private long init() throws InterruptedException {
        for (int i = 0; i < 1000 && outer.isAlive(); i++) {
            List<Long> children = outer.children().map(ProcessHandle::pid).toList();
            if (!children.isEmpty()
                    && Files.exists(Path.of("/proc/" + children.get(0) + "/root/run/systemd/private"))) {
                return children.get(0);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        throw new IllegalStateException("systemd does not start in namespaces here");
    }

    Path root() {
        return Path.of("/proc/" + init + "/root");
    }

    List<String> enter() {
        return List.of("nsenter", "--target", Long.toString(init), "--mount", "--pid");
    }

    /** {@return what it prints, the errors too} */
    String systemctl(String... words) throws IOException, InterruptedException {
        List<String> argv = new ArrayList<>(enter());
        argv.add("systemctl");
        argv.addAll(List.of(words));
        Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return said.strip();
    }

    /** Gives it a unit. */
    void unit(String file, String text) throws IOException, InterruptedException {
        Files.writeString(root().resolve("etc/systemd/system").resolve(file), text);
        systemctl("daemon-reload");
    }

    /** {@return the processes in a unit's cgroup} */
    List<String> processes(String unit) throws IOException {
        Path group = cgroup.resolve("system.slice").resolve(unit).resolve("cgroup.procs");
        return Files.exists(group) ? Files.readAllLines(group) : List.of();
    }

    @Override
    public void close() throws IOException {
        try {
            outer.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            for (int i = 0;
                    i < 500 && Files.readString(cgroup.resolve("cgroup.events")).contains("populated 1");
                    i++) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Path> folders;
        try (Stream<Path> all = Files.walk(cgroup)) {
            folders = all.filter(Files::isDirectory)
                    .sorted(java.util.Comparator.reverseOrder())
                    .toList();
        }
        for (Path folder : folders) {
            Files.deleteIfExists(folder);
        }
    }
}
