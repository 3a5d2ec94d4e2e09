package io.holdfast.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Several real nodes and a client on one machine, each with an address of its own: in network namespaces (10.77.0.0/24) on a switch
 * that is a namespace too, which needs root, or on loopback. Closing it leaves nothing behind.
 */
public final class Lab implements AutoCloseable {
    /** The service address of labs in network namespaces. */
    public static final String SERVICE_ADDRESS = "10.77.0.100";

    private static final Duration SETTLE = Duration.ofSeconds(60);

    private final Path installation;
    private final Path folder;
    private final Ground ground;
    private final Duration lease;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final Map<String, String> extra = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> own = new LinkedHashMap<>();
    private final Map<String, Path> installations = new HashMap<>();
    private final List<Runnable> afterwards = new ArrayList<>();
    private boolean closed;
    private final String voters;
    private final Machine client;
    private final Thread atExit = new Thread(this::closeAll, "lab-at-exit");

    /** Lays a network of namespaces; starts nothing yet. See {@link #Lab(Path, Path, Duration, List, boolean)}. */
    public Lab(Path installation, Path folder, Duration lease, List<String> names) {
        this(installation, folder, lease, names, false);
    }

    /**
     * Lays the network; starts nothing yet.
     *
     * @param installation the unpacked distribution
     * @param folder a new folder for everything that the nodes write
     * @param names of the nodes, at most 90
     * @param loopback whether the nodes have loopback addresses, for want of root
     */
    public Lab(Path installation, Path folder, Duration lease, List<String> names, boolean loopback) {
        this.installation = installation;
        this.folder = folder;
        this.lease = lease;
        long pid = ProcessHandle.current().pid();
        String id = "hf" + Long.toString(pid % 46656, 36);
        Runtime.getRuntime().addShutdownHook(atExit);
        this.ground = loopback ? new Loopback(id, pid) : new Switch(id);
        for (int i = 0; i < names.size(); i++) {
            addresses.put(names.get(i), ground.address(i + 1));
        }
        voters = addresses.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(","));
        client = machine("client", ground.address(200));
        names.forEach(this::powerOn);
    }

    private Machine machine(String name, String address) {
        Machine machine = ground.machine(name, address, folder.resolve(name));
        machines.put(name, machine);
        return machine;
    }

    /** Gives a node (again) a machine to run on; its disk is what it was. {@return the node, not started} */
    public synchronized Node powerOn(String name) {
        if (closed) {
            throw new IllegalStateException("the lab is closed");
        }
        String address = addresses.get(name);
        if (address == null) {
            throw new IllegalArgumentException("the lab has no node " + name + "; it has " + addresses.keySet());
        }
        Map<String, String> environment = new HashMap<>(Map.of(
                "HOLDFAST_NODE", name,
                "HOLDFAST_BIND", address,
                "HOLDFAST_LEASE", lease.toMillis() + "ms",
                "HOLDFAST_VOTERS", voters));
        environment.putAll(ground.environment());
        environment.putAll(extra);
        environment.putAll(own.getOrDefault(name, Map.of()));
        Node node = new Node(
                name,
                machine(name, address),
                installations.getOrDefault(name, installation),
                folder.resolve(name),
                ground.cgroup(name),
                environment);
        node.frozen(false); // it may have lost its power frozen
        nodes.put(name, node);
        return node;
    }

    /**
     * Adds a machine whose node is none of the first voters: it joins through them. If it is there, it is another machine from
     * now on, with the same disk. {@return the node, not started}
     */
    public Node add(String name) {
        addresses.putIfAbsent(name, ground.address(addresses.size() + 1));
        if (nodes.containsKey(name)) {
            node(name).powerOff();
        }
        return powerOn(name);
    }

    /** Gives a node another installation to be started from; it is another machine from now on, with the same disk. {@return it, not started} */
    public Node install(String name, Path other) {
        installations.put(name, other);
        return add(name);
    }

    /** Gives an environment variable to all nodes that are started from now on. */
    public void set(String variable, String value) {
        extra.put(variable, value);
        nodes.values().forEach(node -> node.set(variable, value));
    }

    /** Gives an environment variable to one node, when it is started next. */
    public void set(String name, String variable, String value) {
        own.computeIfAbsent(name, key -> new LinkedHashMap<>()).put(variable, value);
        node(name).set(variable, value);
    }

    /** Has something done when the lab is closed and none of its processes is left, in this order. */
    public synchronized void afterwards(Runnable task) {
        afterwards.add(task);
    }

    /** {@return the folder of the lab} */
    public Path folder() {
        return folder;
    }

    /** {@return the network of the lab, with the addresses} */
    Ground ground() {
        return ground;
    }

    /** {@return the nodes, those without power too} */
    public Collection<Node> nodes() {
        return nodes.values();
    }

    /** {@return a node by its name} */
    public Node node(String name) {
        Node node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("the lab has no node " + name + "; it has " + nodes.keySet());
        }
        return node;
    }

    /** {@return the lease duration of all nodes} */
    public Duration lease() {
        return lease;
    }

    /** Starts all nodes at once and waits until each answers. */
    public void startAll() {
        List<Process> starting = nodes.values().stream().map(Node::beginStart).toList();
        List<String> failures = new ArrayList<>();
        int i = 0;
        for (Node node : nodes.values()) {
            String failure = node.awaitStart(starting.get(i++));
            if (!failure.isEmpty()) {
                failures.add(failure);
            }
        }
        if (!failures.isEmpty()) {
            throw new IllegalStateException(String.join(System.lineSeparator(), failures));
        }
        awaitOnline();
    }

    /** {@return a builder for a process on the client's machine, outside the nodes} */
    public ProcessBuilder onClient(List<String> argv) {
        return new ProcessBuilder(client.inside(argv));
    }

    /** {@return the nodes that have power} */
    public List<Node> powered() {
        return nodes.values().stream().filter(Node::powered).toList();
    }

    /** Mends everything: nodes without power or daemon are started again, and all are waited for. */
    public void settle() {
        for (String name : addresses.keySet()) {
            Node node = node(name);
            if (node.powered()) {
                node.plugged(true);
                node.filter("");
                node.signalAll("CONT");
                if (!node.answersWithin(Duration.ofSeconds(10))) {
                    node.powerOff();
                }
            }
            if (!node.powered()) {
                node = powerOn(name);
            }
            if (node.status().isEmpty()) {
                node.start();
            }
        }
        awaitOnline();
    }

    private void awaitOnline() {
        Waiting.until(
                "all nodes are online, by the word of each",
                SETTLE,
                () -> nodes.values().stream().allMatch(this::seesAllOnline),
                () -> nodes.values().iterator().next().ha("status"));
    }

    private boolean seesAllOnline(Node node) {
        return node.status()
                .filter(status -> status.path("quorum").asBoolean())
                .filter(status -> {
                    int online = 0;
                    for (JsonNode one : status.path("nodes")) {
                        online += one.path("state").asText().equals("online") ? 1 : 0;
                    }
                    return online == addresses.size();
                })
                .isPresent();
    }

    /** {@return the node on which a resource is active, waited for} */
    public Node holder(String resource) {
        String[] holder = {""};
        Waiting.until(
                resource + " is active somewhere",
                SETTLE,
                () -> {
                    holder[0] = powered().stream()
                            .map(node -> node.activeOn(resource))
                            .filter(name -> !name.isEmpty())
                            .findFirst()
                            .orElse("");
                    return !holder[0].isEmpty();
                },
                () -> powered().get(0).ha("status"));
        return node(holder[0]);
    }

    @Override
    public void close() {
        closeAll();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // the program ends already
        }
    }

    private synchronized void closeAll() {
        if (closed) {
            return;
        }
        closed = true;
        nodes.values().forEach(Node::powerOff);
        machines.values().forEach(Machine::close);
        nodes.values().forEach(Node::clean);
        ground.close();
        afterwards.forEach(Runnable::run);
    }

    /** Copies the logs of all nodes, to be read after the folder is gone. */
    public void saveLogs(Path to) {
        Shell.attempt(10, "rm", "-rf", to.toString());
        nodes.keySet().forEach(name -> {
            Path target = to.resolve(name);
            Shell.attempt(10, "mkdir", "-p", target.toString());
            Shell.attempt(10, "cp", "-r", folder.resolve(name).resolve("log") + "/.", target.toString());
        });
    }

    /** Deletes the folder of the lab with all that the nodes wrote. */
    public void deleteFolder() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
