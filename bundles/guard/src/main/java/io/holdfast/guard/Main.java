package io.holdfast.guard;

import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.cells.ReleaseFiles;
import io.holdfast.guard.memory.BootClock;
import io.holdfast.guard.memory.GuardMemory;
import io.holdfast.guard.memory.ProcessId;
import io.holdfast.guard.memory.SharedGuard;
import io.holdfast.guard.settings.Settings;
import io.holdfast.guard.settings.SettingsException;
import io.holdfast.guard.settings.SettingsReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The guard's program; the command lines are in the README. */
public final class Main {
    private static final int BAD = 2;
    private static final int TAKEN = 3;
    private static final int UNUSABLE = 4;
    /** A guard that was a spare itself replaces itself as one. */
    private static final Duration SOON = Duration.ofMillis(500);

    private static final String USAGE =
            "usage: guard|spare|successor --base DIR [--daemon COMMAND ARG...] | check --base DIR [--print] | clean --base DIR";

    private Main() {}

    /** Runs the program and ends with its status. */
    public static void main(String[] arguments) {
        int status;
        try {
            status = run(List.of(arguments));
        } catch (IOException | RuntimeException e) {
            System.err.println("holdfast guard: " + e);
            status = UNUSABLE;
        } catch (InterruptedException e) {
            status = 1;
        }
        // halt: nothing that is left, a hook or a thread that hangs with its disk, may keep a guard from ending
        Runtime.getRuntime().halt(status);
    }

    private static int run(List<String> arguments) throws IOException, InterruptedException {
        int split = arguments.indexOf("--daemon");
        List<String> own = split < 0 ? arguments : arguments.subList(0, split);
        List<String> daemon = split < 0 ? List.of() : arguments.subList(split + 1, arguments.size());
        Map<String, String> flags = new HashMap<>();
        for (int i = 1; i < own.size(); i++) {
            if (own.get(i).equals("--print") || own.get(i).equals("--restart")) {
                flags.put(own.get(i), "");
            } else if (own.get(i).startsWith("--") && i + 1 < own.size()) {
                flags.put(own.get(i), own.get(++i));
            } else {
                System.err.println(USAGE);
                return BAD;
            }
        }
        String base = flags.get("--base");
        if (own.isEmpty() || base == null) {
            System.err.println(USAGE);
            return BAD;
        }
        Path folder = Path.of(base).toAbsolutePath().normalize();
        try {
            return switch (own.get(0)) {
                case "check" -> check(folder, flags.containsKey("--print"));
                case "guard" -> guard(options(folder, flags, daemon));
                case "spare" -> spare(options(folder, flags, daemon));
                case "successor" -> successor(folder, flags.containsKey("--restart"), daemon);
                case "clean" -> clean(options(folder, flags, daemon));
                default -> {
                    System.err.println(USAGE);
                    yield BAD;
                }
            };
        } catch (SettingsException e) {
            e.problems().forEach(System.err::println);
            return BAD;
        }
    }

    private static int check(Path base, boolean print) throws SettingsException {
        Settings settings = SettingsReader.read(base, System.getenv());
        settings.warnings().forEach(warning -> System.err.println("warning: " + warning));
        if (print) {
            new TreeMap<>(settings.all()).forEach((key, value) -> System.out.println(key + "=" + value));
        }
        return 0;
    }

    private static Options options(Path base, Map<String, String> flags, List<String> daemon) throws SettingsException {
        String node = flags.get("--node");
        if (node == null) {
            return Options.of(base, SettingsReader.read(base, System.getenv()), daemon);
        }
        return new Options(
                base,
                node,
                Optional.ofNullable(flags.get("--cgroup")),
                Optional.ofNullable(flags.get("--watchdog")).map(Path::of),
                Optional.ofNullable(flags.get("--watchdog-ms")).map(Main::millis),
                millis(flags.getOrDefault("--kill-ms", "250")),
                millis(flags.getOrDefault("--spare-ms", Long.toString(Options.SPARE_AFTER.toMillis()))),
                daemon);
    }

    private static Duration millis(String text) {
        return Duration.ofMillis(Long.parseLong(text));
    }

    private static int guard(Options options) throws IOException, InterruptedException {
        Path run = options.base().resolve("run");
        Files.createDirectories(run);
        Files.createDirectories(options.base().resolve("log"));
        try (FileChannel channel = lockFile(run);
                GuardLog log = new GuardLog(options.base())) {
            FileLock lock = lock(channel);
            if (lock == null) {
                System.err.println("holdfast guard: " + holder(run) + " guards " + options.base() + " already");
                return TAKEN;
            }
            protect();
            Tenure tenure = new Tenure(options, new BootClock(), memory(options.base()), log, ProcessId.NONE);
            return tenure.serve(new Place(channel, lock));
        }
    }

    /**
     * Gets everything ready, waits until the guard is dead, and goes on as the guard. When that one ended as it should, there is nothing
     * left to guard.
     */
    private static int spare(Options options) throws IOException, InterruptedException {
        protect();
        GuardMemory memory = GuardMemory.open(options.base());
        memory.lease();
        BootClock clock = new BootClock();
        Cells.of(options.base(), options.node(), options.cgroup()).describe();
        try (FileChannel channel = lockFile(options.base().resolve("run"));
                GuardLog log = new GuardLog(options.base())) {
            System.out.println("ready");
            FileLock lock = channel.lock();
            if (!lock.isValid() || !Files.exists(GuardMemory.file(options.base()))) {
                return 0;
            }
            Options soon = options.keepingASpareAfter(SOON);
            GuardMemory now = GuardMemory.open(options.base());
            return new Tenure(soon, clock, now, log, ProcessId.NONE).serve(new Place(channel, lock));
        }
    }

    /**
     * Takes the place of the guard that is there, which gives it up when it sees that this one is ready. What it was started with goes on
     * to hold, but for the command that starts the daemon.
     */
    private static int successor(Path base, boolean restart, List<String> daemon)
            throws IOException, InterruptedException {
        protect();
        GuardMemory memory;
        try {
            memory = GuardMemory.open(base);
        } catch (NoSuchFileException e) {
            return refuse("no guard runs for " + base + "; start the node with bin/holdfast");
        }
        ProcessId present = memory.guard();
        if (!present.alive()) {
            return refuse("the guard of " + base + " is dead, and its spare or the daemon is about to replace it");
        }
        if (restart && memory.inDaemon()) {
            return refuse("resources run inside the daemon of " + base
                    + " and would end with it; move them to other nodes first (ha move, or ha standby)");
        }
        Options options = sameAs(base, daemon).keepingASpareAfter(SOON);
        memory.lease();
        BootClock clock = new BootClock();
        Cells.of(base, options.node(), options.cgroup()).describe();
        try (FileChannel channel = lockFile(base.resolve("run"));
                GuardLog log = new GuardLog(base)) {
            Tenure tenure = new Tenure(options, clock, memory, log, present);
            FileLock lock = Place.ask(channel, memory);
            if (lock == null) {
                return refuse("guard " + present.pid() + " of " + base + " did not give its place up; "
                        + base.resolve("log").resolve("guard.log") + " tells more");
            }
            return tenure.serve(new Place(channel, lock));
        }
    }

    private static int refuse(String why) {
        complain(why);
        return TAKEN;
    }

    /** {@return what the present guard was started with} The settings may have been edited since, and hold from the next start. */
    private static Options sameAs(Path base, List<String> daemon) throws IOException {
        List<String> all = SharedGuard.command(base);
        int main = all.indexOf(Main.class.getName());
        int split = all.indexOf("--daemon");
        if (main < 0) {
            throw new IOException(base + "/run/guard.command does not start a guard");
        }
        Map<String, String> flags = new HashMap<>();
        for (int i = main + 2; i + 1 < (split < 0 ? all.size() : split); i += 2) {
            flags.put(all.get(i), all.get(i + 1));
        }
        if (flags.get("--node") == null) {
            throw new IOException(base + "/run/guard.command names no node");
        }
        List<String> before = split < 0 ? List.of() : all.subList(split + 1, all.size());
        try {
            return options(base, flags, daemon.isEmpty() ? before : daemon);
        } catch (SettingsException e) {
            throw new IOException(String.join("; ", e.problems()), e);
        }
    }

    private static FileChannel lockFile(Path run) throws IOException {
        return FileChannel.open(run.resolve("guard.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** The kernel spares this process when memory runs out, if that is ours to say. */
    private static void protect() {
        try {
            Files.writeString(Path.of("/proc/self/oom_score_adj"), "-1000");
        } catch (IOException e) {
            return; // not root
        }
    }

    private static GuardMemory memory(Path base) throws IOException {
        try {
            return GuardMemory.open(base);
        } catch (IOException e) {
            return GuardMemory.create(base);
        }
    }

    /** A guard that was just killed may need some milliseconds to be gone. */
    private static @Nullable FileLock lock(FileChannel channel) throws IOException, InterruptedException {
        for (int attempt = 0; attempt < 50; attempt++) {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
            Thread.sleep(10);
        }
        return null;
    }

    private static void complain(String sentence) {
        System.err.println("holdfast guard: " + sentence);
    }

    private static String holder(Path run) {
        try {
            return "process " + Files.readString(run.resolve("guard.pid")).strip();
        } catch (IOException e) {
            return "another process";
        }
    }

    private static int clean(Options options) throws IOException, InterruptedException {
        Path base = options.base();
        if (Files.isDirectory(base.resolve("run"))) {
            try {
                GuardMemory memory = GuardMemory.open(base);
                for (ProcessId process : List.of(memory.guard(), memory.daemon())) {
                    if (process.alive()) {
                        System.err.println("holdfast guard: process " + process.pid() + " of " + base
                                + " is alive; end the node first");
                        return TAKEN;
                    }
                }
            } catch (IOException e) {
                // no guard ran since the boot of this kernel
            }
        }
        Cells cells = Cells.of(base, options.node(), options.cgroup());
        cells.make();
        cells.gate(false);
        boolean proved = false;
        try (Releaser releaser = new Releaser(new ReleaseFiles(base), Main::complain)) {
            for (int attempt = 0; attempt < 500 && !proved; attempt++) {
                if (cells.sweep()) {
                    releaser.begin();
                }
                proved = releaser.done() && cells.sweep();
                Thread.sleep(proved ? 0 : 10);
            }
        }
        if (proved) {
            cells.destroy();
            GuardMemory.remove(base);
        } else {
            System.err.println(
                    "holdfast guard: not everything of " + base + " could be proved stopped: " + cells.describe());
        }
        return proved ? 0 : 1;
    }
}
