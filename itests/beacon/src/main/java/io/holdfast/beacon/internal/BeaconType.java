package io.holdfast.beacon.internal;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Keeps announcements going, inside the daemon's JVM. */
@Component
public final class BeaconType implements ResourceType {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private final Map<String, Beacon> running = new ConcurrentHashMap<>();

    @Override
    public TypeDescription describe() {
        return new TypeDescription(
                "beacon",
                "Announces itself in a file",
                List.of(Parameter.required("history", Parameter.Kind.STRING, "Absolute path of the file")),
                LIMIT,
                LIMIT,
                LIMIT,
                LIMIT,
                true);
    }

    @Override
    public List<Problem> validate(ResourceContext context) {
        Path history = Path.of(context.parameter("history"));
        return Files.isWritable(history)
                ? List.of()
                : List.of(new Problem("history " + history + " cannot be written", "create it first"));
    }

    @Override
    public void start(ResourceContext context) throws ResourceException {
        if (monitor(context) instanceof Health.Running) {
            return;
        }
        try {
            running.put(
                    context.name(), new Beacon(Path.of(context.parameter("history")), context.name(), context.token()));
        } catch (IOException e) {
            throw new ResourceException("it cannot announce itself: " + e);
        }
    }

    @Override
    public void stop(ResourceContext context) throws InterruptedException {
        Beacon beacon = running.remove(context.name());
        if (beacon != null) {
            beacon.end();
        }
    }

    @Override
    public Health monitor(ResourceContext context) {
        Beacon beacon = running.get(context.name());
        return beacon != null && beacon.alive() ? new Health.Running() : new Health.NotRunning();
    }

    /** Nothing of it outlives the bundle. */
    @Deactivate
    void close() throws InterruptedException {
        for (Beacon beacon : running.values()) {
            beacon.end();
        }
        running.clear();
    }
}
