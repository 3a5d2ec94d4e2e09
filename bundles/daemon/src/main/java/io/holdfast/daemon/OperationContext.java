package io.holdfast.daemon;

import io.holdfast.api.resource.CloneInstance;
import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.runtime.Cell;
import io.holdfast.model.PromotionScore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one operation is given. Used on workers; worthless once the operation is over. */
final class OperationContext implements ResourceContext {
    private static final Logger log = LoggerFactory.getLogger("holdfast.resource");

    /** What an agent may log in one operation: enough to understand it, too little to fill a disk. */
    private static final int MOST_LINES = 500;

    private static final int LONGEST_LINE = 4096;

    private final Operation kind;
    private final Instance instance;
    private final String node;
    private final Map<String, String> parameters;
    private final Cell cell;
    private final LongSupplier nanos;
    private final long end;
    private final BiConsumer<String, String> keep;
    private final Map<String, String> notes;
    private final AtomicInteger lines = new AtomicInteger();
    private volatile boolean over;

    /** The thread that runs the operation, while it does. */
    private @Nullable Thread runner; // guarded by this

    OperationContext(
            Operation kind,
            Instance instance,
            Map<String, String> parameters,
            String node,
            Cell cell,
            LongSupplier nanos,
            Duration limit,
            BiConsumer<String, String> keep) {
        this.kind = kind;
        this.instance = instance;
        this.parameters = Map.copyOf(parameters);
        this.node = node;
        this.cell = cell;
        this.nanos = nanos;
        this.end = nanos.getAsLong() + limit.toNanos();
        this.keep = keep;
        this.notes = new ConcurrentHashMap<>(instance.notes());
        runner = Thread.currentThread();
    }

    synchronized void end() {
        over = true;
        runner = null; // whatever it does next is not for abandon() to interrupt
    }

    /** Nothing more is done for the operation, though it has not returned. */
    synchronized void abandon() {
        over = true;
        if (runner != null) {
            runner.interrupt();
        }
    }

    boolean isOver() {
        return over;
    }

    @Override
    public String name() {
        return instance.name();
    }

    @Override
    public Optional<CloneInstance> cloneInstance() {
        return instance.copy();
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public long token() {
        return instance.token();
    }

    @Override
    public OptionalLong promotedToken() {
        return instance.promotedToken();
    }

    @Override
    public void promotionScore(OptionalInt score) {
        note(PromotionScore.NOTE, score.isPresent() ? PromotionScore.text(score.getAsInt(), instance.token()) : "");
    }

    @Override
    public Map<String, String> parameters() {
        return parameters;
    }

    @Override
    public Duration remaining() {
        long left = end - nanos.getAsLong();
        return over || left <= 0 ? Duration.ZERO : Duration.ofNanos(left);
    }

    @Override
    public CommandResult run(Command command) throws ResourceException, InterruptedException {
        Duration left = left(command);
        return kind.leavesService() ? cell.runStart(command, left) : cell.run(command, left);
    }

    @Override
    public long spawn(Command command) throws ResourceException {
        left(command);
        onlyIn(kind.leavesService(), "spawn", "start, promote and demote");
        return cell.spawn(command);
    }

    @Override
    public List<Long> processes() {
        return cell.processes();
    }

    @Override
    public void onRelease(List<Command> commands) throws ResourceException {
        onlyIn(kind == Operation.START || kind == Operation.PROMOTE, "onRelease", "start and promote");
        if (over) {
            throw new ResourceException(kind.word() + " of " + name() + " is over; nothing more is done for it");
        }
        cell.release(commands);
    }

    @Override
    public Optional<String> note(String key) {
        return Optional.ofNullable(notes.get(key));
    }

    @Override
    public void note(String key, String value) {
        if (key.isEmpty() || key.length() + value.length() > Notes.MOST) {
            throw new IllegalArgumentException("a note has a key, and with it at most " + Notes.MOST + " characters; "
                    + name() + " gave " + (key.length() + value.length()));
        }
        if (over) {
            return;
        }
        if (value.isEmpty()) {
            notes.remove(key);
        } else {
            notes.put(key, value);
        }
        keep.accept(key, value);
    }

    @Override
    public void log(String line) {
        int number = lines.incrementAndGet();
        if (number <= MOST_LINES) {
            log.info("{}: {}", name(), line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + " ...");
        } else if (number == MOST_LINES + 1) {
            log.warn("{}: {} logged {} lines; the rest is dropped", name(), kind.word(), MOST_LINES);
        }
    }

    private Duration left(Command command) throws ResourceException {
        Duration left = remaining();
        if (left.isZero()) {
            throw new ResourceException(kind.word() + " of " + name() + " is over its time limit, so "
                    + command.argv().get(0) + " is not started");
        }
        return left;
    }

    private void onlyIn(boolean right, String what, String where) {
        if (!right) {
            throw new IllegalStateException(
                    name() + ": " + what + " is for " + where + " only, not for " + kind.word());
        }
    }
}
