package io.holdfast.shell.internal;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.DeploymentStatus;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.cluster.ResourceStatus;
import io.holdfast.shell.Commands;
import io.holdfast.shell.Io;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.Terminal;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jspecify.annotations.Nullable;

/** One command in the Karaf shell. Its words go to the same code as those of {@code bin/ha}. */
final class KarafCommand implements Command, Completer {
    private final ShellComponent shell;
    private final Commands.Command command;

    KarafCommand(ShellComponent shell, Commands.Command command) {
        this.shell = shell;
        this.command = command;
    }

    @Override
    public String getScope() {
        return "ha";
    }

    @Override
    public String getName() {
        return command.name();
    }

    @Override
    public String getDescription() {
        return command.does();
    }

    @Override
    public Completer getCompleter(boolean scoped) {
        return this;
    }

    @Override
    public @Nullable Parser getParser() {
        return null; // the shell's own
    }

    @Override
    public @Nullable Object execute(Session session, List<Object> arguments) {
        List<String> words = new ArrayList<>();
        words.add(command.name());
        arguments.forEach(argument -> words.add(String.valueOf(argument)));
        Terminal terminal = session.getTerminal();
        Object user = session.get("USER");
        Io io = new Io(
                session.getConsole(),
                session.getConsole(),
                terminal != null && terminal.isAnsiSupported(),
                terminal == null ? 0 : terminal.getWidth(),
                (user == null ? "karaf" : user) + "@" + shell.node(),
                new LocalFiles(),
                () -> Thread.currentThread().isInterrupted());
        int code = shell.commands().run(words, io);
        session.put("ha.exit", code);
        return null;
    }

    private static final class LocalFiles implements Io.FileReader {
        @Override
        public String read(String name) throws IOException {
            try {
                return Files.readString(Path.of(name));
            } catch (NoSuchFileException e) {
                throw new IOException(name + ": there is no such file on this node", e);
            }
        }

        @Override
        public InputStream open(String name) throws IOException {
            try {
                return Files.newInputStream(Path.of(name));
            } catch (NoSuchFileException e) {
                throw new IOException(name + ": there is no such file on this node", e);
            }
        }
    }

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        int index = line.getCursorArgumentIndex() - 1;
        if (index < 0) {
            return new StringsCompleter(List.of("ha:" + command.name(), command.name()))
                    .complete(session, line, candidates);
        }
        if (index >= command.names().size()) {
            return -1;
        }
        if (command.names().get(index) == Commands.Names.FILE) {
            return new FileCompleter().complete(session, line, candidates);
        }
        return new StringsCompleter(names(command.names().get(index))).complete(session, line, candidates);
    }

    /** An instance of a clone stands beside the others under a number; people mostly mean all of them. */
    private static Stream<String> withItsResource(String instance) {
        int colon = instance.indexOf(':');
        return colon < 0 ? Stream.of(instance) : Stream.of(instance.substring(0, colon), instance);
    }

    /** {@return what may stand there, as this node knows it now} */
    List<String> names(Commands.Names kind) {
        Stream<String> resources = shell.cluster().map(Cluster::status).stream()
                .flatMap(status -> status.resources().stream().map(ResourceStatus::name))
                .flatMap(KarafCommand::withItsResource)
                .distinct();
        Stream<String> nodes = shell.cluster().map(Cluster::status).stream()
                .flatMap(status -> status.nodes().stream().map(NodeStatus::name));
        return switch (kind) {
            case RESOURCE -> resources.toList();
            case NODE -> nodes.toList();
            case RESOURCE_OR_NODE -> Stream.concat(resources, nodes).toList();
            case SWITCH -> List.of("on", "off");
            case VOTER_CHANGE -> List.of("add", "remove", "replace");
            case LAYER ->
                List.of(
                        "transport",
                        "ledger",
                        "membership",
                        "fencing",
                        "guard",
                        "daemon",
                        "deploy",
                        "planner",
                        "config",
                        "model");
            case DEPLOYMENT ->
                shell.deployments().map(Deployments::deployments).stream()
                        .flatMap(List::stream)
                        .map(DeploymentStatus::name)
                        .toList();
            case COMMAND ->
                shell.commands().all().stream().map(Commands.Command::name).toList();
            case FILE, OTHER -> List.of();
        };
    }
}
