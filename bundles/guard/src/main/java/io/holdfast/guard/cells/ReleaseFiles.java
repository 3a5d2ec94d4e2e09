package io.holdfast.guard.cells;

import io.holdfast.guard.memory.GuardMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The release commands of a node's instances: {@code run/release.d/INSTANCE}, one file for each instance, replaced whole.
 *
 * <pre>
 * holdfast-release 1
 * boot 3f0e...                   the kernel's boot id
 * command
 * arg /usr/sbin/ip               one line an argument; \\, \n, \r and \0 stand for a backslash, line breaks and a zero
 * arg addr
 * env NAME=value                 HOLDFAST_RELEASE_MS=milliseconds: how long it may take, 2000 if not said
 * input text
 * end                            a file without it was never finished, and its effect never begun
 * </pre>
 */
public final class ReleaseFiles {
    private final Path folder;
    private final String boot;

    /** Those of the node with that base folder. */
    public ReleaseFiles(Path base) throws IOException {
        folder = base.resolve("run").resolve("release.d");
        boot = GuardMemory.bootId().toString();
        Files.createDirectories(folder);
    }

    /** Registers {@code commands} in place of what was registered; none removes the file. */
    public void write(String instance, List<ReleaseCommand> commands) throws IOException {
        if (commands.isEmpty()) {
            delete(instance);
            return;
        }
        StringBuilder text = new StringBuilder("holdfast-release 1\nboot " + boot + "\n");
        for (ReleaseCommand command : commands) {
            text.append("command\n");
            command.argv()
                    .forEach(arg -> text.append("arg ").append(escape(arg)).append('\n'));
            new TreeMap<>(command.environment())
                    .forEach((name, value) -> text.append("env ")
                            .append(escape(name + "=" + value))
                            .append('\n'));
            text.append("input ").append(escape(command.input())).append('\n');
        }
        Path file = folder.resolve(Names.encode(instance));
        Path fresh = folder.resolve(".new-" + Names.encode(instance));
        Files.writeString(fresh, text.append("end\n"));
        // not synced: after a crash of the machine neither an address nor a mount is there to be taken back; see torn
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** {@return the instances that have release commands, sorted} */
    public Set<String> instances() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .forEach(name -> names.add(Names.decode(name)));
        }
        return names;
    }

    /**
     * {@return the commands of {@code instance}; empty if it has none, or they are of an earlier boot, torn or whole}
     *
     * @throws IOException if there are some and they cannot be read: then nothing is proved
     */
    public List<ReleaseCommand> read(String instance) throws IOException {
        Path file = folder.resolve(Names.encode(instance));
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        List<String> lines = text.lines().toList();
        boolean earlier = lines.size() > 1
                && lines.get(0).equals("holdfast-release 1")
                && lines.get(1).startsWith("boot ")
                && !lines.get(1).equals("boot " + boot);
        if (torn(text) || earlier) {
            return List.of();
        }
        if (lines.size() < 2
                || !lines.get(0).equals("holdfast-release 1")
                || !lines.get(lines.size() - 1).equals("end")) {
            throw new IOException(file
                    + " is no finished list of release commands; look at it, undo by hand what it names, remove it");
        }
        return commands(file, lines.subList(2, lines.size() - 1));
    }

    /**
     * {@return whether the machine crashed before the file reached the disk} It is renamed when it is whole, so while the machine runs
     * nobody sees a part of it; what a crash leaves is empty, or has zeros where something was not written.
     */
    private static boolean torn(String text) {
        return text.isEmpty() || text.indexOf('\0') >= 0;
    }

    private static List<ReleaseCommand> commands(Path file, List<String> lines) throws IOException {
        List<ReleaseCommand> commands = new ArrayList<>();
        List<String> argv = new ArrayList<>();
        Map<String, String> environment = new TreeMap<>();
        for (String line : lines) {
            int space = line.indexOf(' ');
            String key = space < 0 ? line : line.substring(0, space);
            String value = space < 0 ? "" : unescape(line.substring(space + 1));
            switch (key) {
                case "command" -> {
                    argv.clear();
                    environment.clear();
                }
                case "arg" -> argv.add(value);
                case "env" ->
                    environment.put(value.substring(0, value.indexOf('=')), value.substring(value.indexOf('=') + 1));
                case "input" -> commands.add(new ReleaseCommand(argv, environment, value));
                default -> throw new IOException(file + ": unknown line " + line);
            }
        }
        return commands;
    }

    /** {@return what tells the present registration of {@code instance} from any other; empty if it has none} */
    public Optional<String> mark(String instance) throws IOException {
        try {
            BasicFileAttributes file =
                    Files.readAttributes(folder.resolve(Names.encode(instance)), BasicFileAttributes.class);
            return Optional.of(file.fileKey() + " " + file.lastModifiedTime());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Removes what {@code instance} registered. */
    public void delete(String instance) throws IOException {
        Files.deleteIfExists(folder.resolve(Names.encode(instance)));
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\0", "\\0");
    }

    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                char next = text.charAt(++i);
                plain.append(
                        switch (next) {
                            case 'n' -> '\n';
                            case 'r' -> '\r';
                            case '0' -> '\0';
                            default -> next;
                        });
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
