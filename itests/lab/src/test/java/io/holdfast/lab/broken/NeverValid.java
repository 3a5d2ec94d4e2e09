package io.holdfast.lab.broken;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import java.util.List;

/** A version of web-folder that accepts no configuration. */
public final class NeverValid extends NeverWell {
    @Override
    public List<Problem> validate(ResourceContext context) {
        return List.of(new Problem("this version serves nothing", "deploy another"));
    }

    @Override
    public Health monitor(ResourceContext context) {
        return context.processes().isEmpty() ? new Health.NotRunning() : new Health.Running();
    }
}
