package io.holdfast.runtime.internal;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Workers;
import io.holdfast.runtime.SystemWorkers;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The node's workers as a service. */
@Component(service = Workers.class)
public final class WorkersComponent implements Workers {
    private final SystemWorkers workers;

    /** Reports to {@code loop}. */
    @Activate
    public WorkersComponent(@Reference Loop loop) {
        workers = new SystemWorkers(loop);
    }

    @Deactivate
    void stop() {
        workers.close();
    }

    @Override
    public <T> CompletionStage<T> submit(String name, Duration limit, Callable<T> work) {
        return workers.submit(name, limit, work);
    }
}
