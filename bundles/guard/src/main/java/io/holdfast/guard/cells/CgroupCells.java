package io.holdfast.guard.cells;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Cells in cgroups v2: {@code ROOT/res/INSTANCE/run} and {@code .../op}.
 *
 * <p>The gate is {@code cgroup.max.descendants} of {@code res}: at 0 the kernel makes no new cell, and the guard removes the old ones,
 * so a launcher that comes late finds no cell to enter and ends before it becomes the command.
 */
final class CgroupCells implements Cells {
    // The launcher puts itself into the cell and then becomes the command: nothing of the command runs outside.
    private static final String ENTER = "{ echo 0 > \"$0/cgroup.procs\"; } 2>/dev/null || { echo '" + REFUSAL
            + "' >&2; exit " + REFUSED + "; }; exec \"$@\"";

    private final Path root;
    private final Path res;

    CgroupCells(Path root) {
        this.root = root;
        this.res = root.resolve("res");
    }

    /** {@return the folder for all nodes of this machine, in the first mounted cgroup v2} */
    static Optional<Path> parent() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/mounts"))) {
            return lines.map(line -> line.split(" "))
                    .filter(fields -> fields.length > 2 && fields[2].equals("cgroup2"))
                    .map(fields -> Path.of(fields[1].replace("\\040", " ")).resolve("holdfast"))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** {@return whether this process can make cgroups there, and kill them whole} */
    static boolean usable(Path parent) {
        try {
            Files.createDirectories(parent);
            return Files.isWritable(parent)
                    && Files.isWritable(parent.resolve("cgroup.kill"))
                    && Files.isWritable(parent.resolve("cgroup.procs"));
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public boolean contained() {
        return true;
    }

    @Override
    public String describe() {
        return "cgroups in " + root;
    }

    private Path cell(String instance) {
        return res.resolve(Names.encode(instance));
    }

    private Path part(String instance, Part part) {
        return cell(instance).resolve(part.folder());
    }

    @Override
    public Set<String> instances() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path child : children(res)) {
            names.add(Names.decode(child.getFileName().toString()));
        }
        return names;
    }

    @Override
    public void prepare(String instance, Part part) throws IOException {
        try {
            makeFolder(cell(instance));
            makeFolder(part(instance, part));
        } catch (NoSuchFileException e) {
            throw Files.exists(res) ? e : new IOException("there is no " + res + ": no guard runs", e);
        } catch (FileSystemException e) {
            throw gateOpen() ? e : new IOException(CLOSED, e);
        }
    }

    private static void makeFolder(Path folder) throws IOException {
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            return; // from an earlier command
        }
    }

    @Override
    public List<String> launcher(String instance, Part part) {
        return List.of("/bin/sh", "-c", ENTER, part(instance, part).toString());
    }

    @Override
    public Map<String, String> environment(String instance, Part part) {
        return Map.of();
    }

    @Override
    public List<Long> processes(String instance, Part part) throws IOException {
        List<Long> ids = new ArrayList<>();
        collect(part(instance, part), ids);
        return ids.stream().sorted().toList();
    }

    private static void collect(Path group, List<Long> ids) throws IOException {
        try {
            for (String line : Files.readAllLines(group.resolve("cgroup.procs"))) {
                ids.add(Long.parseLong(line.strip()));
            }
            for (Path child : children(group)) {
                collect(child, ids);
            }
        } catch (IOException e) {
            if (Files.exists(group)) {
                throw e;
            }
        }
    }

    @Override
    public boolean populated(String instance) throws IOException {
        return lives(cell(instance));
    }

    private static boolean lives(Path group) throws IOException {
        try {
            return Files.readString(group.resolve("cgroup.events")).contains("populated 1");
        } catch (IOException e) {
            if (Files.exists(group)) {
                throw e; // removed while we read it, as a rule; otherwise nobody knows
            }
            return false;
        }
    }

    @Override
    public void kill(String instance, Part part) throws IOException {
        killGroup(part(instance, part));
    }

    @Override
    public void kill(String instance) throws IOException {
        killGroup(cell(instance));
    }

    private static void killGroup(Path group) throws IOException {
        try {
            write(group.resolve("cgroup.kill"), "1");
        } catch (IOException e) {
            if (Files.exists(group)) {
                throw e;
            }
        }
    }

    @Override
    public boolean remove(String instance) throws IOException {
        return removeGroup(cell(instance));
    }

    @Override
    public void tidy(String instance, Part part) throws IOException {
        if (removeGroup(part(instance, part)) && children(cell(instance)).isEmpty()) {
            removeGroup(cell(instance));
        }
    }

    private static boolean removeGroup(Path group) throws IOException {
        boolean bare = true;
        for (Path child : children(group)) {
            bare &= removeGroup(child);
        }
        if (!bare) {
            return false;
        }
        try {
            Files.deleteIfExists(group);
            return true;
        } catch (FileSystemException e) {
            return false; // something lives in it, or entered just now
        }
    }

    private static List<Path> children(Path group) throws IOException {
        try (Stream<Path> entries = Files.list(group)) {
            return entries.filter(Files::isDirectory).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public Optional<Path> events(String instance, Part part) {
        return Optional.of(part(instance, part).resolve("cgroup.events"));
    }

    @Override
    public void make() throws IOException {
        try {
            Files.createDirectories(res);
        } catch (NoSuchFileException e) {
            Files.createDirectories(res); // the last other node just removed the folder for all
        }
    }

    @Override
    public void gate(boolean open) throws IOException {
        write(res.resolve("cgroup.max.descendants"), open ? "max" : "0");
    }

    @Override
    public boolean gateOpen() throws IOException {
        try {
            return Files.readString(res.resolve("cgroup.max.descendants")).startsWith("max");
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    @Override
    public boolean sweep() throws IOException {
        if (children(res).isEmpty()) {
            return !lives(res);
        }
        killGroup(res);
        if (lives(res)) {
            // those that are empty already go at once: a late launcher must find nothing
            for (Path child : children(res)) {
                if (!lives(child)) {
                    removeGroup(child);
                }
            }
            return false;
        }
        boolean bare = true;
        for (Path child : children(res)) {
            bare &= removeGroup(child);
        }
        return bare && !lives(res);
    }

    @Override
    public void destroy() throws IOException {
        removeGroup(root);
        Path nodes = root.getParent();
        if (nodes != null && children(nodes).isEmpty()) {
            removeGroup(nodes); // the last node of this machine; refused by the kernel if another just begins
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.write(file, text.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
    }
}
