package io.holdfast.guard;

import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.cells.ReleaseRun;
import io.holdfast.guard.memory.BootClock;
import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** A node of a test: a real guard, a stand-in for its daemon, real cells, in a folder and a cgroup of their own. */
final class Node {
    final Path base;
    final String cgroup;
    final BootClock clock = new BootClock();
    private final List<Process> started = new ArrayList<>();
    private final List<ProcessId> seen = new ArrayList<>();
    final List<String> options = new ArrayList<>();

    Node(Path base, boolean weak) throws IOException {
        this.base = base;
        this.cgroup = weak
                ? "none"
                : parent().resolve("guard-test-" + ProcessHandle.current().pid())
                        .toString();
        Files.createDirectories(base);
    }

    /** The first mounted cgroup v2. */
    static Path parent() throws IOException {
        return Files.readAllLines(Path.of("/proc/mounts")).stream()
                .map(line -> line.split(" "))
                .filter(fields -> fields[2].equals("cgroup2"))
                .map(fields -> Path.of(fields[1]))
                .findFirst()
                .orElseThrow();
    }

    static boolean cgroups() {
        try {
            return Files.isWritable(parent().resolve("cgroup.procs"));
        } catch (Exception e) {
            return false;
        }
    }

    Cells cells() {
        return Cells.of(base, "n1", Optional.of(cgroup));
    }

    static List<String> java(String main) {
        return List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx16m",
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                main);
    }

    /** Starts guard and daemon. */
    Process guard() throws IOException {
        List<String> rest = new ArrayList<>(List.of("--node", "n1", "--cgroup", cgroup));
        rest.addAll(options);
        return guard("guard", rest);
    }

    /** Starts a guard that asks for the place of the one that is there. */
    Process successor(String... more) throws IOException {
        return guard("successor", List.of(more));
    }

    private Process guard(String what, List<String> rest) throws IOException {
        List<String> command = new ArrayList<>();
        if (!cgroup.equals("none")) {
            // guard and daemons, however often they replace each other, in a cgroup that the test can end whole
            Path own = Files.createDirectories(Path.of(cgroup).resolve("guards"));
            command.addAll(List.of("sh", "-c", "echo 0 > \"$0/cgroup.procs\"; exec \"$@\"", own.toString()));
        }
        command.addAll(java(Main.class.getName()));
        command.addAll(List.of(what, "--base", base.toString()));
        command.addAll(rest);
        command.add("--daemon");
        command.addAll(java(StandIn.class.getName()));
        command.add(base.toString());
        command.add(Long.toString(ProcessHandle.current().pid()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        base.resolve("guard.out").toFile()))
                .start();
        started.add(process);
        return process;
    }

    GuardMemory memory() {
        try {
            GuardMemory memory = GuardMemory.open(base);
            seen.add(memory.guard());
            seen.add(memory.daemon());
            seen.add(memory.spare());
            return memory;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts all, and returns when the gate is open under a lease that is renewed for so long each time. */
    GuardMemory running(long renewMs) throws Exception {
        renew(renewMs);
        guard();
        await("gate open", () -> memory().gateOpen());
        return memory();
    }

    void renew(long renewMs) throws IOException {
        Files.writeString(base.resolve("renew.new"), Long.toString(renewMs));
        Files.move(base.resolve("renew.new"), base.resolve("renew"));
    }

    void stopRenewing() throws IOException {
        Files.delete(base.resolve("renew"));
    }

    void signal(String name, ProcessId process) throws Exception {
        run("kill", "-" + name, Long.toString(process.pid()));
    }

    static int run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor();
    }

    /** Starts a command in the run part of a cell, as the daemon would. */
    Process start(String instance, String... command) throws IOException {
        cells().prepare(instance, Cells.Part.RUN);
        return enter(instance, List.of(), command);
    }

    Process enter(String instance, List<String> before, String... command) throws IOException {
        List<String> line = new ArrayList<>(before);
        line.add("setsid");
        line.addAll(cells().launcher(instance, Cells.Part.RUN));
        line.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        ReleaseRun.environment(builder.environment(), cells().environment(instance, Cells.Part.RUN));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    List<Long> processes(String instance) {
        try {
            return cells().processes(instance, Cells.Part.RUN);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    String log() {
        try {
            return Files.readString(base.resolve("log").resolve("guard.log"));
        } catch (IOException e) {
            return "";
        }
    }

    void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + 10_000_000_000L;
        while (true) {
            boolean met;
            try {
                met = condition.call();
            } catch (Exception e) {
                met = false;
            }
            if (met) {
                return;
            }
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(what + " did not come within 10 s; guard.log:\n" + log() + "\nguard.out:\n"
                        + (Files.exists(base.resolve("guard.out")) ? Files.readString(base.resolve("guard.out")) : "")
                        + "\nconsole.out:\n"
                        + (Files.exists(base.resolve("log/console.out"))
                                ? Files.readString(base.resolve("log/console.out"))
                                : ""));
            }
            Thread.sleep(2);
        }
    }

    void close() throws Exception {
        if (cgroup.equals("none")) {
            endWeak();
        } else {
            Path own = Path.of(cgroup).resolve("guards");
            if (Files.exists(own)) {
                Files.writeString(own.resolve("cgroup.kill"), "1");
                await(
                        "end",
                        () -> Files.readString(own.resolve("cgroup.events")).contains("populated 0"));
                Files.deleteIfExists(own);
            }
        }
        started.forEach(Process::destroyForcibly);
        Cells cells = cells();
        cells.make();
        cells.gate(false);
        long end = System.nanoTime() + 5_000_000_000L;
        while (!cells.sweep() && System.nanoTime() - end < 0) {
            Thread.sleep(10);
        }
        cells.destroy();
        if (!cgroup.equals("none")) {
            Files.deleteIfExists(Path.of(cgroup));
        }
        GuardMemory.remove(base);
        clock.close();
    }

    private void endWeak() throws Exception {
        for (int round = 0; round < 20; round++) {
            try {
                memory();
            } catch (IllegalStateException e) {
                // left cleanly
            }
            seen.forEach(ProcessId::kill);
            started.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
            started.forEach(Process::destroyForcibly);
            Thread.sleep(30);
        }
    }
}
