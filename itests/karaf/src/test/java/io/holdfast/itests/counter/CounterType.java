package io.holdfast.itests.counter;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The smallest resource type: an instance is a name in a set, inside the daemon's JVM. */
public final class CounterType implements ResourceType {
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    @Override
    public TypeDescription describe() {
        Duration limit = Duration.ofSeconds(5);
        return new TypeDescription("counter", "Counts", List.of(), limit, limit, limit, limit, true);
    }

    @Override
    public List<Problem> validate(ResourceContext context) {
        return List.of();
    }

    @Override
    public void start(ResourceContext context) {
        running.add(context.name());
    }

    @Override
    public void stop(ResourceContext context) {
        running.remove(context.name());
    }

    @Override
    public Health monitor(ResourceContext context) {
        return running.contains(context.name()) ? new Health.Running() : new Health.NotRunning();
    }
}
