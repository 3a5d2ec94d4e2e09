package io.holdfast.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A real node on its machine, with the faults that can befall it. */
public final class Node {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final String name;
    private final Machine machine;
    private final Path installation;
    private final Path base;
    private final Optional<Path> processes;
    private final Optional<Path> cells;
    private final Map<String, String> environment;
    private boolean powered = true;

    /** @param cgroup of the machine, if it has one: daemon and guard are in {@code machine}, and the node makes its own in {@code cells} */
    Node(
            String name,
            Machine machine,
            Path installation,
            Path base,
            Optional<Path> cgroup,
            Map<String, String> environment) {
        this.name = name;
        this.machine = machine;
        this.installation = installation;
        this.base = base;
        this.processes = cgroup.map(all -> all.resolve("machine"));
        this.cells = cgroup.map(all -> all.resolve("cells"));
        this.environment = environment;
        cells.ifPresent(path -> environment.put("HOLDFAST_CGROUP", path.toString()));
        try {
            if (processes.isPresent() && cells.isPresent()) {
                Files.createDirectories(processes.get());
                Files.createDirectories(cells.get());
            }
            Files.createDirectories(base);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return its name} */
    public String name() {
        return name;
    }

    /** {@return its base folder} */
    public Path base() {
        return base;
    }

    /** {@return its own address} */
    public String address() {
        return machine.address();
    }

    /** {@return whether it has a machine to run on} */
    public boolean powered() {
        return powered;
    }

    /** {@return a builder for a process on this node's machine} */
    public ProcessBuilder onNode(List<String> argv) {
        ProcessBuilder builder = new ProcessBuilder(machine.inside(argv));
        builder.environment().putAll(environment);
        return builder;
    }

    /** Gives it an environment variable for its next start. */
    void set(String variable, String value) {
        environment.put(variable, value);
    }

    /** {@return whether its machine has mounted {@code device}} */
    boolean mounted(String device) {
        return machine.mounted(device);
    }

    /** Starts it. {@return what waits until its daemon answers} */
    public Process beginStart() {
        List<String> argv = new ArrayList<>();
        processes.ifPresent(path ->
                argv.addAll(List.of("sh", "-c", "echo $$ >" + path.resolve("cgroup.procs") + " && exec \"$@\"", "sh")));
        argv.addAll(List.of(installation.resolve("bin/holdfast").toString(), "start", "--base", base.toString()));
        try {
            return onNode(argv)
                    .redirectErrorStream(true)
                    .redirectOutput(base.resolve("start.out").toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until its daemon answers. {@return why it does not, or nothing} */
    public String awaitStart(Process starting) {
        try {
            if (!starting.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                starting.destroyForcibly();
                return name + " did not start within " + START_LIMIT.toSeconds() + " s: " + startOutput();
            }
            return starting.exitValue() == 0 ? "" : name + " did not start: " + startOutput();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + name + " starts", e);
        }
    }

    private String startOutput() {
        return read(base.resolve("start.out"));
    }

    /** Starts it and waits until its daemon answers. */
    public void start() {
        String failure = awaitStart(beginStart());
        if (!failure.isEmpty()) {
            throw new IllegalStateException(failure);
        }
    }

    /** Drops a bundle into its {@code deploy/} folder. */
    public void deploy(Path bundle) {
        try {
            Path deploy = base.resolve("deploy");
            Path hidden = base.resolve(bundle.getFileName() + ".part");
            Files.copy(bundle, hidden, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            Files.move(hidden, deploy.resolve(bundle.getFileName()), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops it cleanly. */
    public void stop() {
        inside(60, installation.resolve("bin/holdfast").toString(), "stop", "--base", base.toString());
    }

    /** Stops it cleanly, if it can. {@return how that ended} */
    public Shell.Ended tryStop() {
        return attemptInside(90, installation.resolve("bin/holdfast").toString(), "stop", "--base", base.toString());
    }

    /** Gives it a new guard and a new daemon under what runs. {@return how that ended} */
    public Shell.Ended tryRestart() {
        return attemptInside(
                150, installation.resolve("bin/holdfast").toString(), "restart", "--base", base.toString());
    }

    private String inside(int seconds, String... argv) {
        Shell.Ended ended = attemptInside(seconds, argv);
        if (ended.status() != 0) {
            throw new IllegalStateException(name + ": " + String.join(" ", argv) + " ended with status "
                    + ended.status() + ": " + ended.output().strip());
        }
        return ended.output();
    }

    /** Runs a command on its machine. {@return how it ended} */
    public Shell.Ended attemptInside(int seconds, String... argv) {
        return Shell.attempt(seconds, machine.inside(List.of(argv)).toArray(String[]::new));
    }

    /** Runs {@code bin/ha} on it and returns what it printed; a refusal is an error. */
    public String ha(String... words) {
        return inside(60, haLine(words));
    }

    /** Runs {@code bin/ha} on it. {@return its exit status} */
    public int attemptHa(String... words) {
        return tryHa(words).status();
    }

    /** Runs {@code bin/ha} on it. {@return how it ended, and what it printed to either output} */
    public Shell.Ended tryHa(String... words) {
        return attemptInside(60, haLine(words));
    }

    private String[] haLine(String... words) {
        List<String> argv =
                new ArrayList<>(List.of(installation.resolve("bin/ha").toString(), "--base", base.toString()));
        argv.addAll(List.of(words));
        return argv.toArray(String[]::new);
    }

    /** {@return {@code ha --json status} as it sees it, or empty if its daemon does not answer} */
    public Optional<JsonNode> status() {
        Shell.Ended ended = attemptInside(10, haLine("--json", "status"));
        if (ended.status() != 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readTree(ended.output()));
        } catch (IOException e) {
            throw new UncheckedIOException(name + " answered no JSON: " + ended.output(), e);
        }
    }

    boolean answersWithin(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < end) {
            if (status().isPresent()) {
                return true;
            }
            Waiting.pause(Duration.ofMillis(200));
        }
        return false;
    }

    /** {@return a resource in its status} */
    public Optional<JsonNode> resource(String resource) {
        return status().stream()
                .flatMap(status -> {
                    List<JsonNode> found = new ArrayList<>();
                    status.path("resources").forEach(found::add);
                    return found.stream();
                })
                .filter(found -> found.path("name").asText().equals(resource))
                .findFirst();
    }

    /** {@return where a resource is active, by its status; empty if nowhere} */
    public String activeOn(String resource) {
        return resource(resource)
                .filter(found -> found.path("state").asText().equals("active"))
                .map(found -> found.path("node").asText())
                .orElse("");
    }

    /** Takes its power away: network, daemon, guard and resources are gone at once; the disk stays. */
    public void powerOff() {
        if (powered) {
            powered = false;
            kill(); // all at one instant
            machine.close();
        }
    }

    /** Kills everything that runs on it, at one instant, where it has a cgroup. */
    public void kill() {
        writeToMachine("cgroup.kill", "1");
    }

    /** Stops everything that runs on it, its services too, at one instant, or lets it go on. */
    public void frozen(boolean on) {
        writeToMachine("cgroup.freeze", on ? "1" : "0");
    }

    /** {@return for how long in all every process of it that could run had to wait for a processor, in microseconds; 0 where nobody counts} */
    public long starvedMicros() {
        return processes
                .map(path -> path.resolveSibling("cpu.pressure"))
                .filter(Files::isReadable)
                .map(path -> read(path)
                        .lines()
                        .filter(line -> line.startsWith("full"))
                        .map(line -> Long.valueOf(line.replaceFirst(".*total=", "")))
                        .findFirst()
                        .orElse(0L))
                .orElse(0L);
    }

    private void writeToMachine(String file, String text) {
        processes.ifPresent(path -> {
            try {
                Files.writeString(path.resolveSibling(file), text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** {@return whether neither daemon nor guard runs, where it has a cgroup} */
    public boolean empty() {
        return processes
                .map(path -> numbers(path.resolve("cgroup.procs")).isEmpty())
                .orElse(false);
    }

    /** {@return what a process sees as its network namespace when it runs on this machine; another one after each loss of power} */
    public String identity() {
        return machine.identity();
    }

    /** Removes what a node that lost its power leaves in the machine's memory. */
    void clean() {
        Shell.attempt(
                20,
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx16m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                installation.resolve("lib/holdfast-guard.jar").toString(),
                "io.holdfast.guard.Main",
                "clean",
                "--base",
                base.toString());
    }

    /** Pulls its network cable, or plugs it in again. */
    public void plugged(boolean in) {
        machine.plugged(in);
    }

    /** Filters its traffic; see {@code nft}. */
    public void filter(String rules) {
        filter("lab", rules);
    }

    /** Filters its traffic with rules in a table of their own. */
    public void filter(String table, String rules) {
        machine.filter(table, rules);
    }

    /** {@return the ids of all processes on its machine} */
    List<Long> processes() {
        return machine.processes();
    }

    /** Sends a signal to all its processes. */
    public void signalAll(String signal) {
        machine.signalAll(signal);
    }

    /** {@return the id of its daemon} */
    public long daemon() {
        return pid("daemon.pid");
    }

    /** {@return the id of its guard} */
    public long guard() {
        return pid("guard.pid");
    }

    private long pid(String file) {
        Path path = base.resolve("run").resolve(file);
        String[] text = {""};
        Waiting.until(
                path + " names a process",
                Duration.ofSeconds(10),
                () -> {
                    text[0] = Files.exists(path) ? read(path) : "";
                    return !text[0].isEmpty(); // who replaces it empties it first
                },
                () -> "it is empty or missing");
        return Long.parseLong(text[0]);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the processes of a resource: what its cgroup holds} */
    public List<Long> processesOf(String resource) {
        return cgroup().map(cgroup ->
                        cgroup.resolve("res").resolve(resource).resolve("run").resolve("cgroup.procs"))
                .filter(Files::isReadable)
                .map(Node::numbers)
                .orElse(List.of());
    }

    private static List<Long> numbers(Path file) {
        try {
            return Files.readAllLines(file).stream().map(Long::valueOf).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private Optional<Path> cgroup() {
        if (cells.isEmpty() || !Files.isDirectory(cells.get())) {
            return Optional.empty();
        }
        try (var children = Files.list(cells.get())) {
            return children.filter(Files::isDirectory).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
