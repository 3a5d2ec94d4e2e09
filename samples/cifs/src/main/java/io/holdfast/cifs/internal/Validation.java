package io.holdfast.cifs.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Looks for what cannot work on this node, and says what to do. */
final class Validation {
    private static final Map<String, String> PROGRAMS = new TreeMap<>(Map.of(
            "smbd", "samba",
            "smbpasswd", "samba-common-bin",
            "ip", "iproute2",
            "ss", "iproute2",
            "setsid", "util-linux"));

    private static final List<Path> PATH = List.of(
            Path.of("/usr/local/sbin"),
            Path.of("/usr/local/bin"),
            Path.of("/usr/sbin"),
            Path.of("/usr/bin"),
            Path.of("/sbin"),
            Path.of("/bin"));

    private static final int LONGEST_SOCKET_PATH = 107;

    private final ResourceContext context;
    private final ShareSettings settings;
    private final Runner runner;
    private final Connections connections;
    private final List<Problem> problems;

    Validation(
            ResourceContext context,
            ShareSettings settings,
            Runner runner,
            Connections connections,
            List<Problem> problems) {
        this.context = context;
        this.settings = settings;
        this.runner = runner;
        this.connections = connections;
        this.problems = problems;
    }

    List<Problem> problems(Folders folders) throws InterruptedException {
        programs();
        if (!runner.root()) {
            rights();
        }
        try {
            volume();
            users();
            network();
        } catch (ResourceException e) {
            problem("cannot look at " + context.node() + ": " + e.getMessage(), "repair that first");
        }
        if (folders.longestSocketPath() > LONGEST_SOCKET_PATH) {
            problem(
                    "the path of a socket would have " + folders.longestSocketPath() + " characters, the kernel allows "
                            + LONGEST_SOCKET_PATH,
                    "choose shorter paths for the node's base (" + folders.node() + ") or for state ("
                            + folders.volume() + ")");
        }
        return problems;
    }

    private void problem(String what, String fix) {
        problems.add(new Problem(what, fix));
    }

    private void programs() {
        PROGRAMS.forEach(this::program);
        if (settings.address().moves()) {
            program("arping", "iputils-arping");
        }
    }

    private void program(String program, String box) {
        if (PATH.stream().noneMatch(folder -> Files.isExecutable(folder.resolve(program)))) {
            problem(program + " is not installed on " + context.node(), "apt-get install " + box);
        }
    }

    /** What takes root, on a node that runs as somebody else. */
    private void rights() {
        String who = context.node() + " runs as " + runner.name() + ", and only root may ";
        if (settings.address().moves()) {
            problem(
                    "address: " + who + "put " + settings.address().host() + " on an interface",
                    "run the node as root, or choose an address of 127.0.0.0/8");
        }
        if (settings.port() < runner.firstPort()) {
            problem(
                    "port: " + who + "listen on " + settings.port(),
                    "run the node as root, or choose a port from " + runner.firstPort() + " on");
        }
        if (!settings.users().isEmpty()) {
            problem("users: " + who + "serve named users", "run the node as root, or set guest: true and no users");
        }
    }

    private void volume() throws ResourceException, InterruptedException {
        Path path = settings.path();
        if (!Files.isDirectory(path)) {
            problem("path: " + path + " is not a folder on " + context.node(), "mount the volume or create it");
            return;
        }
        String expected = Volume.expected(context, settings);
        if (!expected.isEmpty() && !expected.equals(line(settings.state().resolve("volume")))) {
            problem(
                    Volume.notShared(context, settings),
                    "or, if the data was moved on purpose, take the folder state along");
        }
        if (settings.guest() && !settings.readOnly() && !guestMayWrite(path)) {
            String guest = runner.guestAccount();
            problem(
                    "path: guests are the user " + guest + ", who may not write to " + path,
                    "chown " + guest + " " + path + ", or chmod 1777 " + path + ", or set read-only: true");
        }
    }

    private boolean guestMayWrite(Path path) throws ResourceException, InterruptedException {
        if (!runner.root()) {
            return Files.isWritable(path);
        }
        return context.run(Command.of(
                        "setpriv",
                        "--reuid=nobody",
                        "--regid=nogroup",
                        "--clear-groups",
                        "test",
                        "-w",
                        path.toString()))
                .succeeded();
    }

    private static String line(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return ""; // missing: the same answer to the question asked
        }
    }

    private void users() throws ResourceException, InterruptedException {
        for (String user : settings.users()) {
            if (!context.run(Command.of("getent", "passwd", user)).succeeded()) {
                problem(
                        "users: " + user + " is not an account of " + context.node(),
                        "create it with the same id on every node: useradd --no-create-home --shell /usr/sbin/nologin "
                                + user);
            }
        }
        try {
            Accounts.read(settings);
        } catch (ResourceException e) {
            problem(e.getMessage() == null ? "users" : e.getMessage(), "then ask again");
        }
    }

    private void network() throws ResourceException, InterruptedException {
        ServiceAddress address = settings.address();
        List<String> all = ServiceAddress.interfaces();
        if (address.moves()
                && settings.interfaceName().isEmpty()
                && address.findInterface().isEmpty()) {
            problem(
                    "address: no interface of " + context.node() + " has an address in the network of "
                            + address.cidr(),
                    "name the interface, one of " + all);
        }
        settings.interfaceName()
                .filter(name -> !all.contains(name))
                .ifPresent(name -> problem("interface: " + context.node() + " has no " + name, "name one of " + all));
        if (!context.processes().isEmpty()) {
            return; // the one who listens is ours
        }
        try {
            for (String taken : connections.takenBy(address, settings.port())) {
                problem("port: something on " + context.node() + " listens on " + taken + who(), fix());
            }
        } catch (IOException e) {
            problem("cannot read the list of connections (" + e + ")", "mount /proc");
        }
    }

    private String fix() {
        return "stop it (Debian's own server: systemctl disable --now smbd nmbd), or choose another port";
    }

    private String who() throws ResourceException, InterruptedException {
        String users = context.run(Command.of("ss", "-Hltnp", "sport = :" + settings.port()))
                .output();
        int from = users.indexOf("((\"");
        int to = users.indexOf("\"", from + 3);
        return from < 0 || to < 0 ? "" : " (" + users.substring(from + 3, to) + ")";
    }
}
