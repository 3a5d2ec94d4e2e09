package io.holdfast.runtime.internal;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.runtime.Stalls;
import io.holdfast.api.transport.Registration;
import io.holdfast.runtime.MemoryLock;
import io.holdfast.runtime.SystemLoop;
import java.time.Duration;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The node's loop as a service. */
@Component(
        service = {Loop.class, Stalls.class},
        immediate = true)
public final class LoopComponent implements Loop, Stalls {
    private final SystemLoop loop;

    /** Starts it. */
    @Activate
    public LoopComponent() {
        MemoryLock.take();
        loop = new SystemLoop();
    }

    @Deactivate
    void stop() {
        loop.close();
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(task);
    }

    @Override
    public Scheduled schedule(Duration delay, Runnable task) {
        return loop.schedule(delay, task);
    }

    @Override
    public Scheduled scheduleLoosely(Duration delay, Runnable task) {
        return loop.scheduleLoosely(delay, task);
    }

    @Override
    public long nanos() {
        return loop.nanos();
    }

    @Override
    public boolean inLoop() {
        return loop.inLoop();
    }

    @Override
    public Registration onStall(Duration least, Consumer<Stall> listener) {
        return loop.onStall(least, listener);
    }

    @Override
    public long count() {
        return loop.count();
    }

    @Override
    public Duration longest() {
        return loop.longest();
    }
}
