package io.holdfast.agents.ocf.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds agents in the folders that the node names; the first folder that has one wins. */
final class AgentFolders {
    private static final Logger log = LoggerFactory.getLogger(AgentFolders.class);
    private static final String WORD = "([A-Za-z0-9_][A-Za-z0-9_.-]*)";
    private static final Pattern TYPE = Pattern.compile(OcfAgents.PREFIX + WORD + ":" + WORD);
    private static final Pattern FILE = Pattern.compile(WORD);

    private final List<Path> roots;

    AgentFolders(List<Path> roots) {
        this.roots = List.copyOf(roots);
    }

    Optional<AgentFile> find(String type) {
        Matcher matcher = TYPE.matcher(type);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return roots.stream()
                .map(root -> new AgentFile(root, matcher.group(1), matcher.group(2)))
                .filter(agent -> runnable(agent.path()))
                .findFirst();
    }

    /** {@return the names of the types of all agents, sorted} */
    List<String> names() {
        return roots.stream()
                .flatMap(root -> children(root.resolve("resource.d")).stream()
                        .flatMap(provider -> children(provider).stream()
                                .filter(AgentFolders::runnable)
                                .map(agent -> new AgentFile(root, name(provider), name(agent)).type())))
                .distinct()
                .sorted()
                .toList();
    }

    /**
     * {@return the folder with the shell functions that agents read: its own root's, else the first that has them, so that a folder of
     * one's own agents needs no copy of them}
     */
    Path functions(AgentFile agent) {
        return Stream.concat(Stream.of(agent.root()), Stream.concat(roots.stream(), Stream.of(Path.of("/usr/lib/ocf"))))
                .map(root -> root.resolve("lib").resolve("heartbeat"))
                .filter(folder -> Files.exists(folder.resolve("ocf-shellfuncs")))
                .findFirst()
                .orElse(agent.root().resolve("lib").resolve("heartbeat"));
    }

    private static boolean runnable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }

    private static List<Path> children(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> FILE.matcher(name(file)).matches()).toList();
        } catch (IOException e) {
            log.warn("Cannot look for agents in {}: {}", folder, e.toString());
            return List.of();
        }
    }

    private static String name(Path file) {
        return file.getFileName() + "";
    }
}
