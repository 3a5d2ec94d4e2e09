package io.holdfast.guard.cells;

import io.holdfast.guard.memory.ProcessId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Cells without cgroups: each command carries a mark in its environment, and a cell is who carries it, with their descendants and
 * their sessions. A process that clears its environment, changes its session and leaves its parent escapes; so this is no proof.
 *
 * <p>The gate is a file; a launcher looks whether it is there before it becomes the command.
 */
final class WeakCells implements Cells {
    private static final String MARK = "HOLDFAST_CELL";
    private static final String ENTER =
            "[ -e \"$0\" ] || { echo '" + REFUSAL + "' >&2; exit " + REFUSED + "; }; exec \"$@\"";
    private static final String EVERYTHING = "";

    private final String name;
    private final Path gate;

    WeakCells(Path base, String name) {
        this.name = name;
        this.gate = base.resolve("run").resolve("gate");
    }

    @Override
    public boolean contained() {
        return false;
    }

    @Override
    public String describe() {
        return "process groups, which a process can escape from: there is no usable cgroup v2, or no right to use it";
    }

    private String mark(String instance, String part) {
        return name + "/" + Names.encode(instance) + "/" + part;
    }

    @Override
    public Set<String> instances() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String mark : members(EVERYTHING).values()) {
            String[] parts = mark.split("/");
            if (parts.length == 3) {
                names.add(Names.decode(parts[1]));
            }
        }
        return names;
    }

    @Override
    public void prepare(String instance, Part part) throws IOException {
        if (!gateOpen()) {
            throw new IOException(CLOSED);
        }
    }

    @Override
    public List<String> launcher(String instance, Part part) {
        return List.of("/bin/sh", "-c", ENTER, gate.toString());
    }

    @Override
    public Map<String, String> environment(String instance, Part part) {
        return Map.of(MARK, mark(instance, part.folder()));
    }

    @Override
    public List<Long> processes(String instance, Part part) throws IOException {
        return List.copyOf(members(mark(instance, part.folder())).keySet());
    }

    @Override
    public boolean populated(String instance) throws IOException {
        return !members(mark(instance, "")).isEmpty();
    }

    @Override
    public void kill(String instance, Part part) throws IOException {
        killAll(mark(instance, part.folder()));
    }

    @Override
    public void kill(String instance) throws IOException {
        killAll(mark(instance, ""));
    }

    private int killAll(String prefix) throws IOException {
        Set<Long> ids = members(prefix).keySet();
        for (long id : ids) {
            ProcessId.of(id).kill();
        }
        return ids.size();
    }

    @Override
    public boolean remove(String instance) throws IOException {
        return !populated(instance);
    }

    @Override
    public void tidy(String instance, Part part) {
        // there is nothing but the processes
    }

    @Override
    public Optional<Path> events(String instance, Part part) {
        return Optional.empty();
    }

    @Override
    public void make() throws IOException {
        Files.createDirectories(gate.getParent());
    }

    @Override
    public void gate(boolean open) throws IOException {
        if (open) {
            Files.write(gate, new byte[0]);
        } else {
            Files.deleteIfExists(gate);
        }
    }

    @Override
    public boolean gateOpen() {
        return Files.exists(gate);
    }

    @Override
    public boolean sweep() throws IOException {
        return killAll(EVERYTHING) == 0;
    }

    @Override
    public void destroy() throws IOException {
        Files.deleteIfExists(gate);
    }

    /** {@return who lives and carries a mark that begins with {@code prefix}, descendants and sessions included, with the mark} */
    private Map<Long, String> members(String prefix) throws IOException {
        String wanted = MARK + "=" + (prefix.isEmpty() ? name + "/" : prefix);
        Map<Long, ProcessId.Stat> all = new HashMap<>();
        Map<Long, String> members = new TreeMap<>();
        Map<Long, String> sessions = new HashMap<>();
        Set<Long> carriers = new HashSet<>();
        long self = ProcessHandle.current().pid();
        for (long id : processIds()) {
            ProcessId.Stat stat = ProcessId.read(id).filter(s -> !s.dead()).orElse(null);
            if (stat == null || id == self) {
                continue;
            }
            all.put(id, stat);
            String found = mark(id).orElse("");
            if (!found.isEmpty()) {
                carriers.add(id);
                if ((MARK + "=" + found).startsWith(wanted)) {
                    members.put(id, found);
                }
            }
        }
        members.forEach((id, mark) -> {
            ProcessId.Stat own = all.get(id);
            long session = own == null ? 0 : own.session();
            // only a session that was made for the cell: its leader carries the mark, or has ended
            if (members.containsKey(session) || (session > 1 && !all.containsKey(session))) {
                sessions.put(session, mark);
            }
        });
        boolean grown = true;
        while (grown && !members.isEmpty()) {
            grown = false;
            for (Map.Entry<Long, ProcessId.Stat> process : all.entrySet()) {
                String mark = members.get(process.getValue().parent());
                if (mark == null && process.getValue().session() > 1) {
                    mark = sessions.get(process.getValue().session());
                }
                // who carries another mark is of another part
                if (mark != null && !carriers.contains(process.getKey())) {
                    grown |= members.putIfAbsent(process.getKey(), mark) == null;
                }
            }
        }
        return members;
    }

    private static List<Long> processIds() throws IOException {
        List<Long> ids = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            entries.map(entry -> entry.getFileName().toString())
                    .filter(entry -> entry.chars().allMatch(c -> c >= '0' && c <= '9'))
                    .forEach(entry -> ids.add(Long.parseLong(entry)));
        }
        return ids;
    }

    private static Optional<String> mark(long id) throws IOException {
        String environment;
        try {
            environment = new String(Files.readAllBytes(Path.of("/proc/" + id + "/environ")), StandardCharsets.UTF_8);
        } catch (AccessDeniedException e) {
            return Optional.empty(); // of a user whose processes we never start
        } catch (IOException e) {
            boolean none = String.valueOf(e.getMessage()).contains("No such process"); // it ended, or is the kernel's
            if (!none && Files.exists(Path.of("/proc/" + id))) { // which needs no file descriptor
                throw e; // who cannot look must not take it for gone
            }
            return Optional.empty();
        }
        for (String variable : environment.split("\0")) {
            if (variable.startsWith(MARK + "=")) {
                return Optional.of(variable.substring(MARK.length() + 1));
            }
        }
        return Optional.empty();
    }
}
