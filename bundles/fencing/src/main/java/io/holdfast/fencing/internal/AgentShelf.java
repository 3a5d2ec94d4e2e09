package io.holdfast.fencing.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** The fence agents of this machine, each with what it said of itself, until its file changes. Any thread. */
final class AgentShelf {
    private final AgentFolders folders;
    private final LongSupplier nanos;
    private final Map<Path, Kept> kept = new ConcurrentHashMap<>();

    private record Kept(FileTime changed, FenceAgent agent) {}

    AgentShelf(AgentFolders folders, LongSupplier nanos) {
        this.folders = folders;
        this.nanos = nanos;
    }

    Optional<Path> find(String agent) {
        return folders.find(agent);
    }

    SortedMap<String, Path> all() {
        return folders.all();
    }

    /** {@return the agent that this executable is} */
    FenceAgent agent(Path executable) {
        FileTime changed = changed(executable);
        return kept.compute(
                        executable,
                        (path, old) -> old != null && old.changed().equals(changed)
                                ? old
                                : new Kept(changed, new FenceAgent(path, nanos)))
                .agent();
    }

    private static FileTime changed(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return FileTime.fromMillis(0); // gone; who asks it is told so
        }
    }

    static String missing(String agent) {
        return "no fence agent '" + agent
                + "' on this node: install it (apt-get install fence-agents) or give its path; 'ha fence-types' lists"
                + " what there is";
    }
}
