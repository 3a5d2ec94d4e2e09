package io.holdfast.daemon;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.runtime.Cell;
import io.holdfast.api.runtime.Containment;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Registration;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operations of this node: agents run on workers, and what they start runs in the instance's cell. */
public final class WorkerOperations implements Operations {
    private static final Logger log = LoggerFactory.getLogger(WorkerOperations.class);

    /** Killing takes milliseconds; release commands that fail are tried again within this, and the whole again by the caller. */
    private static final Duration KILL = Duration.ofSeconds(3);

    /** The worker's own limit is a little longer, so that an agent's commands end by their own limit with a better message. */
    private static final Duration GRACE = Duration.ofMillis(500);

    /** Threads that an instance of a Java type may use up by hanging; there are 128 for everything. */
    private static final int MOST_HANGING = 3;

    private final Loop loop;
    private final Workers workers;
    private final Containment containment;
    private final TypeCatalog catalog;
    private final Notes notes;
    private final String node;
    private final StartedInstances started;
    private final Map<String, Instance> found = new TreeMap<>();
    private final Set<String> leftovers = new TreeSet<>();
    private final Set<String> inDaemon = new HashSet<>();

    /** By instance: how many of its calls are in an agent's code now; more than one means that some exceeded their limits. */
    private final Map<String, Integer> hanging = new ConcurrentHashMap<>();

    private final Slots changes = new Slots(64);
    private final Slots looks = new Slots(32);
    private final CompletableFuture<Void> idle = new CompletableFuture<>();
    private int underWay;
    private boolean ending;

    /** Creates it; {@link #prepare} comes first. */
    public WorkerOperations(
            Loop loop,
            Workers workers,
            Containment containment,
            TypeCatalog catalog,
            Notes notes,
            NodeSettings settings) {
        this.loop = loop;
        this.workers = workers;
        this.containment = containment;
        this.catalog = catalog;
        this.notes = notes;
        node = settings.node();
        started = new StartedInstances(settings.base());
    }

    private record Found(Set<String> cells, Map<String, Instance> instances) {}

    /** Looks for what an earlier daemon left. {@return completes on the loop when {@link #leftovers} can be asked} */
    public CompletionStage<Void> prepare() {
        return workers.submit(
                        "look for leftovers",
                        Duration.ofSeconds(10),
                        () -> new Found(containment.cells(), started.all()))
                .thenAccept(seen -> {
                    leftovers.addAll(seen.cells());
                    leftovers.addAll(seen.instances().keySet());
                    found.putAll(seen.instances());
                });
    }

    @Override
    public CompletionStage<Outcome> perform(Operation kind, Instance instance, Duration limit) {
        Callable<Optional<ResourceType>> finder = catalog.finder(instance.type());
        List<Object> offering = catalog.offering(instance.type());
        Cell cell = containment.cell(instance.name());
        if (kind == Operation.START) {
            found.put(instance.name(), instance);
        }
        if (hanging.getOrDefault(instance.name(), 0) >= MOST_HANGING) {
            return CompletableFuture.completedFuture(new Outcome.Unknown(
                    "earlier operations of it still hang in the daemon, where they cannot be killed; mend type "
                            + instance.type() + ", and restart the node"));
        }
        String name = kind.word() + " " + instance.name();
        underWay++;
        Slots slots = kind == Operation.START || kind == Operation.STOP ? changes : looks;
        return slots.run(() ->
                        workers.submit(name, limit.plus(GRACE), () -> counted(kind, instance, limit, finder, cell)))
                .handle((outcome, failure) -> {
                    ended();
                    Outcome ended = failure == null ? outcome : failed(name, instance.type(), offering, limit, failure);
                    if (kind == Operation.STOP && ended instanceof Outcome.Ok) {
                        inDaemon.remove(instance.name());
                        found.remove(instance.name());
                    }
                    return ended;
                });
    }

    /** Counts the calls that have not returned, whatever became of their time limits. */
    private Outcome counted(
            Operation kind, Instance instance, Duration limit, Callable<Optional<ResourceType>> finder, Cell cell)
            throws Exception {
        hanging.merge(instance.name(), 1, Integer::sum);
        try {
            return call(kind, instance, limit, finder, cell);
        } finally {
            hanging.computeIfPresent(instance.name(), (name, count) -> count == 1 ? null : count - 1);
        }
    }

    private void ended() {
        underWay--;
        if (ending && underWay == 0) {
            idle.complete(null);
        }
    }

    /** {@return completes once nothing is under way; no more is begun after this call} */
    public CompletionStage<Void> idle() {
        ending = true;
        if (underWay == 0) {
            idle.complete(null);
        }
        return idle;
    }

    private Outcome failed(String name, String type, List<Object> offering, Duration limit, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            return new Outcome.Unknown("no end within "
                    + (limit.toMillis() >= 10_000 ? limit.toSeconds() + " s" : limit.toMillis() + " ms"));
        }
        if (!catalog.offering(type)
                .equals(offering)) { // its bundle is gone, and with it classes that it had yet to load
            return new Outcome.Unknown("type " + type + " was replaced or taken away meanwhile");
        }
        if (cause instanceof TypeThrew threw) {
            log.warn("{} threw; this is a fault of type {}", name, type, threw.getCause());
            return new Outcome.Failed("type " + type + " threw " + threw.getCause(), false);
        }
        log.warn("{} failed", name, cause);
        return new Outcome.Unknown(String.valueOf(cause));
    }

    /** A type threw what it may not. */
    private static final class TypeThrew extends Exception {
        private static final long serialVersionUID = 1L;

        TypeThrew(Throwable cause) {
            super(cause);
        }
    }

    private Outcome call(
            Operation kind, Instance instance, Duration limit, Callable<Optional<ResourceType>> finder, Cell cell)
            throws Exception {
        Optional<ResourceType> type = finder.call();
        if (type.isEmpty()) {
            return new Outcome.Failed("type " + instance.type() + " is not on offer on " + node, false);
        }
        TypeDescription description = type.get().describe();
        Map<String, String> parameters = Parameters.withDefaults(description, instance.parameters());
        Optional<String> missing = Parameters.missing(description, parameters);
        if (missing.isPresent() && (kind == Operation.START || kind == Operation.VALIDATE)) {
            return new Outcome.Failed("parameter " + missing.get() + " must have a value", true);
        }
        OperationContext context = new OperationContext(
                kind,
                instance,
                parameters,
                node,
                cell,
                loop::nanos,
                limit,
                (key, value) -> loop.execute(() -> notes.put(instance.name(), instance.token(), key, value)));
        try {
            return switch (kind) {
                case START -> start(type.get(), description, instance, context);
                case STOP -> stop(type.get(), context, cell);
                case MONITOR -> monitor(type.get(), context);
                case VALIDATE -> validate(type.get(), context);
            };
        } catch (ResourceException e) {
            return new Outcome.Failed(message(e), e.permanent());
        } catch (RuntimeException | LinkageError e) {
            throw new TypeThrew(e);
        } finally {
            context.end();
        }
    }

    private Outcome start(ResourceType type, TypeDescription description, Instance instance, OperationContext context)
            throws ResourceException, InterruptedException, IOException {
        started.keep(instance);
        if (description.inDaemon()) {
            loop.execute(() -> inDaemon.add(instance.name()));
        }
        type.start(context);
        return new Outcome.Ok();
    }

    private Outcome stop(ResourceType type, OperationContext context, Cell cell)
            throws ResourceException, InterruptedException {
        type.stop(context);
        if (cell.populated()) {
            if (!cell.kill(KILL)) {
                return new Outcome.Failed("its stop succeeded, but processes of it are still there", false);
            }
        } else {
            cell.release(List.of());
        }
        started.drop(context.name());
        return new Outcome.Ok();
    }

    private static Outcome monitor(ResourceType type, OperationContext context) throws InterruptedException {
        Health health = type.monitor(context);
        if (health instanceof Health.Running) {
            return new Outcome.Ok();
        } else if (health instanceof Health.NotRunning) {
            return new Outcome.NotRunning();
        } else if (health instanceof Health.Failed failed) {
            return new Outcome.Failed(cut(failed.reason()), false);
        } else if (health instanceof Health.Unknown unknown) {
            return new Outcome.Unknown(cut(unknown.reason()));
        }
        return new Outcome.Unknown("its monitor gave no answer");
    }

    private static Outcome validate(ResourceType type, OperationContext context) throws InterruptedException {
        List<Problem> problems = type.validate(context);
        return problems.isEmpty()
                ? new Outcome.Ok()
                : new Outcome.Failed(
                        cut(problems.stream().map(Problem::toString).collect(Collectors.joining(". "))), true);
    }

    private static String message(Exception e) {
        return cut(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }

    /** Reasons go into the ledger; what an agent floods does not. */
    private static String cut(String text) {
        return text.length() <= 1000 ? text : text.substring(0, 1000) + " ...";
    }

    @Override
    public CompletionStage<Boolean> kill(String instance) {
        Cell cell = containment.cell(instance);
        underWay++;
        return workers.submit("kill " + instance, KILL.plus(KILL), () -> cell.kill(KILL))
                .handle((proved, failure) -> {
                    ended();
                    if (failure != null) {
                        log.warn("Killing {} did not end in time or failed", instance, failure);
                        return false;
                    }
                    if (inDaemon.contains(instance)) {
                        return false; // it runs in this process, where nothing can be killed
                    }
                    return proved;
                })
                .thenCompose(proved -> {
                    if (!proved) {
                        return CompletableFuture.completedFuture(false);
                    }
                    found.remove(instance);
                    return workers.submit("forget " + instance, KILL, () -> {
                                started.drop(instance);
                                return true;
                            })
                            .exceptionally(failure -> true);
                });
    }

    @Override
    public Registration watch(String instance, Runnable died) {
        return containment.cell(instance).watch(died);
    }

    @Override
    public Set<String> types() {
        return catalog.names();
    }

    @Override
    public Registration onTypes(Runnable changed) {
        return catalog.onChange(changed);
    }

    @Override
    public Set<String> leftovers() {
        return Set.copyOf(leftovers);
    }

    @Override
    public Optional<Instance> startedAs(String instance) {
        return Optional.ofNullable(found.get(instance));
    }

    @Override
    public CompletionStage<Optional<TypeDescription>> describe(String type) {
        return catalog.describe(type);
    }
}
