package io.holdfast.daemon;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.Promotable;
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
import java.util.OptionalInt;
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
import java.util.stream.Stream;
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

    /** How long a call that was interrupted may take to leave the agent's code before the next is none of its business. */
    private static final Duration LEAVING = Duration.ofSeconds(2);

    private static final Duration LOOK = Duration.ofMillis(20);

    private final Loop loop;
    private final Workers workers;
    private final Containment containment;
    private final TypeCatalog catalog;
    private final Notes notes;
    private final String node;
    private final StartedInstances started;
    private final Map<String, Instance> found = new TreeMap<>();
    private final Set<String> leftovers = new TreeSet<>();
    private final Set<String> ofOtherProcesses = new TreeSet<>();
    private final Set<String> inDaemon = new HashSet<>();

    /** By instance: how many of its calls are in an agent's code now; more than one means that some exceeded their limits. */
    private final Map<String, Integer> hanging = new ConcurrentHashMap<>();

    /** Starts and promotions that are in an agent's code now, as {@code kind instance}. */
    private final Map<String, Integer> inCode = new ConcurrentHashMap<>();

    /** Instances of which a promotion may still take effect. On the loop. */
    private final Set<String> promoting = new HashSet<>();

    private final Set<OperationContext> promotions = ConcurrentHashMap.newKeySet();
    private volatile boolean abandoned;

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

    private record Found(
            Set<String> cells,
            Map<String, Instance> instances,
            Set<String> inDaemon,
            Set<String> ofOtherProcesses,
            Set<String> promoting) {}

    /** Looks for what an earlier daemon left. {@return completes on the loop when {@link #leftovers} can be asked} */
    public CompletionStage<Void> prepare() {
        return workers.submit(
                        "look for leftovers",
                        Duration.ofSeconds(10),
                        () -> new Found(
                                containment.cells(),
                                started.all(),
                                started.inThisDaemon(),
                                started.ofOtherProcesses(),
                                started.promoting()))
                .thenAccept(seen -> {
                    leftovers.addAll(seen.cells());
                    leftovers.addAll(seen.instances().keySet());
                    leftovers.addAll(seen.promoting());
                    found.putAll(seen.instances());
                    inDaemon.addAll(seen.inDaemon());
                    ofOtherProcesses.addAll(seen.ofOtherProcesses());
                    promoting.addAll(seen.promoting());
                });
    }

    @Override
    public CompletionStage<Outcome> perform(Operation kind, Instance instance, Duration limit) {
        Callable<Optional<ResourceType>> finder = catalog.finder(instance.type());
        List<Object> offering = catalog.offering(instance.type());
        Cell cell = containment.cell(instance.name());
        if (kind == Operation.START) {
            found.put(instance.name(), instance);
            ofOtherProcesses.remove(instance.name());
        }
        if (hanging.getOrDefault(instance.name(), 0) >= MOST_HANGING) {
            return CompletableFuture.completedFuture(new Outcome.Unknown(
                    "earlier operations of it still hang in the daemon, where they cannot be killed; mend type "
                            + instance.type() + ", and restart the node"));
        }
        underWay++;
        return afterEarlier(kind, instance.name())
                .thenCompose(hangs -> hangs.isPresent() && kind != Operation.STOP
                        ? CompletableFuture.completedFuture(hangs.get())
                        : begin(kind, instance, offering, limit, () -> counted(kind, instance, limit, finder, cell)))
                .thenApply(ended -> {
                    ended();
                    if (kind == Operation.STOP && ended instanceof Outcome.Ok) {
                        inDaemon.remove(instance.name());
                        found.remove(instance.name());
                        promoting.remove(instance.name());
                    }
                    return ended;
                });
    }

    private CompletionStage<Outcome> begin(
            Operation kind, Instance instance, List<Object> offering, Duration limit, Callable<Outcome> work) {
        String name = kind.word() + " " + instance.name();
        if (kind == Operation.PROMOTE) {
            promoting.add(instance.name());
        } else if (kind == Operation.START) { // nothing of before is left, or it would not be started
            promoting.remove(instance.name());
        }
        Slots slots = kind == Operation.MONITOR || kind == Operation.VALIDATE ? looks : changes;
        return slots.run(() -> workers.submit(name, limit.plus(GRACE), work)).handle((outcome, failure) -> {
            if (kind == Operation.PROMOTE && !abandoned && outcome instanceof Outcome.Ok) {
                promoting.remove(instance.name()); // one that failed may go on all the same
            }
            return failure == null ? outcome : failed(name, instance.type(), offering, limit, failure);
        });
    }

    /**
     * What exceeded its limit was interrupted and is about to leave the agent's code. What does not leave may take effect at any time:
     * then nothing is begun beside it, and a stop proves nothing.
     */
    private CompletionStage<Optional<Outcome>> afterEarlier(Operation next, String instance) {
        CompletableFuture<Optional<Outcome>> left = new CompletableFuture<>();
        awaitEarlier(next, instance, loop.nanos() + LEAVING.toNanos(), left);
        return left;
    }

    private void awaitEarlier(Operation next, String instance, long end, CompletableFuture<Optional<Outcome>> left) {
        Optional<Outcome> hangs = earlier(next, instance);
        if (hangs.isEmpty() || loop.nanos() - end >= 0) {
            left.complete(hangs);
        } else {
            loop.schedule(LOOK, () -> awaitEarlier(next, instance, end, left));
        }
    }

    private Optional<Outcome> earlier(Operation next, String instance) {
        if (next == Operation.MONITOR || next == Operation.VALIDATE) {
            return Optional.empty();
        }
        return Stream.of(Operation.PROMOTE, Operation.START)
                .filter(kind -> kind == Operation.PROMOTE || next == Operation.STOP)
                .map(kind -> kind.word() + " " + instance)
                .filter(inCode::containsKey)
                .map(call -> (Outcome) new Outcome.Failed(
                        "an earlier " + call.substring(0, call.indexOf(' '))
                                + " of it hangs in the daemon and may take effect at any time",
                        false))
                .findFirst();
    }

    /** Counts the calls that have not returned, whatever became of their time limits. */
    private Outcome counted(
            Operation kind, Instance instance, Duration limit, Callable<Optional<ResourceType>> finder, Cell cell)
            throws Exception {
        String call = kind.word() + " " + instance.name();
        boolean begins = kind == Operation.START || kind == Operation.PROMOTE;
        hanging.merge(instance.name(), 1, Integer::sum);
        if (begins) {
            inCode.merge(call, 1, Integer::sum);
        }
        try {
            return call(kind, instance, limit, finder, cell);
        } finally {
            if (begins) {
                oneLess(inCode, call);
            }
            oneLess(hanging, instance.name());
        }
    }

    private static void oneLess(Map<String, Integer> counts, String key) {
        counts.computeIfPresent(key, (name, count) -> count == 1 ? null : count - 1);
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

    /** Ends what {@link #idle} waited for in vain and what must not take effect once another daemon looks after the instances. Any thread. */
    public void abandon() {
        abandoned = true;
        promotions.forEach(OperationContext::abandon);
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
                case MONITOR -> monitor(type.get(), instance, context);
                case PROMOTE, DEMOTE -> role(kind, type.get(), context);
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
        started.promotionOver(instance.name());
        started.keep(instance, description.inDaemon());
        if (description.inDaemon()) {
            loop.execute(() -> inDaemon.add(instance.name()));
        }
        if (instance.promotable()) {
            context.promotionScore(OptionalInt.empty()); // what it said before may be of other data
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
        Optional<Outcome> hangs = earlier(Operation.STOP, context.name());
        if (hangs.isPresent()) {
            return hangs.get();
        }
        started.drop(context.name());
        return new Outcome.Ok();
    }

    private Outcome role(Operation kind, ResourceType type, OperationContext context)
            throws ResourceException, InterruptedException, IOException {
        if (!(type instanceof Promotable promotable)) {
            return new Outcome.Failed("type " + type.describe().name() + " cannot be promoted", true);
        } else if (kind == Operation.PROMOTE) {
            promote(promotable, context);
        } else {
            promotable.demote(context);
        }
        return new Outcome.Ok();
    }

    private void promote(Promotable type, OperationContext context)
            throws ResourceException, InterruptedException, IOException {
        started.promotionBegins(context.name());
        promotions.add(context);
        try {
            if (abandoned) {
                throw new ResourceException("the daemon ends");
            }
            type.promote(context);
            if (!context.isOver()) { // what was interrupted may go on, and so may what failed
                started.promotionOver(context.name());
            }
        } finally {
            promotions.remove(context);
        }
    }

    private static Outcome monitor(ResourceType type, Instance instance, OperationContext context)
            throws InterruptedException {
        Health health = type.monitor(context);
        if (health instanceof Health.Running && instance.promotable() && !(type instanceof Promotable)) {
            return new Outcome.Unknown(
                    "type " + instance.type()
                            + " cannot be promoted (any more), so nobody knows whether it is; take 'promoted' out of the document");
        } else if (health instanceof Health.Running) {
            return new Outcome.Ok();
        } else if (health instanceof Health.Promoted) {
            return new Outcome.Promoted();
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
                    promoting.remove(instance);
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
    public boolean startedByOtherProcess(String instance) {
        return ofOtherProcesses.contains(instance);
    }

    @Override
    public boolean leftPromoting(String instance) {
        return promoting.contains(instance);
    }

    @Override
    public CompletionStage<Optional<TypeDescription>> describe(String type) {
        return catalog.describe(type);
    }
}
