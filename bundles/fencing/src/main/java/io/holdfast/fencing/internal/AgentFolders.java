package io.holdfast.fencing.internal;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where fence agents are: the folders that packages use, and those of the daemon's PATH. The first that has a name counts. */
final class AgentFolders {
    private static final Logger log = LoggerFactory.getLogger(AgentFolders.class);
    private static final List<Path> USUAL = List.of(
            Path.of("/usr/sbin"),
            Path.of("/usr/local/sbin"),
            Path.of("/sbin"),
            Path.of("/usr/bin"),
            Path.of("/usr/local/bin"));

    /** More than any system has; a folder full of rubbish must not cost a process for each. */
    private static final int MOST = 500;

    private final Set<Path> folders;

    AgentFolders(Set<Path> folders) {
        this.folders = new LinkedHashSet<>(folders);
    }

    /** {@return the usual folders, and then those of {@code path}, separated as in PATH} */
    static AgentFolders of(String path) {
        Set<Path> folders = new LinkedHashSet<>(USUAL);
        for (String folder : path.split(File.pathSeparator)) {
            if (folder.startsWith("/")) { // one that is relative means another place for everybody
                folders.add(Path.of(folder).normalize());
            }
        }
        return new AgentFolders(folders);
    }

    /** {@return the executable of that path or, in these folders, of that name} */
    Optional<Path> find(String agent) {
        if (agent.contains("/")) {
            return Optional.of(Path.of(agent)).filter(AgentFolders::canRun);
        }
        return folders.stream()
                .map(folder -> folder.resolve(agent))
                .filter(AgentFolders::canRun)
                .findFirst();
    }

    /** {@return all executables {@code fence_*}, by name} */
    SortedMap<String, Path> all() {
        SortedMap<String, Path> found = new TreeMap<>();
        for (Path folder : folders) {
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "fence_*")) {
                for (Path file : files) {
                    Path name = file.getFileName();
                    if (name != null && found.size() < MOST && canRun(file)) {
                        found.putIfAbsent(name.toString(), file);
                    }
                }
            } catch (IOException e) {
                log.warn("{} cannot be searched for fence agents: {}", folder, e.toString());
            }
        }
        return found;
    }

    private static boolean canRun(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }
}
