package io.holdfast.lab.torture;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.lab.Lab;
import io.holdfast.lab.Node;
import io.holdfast.lab.Shell;
import io.holdfast.lab.Waiting;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The cluster under torture: nodes, their disks and watchdogs, the resources, and what can be done to all of them. */
final class Arena implements AutoCloseable {
    /** An address by its OCF agent and a process beside it. */
    static final String ADDRESS = "address";

    static final String WORKER = "worker";
    /** A service by an OCF agent of the torture's own, that misbehaves when told. */
    static final String SERVICE = "service";
    /** A resource in the daemon's JVM. */
    static final String BEACON = "beacon";
    /** The share. */
    static final String FILES = "files";

    /** A clone by an OCF agent of the torture's own; the copy that is promoted announces itself, by the token of that right. */
    static final String PRIMARY = "primary";

    /** An attribute of a node that takes the place of the score that the copy's agent says. */
    private static final String SCORE = "master-" + PRIMARY;

    static final List<String> RESOURCES = List.of(ADDRESS, WORKER, SERVICE, BEACON, FILES, PRIMARY);

    private static final String ADDRESS_IP = "10.77.0.101";
    private static final Duration FRESH = Duration.ofMillis(300);
    private static final Duration LONGEST_AGO = Duration.ofMinutes(2);
    private static final Duration REBOOT = Duration.ofSeconds(1);
    private static final Pattern GRANTED =
            Pattern.compile("(\\S+) (?:goes to|is to be promoted on) \\S+ under token (\\d+)(.*)", Pattern.DOTALL);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Layout layout;
    private final Lab lab;
    private final History history;
    private final Path control;
    private final Watchdogs watchdogs;
    private final Map<String, Shim> shims = new HashMap<>();
    private final Map<String, Disk> disks = new HashMap<>();
    private final Map<String, Process> sensors = new HashMap<>();
    private final Map<String, Process> starting = new HashMap<>();
    private final Map<String, String> machines = new HashMap<>();
    private final Set<String> keptOff = new HashSet<>();
    private final Set<String> curable = new HashSet<>();
    /** Commands that end what somebody wanted, and that nobody took yet. */
    private final Set<List<String>> undone = new LinkedHashSet<>();

    private final List<StuckFolder> stuck = new CopyOnWriteArrayList<>();
    private final long began = History.now();
    private long eventsRead;

    /** The files that the nodes are made of. */
    record Parts(Path installation, Path shareBundle, Path beaconBundle) {}

    private final Parts parts;

    Arena(Layout layout, Parts parts, Path folder, Duration lease, History history) {
        this.layout = layout;
        this.parts = parts;
        this.history = history;
        this.control = folder.resolve("control");
        this.watchdogs = new Watchdogs(this::bite);
        try {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.createDirectories(control);
            Path agents = Files.createDirectories(folder.resolve("ocf/resource.d/torture"));
            install("beacon.ocf", agents.resolve("beacon"));
            install("primary.ocf", agents.resolve("primary"));
            install("beacon.pl", folder.resolve("beacon.pl"));
            install("sensor.pl", folder.resolve("sensor.pl"));
            install("stuck.pl", folder.resolve("stuck.pl"));
            Path shared = Files.createDirectories(folder.resolve("shared"));
            Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx")); // guests write too
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Path library = Shim.build(folder);
        Map<String, Disk> mounted = new LinkedHashMap<>();
        Runnable unmount = () -> {
            mounted.values().forEach(Disk::unmount);
            Shell.attempt(20, "umount", "-l", folder.toString());
        };
        Thread atExit = new Thread(unmount, "torture-at-exit");
        Runtime.getRuntime().addShutdownHook(atExit); // until the lab does it in its turn
        // What is mounted below it, or no longer, is so on all machines: else one would keep the disk of another in
        // use.
        Shell.run("mount", "--bind", folder.toString(), folder.toString());
        Shell.run("mount", "--make-shared", folder.toString());
        layout.voters()
                .forEach(name ->
                        mounted.put(name, Disk.mount(folder.resolve("disk-" + name + ".img"), folder.resolve(name))));
        disks.putAll(mounted);
        lab = new Lab(parts.installation, folder, lease, layout.voters());
        lab.afterwards(unmount);
        Runtime.getRuntime().removeShutdownHook(atExit);
        lab.set("HOLDFAST_OCF_ROOT", folder.resolve("ocf") + ":/usr/lib/ocf");
        for (String name : layout.voters()) {
            shims.put(name, Shim.install(lab, name, library));
            if (layout.watched(name)) {
                lab.set(name, "HOLDFAST_WATCHDOG", watchdogs.add(name, folder).toString());
                lab.set(name, "HOLDFAST_WATCHDOG_TIMEOUT", Watchdogs.TIMEOUT.toSeconds() + "s");
            }
            if (name.equals(Layout.WITNESS)) {
                lab.set(name, "HOLDFAST_ROLE", "witness");
            }
            watch(lab.node(name));
        }
        watchdogs.start();
    }

    static InputStream resource(String name) {
        return Objects.requireNonNull(Arena.class.getResourceAsStream(name), () -> name + " is not in the lab's jar");
    }

    private static void install(String name, Path to) throws IOException {
        try (InputStream in = resource(name)) {
            Files.write(to, in.readAllBytes());
        }
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Tells the history which machine this is, and keeps a sensor on it, which is no part of the node. */
    private void watch(Node node) {
        machines.put(node.identity(), node.name());
        history.write("machine", node.name(), node.identity());
        try {
            sensors.put(
                    node.name(),
                    node.onNode(List.of(
                                    "perl",
                                    lab.folder().resolve("sensor.pl").toString(),
                                    history.file().toString(),
                                    ADDRESS + "=" + ADDRESS_IP,
                                    FILES + "=" + Lab.SERVICE_ADDRESS))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts all nodes, applies the document and waits until everything is active. */
    void begin(Duration limit) {
        lab.nodes().forEach(node -> {
            try {
                Files.createDirectories(node.base().resolve("deploy"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            deploy(node.name(), parts.shareBundle);
            deploy(node.name(), parts.beaconBundle);
        });
        lab.startAll();
        Node any = lab.powered().get(0);
        Waiting.until(
                "all nodes offer the types of the bundles",
                limit,
                () -> any.status().filter(this::typesOffered).isPresent(),
                () -> any.ha("--json", "status"));
        any.ha("apply", document(0).toString());
        if (!awaitCalm(limit)) {
            throw new IllegalStateException("nothing to torture: " + problem());
        }
    }

    /** Puts a bundle on a node, and on its disk. */
    void deploy(String node, Path bundle) {
        node(node).deploy(bundle);
        Shell.attempt(20, "sync", "-f", node(node).base().toString());
    }

    private boolean typesOffered(JsonNode status) {
        return Stream.of("cifs", "beacon")
                .allMatch(type -> layout.nodes().stream()
                        .allMatch(name -> List.of(node(status, name)
                                        .path("attributes")
                                        .path("types")
                                        .asText()
                                        .split(" "))
                                .contains(type)));
    }

    private static JsonNode node(JsonNode status, String name) {
        for (JsonNode node : status.path("nodes")) {
            if (node.path("name").asText().equals(name)) {
                return node;
            }
        }
        return status.path("nowhere");
    }

    /** Writes the cluster's document; its number is in a comment, which the cluster keeps. */
    Path document(long number) {
        try {
            return Files.writeString(lab.folder().resolve("torture-" + number + ".yaml"), """
                    # change %1$d
                    cluster: torture
                    resources:
                      address:
                        type: ocf:heartbeat:IPaddr2
                        parameters: {ip: %2$s, cidr_netmask: 24, nic: eth0}
                        monitor: {interval: 2s}
                      worker:
                        type: process
                        parameters: {command: "/usr/bin/perl %3$s/beacon.pl %4$s %5$s", stop.grace: 1s}
                        monitor: {interval: 2s}
                      service:
                        type: ocf:torture:beacon
                        parameters: {history: %4$s, control: %5$s, program: %3$s/beacon.pl}
                        start: {timeout: 2s}
                        stop: {timeout: 2s}
                        monitor: {interval: 1s, timeout: 2s}
                      beacon:
                        type: beacon
                        parameters: {history: %4$s}
                        monitor: {interval: 2s}
                      files:
                        type: cifs
                        parameters: {share: data, path: %3$s/shared, address: %6$s/24, guest: true}
                      primary:
                        type: ocf:torture:primary
                        parameters: {history: %4$s, control: %5$s, program: %3$s/beacon.pl}
                        start: {timeout: 2s}
                        stop: {timeout: 2s}
                        promote: {timeout: 2s}
                        demote: {timeout: 2s}
                        monitor: {interval: 2s, timeout: 2s}
                        monitor-promoted: {interval: 1s, timeout: 2s}
                    groups:
                      site: [address, worker]
                    clones:
                      copies: {of: primary, promoted: 1}
                    defaults: {failure-timeout: 10s}
                    """.formatted(
                            number, ADDRESS_IP, lab.folder(), history.file(), control, Lab.SERVICE_ADDRESS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long began() {
        return began;
    }

    Layout layout() {
        return layout;
    }

    Lab lab() {
        return lab;
    }

    History history() {
        return history;
    }

    Parts parts() {
        return parts;
    }

    Node node(String name) {
        return lab.node(name);
    }

    Shim shim(String name) {
        return Objects.requireNonNull(shims.get(name));
    }

    Disk disk(String name) {
        return Objects.requireNonNull(disks.get(name));
    }

    /** Tells the torture's own agents how to misbehave; empty for no more. */
    void misbehave(String resource, String how) {
        try {
            Files.writeString(control.resolve(resource), how);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs {@code ha} on some node that has power; what comes of it is noted. {@return its exit status} */
    int ha(String on, String... words) {
        List<String> argv = new ArrayList<>(List.of(words));
        if (!argv.contains("--wait")) {
            argv.addAll(0, List.of("--wait", "3s")); // who torments does not wait
        }
        Shell.Ended ended = node(on).tryHa(argv.toArray(String[]::new));
        if (ended.status() == 0) {
            int wait = argv.indexOf("--wait");
            argv.subList(wait, wait + 2).clear();
            history.write("did", on, String.join(" ", argv));
        } else {
            history.write(
                    "note",
                    "ha",
                    String.join(" ", words),
                    "on",
                    on,
                    "gave",
                    ended.status(),
                    ended.output().strip());
        }
        return ended.status();
    }

    /** Runs {@code ha} on one node after the other until one does it. */
    boolean anyHa(String... words) {
        for (String name : layout.nodes()) {
            if (node(name).powered() && ha(name, words) == 0) {
                return true;
            }
        }
        return false;
    }

    /** Wants a resource on a node, or that its copy there is promoted. */
    void want(String resource, String node, String wait) {
        if (resource.equals(PRIMARY)) {
            ha(node, "--wait", wait, "attribute", node, SCORE, "20");
        } else {
            ha(node, "--wait", wait, "move", resource, node);
        }
    }

    /** Ends what {@link #want} began, as {@link #undo} does. */
    void unwant(String resource, String node) {
        if (resource.equals(PRIMARY)) {
            undo("attribute", node, SCORE);
        } else {
            undo("unmove", resource);
        }
    }

    /** Runs a command that ends a wish, when all is calm at the latest: one that stays would move things whenever a node comes back. */
    void undo(String... words) {
        if (!anyHa(words)) {
            synchronized (undone) {
                undone.add(List.of(words));
            }
        }
    }

    private boolean nothingLeftToUndo() {
        synchronized (undone) {
            undone.removeIf(words -> anyHa(words.toArray(String[]::new)));
            return undone.isEmpty();
        }
    }

    /** {@return a resource or group, and what is placed with it} */
    static List<String> together(String resource) {
        return List.of("site", ADDRESS, WORKER).contains(resource) ? List.of(ADDRESS, WORKER) : List.of(resource);
    }

    /** Takes a node's power away until {@link #powerOn}. */
    void powerOff(String name) {
        synchronized (keptOff) {
            keptOff.add(name);
        }
        cut(name);
    }

    /** Gives a node its power back, and begins to start it. */
    void powerOn(String name) {
        synchronized (keptOff) {
            keptOff.remove(name);
        }
        start(name);
    }

    private synchronized void start(String name) {
        boolean kept;
        synchronized (keptOff) {
            kept = keptOff.contains(name);
        }
        if (!kept) {
            mend(name);
        }
    }

    private synchronized void cut(String name) {
        Node node = node(name);
        Process sensor = sensors.get(name);
        if (sensor != null) {
            sensor.destroyForcibly();
        }
        if (node.powered()) {
            node.kill();
            disk(name).cut();
            stuck.stream().filter(folder -> folder.node().equals(name)).forEach(StuckFolder::close);
            node.powerOff();
            disk(name).recover();
        }
        watchdogs.disarm(name);
    }

    /** Makes a folder that puts whoever touches it to sleep for good; the node's loss of power wakes them, to die. */
    synchronized StuckFolder stuckFolder(String node) {
        StuckFolder folder = StuckFolder.mount(lab.folder(), control.resolve("stuck"), node);
        stuck.add(folder);
        return folder;
    }

    /** The watchdog's time is over: everything dies now; the rest may take its time. */
    private void bite(String name) {
        if (!node(name).powered()) {
            return; // it just lost its power
        }
        node(name).kill();
        history.write("reset", name);
        Thread rest = new Thread(() -> reboot(name), "torture-reset");
        rest.setDaemon(true);
        rest.start();
    }

    private void reboot(String name) {
        try {
            cut(name);
            Waiting.pause(REBOOT);
            start(name);
        } catch (IllegalStateException e) {
            return; // the lab was closed meanwhile
        }
    }

    /** A person who knows that this node's disk is damaged may do what the cluster says: let its log begin anew. */
    void mayBeCured(String name) {
        synchronized (curable) {
            curable.add(name);
        }
    }

    /** Does what people would do after the faults, and waits until everything is well. {@return whether it is, within {@code limit}} */
    boolean awaitCalm(Duration limit) {
        long end = History.now() + limit.toNanos();
        while (!calm() || !nothingLeftToUndo()) {
            if (History.now() > end) {
                return false;
            }
            mend();
            Waiting.pause(Duration.ofMillis(150));
        }
        layout.voters().forEach(this::noteDaemon);
        synchronized (curable) {
            curable.clear();
        }
        return true;
    }

    private void noteDaemon(String name) {
        try {
            history.write("daemon", name, node(name).daemon());
        } catch (IllegalStateException e) {
            history.write("note", name, "has no daemon though all is calm:", e);
        }
    }

    private void mend() {
        layout.voters().forEach(this::start);
    }

    private void mend(String name) {
        Process start = starting.get(name);
        if (start != null && start.isAlive()) {
            return;
        }
        if (start != null && start.exitValue() != 0) {
            history.write("note", name, "did not start:", node(name).awaitStart(start));
        }
        starting.remove(name);
        if (!node(name).powered()) {
            Node node = lab.powerOn(name);
            watch(node);
            starting.put(name, node.beginStart());
        } else if (node(name).empty()) {
            starting.put(name, node(name).beginStart());
        } else {
            cure(name);
        }
    }

    private void cure(String name) {
        boolean may;
        synchronized (curable) {
            may = curable.contains(name);
        }
        Optional<JsonNode> status = node(name).status();
        if (status.filter(all -> node(all, name).path("state").asText().equals("standby"))
                .isPresent()) {
            anyHa("online", name); // what ended the standby met a cluster without a leader
        }
        if (may
                && status.filter(all -> all.path("problems").toString().contains("voter replace " + name))
                        .isPresent()) {
            String well = layout.voters().stream()
                    .filter(other -> !other.equals(name))
                    .findFirst()
                    .orElseThrow();
            ha(well, "voter", "replace", name); // refused while another change is under way: again, then
        }
    }

    /** {@return whether every node sees every node online and every resource active, and each resource says so itself} */
    private boolean calm() {
        return problem().isEmpty();
    }

    /** {@return what keeps the cluster from being well; empty if nothing does} */
    String problem() {
        long now = History.now();
        Map<String, History.Alive> latest = history.latest();
        for (String resource : RESOURCES) {
            History.Alive alive = latest.get(resource);
            if (alive == null || now - alive.at() > FRESH.toNanos()) {
                return resource + " does not announce itself";
            }
        }
        for (String name : layout.voters()) {
            Optional<JsonNode> status = node(name).powered() ? node(name).status() : Optional.empty();
            if (status.isEmpty()) {
                return name + " does not answer";
            }
            String problem = problem(status.get());
            if (!problem.isEmpty()) {
                return name + " says: " + problem;
            }
        }
        return "";
    }

    private String problem(JsonNode status) {
        if (!status.path("quorum").asBoolean()) {
            return "no quorum";
        }
        if (status.path("leader").asText().isEmpty()) {
            return "no leader";
        }
        for (String name : layout.voters()) {
            JsonNode node = node(status, name);
            if (!node.path("state").asText().equals("online")
                    || !node.path("voter").asBoolean()) {
                return name + " is " + node.path("state").asText("unknown") + ", voter " + node.path("voter");
            }
        }
        for (JsonNode resource : status.path("resources")) {
            if (!resource.path("state").asText().equals("active")) {
                return resource.path("name").asText() + " is "
                        + resource.path("state").asText();
            }
        }
        return "";
    }

    /** {@return what the first node that answers prints for people} */
    String told() {
        return lab.powered().stream()
                .map(node -> node.tryHa("status"))
                .filter(ended -> ended.status() == 0)
                .map(Shell.Ended::output)
                .findFirst()
                .orElse("no node answers");
    }

    /** Has each daemon write what its threads do into the log of its console. */
    void dumpThreads() {
        lab.powered().stream()
                .filter(node -> !node.empty())
                .forEach(node -> ProcessFaults.signal("QUIT", node.daemon()));
        Waiting.pause(Duration.ofSeconds(1));
    }

    /** {@return the node that leads, by its own word; call it when all is calm} */
    String leader() {
        return lab.powered().stream()
                .flatMap(node -> node.status().stream())
                .map(status -> status.path("leader").asText())
                .filter(name -> !name.isEmpty())
                .findFirst()
                .orElse(layout.nodes().get(0));
    }

    /** {@return the node on which a resource was active last, by its own word} */
    String holder(String resource) {
        return Optional.ofNullable(history.latest().get(resource))
                .map(alive -> machines.getOrDefault(alive.namespace(), ""))
                .filter(name -> !name.isEmpty())
                .orElse(layout.nodes().get(0));
    }

    /** {@return the process that announces a resource, if it did so just now} */
    Optional<Long> announcer(String resource) {
        return Optional.ofNullable(history.latest().get(resource))
                .filter(alive -> History.now() - alive.at() < FRESH.toNanos())
                .map(History.Alive::pid);
    }

    /** Writes into the history what the cluster's events say since the last time. */
    void readEvents() {
        for (Node node : lab.powered()) {
            Shell.Ended ended = node.tryHa("--json", "events", "--since", Long.toString(eventsRead));
            if (ended.status() == 0) {
                List<String> events = ended.output().lines().toList();
                events.forEach(this::event);
                history.write("events", events.size());
                return;
            }
        }
    }

    /** {@return when something happened by the wall clock of a node, or now if that clock is wrong} */
    private static long when(JsonNode event) {
        long ago = Duration.between(Instant.parse(event.path("time").asText()), Instant.now())
                .toNanos();
        return History.now() - (ago < 0 || ago > LONGEST_AGO.toNanos() ? 0 : ago);
    }

    private void event(String line) {
        try {
            JsonNode event = JSON.readTree(line);
            eventsRead = Math.max(eventsRead, event.path("revision").asLong());
            String text = event.path("text").asText();
            history.write("event", event.path("revision").asLong(), text);
            int at = text.indexOf(" is expelled");
            if (at > 0) {
                history.write(when(event), "expelled", text.substring(0, at), text);
            }
            Matcher granted = GRANTED.matcher(text);
            if (granted.matches()) {
                history.write("granted", granted.group(1), granted.group(2), granted.group(3));
            }
        } catch (IOException e) {
            history.write("note", "an event that is no JSON:", line);
        }
    }

    /** {@return all that a client reads back of the cluster's attributes and document: key and value} */
    Map<String, Long> changes() {
        Node any = lab.powered().get(0);
        Map<String, Long> found = new LinkedHashMap<>();
        JsonNode attributes = node(upToDate(any), layout.nodes().get(0)).path("attributes");
        attributes.fieldNames().forEachRemaining(key -> {
            if (key.startsWith("change")) {
                found.put(key, Long.parseLong(attributes.path(key).asText()));
            }
        });
        String document = any.ha("export");
        found.put("document", Long.parseLong(document.substring("# change ".length(), document.indexOf('\n'))));
        return found;
    }

    /** {@return the status of a node, after it has caught up with the leader if it is to be fresh; empty if it has none} */
    Optional<JsonNode> status(String name, boolean fresh) {
        if (!fresh) {
            return node(name).status();
        }
        Shell.Ended ended = node(name).tryHa("--json", "--wait", "5s", "status");
        try {
            return ended.status() == 0 ? Optional.of(JSON.readTree(ended.output())) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " answered no JSON: " + ended.output(), e);
        }
    }

    /** {@return the status of a node after it has caught up with the leader} */
    private static JsonNode upToDate(Node node) {
        try {
            return JSON.readTree(node.ha("--json", "--wait", "30s", "status"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return files below a folder whose names begin so} */
    static Set<Path> files(Path folder, String prefix) {
        try (Stream<Path> all = Files.walk(folder)) {
            return new TreeSet<>(
                    all.filter(file -> file.getFileName().toString().startsWith(prefix))
                            .filter(Files::isRegularFile)
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file, UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() {
        watchdogs.close();
        stuck.forEach(StuckFolder::close);
        lab.close();
    }
}
