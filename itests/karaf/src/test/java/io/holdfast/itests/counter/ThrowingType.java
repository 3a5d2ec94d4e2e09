package io.holdfast.itests.counter;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.util.List;

/** A type that throws when it is made. */
public final class ThrowingType implements ResourceType {
    /** Called by DS. */
    public ThrowingType() {
        throw new IllegalStateException("there is no disk");
    }

    @Override
    public TypeDescription describe() {
        return new TypeDescription("throwing", "Throws", List.of());
    }

    @Override
    public List<Problem> validate(ResourceContext context) {
        return List.of();
    }

    @Override
    public void start(ResourceContext context) {}

    @Override
    public void stop(ResourceContext context) {}

    @Override
    public Health monitor(ResourceContext context) {
        return new Health.NotRunning();
    }
}
