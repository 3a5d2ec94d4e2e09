package io.holdfast.runtime;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.runtime.Cell;
import io.holdfast.api.transport.Registration;
import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.cells.Cells.Part;
import io.holdfast.guard.cells.ReleaseCommand;
import io.holdfast.guard.cells.ReleaseRun;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One cell, for one operation: it remembers nothing but what the operation registered, so that nothing is started whose release
 * commands are gone. Two objects for one instance are the same otherwise.
 */
final class SystemCell implements Cell {
    private static final Logger log = LoggerFactory.getLogger(SystemCell.class);
    private final SystemContainment all;
    private final Cells cells;
    private final String instance;
    private volatile Optional<String> registered = Optional.empty();

    SystemCell(SystemContainment all, String instance) {
        this.all = all;
        this.cells = all.cells;
        this.instance = instance;
    }

    @Override
    public String instance() {
        return instance;
    }

    @Override
    public CommandResult run(Command command, Duration limit) throws ResourceException, InterruptedException {
        try {
            return new Execution(all, instance, Part.OP, command, Optional.empty()).run(limit);
        } finally {
            clearOperation();
        }
    }

    @Override
    public CommandResult runStart(Command command, Duration limit) throws ResourceException, InterruptedException {
        boolean done = false;
        try {
            CommandResult result = new Execution(all, instance, Part.RUN, command, registered).run(limit);
            done = true;
            return result;
        } finally {
            if (!done) {
                killOnce(null);
            }
            tidy(Part.RUN);
            all.deaths.lookAgain();
        }
    }

    @Override
    public long spawn(Command command) throws ResourceException {
        long pid = new Execution(all, instance, Part.RUN, command, registered).spawn();
        all.deaths.lookAgain();
        return pid;
    }

    /** Whatever an operation left in the background ends with it. */
    private void clearOperation() throws InterruptedException {
        try {
            for (int look = 0; !cells.processes(instance, Part.OP).isEmpty() && look < 200; look++) {
                cells.kill(instance, Part.OP);
                Thread.sleep(Math.min(look, 10));
            }
        } catch (IOException e) {
            log.warn("What an operation of {} left behind could not be killed: {}", instance, e.getMessage());
        } finally {
            tidy(Part.OP);
        }
    }

    /** An instance that does not run here has no cell, or it would be taken for one that was left behind. */
    private void tidy(Part part) {
        try {
            if (cells.processes(instance, part).isEmpty()) {
                cells.tidy(instance, part);
            }
        } catch (IOException e) {
            log.debug("The empty cell of {} stays: {}", instance, e.getMessage());
        }
    }

    private void killOnce(@Nullable Part part) {
        try {
            if (part == null) {
                cells.kill(instance);
            } else {
                cells.kill(instance, part);
            }
        } catch (IOException e) {
            log.warn("The processes of {} could not be killed: {}", instance, e.getMessage());
        }
    }

    @Override
    public List<Long> processes() {
        try {
            return cells.processes(instance, Part.RUN);
        } catch (IOException e) {
            throw new IllegalStateException("the cell of " + instance + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean populated() {
        try {
            return cells.populated(instance);
        } catch (IOException e) {
            throw new IllegalStateException("the cell of " + instance + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void release(List<Command> commands) throws ResourceException {
        try {
            all.releases.write(
                    instance,
                    commands.stream()
                            .map(command -> new ReleaseCommand(command.argv(), command.environment(), command.input()))
                            .toList());
            registered = commands.isEmpty() ? Optional.empty() : all.releases.mark(instance);
            if (registered.isEmpty() != commands.isEmpty()) {
                throw new IOException("the guard took them away at once, because this node's lease has ended");
            }
        } catch (IOException e) {
            throw new ResourceException(
                    "the release commands of " + instance + " cannot be registered in " + all.base + "/run/release.d: "
                            + e.getMessage() + "; nothing was started",
                    e);
        }
    }

    @Override
    public boolean kill(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        try {
            for (long pause = 10; ; pause = Math.min(2 * pause, 200)) {
                try {
                    return killAll(end) && releaseAll(end);
                } catch (IOException e) { // as when there is no file descriptor left for a moment
                    if (System.nanoTime() - end > 0) {
                        log.warn("It is not proved that {} is stopped: {}", instance, e.getMessage());
                        return false;
                    }
                }
                Thread.sleep(pause);
            }
        } finally {
            all.deaths.lookAgain();
        }
    }

    private boolean killAll(long end) throws IOException, InterruptedException {
        for (long pause = 0; ; pause = Math.min(pause + 1, 20)) {
            cells.kill(instance);
            if (!cells.populated(instance) && cells.remove(instance)) {
                return true;
            }
            if (System.nanoTime() - end > 0) {
                log.warn(
                        "Processes of {} survive SIGKILL: {}; they may hang in the kernel with their disk or network",
                        instance,
                        cells.processes(instance, Part.RUN));
                return false;
            }
            Thread.sleep(pause);
        }
    }

    private boolean releaseAll(long end) throws IOException, InterruptedException {
        ReleaseRun run = new ReleaseRun(instance, all.releases.read(instance), problem -> log.warn("{}", problem));
        for (long pause = 10; !run.pass(); pause = Math.min(2 * pause, 1_000)) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            Thread.sleep(pause);
        }
        all.releases.delete(instance);
        registered = Optional.empty();
        return true;
    }

    @Override
    public Registration watch(Runnable died) {
        return all.deaths.watch(instance, died);
    }
}
