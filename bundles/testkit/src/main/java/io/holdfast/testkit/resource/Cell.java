package io.holdfast.testkit.resource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Where the processes of one operation live: a cgroup v2 if this user may make one, otherwise the known descendants. */
final class Cell {
    private final String name;
    private final List<ProcessHandle> known = new ArrayList<>();
    private Optional<Path> cgroup = Optional.empty();

    /** Nothing is made before something enters it, so an unused one leaves nothing behind. */
    Cell(String name) {
        this.name = name;
    }

    private static Optional<Path> mount() {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            return mounts.map(line -> line.split(" "))
                    .filter(fields -> fields[2].equals("cgroup2"))
                    .map(fields -> Path.of(fields[1]))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> make(Path folder) {
        try {
            return Optional.of(Files.createDirectory(folder));
        } catch (IOException e) {
            return Optional.empty(); // not root: descendants must do
        }
    }

    /** What makes {@code argv} run inside. */
    List<String> enter(List<String> argv) {
        if (cgroup.isEmpty()) {
            cgroup = mount().flatMap(mount -> make(mount.resolve(name)));
        }
        if (cgroup.isEmpty()) {
            return argv;
        }
        List<String> inside = new ArrayList<>(List.of(
                "sh", "-c", "echo $$ >\"$0\" && exec \"$@\"", cgroup.get().resolve("cgroup.procs") + ""));
        inside.addAll(argv);
        return inside;
    }

    /** Returns when it is inside: from then on {@link #processes} tells of it and {@link #kill} reaches it. */
    void add(Process process) {
        known.add(process.toHandle());
        while (cgroup.isPresent() && process.isAlive() && !processes().contains(process.pid())) {
            LockSupport.parkNanos(1_000_000); // ends: the launcher enters, or it ends because it could not
        }
    }

    List<Long> processes() {
        if (cgroup.isPresent()) {
            try (Stream<String> ids = Files.lines(cgroup.get().resolve("cgroup.procs"))) {
                return ids.map(Long::valueOf).sorted().toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return alive().map(ProcessHandle::pid).distinct().sorted().toList();
    }

    private Stream<ProcessHandle> alive() {
        return known.stream()
                .flatMap(head -> Stream.concat(head.descendants(), Stream.of(head)))
                .filter(ProcessHandle::isAlive);
    }

    void kill() {
        if (cgroup.isPresent()) {
            write("cgroup.kill", "1");
        } else {
            alive().toList().forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Removes an empty one. */
    void remove() {
        cgroup.ifPresent(folder -> {
            try {
                Files.deleteIfExists(folder);
            } catch (IOException e) {
                throw new UncheckedIOException("still populated", e);
            }
        });
        cgroup = Optional.empty();
    }

    private void write(String file, String text) {
        try {
            Files.writeString(cgroup.orElseThrow().resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
