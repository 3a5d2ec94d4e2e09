package io.holdfast.agents.process.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.util.Optional;

/** Whether the process serves, by the port, the file and the command that were named; all of them. */
final class Readiness {
    private static final int CONNECT_MILLIS = 1000;
    private static final int TEXT = 300;

    private final ResourceContext context;
    private final ProcessSettings settings;
    private final Launch launch;

    Readiness(ResourceContext context, ProcessSettings settings, Launch launch) {
        this.context = context;
        this.settings = settings;
        this.launch = launch;
    }

    /** {@return whether anything was named at all} */
    boolean asked() {
        return settings.readyPort().isPresent()
                || settings.readyFile().isPresent()
                || !settings.readyCommand().isEmpty();
    }

    /** {@return why it does not serve, or empty if it does; the cheap ones first} */
    Optional<String> missing() throws ResourceException, InterruptedException {
        Optional<String> file = settings.readyFile()
                .filter(path -> !Files.exists(path))
                .map(path -> "ready.file " + path + " is not there");
        if (file.isPresent()) {
            return file;
        }
        Optional<String> port = settings.readyPort().flatMap(Readiness::refused);
        if (port.isPresent() || settings.readyCommand().isEmpty()) {
            return port;
        }
        CommandResult result = context.run(launch.command(settings.readyCommand()));
        return result.succeeded()
                ? Optional.empty()
                : Optional.of("ready.command ended with status " + result.status() + tail(result));
    }

    static Optional<String> refused(InetSocketAddress port) {
        try (Socket socket = new Socket()) {
            socket.connect(port, CONNECT_MILLIS);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("ready.port " + port.getAddress().getHostAddress() + ":" + port.getPort()
                    + " does not answer: " + e.getMessage());
        }
    }

    private static String tail(CommandResult result) {
        String text = (result.errors().isBlank() ? result.output() : result.errors()).strip();
        return text.isEmpty() ? "" : ": " + text.substring(Math.max(0, text.length() - TEXT));
    }

    /** Removes the file of an earlier run, which would say "ready" too soon. */
    void forget() throws ResourceException, InterruptedException {
        if (settings.readyFile().isPresent()) {
            context.run(Command.of("rm", "-f", settings.readyFile().get().toString()));
        }
    }
}
