package io.holdfast.testkit.resource;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.Promotable;
import io.holdfast.api.resource.Promotion;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * One instance of a resource type on this machine, with real processes and no cluster: what the people who write a resource call
 * from their tests. It does what the daemon does around an operation: defaults of parameters, time limits, containment, release
 * commands, notes.
 *
 * <pre>{@code
 * try (Bench bench = new Bench(new MyType(), "web", Map.of("port", "8080"), System::nanoTime)) {
 *     bench.start();
 *     assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
 *     bench.stop();
 * }
 * }</pre>
 *
 * <p>Not thread-safe. {@link #close} kills what still runs and runs the release commands, as the guard would.
 */
public final class Bench implements AutoCloseable {
    private static final int OUTPUT_BYTES = 256 * 1024;
    private static final AtomicLong COUNT = new AtomicLong();

    private final ResourceType type;
    private final String name;
    private final String node;
    private final Map<String, String> parameters;
    private final Map<String, String> notes;
    private final LongSupplier nanos;
    private final Cell cell;
    private final List<String> log = new ArrayList<>();
    private List<Command> release = List.of();
    private long token = 1;
    private long promoted = 1;
    private OptionalInt score = OptionalInt.empty();

    /** Creates an instance on node {@code n1} with an empty cluster state; {@code nanos} is a clock that never goes back. */
    public Bench(ResourceType type, String name, Map<String, String> parameters, LongSupplier nanos) {
        this(type, name, "n1", parameters, nanos, new ConcurrentHashMap<>());
    }

    private Bench(
            ResourceType type,
            String name,
            String node,
            Map<String, String> parameters,
            LongSupplier nanos,
            Map<String, String> notes) {
        this.type = type;
        this.name = name;
        this.node = node;
        this.parameters = filled(type, parameters);
        this.nanos = nanos;
        this.notes = notes;
        this.cell = new Cell("holdfast-bench-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet());
    }

    private static Map<String, String> filled(ResourceType type, Map<String, String> given) {
        Map<String, String> all = new LinkedHashMap<>();
        for (Parameter parameter : type.describe().parameters()) {
            parameter.defaultValue().ifPresent(value -> all.put(parameter.name(), value));
            if (parameter.required() && !given.containsKey(parameter.name())) {
                throw new IllegalArgumentException("parameter " + parameter.name() + " is required");
            }
        }
        all.putAll(given);
        return Map.copyOf(all);
    }

    /** {@return the same instance on another node, which shares the notes; give it a type object of its own, as a node has} */
    public Bench elsewhere(String otherNode, ResourceType typeThere) {
        Bench other = new Bench(typeThere, name, otherNode, parameters, nanos, notes);
        other.token = token + 1;
        return other;
    }

    /** Validates, within the monitor's time limit. */
    public List<Problem> validate() throws InterruptedException {
        return type.validate(new Operation(type.describe().monitor(), false));
    }

    /** Starts it, within its time limit. */
    public void start() throws ResourceException, InterruptedException {
        start(type.describe().start());
    }

    /** Starts it within {@code limit}. */
    public void start(Duration limit) throws ResourceException, InterruptedException {
        type.start(new Operation(limit, true));
    }

    /** Stops it, within its time limit. */
    public void stop() throws ResourceException, InterruptedException {
        stop(type.describe().stop());
    }

    /** Stops it within {@code limit}. */
    public void stop(Duration limit) throws ResourceException, InterruptedException {
        type.stop(new Operation(limit, false));
    }

    /** Promotes it, within its time limit. */
    public void promote() throws ResourceException, InterruptedException {
        promotable().promote(new Operation(promotion().promote(), true));
    }

    /** Demotes it, within its time limit. */
    public void demote() throws ResourceException, InterruptedException {
        promotable().demote(new Operation(promotion().demote(), true));
        promoted++;
    }

    private Promotion promotion() {
        return type.describe().promotion().orElse(Promotion.USUAL);
    }

    private Promotable promotable() {
        if (type instanceof Promotable able) {
            return able;
        }
        throw new IllegalStateException(type.getClass() + " is no " + Promotable.class.getSimpleName());
    }

    /** {@return how much it wants to be promoted, as it said last; empty if it said nothing or took it back} */
    public OptionalInt promotionScore() {
        return score;
    }

    /** Looks at it, within its time limit. */
    public Health monitor() throws InterruptedException {
        return monitor(type.describe().monitor());
    }

    /** Looks at it within {@code limit}. */
    public Health monitor(Duration limit) throws InterruptedException {
        return type.monitor(new Operation(limit, false));
    }

    /** {@return the processes of the service} */
    public List<Long> processes() {
        return cell.processes();
    }

    /** {@return the notes in the cluster state, which can be changed} */
    public Map<String, String> notes() {
        return notes;
    }

    /** {@return the lines that the type logged} */
    public List<String> log() {
        return List.copyOf(log);
    }

    /** {@return the release commands that are registered now} */
    public List<Command> released() {
        return release;
    }

    /** Kills the processes at once, without the release commands: what is left when the power of a node fails but its state does not. */
    public void crash() throws InterruptedException {
        long end = nanos.getAsLong() + Duration.ofSeconds(5).toNanos();
        while (!cell.processes().isEmpty()) {
            if (nanos.getAsLong() > end) {
                throw new IllegalStateException(name + ": processes " + cell.processes() + " cannot be killed");
            }
            cell.kill();
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    /** Does what the guard does at the end of a lease: kills the processes, then runs the release commands. */
    public void kill() throws ResourceException, InterruptedException {
        crash();
        for (Command command : release) {
            CommandResult result = new Operation(Duration.ofSeconds(5), false).run(command);
            if (!result.succeeded()) {
                throw new ResourceException("release command " + command.argv() + " ended with " + result.status()
                        + ": " + result.errors());
            }
        }
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (ResourceException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (cell.processes().isEmpty()) {
                cell.remove();
            }
        }
    }

    private final class Operation implements ResourceContext {
        private final long end;
        private final boolean start;

        Operation(Duration limit, boolean start) {
            this.end = nanos.getAsLong() + limit.toNanos();
            this.start = start;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String node() {
            return node;
        }

        @Override
        public long token() {
            return token;
        }

        @Override
        public OptionalLong promotedToken() {
            return type instanceof Promotable ? OptionalLong.of(promoted) : OptionalLong.empty();
        }

        @Override
        public void promotionScore(OptionalInt said) {
            score = said;
        }

        @Override
        public Map<String, String> parameters() {
            return parameters;
        }

        @Override
        public Duration remaining() {
            return Duration.ofNanos(Math.max(0, end - nanos.getAsLong()));
        }

        @Override
        public CommandResult run(Command command) throws ResourceException, InterruptedException {
            Cell own = start
                    ? cell
                    : new Cell("holdfast-bench-" + ProcessHandle.current().pid() + "-op" + COUNT.incrementAndGet());
            try {
                Process process = launch(own, command, ProcessBuilder.Redirect.PIPE);
                try (var input = process.getOutputStream()) {
                    input.write(command.input().getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    log("did not read its input: " + command.argv());
                }
                return collect(process, command);
            } finally {
                if (!start) {
                    empty(own);
                }
            }
        }

        private CommandResult collect(Process process, Command command) throws ResourceException, InterruptedException {
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            ByteArrayOutputStream errors = new ByteArrayOutputStream();
            try {
                boolean ended = false;
                while (!ended) { // polled, because a child in the background may keep the pipes open for ever
                    ended = process.waitFor(1, TimeUnit.MILLISECONDS);
                    drain(process.getInputStream(), output);
                    drain(process.getErrorStream(), errors);
                    if (!ended && remaining().isZero()) {
                        process.destroyForcibly();
                        throw new ResourceException(command.argv() + " did not end in time");
                    }
                }
                return new CommandResult(
                        process.exitValue(),
                        output.toString(StandardCharsets.UTF_8),
                        errors.toString(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new ResourceException("cannot read the output of " + command.argv(), e);
            }
        }

        private void drain(InputStream from, ByteArrayOutputStream to) throws IOException {
            for (int ready = from.available(); ready > 0; ready = from.available()) {
                byte[] bytes = from.readNBytes(Math.min(ready, OUTPUT_BYTES));
                to.write(bytes, 0, Math.min(bytes.length, OUTPUT_BYTES - to.size()));
                if (remaining().isZero()) {
                    return;
                }
            }
        }

        private void empty(Cell own) throws InterruptedException {
            while (!own.processes().isEmpty()) {
                own.kill();
                TimeUnit.MILLISECONDS.sleep(1);
            }
            own.remove();
        }

        @Override
        public long spawn(Command command) throws ResourceException {
            if (!start) {
                throw new IllegalStateException("spawn is for start only");
            }
            return launch(cell, command, ProcessBuilder.Redirect.INHERIT).pid();
        }

        private Process launch(Cell into, Command command, ProcessBuilder.Redirect outputs) throws ResourceException {
            ProcessBuilder builder = new ProcessBuilder(into.enter(command.argv()));
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
            builder.environment().put("LANG", "C.UTF-8");
            builder.environment().putAll(command.environment());
            builder.redirectOutput(outputs).redirectError(outputs);
            if (!outputs.equals(ProcessBuilder.Redirect.PIPE)) {
                builder.redirectInput(new File("/dev/null"));
            }
            try {
                Process process = builder.start();
                into.add(process);
                return process;
            } catch (IOException e) {
                throw new ResourceException("cannot start " + command.argv(), e);
            }
        }

        @Override
        public List<Long> processes() {
            return cell.processes();
        }

        @Override
        public void onRelease(List<Command> commands) {
            release = List.copyOf(commands);
        }

        @Override
        public Optional<String> note(String key) {
            return Optional.ofNullable(notes.get(key));
        }

        @Override
        public void note(String key, String value) {
            notes.put(key, value);
        }

        @Override
        public void log(String line) {
            log.add(line);
        }
    }
}
