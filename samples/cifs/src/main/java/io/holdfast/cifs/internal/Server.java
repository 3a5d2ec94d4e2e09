package io.holdfast.cifs.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The smbd of one share, and its address. */
final class Server {
    /**
     * Tells the network that the address is here now, at once and over the first seconds: a switch or a client may miss one. In the
     * background and in the instance's cgroup: announcing an address that another node has taken over meanwhile would cut it off.
     */
    private static final String ANNOUNCE = """
            for wait in 0 0.05 0.1 0.25 0.6 1 2 2; do
                sleep $wait
                arping -q -U -c 1 -I "$1" "$2" &
            done >/dev/null 2>&1 </dev/null &
            """;

    private static final int CONNECT_MILLIS = 200;
    private static final int LAST_LINES = 6;

    private final ResourceContext context;
    private final ShareSettings settings;
    private final Runner runner;
    private final Folders folders;

    Server(ResourceContext context, ShareSettings settings, Runner runner, Folders folders) {
        this.context = context;
        this.settings = settings;
        this.runner = runner;
        this.folders = folders;
    }

    Folders folders() {
        return folders;
    }

    /** Makes everything ready and brings the address up. {@return the identity of the volume} */
    String prepare() throws ResourceException, InterruptedException {
        try {
            for (String folder : List.of("pid", "cache", "ncalrpc")) {
                Files.createDirectories(folders.node().resolve(folder));
            }
            Files.createDirectories(folders.logs());
            Files.writeString(folders.config(), SmbConf.text(settings, runner, folders));
        } catch (IOException e) {
            throw new ResourceException("cannot write " + folders.config(), e);
        }
        return Volume.prepare(context, settings, interfaceName());
    }

    /** {@return the interface that gets the address; "" for one that none has to get} */
    private String interfaceName() throws ResourceException {
        return !settings.address().moves()
                ? ""
                : settings.interfaceName()
                        .or(settings.address()::findInterface)
                        .orElseThrow(() -> new ResourceException("no interface has an address in the network of "
                                + settings.address().cidr() + "; name it with the parameter interface, one of "
                                + ServiceAddress.interfaces()));
    }

    /** smbd ends its whole process group when it ends, so it gets one of its own, whatever started it. {@return its id} */
    long spawn() throws ResourceException {
        return context.spawn(Command.of(
                "setsid", "--wait", "smbd", "--foreground", "--no-process-group", "--configfile=" + folders.config()));
    }

    boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(settings.address().inet(), settings.port()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false; // refused: not yet
        }
    }

    void announce() throws ResourceException, InterruptedException {
        if (!settings.address().moves()) {
            return;
        }
        CommandResult result = context.run(Command.of(
                "sh",
                "-c",
                ANNOUNCE,
                "announce",
                interfaceName(),
                settings.address().host()));
        if (!result.succeeded()) {
            context.log("cannot announce " + settings.address().host() + ": "
                    + result.errors().strip());
        }
    }

    /** Ends the connections of the address in the kernel, which tells the clients. Kernels without that close them with smbd. */
    void resetConnections() throws ResourceException, InterruptedException {
        context.run(Command.of(
                "ss",
                "-K",
                "-H",
                "-t",
                "-n",
                "state",
                "connected",
                "src",
                settings.address().host() + ":" + settings.port()));
    }

    /** Asks all processes to end; smbd closes its files and databases. */
    void terminate() throws ResourceException, InterruptedException {
        List<String> argv = new ArrayList<>(List.of("kill", "-TERM"));
        context.processes().forEach(id -> argv.add(Long.toString(id)));
        if (argv.size() > 2) {
            context.run(Command.of(argv.toArray(String[]::new)));
        }
    }

    void removeAddress() throws ResourceException, InterruptedException {
        if (!settings.address().moves()) {
            return;
        }
        CommandResult result = context.run(settings.address().removal());
        if (!result.succeeded()) {
            throw new ResourceException("cannot take " + settings.address().host() + " off this node: "
                    + result.errors().strip());
        }
    }

    /** {@return the end of the server's log, for people} */
    String lastWords() {
        try {
            List<String> lines = Files.readAllLines(folders.log());
            return String.join(" / ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())) + " ("
                    + folders.log() + ")";
        } catch (IOException e) {
            return "no log at " + folders.log();
        }
    }
}
